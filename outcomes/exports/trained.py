"""Those who train, with the sums of their sessions in place of their sets: what the everyday report is read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from outcomes.domain.case import Case
from outcomes.domain.facts import Person
from outcomes.domain.forms import Training
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.training import Kept, Sums, sets_of, sums_from_kept
from outcomes.exports.dataset import STREAMS, StaffCodes, bare, person_of
from outcomes.queries.summed_sets import trained

READ = ("participant", "allocation", "ending", "baseline", "strength_test")
NOBODY: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS if name != "participant"}


def people(*, anew: bool = False) -> Iterator[tuple[Person, Mapping[int, Kept] | None]]:
    """Everybody with their sessions but without forms and sets, and the sums of each session; None where some are not kept.

    The sums are those kept with the sessions, or with `anew` made of every set by the database. Of a session only what attendance and
    dose look at is read. A fixed number of queries, whatever the trial's size.
    """
    staff = StaffCodes()
    streams = {name: STREAMS[name]() for name in READ}
    courses = trained(anew=anew)
    course = next(courses, None)
    for row in streams["participant"].of_all():
        trial_id = row["who"]
        person = person_of(row, NOBODY | {name: streams[name].of(trial_id) for name in READ if name != "participant"}, staff)
        if course is not None and course[0] == trial_id:
            yield replace(person, sessions=course[1]), course[2]
            course = next(courses, None)
        else:
            yield person, {}


def sums_of_person(case: Case, sessions: list[SessionRecord], kept: Mapping[int, Kept] | None) -> Sums:
    """Per-session sums, from what is kept; from the sets themselves where that cannot say."""
    sums = None if kept is None else sums_from_kept(case, sessions, kept)
    if sums is not None:
        return sums
    whole = Case(replace(case.person, sets=_sets(case.person.trial_id)), case.protocol, case.as_of)
    return Training(sessions, sets_of(whole, sessions)).sums


def _sets(trial_id: str) -> tuple[SetRecord, ...]:
    stream = STREAMS["set"](trial_id)
    return tuple(SetRecord(trial_id=trial_id, session_no=one["number"], **bare(one)) for one in stream.of(trial_id))
