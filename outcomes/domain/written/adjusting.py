"""The primary outcome by analysis of covariance: arm, the score at baseline and the factors of the stratification."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outcomes.domain.facts import Row
from outcomes.domain.statistics import ancova
from outcomes.domain.written.facts import Effect
from trials.domain.protocol.shape import Arm, Protocol

SCORE = "the baseline score"


def adjusted(protocol: Protocol, participants: Iterable[Row], forms: Iterable[Row]) -> tuple[Effect, ...]:
    """Every arm against the control (else the first arm), as randomised, over people with both scores; none without a primary outcome.

    Where the figures do not bear it, an effect that says why.
    """
    if protocol.primary is None:
        return ()
    at, what = protocol.primary.visit, protocol.primary.instrument
    scores = {f["trial_id"]: f for f in forms if f["visit"] == at and f["instrument"] == what}
    factors = tuple(factor.name for factor in protocol.allocation.factors)
    rows = [adjusted_row(p, scores.get(p["trial_id"], {})) for p in participants if p["randomised_at"]]
    reference = reference_of(protocol)
    others = [arm for arm in protocol.arms if arm is not reference]
    names = {arm.code: arm.label or arm.code for arm in protocol.arms}
    told = (SCORE, *factors)
    try:
        found = ancova(rows, outcome="score", arm="arm", reference=reference.code, covariates=told)
        contrasts = {arm.code: found.contrasts[arm.code] for arm in others}
    except (ValueError, KeyError):
        why = "since there are too few people with both scores"
        return tuple(Effect(name=names[arm.code], reference=names[reference.code], why=why) for arm in others)
    return tuple(
        Effect(
            name=names[code], reference=names[reference.code], covariates=told, n=found.n, estimate=one.estimate, low=one.ci[0],
            high=one.ci[1],
        )
        for code, one in contrasts.items()
    )  # fmt: skip


def reference_of(protocol: Protocol) -> Arm:
    """What every other arm is compared with: the control, else the first arm."""
    return next((arm for arm in protocol.arms if arm.control), protocol.arms[0])


def adjusted_row(person: Row, form: Row) -> dict[str, object]:
    """What `ancova` needs of a person: score, arm, the baseline score that the change was taken from, and the stratum's factors."""
    total, change = form.get("total_unrounded"), form.get("change_from_baseline")
    both = isinstance(total, Decimal) and isinstance(change, Decimal)
    factors = dict(part.split("=", 1) for part in str(person["stratum"]).split("|") if "=" in part)
    return {**factors, "arm": person["arm"], "score": total, SCORE: total - change if both else None}  # type: ignore[operator]
