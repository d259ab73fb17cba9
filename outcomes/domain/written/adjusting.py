"""The primary outcome by analysis of covariance: arm, the score at baseline and the factors of the stratification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from outcomes.domain.compared import complete
from outcomes.domain.facts import Row
from outcomes.domain.statistics import ancova
from outcomes.domain.written.facts import ADJUSTED, COMPLETE_CASES, UNADJUSTED, Effect
from trials.domain.protocol.shape import Arm, Protocol

SCORE = "the baseline score"


def adjusted(protocol: Protocol, participants: Iterable[Row], forms: Iterable[Row]) -> tuple[Effect, ...]:
    """Every arm against the control (else the first arm), as randomised, over people with both scores; none without a primary outcome.

    Where the figures do not bear it, an effect that says why.
    """
    return tuple(_effects(protocol, participants, forms, (ADJUSTED,)))


def sensitivity(protocol: Protocol, participants: Iterable[Row], forms: Iterable[Row]) -> tuple[Effect, ...]:
    """The same over complete cases (see `outcomes.domain.compared`), then unadjusted over whoever has the primary score."""
    return tuple(_effects(protocol, participants, forms, (COMPLETE_CASES, UNADJUSTED)))


def _effects(protocol: Protocol, participants: Iterable[Row], forms: Iterable[Row], analyses: tuple[str, ...]) -> Iterator[Effect]:
    if protocol.primary is None:
        return
    at, what = protocol.primary.visit, protocol.primary.instrument
    scored = {(str(f["trial_id"]), str(f["visit"]), str(f["instrument"])): f for f in forms}
    people = [p for p in participants if p["randomised_at"]]
    asked = [(visit.code, code) for visit in protocol.visits for code in visit.instruments]
    for analysis in analyses:
        counted = complete(people, scored, asked, what) if analysis == COMPLETE_CASES else people
        rows = [adjusted_row(p, scored.get((str(p["trial_id"]), at, what), {})) for p in counted]
        yield from _differences(protocol, rows, analysis, () if analysis == UNADJUSTED else (SCORE, *_factors(protocol, rows)))


def _factors(protocol: Protocol, rows: list[dict[str, object]]) -> list[str]:
    """The factors of the stratification; one that nobody is known by, as in a trial that moved in without its strata, is left out."""
    return [factor.name for factor in protocol.allocation.factors if any(row.get(factor.name) for row in rows)]


def _differences(protocol: Protocol, rows: list[dict[str, object]], analysis: str, told: tuple[str, ...]) -> Iterator[Effect]:
    reference = reference_of(protocol)
    others = [arm for arm in protocol.arms if arm is not reference]
    names = {arm.code: arm.label or arm.code for arm in protocol.arms}
    try:
        found = ancova(rows, outcome="score", arm="arm", reference=reference.code, covariates=told)
        contrasts = {arm.code: found.contrasts[arm.code] for arm in others}
    except (ValueError, KeyError):
        why = "since there are too few people with " + ("both scores" if told else "a score")
        yield from (Effect(analysis=analysis, name=names[arm.code], reference=names[reference.code], why=why) for arm in others)
        return
    for code, one in contrasts.items():
        yield Effect(
            analysis=analysis, name=names[code], reference=names[reference.code], covariates=told, n=found.n, estimate=one.estimate,
            low=one.ci[0], high=one.ci[1],
        )  # fmt: skip


def repeated_rows(protocol: Protocol, participants: Iterable[Row], forms: Iterable[Row]) -> list[dict[str, object]]:
    """What a mixed model needs: a row a person randomised and follow-up visit with the primary questionnaire, as `adjusted_row`, with
    who it is and which visit; no rows without a primary outcome.
    """
    what = None if protocol.primary is None else protocol.primary.instrument
    people = {str(p["trial_id"]): p for p in participants if p["randomised_at"]}
    later = {visit.code for visit in protocol.visits if visit.kind != "baseline"}
    return [
        {**adjusted_row(people[who], form), "who": who, "visit": form["visit"]}
        for form in forms if form["instrument"] == what and form["visit"] in later and (who := str(form["trial_id"])) in people
    ]  # fmt: skip


def reference_of(protocol: Protocol) -> Arm:
    """What every other arm is compared with: the control, else the first arm."""
    return next((arm for arm in protocol.arms if arm.control), protocol.arms[0])


def adjusted_row(person: Row, form: Row) -> dict[str, object]:
    """What `ancova` needs of a person: score, arm, the baseline score that the change was taken from, and the stratum's factors."""
    total, change = form.get("total_unrounded"), form.get("change_from_baseline")
    both = isinstance(total, Decimal) and isinstance(change, Decimal)
    factors = dict(part.split("=", 1) for part in str(person["stratum"]).split("|") if "=" in part)
    return {**factors, "arm": person["arm"], "score": total, SCORE: total - change if both else None}  # type: ignore[operator]
