"""The primary questionnaire over all follow-up visits by a mixed model for repeated measures, fitted by statsmodels (extra `report`).

    score ~ visit + visit x arm + visit x baseline score + factors of the stratification, with a random intercept a person

Restricted maximum likelihood (Patterson & Thompson 1971; Laird & Ware 1982); 95 % Wald intervals by the normal distribution. Every score
counts, also of people who missed another visit: valid where what is missing depends on what was observed (missing at random). The random
intercept says that any two visits of a person are equally alike (compound symmetry). With nothing missing and no factors the difference
at a visit is that of the analysis of covariance there.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.util import find_spec

from outcomes.domain.facts import Row
from outcomes.domain.statistics.distributions import Z
from outcomes.domain.written.adjusting import SCORE, reference_of, repeated_rows
from outcomes.domain.written.facts import AtVisit, Mixed
from trials.domain.protocol.shape import Protocol

MISSING = "statsmodels, which fits it, is not installed here; UPLIFT_EXTRA=report ./uplift run adds it"
Measured = Sequence[dict[str, object]]
Columns = list[tuple[tuple[str, ...], list[float]]]


def available() -> bool:
    """Whether statsmodels is installed."""
    return find_spec("statsmodels") is not None


def mixed(protocol: Protocol, participants: Iterable[Row], forms: Iterable[Row]) -> Mixed | None:
    """Every arm against the reference at every follow-up visit, as randomised; None without a primary outcome.

    Where it can't be fitted, a `Mixed` without differences that says why.
    """
    if protocol.primary is None:
        return None
    return fitted(
        repeated_rows(protocol, participants, forms),
        visits=[visit.code for visit in protocol.visits if visit.kind != "baseline" and protocol.primary.instrument in visit.instruments],
        arms=[arm.code for arm in protocol.arms],
        reference=reference_of(protocol).code,
        factors=[factor.name for factor in protocol.allocation.factors],
    )


def fitted(rows: Measured, *, visits: Sequence[str], arms: Sequence[str], reference: str, factors: Sequence[str]) -> Mixed:
    """Rows of who, visit, arm, score, the baseline score and the factors; a row that lacks one of them is left out.

    A factor that nobody is known by is left out, and so is a column that others already tell.
    """
    factors = [name for name in factors if any(row.get(name) for row in rows)]
    used = [row for row in rows if all(row.get(key) not in (None, "") for key in ("score", SCORE, *factors))]
    people = list(dict.fromkeys(str(row["who"]) for row in used))
    told = Mixed(people=len(people), scores=len(used), covariates=(SCORE, *factors))
    columns = _columns(used, visits, arms, reference, factors)
    if not any(name[0] == "arm" for name, _ in columns):
        return replace(told, why="there are too few people with both scores")
    if len(used) == len(people):
        return replace(told, why="nobody has scores at two follow-up visits yet")
    if len(people) <= len(columns):
        return replace(told, why=f"{len(people)} people are too few for {len(columns)} coefficients")
    if not available():
        return replace(told, why=MISSING)
    return _by_statsmodels(told, used, columns, arms=arms, reference=reference, visits=visits)


def _by_statsmodels(
    told: Mixed, used: Measured, columns: Columns, *, arms: Sequence[str], reference: str, visits: Sequence[str]
) -> Mixed:  # fmt: skip
    import numpy as np  # here, since statsmodels takes seconds to come and few processes fit a model
    from statsmodels.regression.mixed_linear_model import MixedLM

    design = np.column_stack([values for _, values in columns])
    scores = np.array([_float(row["score"]) for row in used])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance of 0 between people is an answer; what failed is seen below
        try:
            fit = MixedLM(scores, design, groups=[str(row["who"]) for row in used]).fit(reml=True)
            estimates, errors = [float(x) for x in fit.fe_params], [float(x) for x in fit.bse_fe]
            settled = bool(fit.converged) and all(map(math.isfinite, (*estimates, *errors)))
        except (np.linalg.LinAlgError, ValueError):
            settled = False
    if not settled:
        return replace(told, why="it did not settle on an answer")
    found = {name: (estimates[i], errors[i]) for i, (name, _) in enumerate(columns)}
    counted = {(visit, arm): sum(row["visit"] == visit and row["arm"] == arm for row in used) for visit in visits for arm in arms}
    return replace(told, differences=tuple(
        AtVisit(
            visit=visit, arm=arm, n=counted[visit, arm], n_reference=counted[visit, reference], estimate=estimate,
            se=se, low=estimate - Z * se, high=estimate + Z * se,
        )
        for visit in visits for arm in arms if ("arm", visit, arm) in found for estimate, se in [found["arm", visit, arm]]
    ))  # fmt: skip


def _columns(used: Measured, visits: Sequence[str], arms: Sequence[str], reference: str, factors: Sequence[str]) -> Columns:
    """What the score is told by, without what others already tell; the arms come last, so that only they can be lost for them."""
    import numpy as np

    before = [_float(row[SCORE]) for row in used]
    middle = math.fsum(before) / len(before) if before else 0.0
    columns: Columns = [(("visit", v), [float(row["visit"] == v) for row in used]) for v in visits]
    columns += [(("before", v), [(x - middle) * (row["visit"] == v) for row, x in zip(used, before, strict=True)]) for v in visits]
    for name in factors:
        levels = sorted({str(row[name]) for row in used})
        columns += [((name, level), [float(row[name] == level) for row in used]) for level in levels[1:]]
    others = [arm for arm in arms if arm != reference]
    columns += [(("arm", v, arm), [float(row["visit"] == v and row["arm"] == arm) for row in used]) for v in visits for arm in others]
    kept: Columns = []
    for column in columns:
        if used and np.linalg.matrix_rank(np.column_stack([values for _, values in (*kept, column)])) > len(kept):
            kept.append(column)
    return kept


def _float(value: object) -> float:
    return float(str(value))
