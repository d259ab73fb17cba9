"""Harms with their denominators, and what other treatment people had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from outcomes.domain.facts import Row
from outcomes.domain.written import from_protocol
from outcomes.domain.written.facts import Facts, Group, Seen
from outcomes.domain.written.from_data import CARE
from outcomes.domain.written.words import listed, share
from outcomes.exports.figures import Figure
from outcomes.exports.trial_report.common import DATASET, at, by_group, names, paragraphs, sizes

GRADES = (1, 2, 3, 4, 5)
Told = Callable[[Row], bool]


def harm_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.harms_asked(facts))
    if not facts.by_arm:
        yield "Events at or linked to a session are reported after unblinding."


def harms(facts: Facts) -> Iterator[Figure]:
    """Events and people by seriousness, how they came to be known, CTCAE grade and category; those at deferred training apart."""
    ways = sorted({str(e.get("elicited") or "") for g in facts.groups for p in g.people for e in p.events})
    kinds = sorted({str(e.get("category") or "") for g in facts.groups for p in g.people for e in p.events})
    measures: list[tuple[str, Told]] = [("Any adverse event", lambda e: True), ("Serious", lambda e: bool(e.get("serious")))]
    measures += [(f"CTCAE grade {grade}", lambda e, grade=grade: e.get("ctcae_grade") == grade) for grade in GRADES]
    measures += [("CTCAE grade not recorded", lambda e: e.get("ctcae_grade") is None)]
    measures += [
        (f"Came to be known: {(way or 'not recorded').replace('_', ' ')}", lambda e, way=way: str(e.get("elicited") or "") == way)
        for way in ways
    ]
    measures += [
        (f"{(kind or 'no category').replace('_', ' ').capitalize()}", lambda e, kind=kind: str(e.get("category") or "") == kind)
        for kind in kinds
    ]
    rows: list[tuple[Any, ...]] = []
    for label, told in measures:
        rows += by_group(facts, [(label, lambda g, told=told: _events(g, told))])
    if facts.by_arm:
        rows += by_group(facts, [("Apart: at deferred training", _deferred)])
    rule = "Events since randomisation: number of events, then people with one or more of everybody randomised. "
    rule += f"Deferred training apart. {sizes(facts)}" if facts.by_arm else sizes(facts)
    yield Figure("harms", "Adverse events", rule, ("event", *names(facts)), rows, rows_at=at(facts, DATASET))


def care_words(facts: Facts) -> Iterator[str]:
    yield f"Listed drugs are those of ATC {listed(facts.protocol.analysis.psychotropic_atc)}."


def care(facts: Facts) -> Iterator[Figure]:
    rows = by_group(facts, [
        ("On a listed drug when randomised", lambda g: share(sum(p.psychotropic for p in g.people), g.n)),
        ("A listed drug changed after randomisation", lambda g: share(sum(p.drug_changes > 0 for p in g.people), g.n)),
        ("Changes of listed drugs", lambda g: sum(p.drug_changes for p in g.people)),
        *((f"{words.capitalize()}, at any time", lambda g, kind=kind: share(sum(kind in p.care for p in g.people), g.n))
          for kind, words in CARE.items()),
    ])  # fmt: skip
    if facts.by_arm:
        rows += by_group(facts, [("Psychotherapy begun after randomisation", _began_therapy)])
    rule = f"People of everybody randomised. A change is a start, a stop or another dose after randomisation. {sizes(facts)}"
    yield Figure("care", "Drugs, psychotherapy and other care", rule, ("care", *names(facts)), rows, rows_at=at(facts, DATASET))


def _events(group: Group, told: Told) -> str:
    return _counted(group, lambda person, event: event.get("session_no") not in person.deferred and told(event))


def _deferred(group: Group) -> str:
    return _counted(group, lambda person, event: event.get("session_no") in person.deferred)


def _counted(group: Group, meant: Callable[[Seen, Row], bool]) -> str:
    """4 in 3 of 20 (15 %); 0 where there is none."""
    found = [n for n, person in enumerate(group.people) for event in person.events if meant(person, event)]
    return f"{len(found)} in {share(len(set(found)), group.n)}" if found else "0"


def _began_therapy(group: Group) -> str:
    return share(sum("psychotherapy_started" in p.intercurrent for p in group.people), group.n)
