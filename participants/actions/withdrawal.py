"""The four ways a person's part ends: withdrawal with a scope, death, loss, stopping the training. Each is a fact of its own."""

from __future__ import annotations

from datetime import date, datetime

from participants import permissions
from participants.actions import links, moves
from participants.domain.journey import Scope, Status
from participants.models import Ending, Participant, Screening
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Refused

WIDENED = "Scope widened"


@action
def withdraw(
    participant: Participant, *, scope: str, reason: str, by: Actor, at: datetime, happened_on: date | None = None, note: str = ""
) -> Ending:
    """A person leaves; `scope` is contact, data or all. A second withdrawal may only widen the scope and keeps the first day.

    `reason` is a code of the protocol, or empty where none was given. Whoever is not yet randomised counts as declined.
    """
    permissions.check_may_end(by, participant)
    moves.lock(participant)
    wanted = _scope(scope)
    _check_reason(reason)
    day = _day(participant, happened_on, at)
    earlier = _standing(participant, Ending.Kind.WITHDRAWAL)
    if earlier is not None:
        if not wanted.reaches_beyond(Scope(earlier.scope)):
            raise Refused(f"{participant} has already withdrawn ({earlier.scope}).", code="already_ended")
        day = earlier.happened_on
        earlier.voided_at, earlier.void_reason = at, WIDENED
        earlier.save(update_fields=["voided_at", "void_reason"])
    ending = _end(participant, Ending.Kind.WITHDRAWAL, day=day, reason=reason, note=note, at=at, scope=wanted.value)
    _decline(participant, day, reason)
    links.revoke_all(participant, by=by, at=at)
    audit.record("participant.withdrawn", about=participant.trial_id, by=by, at=at, reason=reason, detail={"scope": wanted.value})
    return ending


@action
def record_death(participant: Participant, *, died_on: date, by: Actor, at: datetime, note: str = "") -> Ending:
    """A person died; nothing is ever sent to them again."""
    permissions.check_may_end(by, participant)
    moves.lock(participant)
    _once(participant, Ending.Kind.DEATH, "is already recorded as dead")
    ending = _end(participant, Ending.Kind.DEATH, day=_day(participant, died_on, at), reason="", note=note, at=at)
    links.revoke_all(participant, by=by, at=at)
    audit.record("participant.died", about=participant.trial_id, by=by, at=at)
    return ending


@action
def record_loss(participant: Participant, *, reason: str, by: Actor, at: datetime, lost_on: date | None = None, note: str = "") -> Ending:
    """A randomised person can no longer be reached."""
    permissions.check_may_end(by, participant)
    moves.lock(participant)
    permissions.check_randomised(participant, "Nobody is lost to follow-up before randomisation")
    _check_alive(participant)
    _once(participant, Ending.Kind.LOSS, "is already recorded as lost")
    _check_reason(reason)
    ending = _end(participant, Ending.Kind.LOSS, day=_day(participant, lost_on, at), reason=reason, note=note, at=at)
    links.revoke_all(participant, by=by, at=at)
    audit.record("participant.lost", about=participant.trial_id, by=by, at=at, reason=reason)
    return ending


@action
def stop_training(
    participant: Participant, *, reason: str, by: Actor, at: datetime, decided_on: date | None = None, note: str = ""
) -> Ending:
    """A person stops the training and stays in the trial: visits and questionnaires go on. Never a withdrawal."""
    permissions.check_may_end(by, participant)
    moves.lock(participant)
    permissions.check_randomised(participant, "There is no training to stop")
    _once(participant, Ending.Kind.TRAINING_STOP, "has already stopped the training")
    if not participant.enrolment.sessions.exists():
        raise Refused(f"{participant} has no training sessions to stop.", code="no_sessions")
    _check_reason(reason)
    ending = _end(participant, Ending.Kind.TRAINING_STOP, day=_day(participant, decided_on, at), reason=reason, note=note, at=at)
    audit.record("training.stopped", about=participant.trial_id, by=by, at=at, reason=reason)
    return ending


def _end(participant: Participant, kind: str, *, day: date, reason: str, note: str, at: datetime, scope: str = "") -> Ending:
    return Ending.objects.create(participant=participant, kind=kind, scope=scope, happened_on=day, reason=reason, note=note, at=at)


def _decline(participant: Participant, day: date, reason: str) -> None:
    """Before randomisation a withdrawal is a refusal and stands among the exclusions."""
    if participant.status in (Status.RANDOMISED, Status.EXCLUDED):
        return
    moves.move(participant, Status.EXCLUDED)
    Screening.objects.filter(participant=participant).update(
        outcome="excluded",
        exclusion_category="declined",
        exclusion_reason=reason,
        exclusion_reasons=[reason] if reason else [],
        excluded_on=day,
    )


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        raise Refused("Choose the scope: contact, data or all.", code="bad_scope", status=422) from None


def _day(participant: Participant, given: date | None, at: datetime) -> date:
    today = at.astimezone(participant.site.zone).date()
    day = given or today
    if not participant.screened_on <= day <= today:
        raise Refused(f"Enter a day between the screening ({participant.screened_on}) and today.", code="bad_date", status=422)
    return day


def _standing(participant: Participant, kind: str) -> Ending | None:
    return participant.endings.filter(kind=kind, voided_at=None).first()


def _once(participant: Participant, kind: str, words: str) -> None:
    if _standing(participant, kind) is not None:
        raise Refused(f"{participant} {words}.", code="already_ended")


def _check_alive(participant: Participant) -> None:
    if _standing(participant, Ending.Kind.DEATH) is not None:
        raise Refused(f"{participant} has died.", code="died")


def _check_reason(code: str) -> None:
    known = [c.code for c in queries.protocol_in_force().withdrawal_reasons]
    if code and known and code not in known:
        raise Refused(f"Choose one of the protocol's reasons: {', '.join(known)}.", code="bad_reason", status=422)
