"""Two arms at one visit: the standardised difference of scores, and response and remission, by two rules about who counts.

Observed: everybody with the figure at that visit. Complete: of these, people with a score of that questionnaire at every visit of the
protocol that asks it, baseline included. Nothing is imputed by either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from outcomes.domain.facts import Row
from outcomes.domain.spread import mean, sd
from outcomes.domain.statistics import HedgesG, NumberNeeded, Ratio, RiskDifference, hedges_g, nnt, odds_ratio, risk_difference, risk_ratio

OBSERVED, COMPLETE = CASES = ("observed", "complete")
RATES = ("response", "remission")
Scored = Mapping[tuple[str, str, str], Row]  # (trial_id, visit, instrument) -> the form
Place = tuple[str, str]  # visit, instrument


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Events among the people of an arm for whom the flag is defined, against those of the reference arm."""

    rate: str  # "response" | "remission"
    events: int
    n: int
    events_reference: int
    n_reference: int
    difference: RiskDifference
    ratio: Ratio
    odds: Ratio
    needed: NumberNeeded


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """An arm against the reference at a visit. `people`: everybody randomised there; `n`: of them, people whose score counts here.

    `g` is None where a side has fewer than two scores or nothing varies; `rates` lacks what is defined for nobody on a side.
    """

    cases: str  # "observed" | "complete"
    arm: str
    visit: str
    instrument: str
    people: int
    people_reference: int
    n: int
    n_reference: int
    g: HedgesG | None
    rates: tuple[Rate, ...]


def comparisons(
    people: Sequence[Row], scored: Scored, *, arms: Sequence[str], reference: str, forms: Sequence[Place], baseline: str
) -> Iterator[Comparison]:
    """Every arm but the reference at every form after `baseline` (a visit's code), by both rules; `people`: everybody randomised."""
    whole = {instrument: complete(people, scored, forms, instrument) for instrument in dict.fromkeys(code for _, code in forms)}
    for cases in CASES:
        for arm in arms:
            for visit, instrument in forms:
                if arm == reference or visit == baseline:
                    continue
                counted = people if cases == OBSERVED else whole[instrument]
                mine, other = (forms_of(counted, each, (visit, instrument), scored) for each in (arm, reference))
                scores, others = known(mine, "total_unrounded"), known(other, "total_unrounded")
                yield Comparison(
                    cases=cases, arm=arm, visit=visit, instrument=instrument, people=_of(people, arm),
                    people_reference=_of(people, reference), n=len(scores), n_reference=len(others), g=standardised(scores, others),
                    rates=tuple(found for rate in RATES if (found := _rate(rate, mine, other)) is not None),
                )  # fmt: skip


def complete(people: Iterable[Row], scored: Scored, forms: Iterable[Place], instrument: str) -> list[Row]:
    """Who has a score of this questionnaire at every visit that asks it."""
    asked = [visit for visit, code in forms if code == instrument]
    return [p for p in people if all(total(scored.get((str(p["trial_id"]), visit, instrument))) is not None for visit in asked)]


def standardised(mine: Sequence[Decimal], other: Sequence[Decimal]) -> HedgesG | None:
    """Hedges' g (Borenstein et al. 2009, chapter 4) of one list of scores against another."""
    sd1, sd2, m1, m2 = sd(mine), sd(other), mean(mine), mean(other)
    if m1 is None or m2 is None or sd1 is None or sd2 is None or not (sd1 or sd2):
        return None
    return hedges_g(float(m1), float(sd1), len(mine), float(m2), float(sd2), len(other))


def forms_of(people: Iterable[Row], arm: str, place: Place, scored: Scored) -> list[Row]:
    mine = (scored.get((str(p["trial_id"]), *place)) for p in people if p["arm"] == arm)
    return [form for form in mine if form is not None]


def events(forms: Iterable[Row], rate: str) -> tuple[int, int]:
    """How many have the flag, of how many for whom it is defined."""
    flags = [form[rate] for form in forms if form.get(rate) is not None]
    return sum(map(bool, flags)), len(flags)


def known(forms: Iterable[Row], column: str) -> list[Decimal]:
    return [value for form in forms if isinstance(value := form.get(column), Decimal)]


def total(form: Row | None) -> Decimal | None:
    value = None if form is None else form.get("total_unrounded")
    return value if isinstance(value, Decimal) else None


def _rate(rate: str, mine: Iterable[Row], other: Iterable[Row]) -> Rate | None:
    (a, n1), (c, n2) = events(mine, rate), events(other, rate)
    if not n1 or not n2:
        return None
    return Rate(
        rate=rate, events=a, n=n1, events_reference=c, n_reference=n2, difference=risk_difference(a, n1, c, n2),
        ratio=risk_ratio(a, n1, c, n2), odds=odds_ratio(a, n1, c, n2), needed=nnt(a, n1, c, n2),
    )  # fmt: skip


def _of(people: Iterable[Row], arm: str) -> int:
    return sum(p["arm"] == arm for p in people)
