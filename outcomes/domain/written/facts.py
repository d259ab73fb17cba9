"""What a checklist may be filled from: one frozen bag of plain values for each edition.

The blinded edition has one group of everybody, a pooled flow and no `training`, `randomisation`, `effects`, `sensitivity`, `mixed`,
`compared`, `sets`, `guesses` or `recruited`: what would tell an arm is not there to be told. As randomised; who withdrew everything
counts in the flow and the sets alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from outcomes.domain.blinding_index import Guesses
from outcomes.domain.case import Case
from outcomes.domain.compared import Comparison
from outcomes.domain.consort import Flow
from outcomes.domain.events import DEVIATION, EVENT, psychotropic_changes
from outcomes.domain.facts import Row
from outcomes.domain.records import Phase
from outcomes.domain.text import Value
from trials.domain.protocol.shape import Protocol

SETS = ("itt", "fas", "per_protocol", "safety", "completer")
SAFETY, WITHOUT_PRIMARY = "safety", ("itt", "safety")  # the sets that need no primary outcome
EVERYBODY = "Everybody randomised"
ADJUSTED, COMPLETE_CASES, UNADJUSTED = "adjusted", "adjusted_complete", "unadjusted"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One randomised person, as far as the report needs them. `events`: adverse events since randomisation."""

    arm: str
    age: int | None
    sex: str
    values: Mapping[str, str]
    events: tuple[Row, ...]
    deferred: frozenset[int]  # numbers of their deferred sessions
    psychotropic: bool  # on a listed drug when randomised
    care: frozenset[str]  # kinds of other care ever recorded
    modes: Mapping[str, int]
    intercurrent: frozenset[str] = frozenset()
    drug_changes: int = 0  # starts, stops and dose changes of listed drugs after it
    deviations: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Group:
    """An arm, or everybody."""

    name: str
    people: tuple[Seen, ...]

    @property
    def n(self) -> int:
        return len(self.people)

    @property
    def ages(self) -> list[Decimal]:
        return [Decimal(p.age) for p in self.people if p.age is not None]

    def numbers(self, variable: str) -> list[Decimal]:
        """The values of a baseline variable that are numbers."""
        return [number for p in self.people if (number := _number(p.values.get(variable, ""))) is not None]

    def counted(self, variable: str) -> Counter[str]:
        return Counter(value for p in self.people if (value := p.values.get(variable, "")))


@dataclass(frozen=True, kw_only=True)
class Change:
    """A version of the protocol that came into force."""

    version: str
    on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class Effect:
    """The primary outcome adjusted for `covariates`: a group minus the reference; `why` there is none, where there is none."""

    analysis: str = ADJUSTED  # | COMPLETE_CASES, the same over complete cases | UNADJUSTED, of whoever has a score
    name: str
    reference: str
    covariates: tuple[str, ...] = ()
    n: int = 0
    estimate: float = 0
    low: float = 0
    high: float = 0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class AtVisit:
    """An arm minus the reference at one visit, with its standard error and 95 % interval; `n` scores each."""

    visit: str
    arm: str
    n: int
    n_reference: int
    estimate: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """The primary questionnaire over its visits by a mixed model: of how many people and scores; `why` it could not be fitted."""

    people: int
    scores: int
    covariates: tuple[str, ...]
    differences: tuple[AtVisit, ...] = ()
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`visits`: rows of visit_summary. `training`: the body of training by arm. `randomisation`: paragraphs of items 17a to 19."""

    protocol: Protocol
    as_of: datetime
    flow: Flow
    groups: tuple[Group, ...]
    visits: Sequence[Row] = ()
    changes: tuple[Change, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)  # instrument -> its title
    training: Mapping[str, Any] | None = None
    randomisation: Mapping[str, str] | None = None
    effects: tuple[Effect, ...] = ()
    sensitivity: tuple[Effect, ...] = ()  # the primary outcome in other ways, beside `effects`
    mixed: Mixed | None = None
    compared: tuple[Comparison, ...] = ()  # every arm against the reference at every visit after baseline
    days: tuple[date, ...] = ()  # of randomisation, one a person, whoever withdrew included, in order
    recruited: Mapping[str, int] | None = None  # site -> people randomised; with few people a site it helps to guess arms
    sets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # arm -> analysis set -> people, whoever withdrew included
    guesses: tuple[tuple[str, Guesses], ...] = ()  # whose they are, and who guessed what
    by_arm: bool = False


def days_of(participants: Iterable[Row]) -> tuple[date, ...]:
    """The days of randomisation of everybody randomised, in order, from participant rows."""
    return tuple(sorted(on for row in participants if isinstance(on := row["randomised_on"], date)))


def sets_of(protocol: Protocol) -> tuple[str, ...]:
    """The analysis sets that the protocol defines, in their order."""
    return WITHOUT_PRIMARY if protocol.primary is None else SETS


def set_sizes(participants: Iterable[Row]) -> dict[str, Counter[str]]:
    """People of each analysis set by arm as randomised, and all of them as `randomised`, from participant rows.

    The safety set goes by the arm received; where none is known yet, by the one allocated.
    """
    found: dict[str, Counter[str]] = {}
    for row in participants:
        if row["randomised_at"]:
            flags = [name for name in SETS if name != SAFETY and row.get(name)]
            found.setdefault(str(row["arm"]), Counter()).update(["randomised", *flags])
            received = str(row.get("arm_received") or row["arm"])
            found.setdefault(received, Counter()).update([SAFETY] if row.get(SAFETY) else [])
    return found


def seen(case: Case, forms: Iterable[Row], deviations: Iterable[Row], *, by_arm: bool) -> Seen:
    """One randomised person; without `by_arm` nothing that an arm could be read from is taken along."""
    person = case.person
    since = case.randomised_on or date.min
    departures = tuple(deviations) if by_arm else ()
    events = tuple(e for e in person.adverse_events if by_arm or not (e["elicited"] == "session" or e.get("session_no")))
    return Seen(
        arm=person.arm if by_arm else EVERYBODY,
        age=person.age,
        sex=person.sex,
        values={str(v["variable"]): str(v["value"] or "") for v in person.baseline},
        events=tuple(e for e in events if not isinstance(on := e.get("started_on") or e.get("aware_on"), date) or on >= since),
        deferred=frozenset(s.session_no for s in person.sessions if s.phase == Phase.DEFERRED) if by_arm else frozenset(),
        psychotropic=any(_taken_then(m, since, case.protocol.analysis.psychotropic_atc) for m in person.medications),
        care=frozenset(str(c["kind"]) for c in person.concomitants),
        modes=Counter(str(f["mode"]) for f in forms if f["status"] in ("done", "partial") and f.get("mode")),
        intercurrent=frozenset(str(d["category"]) for d in departures if d["kind"] == EVENT),
        drug_changes=_drug_changes(case),
        deviations=frozenset(str(d["category"]) for d in departures if d["kind"] == DEVIATION),
    )


def grouped(people: Iterable[Seen], protocol: Protocol, *, by_arm: bool) -> tuple[Group, ...]:
    """The arms in the protocol's order, or everybody."""
    known = tuple(people)
    if not by_arm:
        return (Group(name=EVERYBODY, people=known),)
    return tuple(Group(name=a.label or a.code, people=tuple(p for p in known if p.arm == a.code)) for a in protocol.arms)


def _drug_changes(case: Case) -> int:
    """Starts, stops and dose changes; where one dose period ends and the next begins, that is one change, not two."""
    before = {m["med_no"]: m["change_of"] for m in case.person.medications if m.get("change_of")}

    def first(number: Value) -> Value:
        for _ in before:  # as long as the longest chain can be
            number = before.get(number, number)
        return number

    return len({(first(medication["med_no"]), on) for on, _, medication in psychotropic_changes(case)})


def _taken_then(drug: Row, on: date, listed: tuple[str, ...]) -> bool:
    """A listed drug begun before this day and not stopped before it; of a partly known date the part that is known counts."""
    started, stopped, day = str(drug.get("started_on") or ""), str(drug.get("stopped_on") or ""), on.isoformat()
    return str(drug.get("atc") or "").startswith(listed) and started[:10] <= day and (not stopped or stopped >= day[: len(stopped)])


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
