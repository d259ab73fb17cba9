"""Corrections: every recorded fact can be put right with a reason; the database keeps what stood there before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from participants.actions.sessions.common import check_may_record, check_reason, check_told, locked, words
from participants.actions.sessions.figures import kilograms, money, rating, session_rating, whole
from participants.actions.sessions.rollup import keep_sums
from participants.actions.sessions.sets import band_named, restate
from participants.domain.home import UNSUPERVISED
from participants.domain.prescription import question_about_load
from participants.models import ExerciseSet, TrainingSession
from participants.models.sessions import PARTICIPANT
from trials import audit
from trials.actors import Actor
from trials.audit import correction
from trials.permissions import Permission, Refused
from trials.queries import protocol_in_force

MINUTES = ("warmup_minutes", "working_minutes", "cooldown_minutes")
SESSION_FACTS = (
    "started_at", "ended_at", "paused_seconds", *MINUTES, "session_rpe", "soreness", "ended_early", "ended_early_reason", "reason",
    "delivery", "supervision", "group_size", "setting", "equipment", "note", "participant_cost",
)  # fmt: skip
WORDS = {"delivery": ("in_person", "home", "remote"), "supervision": ("one_to_one", "group", "none")}
SET_FACTS = ("done_reps", "done_load_kg", "rpe", "rir", "exercise", "substitute_for", "substitute_reason", "band")


@correction
def correct(session: TrainingSession, *, facts: Mapping[str, Any], reason: str, by: Actor, at: datetime) -> TrainingSession:
    """Facts of a session are put right, named as in session.csv; status and held day follow from its sets and start."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may_record(by, session, Permission.CORRECT)
    check_told(reason)
    _check_names(facts, SESSION_FACTS)
    for name, value in facts.items():
        setattr(session, name, _checked(session, name, value))
    _check_times(session, at)
    if session.logged_by == PARTICIPANT and session.supervision != UNSUPERVISED:
        raise Refused("The person logged this session themselves: nobody supervised it.", code="logged_by_participant", status=422)
    restate(session, session.sets.all())
    session.save()
    keep_sums([session])
    audit.record(
        "session.corrected", about=participant.trial_id, by=by, at=at, reason=reason,
        detail={"session_no": session.session_no, "facts": sorted(facts)},
    )  # fmt: skip
    return session


@correction
def correct_set(
    session: TrainingSession,
    *,
    exercise_no: int,
    set_no: int,
    facts: Mapping[str, Any],
    reason: str,
    by: Actor,
    at: datetime,
    confirmed: bool = False,
) -> ExerciseSet:
    """What was done in one set is put right; the prescription never changes. An unlikely load asks to be confirmed."""
    session = locked(session)
    participant = session.enrolment.participant
    check_may_record(by, session, Permission.CORRECT)
    check_told(reason)
    _check_names(facts, SET_FACTS)
    rows = list(session.sets.all())
    row = next((r for r in rows if (r.exercise_no, r.set_no) == (exercise_no, set_no)), None)
    if row is None or session.started_at is None:
        raise Refused(f"{words(session)} has no set {set_no} of exercise {exercise_no}.", code="unknown_set")
    for name, value in facts.items():
        setattr(row, name, _checked_set(name, value, row, confirmed=confirmed))
    row.save()
    restate(session, rows)
    session.save(update_fields=["status", "held_on", "reason", "reason_class"])
    keep_sums([session])
    audit.record(
        "session.set_corrected", about=participant.trial_id, by=by, at=at, reason=reason,
        detail={"session_no": session.session_no, "exercise_no": exercise_no, "set_no": set_no, "facts": sorted(facts)},
    )  # fmt: skip
    return row


def _check_names(facts: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(facts) - set(known))
    if not facts or unknown:
        about = f"{unknown[0]} can't be corrected here" if unknown else "Nothing was changed"
        raise Refused(f"{about}. These can: {', '.join(known)}.", code="unknown_fact", status=422)


def _checked(session: TrainingSession, name: str, value: Any) -> Any:
    if name == "session_rpe":
        return session_rating(session, value)
    if name == "soreness":
        return None if value is None else whole(value, "Soreness", least=0, most=10)
    if name in MINUTES:
        return None if value is None else whole(value, "Minutes", least=0, most=720)
    if name == "paused_seconds":
        return whole(value, "The pause in seconds", least=0, most=43_200)
    if name == "participant_cost":
        return money(value)
    if name == "group_size":
        return whole(value, "The group", least=1, most=50)
    if name in WORDS and value not in WORDS[name]:
        raise Refused(f"{name} is one of {', '.join(WORDS[name])}.", code="unknown_word", status=422)
    if name == "reason":
        session.reason_class = check_reason(protocol_in_force(), value, what="it was missed")
    return value


def _check_times(session: TrainingSession, at: datetime) -> None:
    if session.ended_at is not None and (session.started_at is None or session.ended_at < session.started_at):
        raise Refused("A session ends after it began.", code="ends_before_start", status=422)
    if any(moment is not None and moment > at for moment in (session.started_at, session.ended_at)):
        raise Refused("What is recorded can't lie in the future.", code="future", status=422)


def _checked_set(name: str, value: Any, row: ExerciseSet, *, confirmed: bool) -> Any:
    if name == "done_reps":
        return whole(value, "Repetitions", least=0, most=999)
    if name == "rpe":
        return rating(value, "RPE", least=Decimal(0), most=Decimal(20))
    if name == "rir":
        return rating(value, "Repetitions in reserve", least=Decimal(0), most=Decimal(50))
    if name == "band":
        return band_named(value)
    if name == "done_load_kg" and value is not None:
        load = kilograms(value, "The load")
        question = question_about_load(load, row.planned_load_kg)
        if question and not confirmed:
            raise Refused(question, code="confirm")
        return load
    return value
