"""Slots: opened for a trainer, joined by people's sessions up to their places, given up when empty.

The places of a slot are counted under its lock. Places that the end of somebody's training left over are free for the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from participants.actions.sessions.common import check_may, check_trains, laid, locked, move_rules, plan_of
from participants.actions.sessions.places import release
from participants.actions.sessions.plan import WHERE_IT_STANDS, check_movable, stand_at
from participants.domain.moving import Laid, MoveRules, refusal_to_move
from participants.domain.opening import refusal_by_hours
from participants.domain.slots import refusal_to_fit, refusal_to_join, refusal_to_open, refusal_to_shrink
from participants.models import Room, Slot, TrainingSession
from participants.queries.hours import as_rule, opening_at, slots_near
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Site, User
from trials.permissions import Permission, Refused, allowed, check
from trials.queries import protocol_in_force

LONGEST, MOST_PLACES = 12 * 60, 99
HORIZON = timedelta(days=3653)


@action
def open_slot(
    site: Site, *, trainer: User, starts_at: datetime, minutes: int, capacity: int, by: Actor, at: datetime, room: Room | None = None
) -> Slot:
    """A trainer, perhaps in a room, holds so many places at a time: within the hours of both, and beside no other slot of either."""
    check(by, Permission.PLAN_SESSIONS, at_site=site)
    _check_trainer(trainer, site)
    if room is not None and room.site_id != site.pk:
        raise Refused(f"Room {room} isn't at {site}.", code="other_site", status=422)
    if not 1 <= minutes <= LONGEST or not 1 <= capacity <= MOST_PLACES:
        raise Refused(f"A slot lasts 1 to {LONGEST} minutes and has 1 to {MOST_PLACES} places.", code="slot_size", status=422)
    if not at < starts_at < at + HORIZON:
        raise Refused("A slot begins in the future, within ten years.", code="past", status=422)
    wall, ends_at = starts_at.astimezone(site.zone), starts_at + timedelta(minutes=minutes)
    shut = refusal_by_hours(wall.date(), wall.time(), minutes, opening_at(protocol_in_force(), site, trainer))
    if shut:
        raise Refused(shut, code="shut")
    new = Slot(site=site, trainer=trainer, room=room, starts_at=starts_at, ends_at=ends_at, capacity=capacity)
    _check_beside(new)
    try:
        with transaction.atomic():
            new.save()
    except IntegrityError:  # somebody else was quicker
        _check_beside(new)
        raise
    audit.record("slot.opened", about=f"slot:{new.pk}", by=by, at=at, detail={"site": site.code, "places": capacity})
    return new


@action
def join_slot(session: TrainingSession, *, slot: Slot, by: Actor, at: datetime, reason: str = "") -> TrainingSession:
    """A session takes a place of a slot, and moves to its time and trainer under the same rules as any move."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.PLAN_SESSIONS)
    check_trains(participant)
    check_movable(session)
    slot = held(slot)
    opening = opening_at(protocol_in_force(), participant.site, slot.trainer)
    rules = move_rules(session.enrolment, plan_of(session), opening, at=at)
    siblings = laid(list(session.enrolment.sessions.all()), rules.timezone)
    if sentence := refusal_to_take(slot, _people(slot), session, siblings, rules):
        raise Refused(sentence, code="slot_refused", way_out=("See the free slots", f"{session.get_absolute_url()}move/"))
    stand_at(session, slot.starts_at)
    session.slot, session.trainer_planned = slot, slot.trainer
    session.save(update_fields=[*WHERE_IT_STANDS, "trainer_planned"])
    audit.record(
        "session.joined_slot", about=participant.trial_id, by=by, at=at, reason=reason,
        detail={"session_no": session.session_no, "slot": slot.pk, "to": session.at.isoformat()},
    )  # fmt: skip
    return session


@action
def leave_slot(session: TrainingSession, *, by: Actor, at: datetime, reason: str = "") -> TrainingSession:
    """A session gives its place back; it stands at its time as before, with its trainer."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.PLAN_SESSIONS)
    if session.slot_id is None:
        raise Refused(f"Session {session.session_no} of {participant} is in no slot.", code="no_slot")
    left, session.slot = session.slot_id, None
    session.save(update_fields=["slot"])
    detail = {"session_no": session.session_no, "slot": left}
    audit.record("session.left_slot", about=participant.trial_id, by=by, at=at, reason=reason, detail=detail)
    return session


@action
def change_places(slot: Slot, *, capacity: int, by: Actor, at: datetime) -> Slot:
    """More or fewer places, never fewer than people who have joined."""
    check(by, Permission.PLAN_SESSIONS, at_site=slot.site)
    slot = held(slot)
    sentence = refusal_to_shrink(as_rule(slot, _people(slot)), capacity)
    if sentence or capacity > MOST_PLACES:
        raise Refused(sentence or f"A slot has at most {MOST_PLACES} places.", code="slot_size")
    slot.capacity = capacity
    slot.save(update_fields=["capacity"])
    audit.record("slot.places_changed", about=f"slot:{slot.pk}", by=by, at=at, detail={"places": capacity})
    return slot


@action
def cancel_slot(slot: Slot, *, by: Actor, at: datetime, reason: str = "") -> Slot:
    """An empty slot is given up; the people of a slot are moved first."""
    check(by, Permission.PLAN_SESSIONS, at_site=slot.site)
    slot = held(slot)
    if joined := len(_people(slot)):
        raise Refused(f"{joined} {'person has' if joined == 1 else 'people have'} joined this slot. Move them first.", code="slot_in_use")
    slot.cancelled_at = at
    slot.save(update_fields=["cancelled_at"])
    audit.record("slot.cancelled", about=f"slot:{slot.pk}", by=by, at=at, reason=reason)
    return slot


def _check_trainer(trainer: User, site: Site) -> None:
    if not allowed(trainer, Permission.RECORD_SESSION, at_site=site):
        raise Refused(f"{trainer} may not record sessions at {site}.", code="no_trainer")


def _check_beside(new: Slot) -> None:
    others = slots_near(new.starts_at, new.ends_at, trainer=new.trainer, room=new.room)
    if sentence := refusal_to_open(as_rule(new), [as_rule(other) for other in others]):
        raise Refused(sentence, code="slot_taken")


def held(slot: Slot) -> Slot:
    """The slot under its lock, without the people whose training has ended."""
    found = Slot.objects.select_for_update(of=("self",)).select_related("site", "trainer", "room").get(pk=slot.pk)
    if found.cancelled_at is not None:
        raise Refused("This slot was given up.", code="slot_cancelled")
    release([found])
    return found


def _people(slot: Slot) -> list[str]:
    return list(slot.sessions.values_list("enrolment__participant__unit__trial_id", flat=True))


def refusal_to_take(slot: Slot, people: Sequence[str], session: TrainingSession, siblings: Sequence[Laid], rules: MoveRules) -> str | None:
    """Why a session can't take a place of this slot, as a sentence; None where it can. `rules` are those of the slot's trainer."""
    participant = session.enrolment.participant
    if slot.site_id != participant.site.pk:
        return f"This slot is at {slot.site}; {participant} trains at {participant.site}."
    if slot.starts_at <= rules.now:
        return "This slot has begun."
    rule = as_rule(slot, people)
    if sentence := refusal_to_fit(rule, session.planned_minutes) or refusal_to_join(rule, participant.trial_id):
        return sentence
    if slot.starts_at == session.at and session.status == session.Status.SCHEDULED:
        return None
    wall = slot.starts_at.astimezone(participant.site.zone)
    return refusal_to_move(siblings, session.session_no, on=wall.date(), at=wall.time(), rules=rules)
