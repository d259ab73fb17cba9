"""The report's tables from the rows of the dataset: baseline, scores by visit, the adjusted difference, effect sizes and risks.

Figures are not rounded. `analysis.R` and `analysis.py`, which go out with the data, make the same lines from the CSV files alone; the long
form of the tests runs both and compares. No p-values and no standard errors at baseline (CONSORT 2025, item 25).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from outcomes.domain.facts import Row
from outcomes.domain.spread import mean, quantile, sd
from outcomes.domain.statistics import ancova, hedges_g, odds_ratio, risk_difference, risk_ratio
from outcomes.domain.written.adjusting import SCORE, adjusted_row, reference_of
from trials.domain.protocol.shape import Protocol

Number = float | int
RATES = ("response", "remission")
QUARTILES = {"p25": Decimal("0.25"), "median": Decimal("0.5"), "p75": Decimal("0.75")}


@dataclass(frozen=True)
class Line:
    """One figure. `arm` is the arm described, or the arm that is compared with the reference."""

    table: str  # "baseline" | "visits" | "adjusted" | "effect" | "risk"
    arm: str
    visit: str
    instrument: str
    variable: str
    figure: str
    value: Number


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What of the protocol the tables go by. `forms`: (visit, instrument) in the protocol's order; `primary` one of them."""

    arms: tuple[str, ...]
    reference: str
    primary: tuple[str, str] | None
    factors: tuple[str, ...]
    baseline_visit: str
    forms: tuple[tuple[str, str], ...]
    numbers: tuple[str, ...]
    choices: tuple[str, ...]


def plan_of(protocol: Protocol) -> Plan:
    return Plan(
        arms=tuple(arm.code for arm in protocol.arms),
        reference=reference_of(protocol).code,
        primary=None if protocol.primary is None else (protocol.primary.visit, protocol.primary.instrument),
        factors=tuple(factor.name for factor in protocol.allocation.factors),
        baseline_visit=next((visit.code for visit in protocol.visits if visit.kind == "baseline"), ""),
        forms=tuple((visit.code, code) for visit in protocol.visits for code in visit.instruments),
        numbers=tuple(v.code for v in protocol.baseline if v.type == "number"),
        choices=tuple(v.code for v in protocol.baseline if v.type in ("choice", "yes_no")),
    )


def tables(plan: Plan, participants: Iterable[Row], baseline: Iterable[Row], forms: Iterable[Row]) -> list[Line]:
    """Every line, from rows of participant, baseline and assessment; everybody randomised, as randomised.

    Who withdrew everything has no rows and is left out of the baseline table, too.
    """
    people = [p for p in participants if p["randomised_on"]]
    told = {(str(b["trial_id"]), str(b["variable"])): str(b["value"] or "") for b in baseline}
    scored = {(str(f["trial_id"]), str(f["visit"]), str(f["instrument"])): f for f in forms}
    return [
        *_baseline(plan, [p for p in people if p["withdrawn_scope"] != "all"], told, scored),
        *_visits(plan, people, scored),
        *_adjusted(plan, people, scored),
        *_effects(plan, people, scored),
        *_risks(plan, people, scored),
    ]


def _baseline(
    plan: Plan, people: Sequence[Row], told: dict[tuple[str, str], str], scored: dict[tuple[str, str, str], Row]
) -> Iterator[Line]:
    ages = [str(p["age"]) for p in people if p["age"] not in (None, "")]
    age_is_a_number = all(_decimal(age) is not None for age in ages)
    for arm in plan.arms:
        mine = [p for p in people if p["arm"] == arm]
        ids = [str(p["trial_id"]) for p in mine]
        yield Line("baseline", arm, "", "", "", "people", len(mine))
        describe = _numbers if age_is_a_number else _counts
        yield from describe(arm, "age", [str(p["age"]) if p["age"] not in (None, "") else "" for p in mine])
        yield from _counts(arm, "sex", [str(p["sex"] or "") for p in mine])
        for variable in plan.numbers:
            yield from _numbers(arm, variable, [told.get((who, variable), "") for who in ids])
        for variable in plan.choices:
            yield from _counts(arm, variable, [told.get((who, variable), "") for who in ids])
        for visit, instrument in plan.forms:
            if visit == plan.baseline_visit:
                totals = [_total(scored.get((who, visit, instrument))) for who in ids]
                yield from _spread("baseline", arm, visit, instrument, "total", [t for t in totals if t is not None])
                yield Line("baseline", arm, visit, instrument, "total", "missing", totals.count(None))


def _numbers(arm: str, variable: str, values: Sequence[str]) -> Iterator[Line]:
    known = [number for text in values if (number := _decimal(text)) is not None]
    yield from _spread("baseline", arm, "", "", variable, known)
    yield Line("baseline", arm, "", "", variable, "missing", len(values) - len(known))


def _counts(arm: str, variable: str, values: Sequence[str]) -> Iterator[Line]:
    """How many have each word, and their share of those who have any."""
    counted = Counter(value for value in values if value)
    for word, n in sorted(counted.items()):
        yield Line("baseline", arm, "", "", f"{variable}={word}", "count", n)
        yield Line("baseline", arm, "", "", f"{variable}={word}", "share", n / counted.total())
    yield Line("baseline", arm, "", "", variable, "missing", len(values) - counted.total())


def _visits(plan: Plan, people: Sequence[Row], scored: dict[tuple[str, str, str], Row]) -> Iterator[Line]:
    for arm in plan.arms:
        for visit, instrument in plan.forms:
            found = _of(people, arm, visit, instrument, scored)
            yield from _spread("visits", arm, visit, instrument, "total", _known(found, "total_unrounded"))
            yield from _spread("visits", arm, visit, instrument, "change", _known(found, "change_from_baseline"))
            for rate in RATES:
                events, base = _events(found, rate)
                yield Line("visits", arm, visit, instrument, rate, "count", events)
                yield Line("visits", arm, visit, instrument, rate, "base", base)


def _adjusted(plan: Plan, people: Sequence[Row], scored: dict[tuple[str, str, str], Row]) -> Iterator[Line]:
    """The primary outcome by ANCOVA: baseline score and factors of the stratification; nothing where the figures do not bear it.

    A factor that nobody is known by (a profile may merge it away) is left out.
    """
    if plan.primary is None:
        return
    visit, instrument = plan.primary
    rows = [adjusted_row(p, scored.get((str(p["trial_id"]), visit, instrument), {})) for p in people]
    factors = [name for name in plan.factors if any(row.get(name) for row in rows)]
    try:
        found = ancova(rows, outcome="score", arm="arm", reference=plan.reference, covariates=(SCORE, *factors))
    except ValueError:
        return
    yield Line("adjusted", "", visit, instrument, "", "n", found.n)
    for arm in plan.arms:
        if arm in found.adjusted_means:
            yield Line("adjusted", arm, visit, instrument, "mean", "estimate", found.adjusted_means[arm])
    for arm in plan.arms:
        if arm in found.contrasts:
            one = found.contrasts[arm]
            figures = {"estimate": one.estimate, "se": one.se, "low": one.ci[0], "high": one.ci[1], "p": one.p}
            yield from (Line("adjusted", arm, visit, instrument, "difference", name, value) for name, value in figures.items())


def _effects(plan: Plan, people: Sequence[Row], scored: dict[tuple[str, str, str], Row]) -> Iterator[Line]:
    """Hedges' g of the total against the reference arm at every visit after baseline (formula of Borenstein et al. 2009)."""
    for arm, visit, instrument in _compared(plan):
        mine, other = (_known(_of(people, each, visit, instrument, scored), "total_unrounded") for each in (arm, plan.reference))
        sd1, sd2 = sd(mine), sd(other)
        if sd1 is None or sd2 is None or not (sd1 or sd2):
            continue
        m1, m2 = sum(mine, Decimal(0)) / len(mine), sum(other, Decimal(0)) / len(other)
        g = hedges_g(float(m1), float(sd1), len(mine), float(m2), float(sd2), len(other))
        for name, value in {"d": g.d, "estimate": g.estimate, "se": g.se, "low": g.ci[0], "high": g.ci[1]}.items():
            yield Line("effect", arm, visit, instrument, "hedges_g", name, value)


def _risks(plan: Plan, people: Sequence[Row], scored: dict[tuple[str, str, str], Row]) -> Iterator[Line]:
    """Response and remission against the reference arm, over people whose flag is not empty."""
    for arm, visit, instrument in _compared(plan):
        for rate in RATES:
            a, n1 = _events(_of(people, arm, visit, instrument, scored), rate)
            c, n2 = _events(_of(people, plan.reference, visit, instrument, scored), rate)
            if not n1 or not n2:
                continue
            found = risk_difference(a, n1, c, n2)
            figures: dict[str, Number | None] = {
                "difference": found.estimate, "wald_low": found.wald[0], "wald_high": found.wald[1],
                "newcombe_low": found.newcombe[0], "newcombe_high": found.newcombe[1],
            }  # fmt: skip
            for name, ratio in (("risk_ratio", risk_ratio(a, n1, c, n2)), ("odds_ratio", odds_ratio(a, n1, c, n2))):
                if ratio.estimate is not None and ratio.ci is not None:
                    figures |= {name: ratio.estimate, f"{name}_low": ratio.ci[0], f"{name}_high": ratio.ci[1]}
            yield from (Line("risk", arm, visit, instrument, rate, name, value) for name, value in figures.items() if value is not None)


def _compared(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Every arm but the reference, at every form after baseline."""
    for arm in plan.arms:
        for visit, instrument in plan.forms:
            if arm != plan.reference and visit != plan.baseline_visit:
                yield arm, visit, instrument


def _of(people: Sequence[Row], arm: str, visit: str, instrument: str, scored: dict[tuple[str, str, str], Row]) -> list[Row]:
    mine = (scored.get((str(p["trial_id"]), visit, instrument)) for p in people if p["arm"] == arm)
    return [form for form in mine if form is not None]


def _spread(table: str, arm: str, visit: str, instrument: str, variable: str, values: Sequence[Decimal]) -> Iterator[Line]:
    figures: dict[str, Callable[[Sequence[Decimal]], Decimal | None]] = {"mean": mean, "sd": sd}
    yield Line(table, arm, visit, instrument, variable, "n", len(values))
    for name, figure in figures.items():
        if (found := figure(values)) is not None:
            yield Line(table, arm, visit, instrument, variable, name, float(found))
    for name, share in QUARTILES.items():
        if (found := quantile(values, share)) is not None:
            yield Line(table, arm, visit, instrument, variable, name, float(found))


def _events(forms: Iterable[Row], rate: str) -> tuple[int, int]:
    known = [form[rate] for form in forms if form.get(rate) is not None]
    return sum(map(bool, known)), len(known)


def _known(forms: Iterable[Row], column: str) -> list[Decimal]:
    return [value for form in forms if isinstance(value := form.get(column), Decimal)]


def _total(form: Row | None) -> Decimal | None:
    value = None if form is None else form.get("total_unrounded")
    return value if isinstance(value, Decimal) else None


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
