"""A slot opened where sessions stand already: they join it in one step, up to its places, and nobody's time changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Coalesce

from participants.actions.sessions.common import Status
from participants.actions.sessions.places import left_over
from participants.actions.sessions.slots import held
from participants.domain.home import UNSUPERVISED
from participants.domain.slots import Filling, Lying, filling
from participants.models import Ending, Participant, Slot, TrainingSession
from participants.permissions import endings_of
from participants.queries.hours import as_rule
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import Permission, Refused, check


@dataclass(frozen=True, kw_only=True)
class Lies:
    """The sessions outside any slot that stand at a slot's time; `seen` is the digest of those that would join."""

    sessions: tuple[TrainingSession, ...]
    found: Filling

    @property
    def seen(self) -> str:
        told = [f"{one.who} {one.session_no}" for one in self.found.joins]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def lying_at(slot: Slot, *, viewer: Actor, at: datetime) -> Lies:
    """Who would join a slot and who not, of the people that the viewer reaches, in a constant number of statements."""
    if slot.cancelled_at is not None or slot.starts_at <= at:
        return Lies(sessions=(), found=Filling())
    sessions = _lying(slot, viewer)
    joined = slot.sessions.exclude(left_over()).values_list("enrolment__participant__unit__trial_id", flat=True)
    found = filling(as_rule(slot, joined), [_as_rule(session, slot) for session in sessions])
    return Lies(sessions=tuple(sessions), found=found)


@action
def fill_slot(slot: Slot, *, seen: str, by: Actor, at: datetime) -> Lies:
    """Every session that stands at the slot's time joins it, up to its places, or none does; the answer says who had to stay outside.

    `seen` is the digest of those that somebody looked at: where anything changed since, nobody joins.
    """
    check(by, Permission.PLAN_SESSIONS, at_site=slot.site)
    way_out = ("See the slot", f"/slots/{slot.pk}/")
    people = {session.enrolment.participant_id for session in _lying(slot, by)}
    list(Participant.objects.select_for_update().filter(pk__in=people).order_by("pk"))
    slot = held(slot)
    lies = lying_at(slot, viewer=by, at=at)
    if not lies.found.joins:
        raise Refused("No session stands at this time that could join.", code="nothing_to_join", way_out=way_out)
    if lies.seen != seen:
        raise Refused("The sessions changed since this was shown. Look again.", code="changed", way_out=way_out)
    keys = {(one.who, one.session_no) for one in lies.found.joins}
    joining = [session for session in lies.sessions if (session.trial_id, session.session_no) in keys]
    TrainingSession.objects.filter(pk__in=[s.pk for s in joining]).update(slot=slot, trainer_planned=slot.trainer)
    told = [(s.trial_id, {"session_no": s.session_no, "slot": slot.pk, "to": slot.starts_at.isoformat()}) for s in joining]
    audit.record_each("session.joined_slot", told, by=by, at=at)
    detail = {"sessions": len(joining), "left": len(lies.found.left)}
    audit.record("slot.filled", about=f"slot:{slot.pk}", by=by, at=at, detail=detail)
    return lies


def _lying(slot: Slot, viewer: Actor) -> list[TrainingSession]:
    """Coming, supervised sessions in no slot that begin when the slot does, of people who still train, by trial id."""
    ends = Prefetch("enrolment__participant__endings", queryset=Ending.objects.filter(voided_at=None))
    found = _at(slot).exclude(supervision=UNSUPERVISED).select_related("enrolment__participant__unit__site", "trainer_planned")
    if isinstance(viewer, User):
        found = found.filter(enrolment__participant__in=Participant.objects.visible_to(viewer).values("pk"))
    rows = found.prefetch_related(ends).order_by("enrolment__participant__unit__trial_id", "session_no")
    return [session for session in rows if endings_of(session.enrolment.participant).may_train]


def _at(slot: Slot) -> QuerySet[TrainingSession]:
    standing = TrainingSession.objects.filter(status=Status.SCHEDULED, started_at=None, slot=None)
    standing = standing.annotate(stands_at=Coalesce("rescheduled_at", "planned_at")).filter(stands_at=slot.starts_at)
    return standing.filter(enrolment__participant__unit__site=slot.site_id)


def _as_rule(session: TrainingSession, slot: Slot) -> Lying:
    own = session.trainer_planned_id == slot.trainer_id
    other = "" if own or session.trainer_planned is None else str(session.trainer_planned)
    return Lying(who=session.trial_id, session_no=session.session_no, minutes=session.planned_minutes, own=own, other=other)
