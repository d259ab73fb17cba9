"""People with the sums of their sessions in place of their sets: what the everyday report and the dataset are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from outcomes.domain.case import Case
from outcomes.domain.facts import Person
from outcomes.domain.forms import Training
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.training import Kept, Sums, sets_of, suffices, summed
from outcomes.exports.dataset import STREAMS, StaffCodes, bare, person_of
from outcomes.models import Provider
from outcomes.queries.summed_sets import Trained, trained

READ = ("participant", "allocation", "ending", "baseline", "strength_test")
NOBODY: dict[str, list[dict[str, Any]]] = {name: [] for name in STREAMS if name != "participant"}


def people(*, anew: bool = False) -> Iterator[tuple[Person, Mapping[int, Kept] | None]]:
    """Everybody with their sessions but without forms and sets, and the sums of each session; None where some are not kept.

    The sums are those kept with the sessions, or with `anew` made of every set by the database. Of a session only what attendance and
    dose look at is read. A fixed number of queries, whatever the trial's size.
    """
    return _people(READ, trained(anew=anew), StaffCodes())


def whole() -> Iterator[tuple[Person, Mapping[int, Kept] | None]]:
    """The same with every fact that the dataset's rules look at, the sums made anew of every set: what goes out is added up once more.

    Where sums cannot say, the person with every set, and None.
    """
    names = tuple(name for name in STREAMS if name not in ("session", "set"))
    staff = StaffCodes(Provider.objects.values_list("user_id", "code"))
    for person, kept in _people(names, trained(anew=True, clocked=True), staff):
        yield (with_sets(person), None) if kept is None or not suffices(person, kept) else (person, kept)


def with_sets(person: Person) -> Person:
    """The person with every set, where the sums cannot say."""
    stream = STREAMS["set"](person.trial_id)
    sets = (SetRecord(trial_id=person.trial_id, session_no=one["number"], **bare(one)) for one in stream.of(person.trial_id))
    return replace(person, sets=tuple(sets))


def sums_of_person(case: Case, sessions: list[SessionRecord], kept: Mapping[int, Kept] | None) -> Sums:
    """Per-session sums, from what is kept; from the sets themselves where that cannot say."""
    if kept is not None and suffices(case.person, kept):
        return summed(case, sessions, kept).sums
    return Training(sessions, sets_of(replace(case, person=with_sets(case.person)), sessions)).sums


def _people(names: Iterable[str], courses: Iterator[Trained], staff: StaffCodes) -> Iterator[tuple[Person, Mapping[int, Kept] | None]]:
    streams = {name: STREAMS[name]() for name in names}
    everybody = streams.pop("participant").of_all()
    course = next(courses, None)
    for row in everybody:
        trial_id = row["who"]
        person = person_of(row, NOBODY | {name: stream.of(trial_id) for name, stream in streams.items()}, staff)
        if course is not None and course[0] == trial_id:
            yield replace(person, sessions=course[1]), course[2]
            course = next(courses, None)
        else:
            yield person, {}
