"""What a phone kept on the gym floor while it had no line, taken in once each, in the order it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from participants.actions.sessions.common import check_may, locked, words
from participants.actions.sessions.figures import kilograms
from participants.actions.sessions.floor import finish, log, start
from participants.actions.sessions.sets import LoggedSet, exercise_code
from participants.domain.progression import in_kg
from participants.models import ExerciseSet, KeptEntry, TrainingSession
from trials import audit
from trials.audit import action
from trials.models import User
from trials.permissions import Permission, Refused

FARTHEST = timedelta(days=730)

Place = tuple[int, int]
"""Number of the exercise, number of the set."""
Figures = tuple[int | None, Decimal | None]
"""Repetitions and load in kg; None: not done."""


@action
def take_in(
    session: TrainingSession,
    *,
    uuid: UUID,
    kind: str,
    made_at: datetime,
    phone_at: datetime,
    by: User,
    at: datetime,
    sets: Sequence[LoggedSet] = (),
    seen: Mapping[Place, Figures] | None = None,
    confirmed: bool = False,
    instead: bool = False,
    ending: Mapping[str, Any] | None = None,
) -> KeptEntry:
    """One kept entry (`start`, `log` or `finish`): the same `uuid` counts once, and its receipt is given again.

    `made_at` and `phone_at` (now) are the phone's clock: the difference of `phone_at` to ours is kept and taken off. `seen` is what the
    phone knew of those sets then. Refused with 409: `changed` where somebody else recorded another figure since (`instead` puts this one
    in its place), `confirm` for an unlikely load, `finished`, `conflict` for a known `uuid` of another session or person.
    """
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.RECORD_SESSION)
    known = KeptEntry.objects.filter(uuid=uuid).first()
    if known is not None:
        if (known.session_id, known.user_id, known.kind) != (session.pk, by.pk, kind):
            raise Refused("This entry was sent before with other content.", code="conflict")
        return known
    made, skew = _by_our_clock(made_at, phone_at, at)
    if kind == KeptEntry.Kind.START:
        start(session, started_at=made, by=by, at=at)
    elif kind == KeptEntry.Kind.LOG:
        _take_in_sets(session, sets, uuid, seen or {}, confirmed=confirmed, instead=instead, by=by, at=at)
    else:
        _check_running(session)
        finish(session, ended_at=made, by=by, at=at, **(ending or {}))
    entry = KeptEntry.objects.create(
        uuid=uuid, session=session, kind=kind, user=by, made_at=made, skew_seconds=round(skew / timedelta(seconds=1)), at=at
    )
    detail = {"session_no": session.session_no, "kind": kind, "skew_seconds": entry.skew_seconds}
    audit.record("session.taken_in", about=participant.trial_id, by=by, at=at, detail=detail)
    return entry


def _by_our_clock(made_at: datetime, phone_at: datetime, at: datetime) -> tuple[datetime, timedelta]:
    """When an entry was made by the server's clock, never later than now, and how far ahead the phone's clock is."""
    skew = phone_at - at
    if abs(skew) > FARTHEST:
        raise Refused("The phone's clock is years away from the server's: set it and send again.", code="clock", status=422)
    if phone_at - made_at > FARTHEST:
        raise Refused("This entry is years old: enter it by hand.", code="too_old", status=422)
    return min(made_at, phone_at) - skew, skew


def _take_in_sets(
    session: TrainingSession, sets: Sequence[LoggedSet], uuid: UUID, seen: Mapping[Place, Figures], *, confirmed: bool, instead: bool,
    by: User, at: datetime,
) -> None:  # fmt: skip
    if not sets:
        raise Refused("This entry holds no set.", code="no_sets", status=422)
    rows = {(row.exercise_no, row.set_no): row for row in session.sets.all()}
    if all(_stands(rows.get((done.exercise_no, done.set_no)), done) for done in sets):
        return  # it came in a request whose answer was lost
    if not instead:
        _check_unchanged(rows, sets, seen)
    log(session, sets=sets, client_uuid=uuid, confirmed=confirmed, by=by, at=at)


def _figures(done: LoggedSet) -> Figures:
    return done.done_reps, None if done.done_load_kg is None else kilograms(done.done_load_kg, "The load")


def _stands(row: ExerciseSet | None, done: LoggedSet) -> bool:
    """Whether all that was entered of a set is recorded already."""
    if row is None or (row.done_reps, row.done_load_kg) != _figures(done):
        return False
    instead = row.exercise if row.substitute_for else ""
    return (row.rpe, row.rir, instead) == (done.rpe, done.rir, exercise_code(done.substitute))


def _check_unchanged(rows: Mapping[Place, ExerciseSet], sets: Sequence[LoggedSet], seen: Mapping[Place, Figures]) -> None:
    for done in sets:
        place, phone = (done.exercise_no, done.set_no), _figures(done)
        row = rows.get(place)
        if row is None or row.done_reps is None or (row.done_reps, row.done_load_kg) in (seen.get(place), phone):
            continue
        raise Refused(
            f"Set {done.set_no} of exercise {done.exercise_no} was recorded by somebody else meanwhile: "
            f"{_told(row.done_reps, row.done_load_kg)}. This phone has {_told(*phone)}.",
            code="changed",
        )


def _told(reps: int | None, load: Decimal | None) -> str:
    return f"{reps} repetitions" if load is None else f"{in_kg(load)} × {reps}"


def _check_running(session: TrainingSession) -> None:
    if session.ended_at is not None:
        raise Refused(f"{words(session)} was finished by somebody else meanwhile.", code="finished")
