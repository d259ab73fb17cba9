"""Those who train, with the sums of their sessions in place of their sets: what the everyday report is read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, TextField
from django.db.models.functions import Cast, Collate

from outcomes.domain.case import Case
from outcomes.domain.facts import Person
from outcomes.domain.forms import Training
from outcomes.domain.records import HELD, SessionRecord, SetRecord, minutes_between
from outcomes.domain.training import Kept, Sums, sets_of, sums_from_kept
from outcomes.exports.dataset import SESSION, STREAMS, StaffCodes, bare, person_of
from outcomes.queries.summed_sets import codes, in_kg, summed_sets
from participants.actions.sessions.rollup import SUMS
from participants.domain.sums import Prescribed, SessionSums
from participants.models import SessionRollup, TrainingSession

READ = ("participant", "allocation", "ending", "baseline", "strength_test")
CHUNK = 2000
# What attendance and dose look at, and nothing else: half the time of the report is spent on making records.
SESSION_FACTS = (
    "session_no", "planned_on", "status", "closes_on", "week", "phase", "held_on", "started_at", "ended_at", "paused_seconds",
    "session_rpe", "rpe_scale", "ended_early", "ended_early_reason",
)  # fmt: skip
LISTS = ("exercises_planned", "exercises_done", "loads", "body_mass_shares")
NOBODY: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS if name != "participant"}


def people(*, anew: bool = False) -> Iterator[tuple[Person, dict[int, Kept] | None]]:
    """Everybody with their sessions but without forms and sets, and the sums of each session; None where some are not kept.

    The sums are those kept with the sessions, or with `anew` made of every set by the database. Of a session only what attendance and
    dose look at is read. A fixed number of queries, whatever the trial's size.
    """
    staff = StaffCodes()
    streams = {name: STREAMS[name]() for name in READ}
    sessions, sums = _ByPerson(_sessions()), _ByPerson(summed_sets() if anew else _kept_sums())
    for row in streams["participant"].of_all():
        trial_id = row["who"]
        rows = NOBODY | {name: streams[name].of(trial_id) for name in READ if name != "participant"}
        records = tuple(_session(*told) for told in sessions.of(trial_id))
        person = replace(person_of(row, rows, staff), sessions=records)
        yield person, _complete(person, {number: kept for _, number, kept in sums.of(trial_id)})


def sums_of_person(case: Case, sessions: list[SessionRecord], kept: dict[int, Kept] | None) -> Sums:
    """Per-session sums, from what is kept; from the sets themselves where that cannot say."""
    sums = None if kept is None else sums_from_kept(case, sessions, kept)
    if sums is not None:
        return sums
    whole = Case(replace(case.person, sets=_sets(case.person.trial_id)), case.protocol, case.as_of)
    return Training(sessions, sets_of(whole, sessions)).sums


class _ByPerson:
    """Rows that begin with a trial id, in that order, handed out person by person."""

    def __init__(self, rows: Iterator[tuple[Any, ...]]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def of(self, trial_id: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        while self._next is not None and self._next[0] <= trial_id:
            found = list(self._next[1]) if self._next[0] == trial_id else []
            self._next = next(self._groups, None)
        return found


def _sessions() -> Iterator[tuple[Any, ...]]:
    ordered = TrainingSession.objects.order_by(Collate(F(SESSION), "C"), "session_no")
    return ordered.values_list(SESSION, *SESSION_FACTS).iterator(chunk_size=CHUNK)


def _session(trial_id: str, *told: Any) -> SessionRecord:
    number, planned_on, status, closes_on, week, phase, held_on, start, end, paused, rpe, scale, early, why_early = told
    held = status in HELD
    return SessionRecord(
        trial_id=trial_id,
        session_no=number,
        planned_on=planned_on,
        planned_at=None,
        planned_minutes=None,
        planned_volume_kg=None,
        status=status,
        closes_on=closes_on,
        week=week,
        phase=phase,
        held_on=held_on,
        started_at=start,
        ended_at=end,
        paused_seconds=paused if held else None,
        minutes=None if start is None or end is None else minutes_between(start, end, paused if held else 0),
        session_rpe=rpe,
        rpe_scale=scale if held else "",
        ended_early=early if held else None,
        ended_early_reason=why_early,
    )


def _kept_sums() -> Iterator[tuple[str, int, Kept]]:
    path = f"session__{SESSION}"
    lists = {f"{name}_text": Cast(name, TextField()) for name in LISTS}  # read as text: equal texts are parsed once
    fields = (path, "session__session_no", *lists, "complete", *SUMS)
    rows = SessionRollup.objects.order_by(Collate(F(path), "C"), "session__session_no").annotate(**lists).values_list(*fields)
    for trial_id, number, planned, done, loads, shares, complete, *sums in rows.iterator(chunk_size=CHUNK):
        added = dict(zip(SUMS, sums, strict=True))
        onwards = Prescribed(loads=in_kg(loads), body_mass_shares=in_kg(shares), complete=complete)
        yield (
            trial_id,
            number,
            Kept(sums=SessionSums(exercises_planned=codes(planned), exercises_done=codes(done), **added), prescribed=onwards),
        )


def _complete(person: Person, found: dict[int, Kept]) -> dict[int, Kept] | None:
    begun = (s.session_no for s in person.sessions if s.held or s.started_at is not None)
    return None if any(number not in found for number in begun) else found


def _sets(trial_id: str) -> tuple[SetRecord, ...]:
    stream = STREAMS["set"](trial_id)
    return tuple(SetRecord(trial_id=trial_id, session_no=one["number"], **bare(one)) for one in stream.of(trial_id))
