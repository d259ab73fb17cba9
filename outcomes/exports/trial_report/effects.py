"""What the arms did to the outcomes: adjusted and standardised differences, response and remission, and other rules of who counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from outcomes.domain.compared import COMPLETE, OBSERVED, Comparison, Rate
from outcomes.domain.written.adjusting import reference_of
from outcomes.domain.written.facts import ADJUSTED, COMPLETE_CASES, UNADJUSTED, Effect, Facts, Mixed
from outcomes.domain.written.words import figure as number
from outcomes.domain.written.words import listed, needed, ratio, share
from outcomes.exports.figures import Figure
from outcomes.exports.trial_report.common import DATASET, at, title_of
from trials.domain.protocol.shape import PERSON
from trials.ui import intervals

RATES = {"response": "Response (a drop of half or more)", "remission": "Remission"}
ANALYSES = {ADJUSTED: "Adjusted, both scores", COMPLETE_CASES: "Adjusted, complete cases", UNADJUSTED: "Unadjusted, observed"}
WHO = {
    OBSERVED: ("", "Observed: everybody with the figure at that visit."),
    COMPLETE: (
        ", complete cases",
        "Complete cases: people with a score of the questionnaire at every visit that asks it, baseline included.",
    ),
}
WHERE = ("questionnaire", "visit", "contrast")


def effect_words(facts: Facts) -> Iterator[str]:
    if facts.protocol.primary is None:
        yield "The protocol names no primary outcome, so no difference is adjusted. All figures are without correction for multiplicity."
    else:
        yield (
            "The primary outcome is adjusted by analysis of covariance for the baseline score and the factors of the stratification, over "
            "people with both scores. Everything else here is unadjusted unless it says so, without correction for multiplicity."
        )
    if facts.protocol.allocation.unit != PERSON:
        yield (
            f"The arms were drawn by {facts.protocol.allocation.unit}. People of one {facts.protocol.allocation.unit} may be alike; the "
            "figures here take each person alone, so that their intervals may be too narrow."
        )
    for effect in facts.effects:
        if effect.why:
            yield f"{effect.name} against {effect.reference}: no adjusted difference, {effect.why}."
    for effect in facts.sensitivity:
        if effect.why:
            yield f"{effect.name} against {effect.reference}, {ANALYSES[effect.analysis].lower()}: no difference, {effect.why}."
    if facts.mixed is not None and facts.mixed.why:
        yield f"Mixed model for repeated measures: none, since {facts.mixed.why}."
    if not any(one.g or one.rates for one in facts.compared if one.cases == COMPLETE):
        yield "Too few have a score at every visit so far: nothing stands here for complete cases."


def effects(facts: Facts) -> Iterator[Figure]:
    known = [effect for effect in facts.effects if not effect.why]
    adjusted = listed(known[0].covariates) if known else ""
    rule = f"Difference of adjusted means with 95 % CI; adjusted for {adjusted}. People with both scores, n = {known[0].n if known else 0}."
    yield _differences(facts, "adjusted", "Primary outcome, adjusted", rule, known)
    yield _sensitivity(facts, known)
    if facts.mixed is not None:
        yield _mixed(facts, facts.mixed)
    for cases in (OBSERVED, COMPLETE):
        found = [one for one in facts.compared if one.cases == cases]
        yield _standardised(facts, cases, found)
        yield from _rates(facts, cases, found)


def _differences(facts: Facts, name: str, title: str, rule: str, known: Sequence[Effect]) -> Figure:
    rows = [(f"{e.name} minus {e.reference}", e.n, *(number(v, 2) for v in (e.estimate, e.low, e.high))) for e in known]
    drawn = [(e.name, e.estimate, e.low, e.high) for e in known]
    svg = intervals.forest(drawn, title="Adjusted difference", unit="score", described=_said(drawn)) if drawn else ""
    return Figure(name, title, rule, ("contrast", "n", "difference", "low", "high"), rows, svg, at(facts, DATASET))


def _sensitivity(facts: Facts, primary: Sequence[Effect]) -> Figure:
    """The primary outcome again, by other rules about who counts and what it is adjusted for."""
    known = [*primary, *(effect for effect in facts.sensitivity if not effect.why)]
    rows = [
        (ANALYSES[e.analysis], f"{e.name} minus {e.reference}", e.n, *(number(v, 2) for v in (e.estimate, e.low, e.high))) for e in known
    ]
    drawn = [(_short(facts, ANALYSES[e.analysis], e.name), e.estimate, e.low, e.high) for e in known]
    svg = intervals.forest(drawn, title="Difference by analysis", unit="score", described=_said(drawn)) if drawn else ""
    rule = (
        f"Differences of means with 95 % t-intervals. Adjusted ones need both scores; unadjusted ones the primary score. {WHO[COMPLETE][1]}"
    )
    rule += f" n at most {max((e.n for e in known), default=0)}."
    head = ("analysis", "contrast", "n", "difference", "low", "high")
    return Figure("sensitivity", "Primary outcome, other analyses", rule, head, rows, svg, at(facts, DATASET))


def _mixed(facts: Facts, found: Mixed) -> Figure:
    """The adjusted difference at each visit, from every score of the primary questionnaire together."""
    names = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    reference = names[reference_of(facts.protocol).code]
    places = [facts.protocol.visit(one.visit).label for one in found.differences]
    rows = [
        (place, f"{names[one.arm]} minus {reference}", one.n, one.n_reference, *(number(v, 2) for v in (one.estimate, one.low, one.high)))
        for place, one in zip(places, found.differences, strict=True)
    ]
    drawn = [
        (_short(facts, place, names[one.arm]), one.estimate, one.low, one.high)
        for place, one in zip(places, found.differences, strict=True)
    ]
    told = listed(("visit", "arm by visit", f"{found.covariates[0]} by visit", *found.covariates[1:]))
    rule = f"Mixed model for repeated measures, REML: {told}, with a random intercept a person. 95 % Wald CI. Every score of "
    rule += "people with one at baseline counts, also where another visit was missed (missing at random). "
    rule += f"n = {found.people} people with {found.scores} scores."
    svg = intervals.forest(drawn, title="Difference by visit", unit="score", described=_said(drawn)) if drawn else ""
    head = ("visit", "contrast", "n", "n_reference", "difference", "low", "high")
    return Figure("mixed", "Primary questionnaire at each visit, mixed model", rule, head, rows, svg, at(facts, DATASET))


def _standardised(facts: Facts, cases: str, found: Sequence[Comparison]) -> Figure:
    """Hedges' g of every follow-up visit, each arm against the reference."""
    rows: list[tuple[Any, ...]] = []
    drawn = []
    for one in found:
        if one.g is not None:
            where, g = _where(facts, one), one.g
            counted = share(one.n, one.people), share(one.n_reference, one.people_reference)
            rows.append((*where, *counted, *(number(v, 2) for v in (g.estimate, *g.ci))))
            drawn.append((_short(facts, f"{where[0]}, {where[1]}", _label(facts, one.arm)), g.estimate, *g.ci))
    suffix, who = WHO[cases]
    rule = "Hedges' g = J d, J = 1 - 3 / (4 df - 1), with 95 % CI, variance by Borenstein et al. 2009, chapter 4: arm minus reference, so "
    rule += f"that fewer symptoms are negative. {who} n available of everybody randomised; at most "
    rule += f"{max((one.n + one.n_reference for one in found if one.g is not None), default=0)} in both."
    svg = intervals.forest(drawn, title="Hedges' g", unit="g", described=_said(drawn)) if drawn else ""
    head = (*WHERE, "n", "n_reference", "g", "low", "high")
    return Figure(_named("hedges", cases), f"Standardised differences{suffix}", rule, head, rows, svg, at(facts, DATASET))


def _rates(facts: Facts, cases: str, found: Sequence[Comparison]) -> Iterator[Figure]:
    """Absolute, then relative: the same people in both."""
    rates = [(_where(facts, one), rate) for one in found for rate in one.rates]
    suffix, who = WHO[cases]
    defined = f"{who} Of people for whom it is defined (n in the cells): response needs a baseline above 0, remission one of 5 or more."
    rule = f"{defined} Difference of risks, arm minus reference, with 95 % CI by Wald and by Newcombe (1998, method 10)."
    head = (*WHERE, "what", "arm", "reference", "risk_difference", "wald", "newcombe")
    rows = [(*where, RATES[r.rate], *_counts(r), number(r.difference.estimate, 3), _ends(r.difference.wald), _ends(r.difference.newcombe))
            for where, r in rates]  # fmt: skip
    yield Figure(_named("rates", cases), f"Response and remission{suffix}", rule, head, rows, rows_at=at(facts, DATASET))
    rule = (
        f"{defined} Ratios with 95 % CI on the log scale (Katz; Woolf), not defined where a cell is empty. NNT: 1 / difference of risks, "
    )
    rule += (
        "people in the arm for one event more; its CI from Wald's limits goes through infinity where the risks may be equal (Altman 1998)."
    )
    head = (*WHERE, "what", "arm", "reference", "risk_ratio", "odds_ratio", "NNT", "NNT_interval")
    rows = [(*where, RATES[r.rate], *_counts(r), ratio(r.ratio), ratio(r.odds), *needed(r.needed)) for where, r in rates]
    yield Figure(_named("ratios", cases), f"Ratios and number needed to treat{suffix}", rule, head, rows, rows_at=at(facts, DATASET))


def _where(facts: Facts, one: Comparison) -> tuple[str, str, str]:
    names = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    contrast = f"{names[one.arm]} minus {names[reference_of(facts.protocol).code]}"
    return title_of(facts, one.instrument), facts.protocol.visit(one.visit).label, contrast


def _short(facts: Facts, words: str, arm: str) -> str:
    """What stands beside a drawn difference: the arm's code only where there are several to tell apart."""
    codes = {each.label or each.code: each.code for each in facts.protocol.arms}
    return words if len(codes) == 2 else f"{words}: {codes[arm]}"


def _label(facts: Facts, code: str) -> str:
    arm = facts.protocol.arm(code)
    return arm.label or arm.code


def _counts(rate: Rate) -> tuple[str, str]:
    return share(rate.events, rate.n), share(rate.events_reference, rate.n_reference)


def _ends(ends: tuple[float, float]) -> str:
    return f"{number(ends[0], 3)} to {number(ends[1], 3)}"


def _named(name: str, cases: str) -> str:
    return name if cases == OBSERVED else f"{name}-{cases}"


def _said(drawn: Sequence[tuple[str, float, float, float]]) -> str:
    return "; ".join(f"{words} {estimate:.2f} ({low:.2f} to {high:.2f})" for words, estimate, low, high in drawn) + "."
