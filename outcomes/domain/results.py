"""The report's tables from the rows of the dataset: baseline, scores by visit, adjusted differences, effect sizes and risks.

Figures are not rounded. `analysis.R` and `analysis.py`, which go out with the data, make the same lines from the CSV files alone; the long
form of the tests runs both and compares. No p-values and no standard errors at baseline (CONSORT 2025, item 25).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from outcomes.domain.compared import OBSERVED, RATES, Comparison, Place, Rate, Scored, comparisons, complete, events, forms_of, known, total
from outcomes.domain.facts import Row
from outcomes.domain.spread import mean, quantile, sd
from outcomes.domain.statistics import ancova
from outcomes.domain.written.adjusting import SCORE, adjusted_row, reference_of
from outcomes.domain.written.facts import ADJUSTED, COMPLETE_CASES, UNADJUSTED
from trials.domain.protocol.shape import Protocol

Number = float | int
QUARTILES = {"p25": Decimal("0.25"), "median": Decimal("0.5"), "p75": Decimal("0.75")}


@dataclass(frozen=True)
class Line:
    """One figure. `arm` is the arm described, or the arm that is compared with the reference."""

    table: str  # "baseline" | "visits" | "adjusted" | "adjusted_complete" | "unadjusted" | "effect" | "risk", these two also "_complete"
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
    people = _randomised(participants)
    told = {(str(b["trial_id"]), str(b["variable"])): str(b["value"] or "") for b in baseline}
    scored = _scored(forms)
    return [
        *_baseline(plan, [p for p in people if p["withdrawn_scope"] != "all"], told, scored),
        *_visits(plan, people, scored),
        *_differences(plan, people, scored),
        *_compared(plan, people, scored),
    ]


def compared(plan: Plan, participants: Iterable[Row], forms: Iterable[Row]) -> tuple[Comparison, ...]:
    """Every arm against the reference, of everybody randomised, as randomised."""
    return tuple(_comparisons(plan, _randomised(participants), _scored(forms)))


def _randomised(participants: Iterable[Row]) -> list[Row]:
    return [p for p in participants if p["randomised_on"]]


def _scored(forms: Iterable[Row]) -> Scored:
    return {(str(f["trial_id"]), str(f["visit"]), str(f["instrument"])): f for f in forms}


def _baseline(plan: Plan, people: Sequence[Row], told: dict[tuple[str, str], str], scored: Scored) -> Iterator[Line]:
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
                totals = [total(scored.get((who, visit, instrument))) for who in ids]
                yield from _spread("baseline", arm, visit, instrument, "total", [t for t in totals if t is not None])
                yield Line("baseline", arm, visit, instrument, "total", "missing", totals.count(None))


def _numbers(arm: str, variable: str, values: Sequence[str]) -> Iterator[Line]:
    told = [number for text in values if (number := _decimal(text)) is not None]
    yield from _spread("baseline", arm, "", "", variable, told)
    yield Line("baseline", arm, "", "", variable, "missing", len(values) - len(told))


def _counts(arm: str, variable: str, values: Sequence[str]) -> Iterator[Line]:
    """How many have each word, and their share of those who have any."""
    counted = Counter(value for value in values if value)
    for word, n in sorted(counted.items()):
        yield Line("baseline", arm, "", "", f"{variable}={word}", "count", n)
        yield Line("baseline", arm, "", "", f"{variable}={word}", "share", n / counted.total())
    yield Line("baseline", arm, "", "", variable, "missing", len(values) - counted.total())


def _visits(plan: Plan, people: Sequence[Row], scored: Scored) -> Iterator[Line]:
    for arm in plan.arms:
        for visit, instrument in plan.forms:
            found = forms_of(people, arm, (visit, instrument), scored)
            yield from _spread("visits", arm, visit, instrument, "total", known(found, "total_unrounded"))
            yield from _spread("visits", arm, visit, instrument, "change", known(found, "change_from_baseline"))
            for rate in RATES:
                n, base = events(found, rate)
                yield Line("visits", arm, visit, instrument, rate, "count", n)
                yield Line("visits", arm, visit, instrument, rate, "base", base)


def _differences(plan: Plan, people: Sequence[Row], scored: Scored) -> Iterator[Line]:
    """The primary outcome by ANCOVA (baseline score and factors of the stratification), then two of its sensitivity: the same over
    complete cases, and unadjusted over everybody observed; nothing where the figures do not bear it.
    """
    if plan.primary is None:
        return
    visit, instrument = plan.primary
    whole = complete(people, scored, plan.forms, instrument)
    for table, counted, adjusting in ((ADJUSTED, people, True), (COMPLETE_CASES, whole, True), (UNADJUSTED, people, False)):
        rows = [adjusted_row(p, scored.get((str(p["trial_id"]), visit, instrument), {})) for p in counted]
        yield from _difference(table, plan, rows, (visit, instrument), (SCORE, *_factors(plan, rows)) if adjusting else ())


def _factors(plan: Plan, rows: Sequence[dict[str, object]]) -> list[str]:
    """A factor that nobody is known by (a profile may merge it away) is left out."""
    return [name for name in plan.factors if any(row.get(name) for row in rows)]


def _difference(table: str, plan: Plan, rows: Sequence[dict[str, object]], at: Place, covariates: tuple[str, ...]) -> Iterator[Line]:
    try:
        found = ancova(rows, outcome="score", arm="arm", reference=plan.reference, covariates=covariates)
    except ValueError:
        return
    yield Line(table, "", *at, "", "n", found.n)
    for arm in plan.arms:
        if arm in found.adjusted_means:
            yield Line(table, arm, *at, "mean", "estimate", found.adjusted_means[arm])
    for arm in plan.arms:
        if arm in found.contrasts:
            one = found.contrasts[arm]
            figures = {"estimate": one.estimate, "se": one.se, "low": one.ci[0], "high": one.ci[1], "p": one.p}
            yield from (Line(table, arm, *at, "difference", name, value) for name, value in figures.items())


def _compared(plan: Plan, people: Sequence[Row], scored: Scored) -> Iterator[Line]:
    """Every arm against the reference after baseline: effect sizes and risks of whoever is observed, then of complete cases."""
    for one in _comparisons(plan, people, scored):
        at, suffix = (one.arm, one.visit, one.instrument), "" if one.cases == OBSERVED else f"_{one.cases}"
        if one.g is not None:
            figures = {"d": one.g.d, "estimate": one.g.estimate, "se": one.g.se, "low": one.g.ci[0], "high": one.g.ci[1]}
            yield from (Line(f"effect{suffix}", *at, "hedges_g", name, value) for name, value in figures.items())
        for rate in one.rates:
            yield from (Line(f"risk{suffix}", *at, rate.rate, name, value) for name, value in _figures(rate).items())


def _comparisons(plan: Plan, people: Sequence[Row], scored: Scored) -> Iterator[Comparison]:
    return comparisons(people, scored, arms=plan.arms, reference=plan.reference, forms=plan.forms, baseline=plan.baseline_visit)


def _figures(rate: Rate) -> dict[str, Number]:
    """The figures of one rate; a ratio that an empty cell forbids is left out, a number needed may be infinite."""
    found: dict[str, Number] = {
        "difference": rate.difference.estimate, "wald_low": rate.difference.wald[0], "wald_high": rate.difference.wald[1],
        "newcombe_low": rate.difference.newcombe[0], "newcombe_high": rate.difference.newcombe[1],
        "nnt": rate.needed.estimate, "nnt_low": rate.needed.ci[0], "nnt_high": rate.needed.ci[1],
    }  # fmt: skip
    for name, ratio in (("risk_ratio", rate.ratio), ("odds_ratio", rate.odds)):
        if ratio.estimate is not None and ratio.ci is not None:
            found |= {name: ratio.estimate, f"{name}_low": ratio.ci[0], f"{name}_high": ratio.ci[1]}
    return found


def _spread(table: str, arm: str, visit: str, instrument: str, variable: str, values: Sequence[Decimal]) -> Iterator[Line]:
    figures: dict[str, Callable[[Sequence[Decimal]], Decimal | None]] = {"mean": mean, "sd": sd}
    yield Line(table, arm, visit, instrument, variable, "n", len(values))
    for name, figure in figures.items():
        if (found := figure(values)) is not None:
            yield Line(table, arm, visit, instrument, variable, name, float(found))
    for name, share in QUARTILES.items():
        if (found := quantile(values, share)) is not None:
            yield Line(table, arm, visit, instrument, variable, name, float(found))


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
