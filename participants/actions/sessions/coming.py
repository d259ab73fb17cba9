"""A participant says by their own link that they can't come to a session, and may take it back until staff have acted.

The session itself stays as planned: trainer and coordinators are told, and find another time by the rules of every move, or cancel it, or
mark it missed once its day has come. Whoever must not know arms is never told, whatever other role they hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db.models import Max

from participants.actions import links, messages
from participants.actions.links import Minted
from participants.actions.messages import Notice, Text
from participants.actions.sessions.common import Status, laid, locked, move_rules, plan_of
from participants.actions.sessions.plan import preferred_by, refusal_beside
from participants.actions.sessions.slots import refusal_to_take
from participants.domain.calendar import DAYS, week_opens_on
from participants.domain.moving import offered_slots
from participants.domain.wall_clock import day_in_words, instant
from participants.models import CannotCome, Message, Participant, TrainingSession
from participants.permissions import endings_of
from participants.queries.appointments import notice_of
from participants.queries.hours import as_rule, slots_between, timetable_of, with_people
from trials import audit, blinding, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.roles import Role
from trials.models import User
from trials.permissions import Refused
from trials.queries import protocol_in_force

SAID, TAKEN_BACK = "cannot_come", "can_come"  # kinds of messages to staff
LOOKED_AGAIN = timedelta(minutes=5)
CHANGED = "This appointment has begun or was changed. Look at your list again."


@action
def say_cannot_come(session: TrainingSession, *, by: Actor, at: datetime, wish: datetime | None = None) -> CannotCome:
    """The person can't come to a session ahead; trainer and coordinators are told at once. A second press changes nothing.

    `wish` is one of `other_times`, for staff to decide on.
    """
    session = _own(session, by, at)
    if (standing := notice_of(session)) is not None:
        return standing
    if wish is not None and wish not in other_times(session, at=at):
        raise Refused("That time is not free any more. Choose another, or none.", code="wish_refused")
    notice = CannotCome.objects.create(session=session, for_at=session.at, said_at=at, wish_at=wish)
    _tell(SAID, notice, session, by=by, at=at)
    detail = {"session_no": session.session_no, "wish": wish.isoformat() if wish else ""}
    audit.record("session.cannot_come", about=session.trial_id, by=by, at=at, detail=detail)
    return notice


@action
def take_back_cannot_come(session: TrainingSession, *, by: Actor, at: datetime) -> CannotCome:
    """The person can come after all, as long as staff have not acted; whoever was told is told so."""
    session = _own(session, by, at)
    notice = notice_of(session)
    if notice is None:
        raise Refused("There is nothing to take back. Look at your list again.", code="nothing_said")
    notice.taken_back_at = at
    notice.save(update_fields=["taken_back_at"])
    _tell(TAKEN_BACK, notice, session, by=by, at=at)
    audit.record("session.can_come", about=session.trial_id, by=by, at=at, detail={"session_no": session.session_no})
    return notice


@action
def link_to_appointments(participant: Participant, *, by: Actor, at: datetime) -> Minted:
    """A new link to the person's own appointments, until the trial week of the last one is over."""
    [made] = links_to_appointments([participant], by=by, at=at)
    if made is None:
        raise Refused(f"{participant} has no appointments ahead.", code="no_appointments")
    return made


@action
def links_to_appointments(people: Sequence[Participant], *, by: Actor, at: datetime) -> list[Minted | None]:
    """The same for many, in their order; none for whoever has no appointments ahead."""
    theirs = TrainingSession.objects.filter(enrolment__participant__in=people).order_by()
    last = dict(theirs.values_list("enrolment__participant").annotate(Max("closes_on")))
    ends = [instant(last.get(p.pk, date.min) + timedelta(days=1), time(0), p.site.timezone) for p in people]
    ahead = [until > at and endings_of(person).may_train for person, until in zip(people, ends, strict=True)]
    wanted = [links.Wanted(p, links.APPOINTMENTS, end) for p, end, is_ahead in zip(people, ends, ahead, strict=True) if is_ahead]
    made = iter(links.mint_each(wanted, by=by, at=at) if wanted else ())
    return [next(made) if is_ahead else None for is_ahead in ahead]


def other_times(session: TrainingSession, *, at: datetime) -> tuple[datetime, ...]:
    """When else in its trial week the session could be held, in order, in a constant number of statements.

    At the time of day it has, at those the person asked for, and in slots with a free place; by every rule of a move.
    """
    enrolment, site = session.enrolment, session.enrolment.participant.site
    timetable = timetable_of(protocol_in_force(), site)
    rules = move_rules(enrolment, plan_of(session), timetable.opening(session.trainer_planned), at=at)
    siblings = laid(list(enrolment.sessions.all()), rules.timezone)
    opens_on = week_opens_on(session.week, enrolment.day0)
    week = [instant(opens_on + timedelta(days=n), time(0), site.timezone) for n in (0, DAYS)]
    slots = [slot for slot in with_people(slots_between(site, *week)) if slot.pk != session.slot_id]
    beside = [as_rule(slot) for slot in slots if slot.trainer_id == session.trainer_planned_id]
    times = (session.at.astimezone(site.zone).time(), *(p.at for p in preferred_by(enrolment)))
    offered = offered_slots(siblings, session.session_no, times=times, rules=rules)
    free = {o.starts_at for o in offered if not o.refusal and refusal_beside(session, o.starts_at, beside) is None}
    for slot in slots:
        of_slot = replace(rules, opening=timetable.opening(slot.trainer))
        people = [joined.enrolment.participant.trial_id for joined in slot.sessions.all()]
        if slot.starts_at != session.at and refusal_to_take(slot, people, session, siblings, of_slot) is None:
            free.add(slot.starts_at)
    return tuple(sorted(free))


def ahead(session: TrainingSession, at: datetime) -> bool:
    """Whether the person can still say something about it: planned, not begun and in the future."""
    return session.status == Status.SCHEDULED and session.started_at is None and session.at > at


def kinds() -> messages.Kinds:
    """Kind of message -> (still due?, what it says)."""
    return {SAID: (_said_due, _said_text), TAKEN_BACK: (_taken_back_due, _taken_back_text)}


def _own(session: TrainingSession, by: Actor, at: datetime) -> TrainingSession:
    """The locked session of the person themselves, while there is something to say about it."""
    session = locked(session)
    if by != session.enrolment.participant:
        raise Refused("Only the person says whether they come, by their own link.", code="not_theirs", status=403)
    if not endings_of(session.enrolment.participant).may_train or not ahead(session, at):
        raise Refused(CHANGED, code="session_closed")
    return session


def _tell(kind: str, notice: CannotCome, session: TrainingSession, *, by: Actor, at: datetime) -> None:
    """The trainer and the site's coordinators, each once; nobody who is blind in another role."""
    site, trainer = session.enrolment.participant.site, session.trainer_planned
    staff = {user.pk: user for user in queries.holders((Role.COORDINATOR,), site, at)}
    if trainer is not None and trainer.is_active:
        staff[trainer.pk] = trainer
    told = [user for _, user in sorted(staff.items()) if blinding.sees_arms(user, site)]
    messages.queue_all([Notice(to=u.actor, kind=kind, event=f"{SAID}:{notice.pk}", due_at=at) for u in told], by=by, at=at)


def _said_due(message: Message, at: datetime) -> bool:
    notice = _of(message)
    return notice_of(notice.session) == notice and _may_read(message, notice)


def _said_text(message: Message, at: datetime) -> Text:
    notice = _of(message)
    who, when = notice.session.enrolment.participant, _in_words(notice.for_at, notice)
    wish = f" They would like {_in_words(notice.wish_at, notice)} instead." if notice.wish_at else ""
    return Text(
        f"{who} can't come on {when}",
        f"{who} can't come to session {notice.session.session_no} on {when} ({who.site.name}).{wish}\n\n"
        f"Find another time:\n\n{settings.UPLIFT_BASE_URL}{notice.session.get_absolute_url()}move/\n",
    )


def _taken_back_due(message: Message, at: datetime) -> bool | datetime:
    """Once the first message went out to the same person; where it did not, there is nothing to take back."""
    first = Message.objects.filter(to=message.to, kind=SAID, event=message.event).values_list("status", flat=True).first()
    if first == Message.Status.PENDING:
        return at + LOOKED_AGAIN
    return first in (Message.Status.SENT, Message.Status.UNKNOWN) and _may_read(message, _of(message))


def _taken_back_text(message: Message, at: datetime) -> Text:
    notice = _of(message)
    who, when = notice.session.enrolment.participant, _in_words(notice.for_at, notice)
    return Text(
        f"{who} comes after all on {when}",
        f"{who} can come to session {notice.session.session_no} on {when} ({who.site.name}) after all. It stays as it was planned:\n\n"
        f"{settings.UPLIFT_BASE_URL}{notice.session.get_absolute_url()}\n",
    )


def _of(message: Message) -> CannotCome:
    found = CannotCome.objects.select_related("session__enrolment__participant__unit__site")
    return found.get(pk=message.event.partition(":")[2])


def _may_read(message: Message, notice: CannotCome) -> bool:
    """Whoever lost their roles since, or became blind, is told nothing."""
    user = User.objects.filter(pk=message.to.partition(":")[2], is_active=True).first()
    return user is not None and blinding.sees_arms(user, notice.session.enrolment.participant.site)


def _in_words(moment: datetime, notice: CannotCome) -> str:
    wall = moment.astimezone(notice.session.enrolment.participant.site.zone)
    return f"{day_in_words(wall.date())}, {wall:%H:%M}"
