"""Training by arm: who reached how much, how it was spread over sites and trainers, and how the dose goes with the change in a score.

Everything counts as randomised. The denominator of a threshold is everybody of the arm with a due session. The association of dose and
change is exploratory: dose was not randomised. Pearson's r with a 95 % interval by Fisher's z (r to atanh r, standard error
1 / sqrt(n - 3)); None below 4 people, or where one side does not vary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import NormalDist

from outcomes.domain.adherence import Adherence, pooled_attendance, share
from outcomes.domain.course_of_training import straight_line
from outcomes.domain.dose import Dose, pooled
from outcomes.domain.spread import mean, quantile, sd
from outcomes.domain.tolerability import Tolerance
from participants.domain.guideline import Conformity

SESSIONS = (13,)  # of 16 in the Limerick trials
SHARES = (Decimal("0.5"), Decimal("0.67"), Decimal("0.8"))  # of the due sessions, and of the planned volume
Z = NormalDist().inv_cdf(0.975)
FEWEST = 4
ATTENDED = ("attendance", "attendance_excl_site", "attendance_on_treatment")
COMPLIED = ("sets_compliance", "reps_compliance", "load_compliance", "sets_delivered", "reps_delivered")


@dataclass(frozen=True, kw_only=True)
class Trainee:
    """One randomised person who trains; `changes`: by questionnaire, the change to the primary visit, where it is known."""

    trial_id: str
    arm: str
    site: str
    trainer: str
    kept: Adherence
    given: Dose
    tolerance: Tolerance
    changes: Mapping[str, Decimal] = field(default_factory=dict)
    weeks: tuple[Conformity, ...] = ()  # against the guideline


@dataclass(frozen=True, kw_only=True)
class Reached:
    """How many of an arm's people with a due session reached a threshold, and what share (0-1) that is."""

    arm: str
    threshold: str
    reached: int
    of: int
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A measure of attendance or compliance (a share 0-1) over the `n` people of an arm for whom it is defined, unrounded."""

    arm: str
    measure: str  # a name of `ATTENDED` or `COMPLIED`, as in adherence.csv
    n: int
    mean: Decimal | None
    sd: Decimal | None
    p25: Decimal | None
    median: Decimal | None
    p75: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """The people of one site or trainer: mean attendance and mean RDI, unrounded."""

    arm: str
    kind: str
    name: str
    people: int
    attendance: Decimal | None
    rdi: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The distribution of personal RDIs in an arm."""

    arm: str
    n: int
    mean: Decimal | None
    sd: Decimal | None
    least: Decimal | None
    p25: Decimal | None
    median: Decimal | None
    p75: Decimal | None
    greatest: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Minutes:
    """Contact minutes: those of attended sessions, over the people of an arm with due sessions."""

    arm: str
    people: int
    sessions: int
    minutes: int
    mean: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Response:
    """How RDI and the change in a questionnaire go together in an arm; exploratory."""

    arm: str
    instrument: str
    n: int
    r: float | None
    low: float | None
    high: float | None
    slope: Decimal | None
    intercept: Decimal | None


def by_arm(people: Iterable[Trainee]) -> dict[str, list[Trainee]]:
    """People with a due session, by arm in the order of the alphabet."""
    found: dict[str, list[Trainee]] = {}
    for person in sorted(people, key=lambda p: (p.arm, p.trial_id)):
        if person.kept.sessions_due:
            found.setdefault(person.arm, []).append(person)
    return found


def thresholds(arm: str, people: Sequence[Trainee]) -> list[Reached]:
    """The share at or above each number of sessions, share of due sessions and share of planned volume."""
    asked: list[tuple[str, Callable[[Trainee], bool]]] = []
    for least in SESSIONS:
        asked.append((f"sessions >= {least}", lambda p, least=least: p.kept.sessions_attended >= least))  # type: ignore[misc]
    for part in SHARES:
        asked.append((f"attendance >= {part}", lambda p, part=part: (p.kept.attendance or 0) >= part))  # type: ignore[misc]
    for part in SHARES:
        asked.append((f"RDI >= {part}", lambda p, part=part: (p.given.rdi or 0) >= part))  # type: ignore[misc]
    counts = [(name, sum(reached(p) for p in people)) for name, reached in asked]
    return [Reached(arm=arm, threshold=name, reached=n, of=len(people), share=share(n, len(people))) for name, n in counts]


def kept(arm: str, people: Sequence[Trainee]) -> list[Kept]:
    """Attendance, then compliance: two measures that are never one."""
    measured = [(name, [getattr(p.kept, name) for p in people]) for name in ATTENDED]
    measured += [(name, [getattr(p.given, name) for p in people]) for name in COMPLIED]
    told = []
    for name, values in measured:
        known = [value for value in values if value is not None]
        p25, median, p75 = (quantile(known, Decimal(part)) for part in ("0.25", "0.5", "0.75"))
        told.append(Kept(arm=arm, measure=name, n=len(known), mean=mean(known), sd=sd(known), p25=p25, median=median, p75=p75))
    return told


def spread(arm: str, people: Sequence[Trainee]) -> Spread:
    rdis = [p.given.rdi for p in people if p.given.rdi is not None]
    quarters = [quantile(rdis, Decimal(part)) for part in ("0", "0.25", "0.5", "0.75", "1")]
    return Spread(
        arm=arm, n=len(rdis), mean=mean(rdis), sd=sd(rdis), least=quarters[0], p25=quarters[1], median=quarters[2], p75=quarters[3],
        greatest=quarters[4],
    )  # fmt: skip


def groups(arm: str, people: Sequence[Trainee]) -> list[Group]:
    """By site, then by the trainer who held most of a person's sessions."""
    found: dict[tuple[str, str], list[Trainee]] = {}
    for person in people:
        found.setdefault(("site", person.site), []).append(person)
        found.setdefault(("trainer", person.trainer), []).append(person)
    return [
        Group(
            arm=arm, kind=kind, name=name, people=len(those), attendance=pooled_attendance(p.kept for p in those).mean,
            rdi=pooled(p.given for p in those).mean_of_rdis,
        )
        for (kind, name), those in sorted(found.items())
    ]  # fmt: skip


def contact(arm: str, people: Sequence[Trainee]) -> Minutes:
    minutes = sum(p.given.minutes_total or 0 for p in people)
    return Minutes(
        arm=arm, people=len(people), sessions=sum(p.kept.sessions_attended for p in people), minutes=minutes,
        mean=share(minutes, len(people)),
    )  # fmt: skip


def pairs(people: Sequence[Trainee], instrument: str) -> list[tuple[Decimal, Decimal]]:
    """RDI and change of whoever has both."""
    return [(p.given.rdi, p.changes[instrument]) for p in people if p.given.rdi is not None and instrument in p.changes]


def response(arm: str, people: Sequence[Trainee], instrument: str) -> Response:
    points = pairs(people, instrument)
    slope, intercept = straight_line(points) if points else (None, None)
    r = correlation(points)
    low, high = (None, None) if r is None else interval(r, len(points))
    return Response(arm=arm, instrument=instrument, n=len(points), r=r, low=low, high=high, slope=slope, intercept=intercept)


def correlation(points: Sequence[tuple[Decimal, Decimal]]) -> float | None:
    """Pearson's r; None below 4 pairs or where one side does not vary."""
    if len(points) < FEWEST:
        return None
    xs, ys = ([float(p[side]) for p in points] for side in (0, 1))
    x_mean, y_mean = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    across = math.fsum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True))
    spreads = math.sqrt(math.fsum((x - x_mean) ** 2 for x in xs) * math.fsum((y - y_mean) ** 2 for y in ys))
    return max(-1.0, min(1.0, across / spreads)) if spreads else None


def interval(r: float, n: int) -> tuple[float, float]:
    """95 % by Fisher's z; r itself where it is -1 or 1."""
    if abs(r) >= 1:
        return r, r
    centre, half = math.atanh(r), Z / math.sqrt(n - 3)
    return math.tanh(centre - half), math.tanh(centre + half)
