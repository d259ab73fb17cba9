"""The closed report for the data monitoring committee: what happened to each arm's people, and their harms. As randomised.

Never for eyes that must not see arms. Events are counted since randomisation over everybody randomised; those at deferred training apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from outcomes.domain.compared import OBSERVED, Comparison
from outcomes.domain.facts import Row
from outcomes.domain.written.facts import Group, Seen
from outcomes.domain.written.words import share

GRAVE = 3  # CTCAE grade from which an event is severe


@dataclass(frozen=True, kw_only=True)
class Course:
    """People of an arm: how many received it, and how many ended or stopped; a person may be in several of the last four."""

    arm: str
    randomised: int
    received: int
    not_received: int
    withdrawn: int
    lost: int
    died: int
    stopped: int  # the training alone


@dataclass(frozen=True, kw_only=True)
class Harms:
    """Events and people with any; `grave`: CTCAE grade 3 or more; `at_deferred` events are in no other count."""

    arm: str
    of: int
    events: int
    people: int
    serious: int
    people_serious: int
    grave: int
    people_grave: int
    related: int  # possible, probable or definite
    people_alerted: int  # with a safety alert since randomisation
    at_deferred: int


Counted = tuple[str, str, str, str, str, tuple[int | str, int | str]]


def counts(compared: Iterable[Comparison]) -> Iterator[Counted]:
    """How many stand behind each effect size and each risk: table, arm, visit, questionnaire, variable, then (arm's, reference's)."""
    for one in compared:
        place, suffix = (one.arm, one.visit, one.instrument), "" if one.cases == OBSERVED else f"_{one.cases}"
        yield f"effect{suffix}", *place, "hedges_g", (one.n, one.n_reference)
        for rate in one.rates:
            yield f"risk{suffix}", *place, rate.rate, (share(rate.events, rate.n), share(rate.events_reference, rate.n_reference))


def course(arms: Sequence[str], participants: Iterable[Row]) -> list[Course]:
    """From the rows of participant."""
    rows = [p for p in participants if p["randomised_on"]]
    return [_course(arm, [p for p in rows if p["arm"] == arm]) for arm in arms]


def harms(groups: Iterable[Group], alerted: Mapping[str, int]) -> list[Harms]:
    """`alerted`: group -> people with a safety alert."""
    return [_harms(group, alerted.get(group.name, 0)) for group in groups]


def _course(arm: str, people: list[Row]) -> Course:
    return Course(
        arm=arm,
        randomised=len(people),
        received=_having(people, "received_allocated", "yes", True),
        not_received=_having(people, "received_allocated", "no", False),
        withdrawn=sum(bool(p["withdrawn_on"]) for p in people),
        lost=sum(bool(p["lost_on"]) for p in people),
        died=sum(bool(p["died_on"]) for p in people),
        stopped=sum(bool(p["intervention_stopped_on"]) for p in people),
    )


def _having(people: Iterable[Row], name: str, *values: object) -> int:
    return sum(p[name] is not None and p[name] in values for p in people)


def _harms(group: Group, alerted: int) -> Harms:
    told = [(n, e) for n, p in enumerate(group.people) for e in p.events if not _deferred(p, e)]
    serious = [(n, e) for n, e in told if e.get("serious")]
    grave = [(n, e) for n, e in told if isinstance(grade := e.get("ctcae_grade"), int) and grade >= GRAVE]
    return Harms(
        arm=group.name,
        of=group.n,
        events=len(told),
        people=_people(told),
        serious=len(serious),
        people_serious=_people(serious),
        grave=len(grave),
        people_grave=_people(grave),
        related=sum(e.get("related") in ("possible", "probable", "definite") for _, e in told),
        people_alerted=alerted,
        at_deferred=sum(_deferred(p, e) for p in group.people for e in p.events),
    )


def _deferred(person: Seen, event: Row) -> bool:
    return event.get("session_no") in person.deferred


def _people(found: Iterable[tuple[int, Row]]) -> int:
    return len({n for n, _ in found})
