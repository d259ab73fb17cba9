"""Per-session sums, kept in the same transaction as the sets they are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from participants.actions.sessions.common import HELD
from participants.domain.sets import SetRecord, Tested, as_done, with_e1rm
from participants.domain.sums import SessionSums, prescribed_in, sums_of
from participants.models import ExerciseSet, SessionRollup, StrengthTest, TrainingSession
from trials import audit
from trials.actors import Actor
from trials.audit import action

SUMS = tuple(name for name in SessionSums.__dataclass_fields__ if not name.startswith("exercises_"))
KEPT = (*SUMS, "exercises_planned", "exercises_done", "loads", "body_mass_shares", "complete")
SET_FACTS = tuple(name for name in SetRecord.__dataclass_fields__ if name not in ("trial_id", "session_no", "e1rm_kg", "pct_1rm", "band"))
CHUNK = 500


def keep_sums(sessions: Iterable[TrainingSession]) -> int:
    """Sums of these sessions as their sets stand now; three statements for all of one call's sessions of up to 500."""
    known = {s.pk: s for s in sessions}
    if not known:
        return 0
    sets: dict[int, list[SetRecord]] = defaultdict(list)
    rows = ExerciseSet.objects.filter(session__in=list(known)).order_by("session", "exercise_no", "set_no")
    for row in rows.values("session_id", *SET_FACTS):
        session_id = row.pop("session_id")
        sets[session_id].append(SetRecord(trial_id=str(session_id), session_no=0, **row))
    tests = _tests({known[pk].enrolment_id for pk in sets})
    made = [_rollup(known[pk], found, tests.get(known[pk].enrolment_id, ())) for pk, found in sets.items()]
    SessionRollup.objects.bulk_create(made, update_conflicts=True, unique_fields=["session"], update_fields=KEPT)
    return len(made)


def keep_sums_of_person(participant_id: int) -> None:
    """After a strength test came or went: the sums of every session with sets."""
    keep_sums(TrainingSession.objects.filter(enrolment__participant=participant_id, sets__isnull=False).distinct())


@action
def rebuild_sums(*, by: Actor, at: datetime) -> int:
    """Sums of every session anew, a few hundred at a time: after sets were written past the actions."""
    made, last = 0, 0
    while batch := list(TrainingSession.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        made, last = made + keep_sums(batch), batch[-1].pk
    audit.record("rollups.rebuilt", about="trial", by=by, at=at, detail={"sessions": made})
    return made


def _tests(enrolments: set[int]) -> dict[int, list[Tested]]:
    """Standing tests by enrolment."""
    found: dict[int, list[Tested]] = defaultdict(list)
    tests = StrengthTest.objects.filter(participant__enrolment__in=enrolments, voided_at=None)
    for enrolment, *told in tests.values_list("participant__enrolment", "exercise", "tested_on", "e1rm_kg"):
        found[enrolment].append((told[0], told[1], told[2]))
    return found


def _rollup(session: TrainingSession, sets: list[SetRecord], tests: Iterable[Tested]) -> SessionRollup:
    held = session.status in HELD
    done = [with_e1rm(as_done(one, held), tests, session.held_on) for one in sets]
    (sums,) = sums_of(done).values()
    onwards = prescribed_in(done)
    facts: dict[str, Any] = {name: getattr(sums, name) for name in SUMS}
    return SessionRollup(
        session=session,
        exercises_planned=sorted(sums.exercises_planned),
        exercises_done=sorted(sums.exercises_done),
        loads={code: str(load) for code, load in onwards.loads.items()},
        body_mass_shares={code: str(share) for code, share in onwards.body_mass_shares.items()},
        complete=onwards.complete,
        **facts,
    )
