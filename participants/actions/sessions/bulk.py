"""A trainer is away or the site is shut: a place for every session it hits, seen first and then taken all or none.

Every place keeps the rules of moving and the trainer's hours. Sessions with a trainer move into slots, so that nobody is booked twice.
Where several trainers would have held one person's sessions, the trainer of the first of them takes those that move.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Prefetch, Q
from django.db.models.functions import Coalesce

from participants.actions.sessions.common import Status, laid, move_rules, plans_of
from participants.actions.sessions.plan import WHERE_IT_STANDS, stand_at
from participants.domain.bulk import Booked, BulkProposal, propose_bulk
from participants.domain.home import UNSUPERVISED
from participants.domain.moving import OFFERED_AT
from participants.domain.slots import Slot as SlotRule
from participants.models import Absence, Availability, Ending, Enrolment, Participant, Slot, TrainingSession
from participants.permissions import endings_of
from participants.queries.hours import Timetable, timetable_of
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused, check
from trials.queries import protocol_in_force

AROUND = timedelta(days=8)  # a session stays within its trial week when it is moved


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The sessions an absence hits, in order of time, and the place found for each; `seen` is the digest of those places."""

    hit: tuple[TrainingSession, ...]
    found: BulkProposal

    @property
    def seen(self) -> str:
        told = [f"{m.who} {m.session_no} {m.slot.starts_at.isoformat()}" for m in self.found.moves]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def proposal_for(absence: Absence, *, at: datetime) -> Proposal:
    """A place for every coming session within an absence, in a constant number of statements."""
    hit = _hit(absence, at)
    if not hit:
        return Proposal(hit=(), found=BulkProposal())
    timetable = timetable_of(protocol_in_force(), absence.site)
    of_person: dict[int, list[TrainingSession]] = defaultdict(list)
    for session in hit:
        of_person[session.enrolment_id].append(session)
    booked = _booked(of_person, timetable, at)
    return Proposal(hit=tuple(hit), found=propose_bulk(booked, _standing(absence, hit)))


@action
def move_out(absence: Absence, *, seen: str, by: Actor, at: datetime, reason: str = "") -> tuple[TrainingSession, ...]:
    """Every session that an absence hits moves to the place that was shown, or none does.

    `seen` is the digest of the proposal that somebody looked at: where anything changed since, nothing is moved.
    """
    check(by, Permission.PLAN_SESSIONS, at_site=absence.site)
    absence = Absence.objects.select_for_update(of=("self",)).select_related("site", "trainer").get(pk=absence.pk)
    way_out = ("See the proposal", f"/timetable/absences/{absence.pk}/")
    if absence.lifted_at is not None:
        raise Refused("This absence was called off: nothing is moved.", code="absence_lifted")
    people = {session.enrolment.participant_id for session in _hit(absence, at)}
    list(Participant.objects.select_for_update().filter(pk__in=people).order_by("pk"))
    proposal = proposal_for(absence, at=at)
    if proposal.found.stuck:
        count, of = len(proposal.found.stuck), len(proposal.hit)
        raise Refused(f"{count} of {of} sessions have no place, so none was moved.", code="stuck", way_out=way_out)
    if not proposal.found.moves:
        raise Refused("No session stands in this absence any more.", code="nothing_to_move")
    if proposal.seen != seen:
        raise Refused("The sessions changed since this was shown. Look again.", code="changed", way_out=way_out)
    moved = _apply(proposal, absence)
    told = [(s.trial_id, {"session_no": s.session_no, "to": s.at.isoformat(), "absence": absence.pk}) for s in moved]
    audit.record_each("session.moved", told, by=by, at=at)
    detail = {"absence": absence.pk, "sessions": len(moved)}
    audit.record("sessions.moved_out", about=f"site:{absence.site.code}", by=by, at=at, reason=reason, detail=detail)
    return moved


def _hit(absence: Absence, at: datetime) -> list[TrainingSession]:
    """Coming sessions within the absence, of people who still train, in order of time."""
    found = TrainingSession.objects.annotate(stands_at=Coalesce("rescheduled_at", "planned_at")).filter(
        enrolment__participant__unit__site=absence.site,
        status=Status.SCHEDULED,
        started_at=None,
        stands_at__gt=max(at, absence.starts_at - timedelta(days=1)),
        stands_at__lt=absence.ends_at,
    )
    found = found.exclude(supervision=UNSUPERVISED, delivery="home")  # it needs neither the site nor its trainer
    if absence.trainer_id is not None:
        found = found.filter(trainer_planned=absence.trainer_id)
    ends = Prefetch("enrolment__participant__endings", queryset=Ending.objects.filter(voided_at=None))
    rows = found.select_related("enrolment__participant__unit__site", "enrolment__allocation", "trainer_planned", "slot__room")
    return [
        session
        for session in rows.prefetch_related(ends).order_by("stands_at", "enrolment__participant__unit__trial_id")
        if session.at + timedelta(minutes=session.planned_minutes) > absence.starts_at
        and endings_of(session.enrolment.participant).may_train
    ]


def _booked(of_person: dict[int, list[TrainingSession]], timetable: Timetable, at: datetime) -> list[Booked]:
    """Each person with all their sessions, what binds them, and the sessions the matter is about."""
    enrolments = Enrolment.objects.filter(pk__in=of_person).prefetch_related("sessions").order_by("pk")
    asked = dict(Availability.objects.filter(participant__enrolment__in=of_person).values_list("participant__enrolment", "preferred"))
    plans = plans_of(own[0] for own in of_person.values())
    booked = []
    for enrolment in enrolments:
        own = of_person[enrolment.pk]
        first = own[0]
        rules = move_rules(first.enrolment, plans[first.pk], timetable.opening(first.trainer_planned), at=at)
        booked.append(
            Booked(
                who=first.trial_id,
                sessions=laid(list(enrolment.sessions.all()), rules.timezone),
                rules=rules,
                times=(*(time.fromisoformat(told) for _, told in asked.get(enrolment.pk) or []), *OFFERED_AT),
                trainer=first.trainer_planned.actor if first.trainer_planned else "",
                room=str(first.slot.room_id) if first.slot and first.slot.room_id else "",
                capacity=first.slot.capacity if first.slot else max(1, first.group_size),
                only=frozenset(s.session_no for s in own),
            )
        )
    return booked


def _standing(absence: Absence, hit: Sequence[TrainingSession]) -> list[SlotRule]:
    """Slots that stand around the absence, and what trainers hold outside any slot as slots of its own time."""
    opens, closes = hit[0].at - AROUND, hit[-1].at + AROUND
    joined = Prefetch("sessions", queryset=TrainingSession.objects.select_related("enrolment__participant__unit"))
    rows = Slot.objects.filter(cancelled_at=None, starts_at__gte=opens, starts_at__lt=closes).filter(
        Q(site=absence.site) | Q(trainer__in={s.trainer_planned_id for s in hit if s.trainer_planned_id})
    )
    slots = [
        SlotRule(
            starts_at=slot.starts_at,
            minutes=slot.minutes,
            capacity=slot.capacity,
            trainer=f"user:{slot.trainer_id}",
            room=str(slot.room_id or ""),
            people=tuple(s.trial_id for s in slot.sessions.all()),
        )
        for slot in rows.prefetch_related(joined)
    ]
    loose: dict[tuple[datetime, int], list[TrainingSession]] = defaultdict(list)
    for session in _loose(absence, opens, closes):
        loose[session.at, session.trainer_planned_id or 0].append(session)
    for (starts_at, trainer), sessions in loose.items():
        most = max(len(sessions), *(s.group_size for s in sessions))
        minutes = max(1, *(s.planned_minutes for s in sessions))
        people = tuple(s.trial_id for s in sessions)
        slots.append(SlotRule(starts_at=starts_at, minutes=minutes, capacity=most, trainer=f"user:{trainer}", people=people))
    return slots


def _loose(absence: Absence, opens: datetime, closes: datetime) -> list[TrainingSession]:
    """Scheduled sessions with a trainer and no slot, at the site."""
    found = TrainingSession.objects.annotate(stands_at=Coalesce("rescheduled_at", "planned_at")).filter(
        enrolment__participant__unit__site=absence.site, status=Status.SCHEDULED, slot=None, trainer_planned__isnull=False,
        stands_at__gte=opens, stands_at__lt=closes,
    )  # fmt: skip
    return list(found.select_related("enrolment__participant__unit"))


def _apply(proposal: Proposal, absence: Absence) -> tuple[TrainingSession, ...]:
    """All sessions leave their slots, then each takes its place; a slot is opened where none stands."""
    by_key = {(s.trial_id, s.session_no): s for s in proposal.hit}
    first = {s.enrolment_id: (s.trainer_planned, s.slot, s.group_size) for s in reversed(proposal.hit)}
    TrainingSession.objects.filter(pk__in=[s.pk for s in proposal.hit]).update(slot=None)
    moved = []
    for move in proposal.found.moves:
        session = by_key[move.who, move.session_no]
        trainer, before, group = first[session.enrolment_id]
        stand_at(session, move.slot.starts_at)
        if trainer is not None:
            minutes = timedelta(minutes=max(1, session.planned_minutes))
            like = Slot(
                site=absence.site, trainer=trainer, room=before.room if before else None, starts_at=session.at,
                ends_at=session.at + minutes, capacity=before.capacity if before else max(1, group),
            )  # fmt: skip
            session.trainer_planned, session.slot = trainer, _place(like)
        session.save(update_fields=[*WHERE_IT_STANDS, "trainer_planned"])
        moved.append(session)
    return tuple(moved)


def _place(like: Slot) -> Slot:
    """The slot that stands at that time, or this new one."""
    standing = Slot.objects.select_for_update().filter(trainer=like.trainer, room=like.room, starts_at=like.starts_at, cancelled_at=None)
    if (there := standing.first()) is not None:
        return there
    try:
        with transaction.atomic():
            like.save()
    except IntegrityError:
        raise Refused("The slots changed since this was shown. Look again.", code="changed") from None
    return like
