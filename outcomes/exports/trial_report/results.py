"""What was measured: outcomes by visit, effects, analysis sets, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from math import inf, sqrt
from typing import Any

from outcomes.domain.facts import Row
from outcomes.domain.statistics import hedges_g, nnt, risk_difference
from outcomes.domain.statistics.distributions import t_quantile
from outcomes.domain.written import from_protocol
from outcomes.domain.written.facts import SETS, Facts
from outcomes.domain.written.from_training import SET_NAMES
from outcomes.domain.written.words import figure as number
from outcomes.domain.written.words import listed, share
from outcomes.exports.figures import Figure
from outcomes.exports.trial_report.common import DATASET, at, group_of, names, paragraphs, sizes, title_of, visits
from outcomes.instruments import instruments
from trials.ui import intervals

OUTCOMES = ("questionnaire", "visit", "group", "expected", "scored", "mean", "SD", "median", "p25", "p75", "mean_change", "SD_change")
RATES = (("response", "Response (a drop of half or more)"), ("remission", "Remission"))


def outcome_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.outcomes(facts))
    yield from paragraphs(from_protocol.missing_rules(facts))


def outcomes(facts: Facts) -> Iterator[Figure]:
    """A figure a questionnaire: means with intervals over the visits, and the table of everything that was counted."""
    rows = sorted(visits(facts), key=lambda row: str(row["instrument"]))
    for code, found in groupby(rows, key=lambda row: str(row["instrument"])):
        known = list(found)
        title = title_of(facts, code)
        table = [
            (title, facts.protocol.visit(str(r["visit"])).label, group_of(facts, r), r["n_expected"], r["n_scored"],
             *(_two(r[name]) for name in ("mean", "sd", "median", "p25", "p75", "mean_change", "sd_change")))
            for r in known
        ]  # fmt: skip
        scored = max((int(str(r["n_scored"])) for r in known), default=0)
        rule = "As randomised, unrounded totals; SD with n - 1; change from baseline. Whiskers: 95 % t-intervals of the mean, where two "
        rule += f"or more are scored. n scored at most {scored} in a group and visit."
        yield Figure(f"outcome-{code}", title, rule, OUTCOMES, table, _drawn(facts, code, known), at(facts, DATASET))


def effect_words(facts: Facts) -> Iterator[str]:
    yield (
        "The primary outcome is adjusted by analysis of covariance for the baseline score and the factors of the stratification, over "
        "people with both scores. Everything else here is unadjusted, of observed scores, without correction for multiplicity."
    )
    for effect in facts.effects:
        if effect.why:
            yield f"{effect.name} against {effect.reference}: no adjusted difference, {effect.why}."


def effects(facts: Facts) -> Iterator[Figure]:
    known = [effect for effect in facts.effects if not effect.why]
    rows = [(f"{e.name} minus {e.reference}", e.n, *(number(v, 2) for v in (e.estimate, e.low, e.high))) for e in known]
    drawn = [(e.name, e.estimate, e.low, e.high) for e in known]
    adjusted = listed(known[0].covariates) if known else ""
    rule = f"Difference of adjusted means with 95 % CI; adjusted for {adjusted}. Complete cases, n = {known[0].n if known else 0}."
    svg = intervals.forest(drawn, title="Adjusted difference", unit="score", described=_said(drawn)) if drawn else ""
    head = ("contrast", "n", "difference", "low", "high")
    yield Figure("adjusted", "Primary outcome, adjusted", rule, head, rows, svg, at(facts, DATASET))
    yield _standardised(facts)
    yield _rates(facts)


def set_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.analysis_sets(facts))


def sets(facts: Facts) -> Iterator[Figure]:
    counts = [facts.sets.get(arm.code, {}) for arm in facts.protocol.arms]
    rows = [(SET_NAMES[name].capitalize(), *(share(n.get(name, 0), n.get("randomised", 0)) for n in counts)) for name in SETS]
    rule = "By arm as randomised, of everybody randomised, whoever withdrew included."
    yield Figure("sets", "People in each set", rule, ("set", *names(facts)), rows, rows_at=at(facts, DATASET))


def missing_words(facts: Facts) -> Iterator[str]:
    yield "Expected: everybody randomised whose window has opened, whoever withdrew included. Nothing is imputed here."


def missing(facts: Facts) -> Iterator[Figure]:
    rows = []
    for r in visits(facts):
        expected, done, partial = (int(str(r[name])) for name in ("n_expected", "n_done", "n_partial"))
        where = facts.protocol.visit(str(r["visit"])).label, title_of(facts, r["instrument"]), group_of(facts, r)
        rows.append((*where, expected, share(done, expected), partial, share(expected - done - partial, expected)))
    head = ("visit", "questionnaire", "group", "expected", "complete", "in_part", "missing")
    rule = f"Complete, in part and missing of those expected. {sizes(facts)}"
    yield Figure("missing", "Completeness by visit", rule, head, rows, rows_at=at(facts, DATASET))


def _drawn(facts: Facts, code: str, rows: list[Row]) -> str:
    places = list(dict.fromkeys(str(r["visit"]) for r in rows))
    series = []
    for name in names(facts):
        found = [(places.index(str(r["visit"])), *_interval(r)) for r in rows if group_of(facts, r) == name and r["mean"] is not None]
        series.append((name, found))
    if not any(found for _, found in series):
        return ""
    instrument = instruments.get(code)
    ends = (0.0, max(high for _, found in series for *_, high in found))
    if instrument is not None:
        ends = (float(instrument.lowest_total), float(instrument.highest_total))
    title = title_of(facts, code)
    last = [f"{name} {found[-1][1]:.1f}" for name, found in series if found]
    described = f"Means by visit with 95 % intervals; last known: {listed(last)}."
    labels = [facts.protocol.visit(place).label for place in places]
    return intervals.means(series, at=labels, ends=ends, title=title, unit="mean score", described=described)


def _interval(row: Row) -> tuple[float, float, float]:
    centre, spread, n = float(str(row["mean"])), row["sd"], int(str(row["n_scored"]))
    if spread is None:
        return centre, centre, centre
    half = t_quantile(n - 1) * float(str(spread)) / sqrt(n)
    return centre, centre - half, centre + half


def _standardised(facts: Facts) -> Figure:
    """Hedges' g of every follow-up visit, each arm against the reference."""
    rows: list[tuple[Any, ...]] = []
    drawn = []
    for where, arm, reference in _pairs(facts):
        values = [(r["mean"], r["sd"], int(str(r["n_scored"]))) for r in (arm, reference)]
        (m1, sd1, n1), (m2, sd2, n2) = ((float(str(m or 0)), float(str(s or 0)), n) for m, s, n in values)
        if n1 < 2 or n2 < 2 or not (sd1 or sd2):
            continue
        g = hedges_g(m1, sd1, n1, m2, sd2, n2)
        rows.append((*where, n1, n2, *(number(v, 2) for v in (g.estimate, *g.ci))))
        drawn.append((f"{where[0]}, {where[1]}", g.estimate, *g.ci))
    head = ("questionnaire", "visit", "contrast", "n", "n_reference", "g", "low", "high")
    rule = "Hedges' g with 95 % CI (Borenstein's formula): arm minus reference, so that fewer symptoms are negative. Observed scores; "
    rule += f"n at most {max((row[3] + row[4] for row in rows), default=0)} in both."
    svg = intervals.forest(drawn, title="Hedges' g", unit="g", described=_said(drawn)) if drawn else ""
    return Figure("hedges", "Standardised differences", rule, head, rows, svg, at(facts, DATASET))


def _rates(facts: Facts) -> Figure:
    rows: list[tuple[Any, ...]] = []
    for where, arm, reference in _pairs(facts):
        for flag, words in RATES:
            (a, n1), (c, n2) = ((int(str(r[f"{flag}_n"])), int(str(r[f"{flag}_base"]))) for r in (arm, reference))
            if n1 and n2:
                found, needed = risk_difference(a, n1, c, n2), nnt(a, n1, c, n2)
                rows.append((*where, words, share(a, n1), share(c, n2), *(number(v, 3) for v in (found.estimate, *found.newcombe)),
                             "infinite" if abs(needed.estimate) == inf else number(needed.estimate)))  # fmt: skip
    head = ("questionnaire", "visit", "contrast", "what", "arm", "reference", "risk_difference", "low", "high", "NNT")
    rule = "Of people for whom it is defined (n in the cells). Difference of risks with Newcombe's 95 % CI (method 10); NNT is "
    rule += "its reciprocal."
    return Figure("rates", "Response and remission", rule, head, rows, rows_at=at(facts, DATASET))


def _pairs(facts: Facts) -> Iterator[tuple[tuple[str, str, str], Row, Row]]:
    """Every follow-up visit's questionnaire with an arm's and the reference's row: the control's, else the first arm's."""
    arms = facts.protocol.arms
    reference = next((arm for arm in arms if arm.control), arms[0])
    found = {(str(r["visit"]), str(r["instrument"]), str(r["arm"])): r for r in visits(facts)}
    for (visit, code, arm), row in found.items():
        other = found.get((visit, code, reference.code))
        place = facts.protocol.visit(visit)
        if arm != reference.code and other is not None and place.kind != "baseline":
            contrast = f"{group_of(facts, row)} minus {reference.label or reference.code}"
            yield (title_of(facts, code), place.label, contrast), row, other


def _said(drawn: list[tuple[str, float, float, float]]) -> str:
    return "; ".join(f"{words} {estimate:.2f} ({low:.2f} to {high:.2f})" for words, estimate, low, high in drawn) + "."


def _two(value: object) -> str:
    return number(value, 2) if isinstance(value, Decimal) else ""
