"""Analysis of covariance: the difference between arms at the same baseline and stratum.

Ordinary least squares, solved in exact fractions: no figure depends on how the columns are scaled or how nearly they repeat each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from outcomes.domain.statistics.distributions import f_above, t_quantile, t_two_sided

Row = Mapping[str, object]
Column = list[Fraction]


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """One arm minus the reference arm, adjusted: standard error, 95 % interval and p by Student's t."""

    estimate: float
    se: float
    ci: tuple[float, float]
    p: float


@dataclass(frozen=True, kw_only=True)
class Ancova:
    """`estimate`, `se` and `ci` are numbers for two arms, and arm -> number for more; `contrasts` holds them by arm always.

    `adjusted_means`: arm -> mean at the average of every covariate over the people used. `f` and `p` test all arms together with `df`
    (arms - 1, residual). `n` people had every value, `n_missing` lacked one and are left out (complete cases). `aliased` names the
    columns that others already tell, which are left out as R's lm does.
    """

    estimate: float | dict[str, float]
    se: float | dict[str, float]
    ci: tuple[float, float] | dict[str, tuple[float, float]]
    contrasts: dict[str, Contrast]
    adjusted_means: dict[str, float]
    f: float
    p: float
    df: tuple[int, int]
    n: int
    n_by_arm: dict[str, int]
    n_missing: int
    aliased: tuple[str, ...]


def ancova(rows: Iterable[Row], *, outcome: str, arm: str, reference: str, covariates: Sequence[str] = ()) -> Ancova:
    """outcome ~ arm + covariates, over rows that hold all of them (None or "" is missing).

    Numbers (int, float, Decimal, Fraction, bool) enter as they are, text as a factor with its first level (in alphabetical order) as
    base; a covariate must be the one or the other. Raises ValueError: reference not among the arms, fewer than two arms, no residual
    degree of freedom, an arm that the covariates already tell, a number that is not finite, a mixed covariate.
    """
    everybody = list(rows)
    used = [row for row in everybody if all(row.get(key) not in (None, "") for key in (outcome, arm, *covariates))]
    arms = sorted({str(row[arm]) for row in used})
    if reference not in arms or len(arms) < 2:
        raise ValueError(f"the rows must hold {reference!r} and another arm, not {', '.join(arms) or 'none'}")
    others = [name for name in arms if name != reference]
    y = [_number(outcome, row[outcome]) for row in used]
    adjusting = [(name, column) for covariate in covariates for name, column in _columns(covariate, [row[covariate] for row in used])]
    kept, aliased = _independent([("", [Fraction(1)] * len(used)), *adjusting])
    design = [*kept, *((name, [Fraction(str(row[arm]) == name) for row in used]) for name in others)]
    if _independent(design)[1]:
        raise ValueError("the covariates already tell the arms apart")
    columns = [column for _, column in design]
    df = len(used) - len(columns)
    if df < 1:
        raise ValueError(f"{len(used)} people are too few for {len(columns)} coefficients")
    inverse = _inverse([[_dot(a, b) for b in columns] for a in columns])
    moments = [_dot(column, y) for column in columns]
    betas = [_dot(line, moments) for line in inverse]
    residual = _dot(y, y) - _dot(betas, moments)
    variance = residual / df
    first = len(kept)
    contrasts = {name: _contrast(betas[first + i], inverse[first + i][first + i] * variance, df) for i, name in enumerate(others)}
    f, p = _all_arms(betas[first:], [line[first:] for line in inverse[first:]], variance, df)
    level = sum((beta * sum(column) / len(used) for beta, (_, column) in zip(betas, kept, strict=False)), Fraction(0))
    effects = {reference: Fraction(0), **dict(zip(others, betas[first:], strict=True))}
    only = contrasts[others[0]] if len(others) == 1 else None
    return Ancova(
        estimate=only.estimate if only else {name: c.estimate for name, c in contrasts.items()},
        se=only.se if only else {name: c.se for name, c in contrasts.items()},
        ci=only.ci if only else {name: c.ci for name, c in contrasts.items()},
        contrasts=contrasts,
        adjusted_means={name: float(level + effects[name]) for name in arms},
        f=f,
        p=p,
        df=(len(others), df),
        n=len(used),
        n_by_arm={name: sum(str(row[arm]) == name for row in used) for name in arms},
        n_missing=len(everybody) - len(used),
        aliased=tuple(aliased),
    )


def _contrast(beta: Fraction, variance: Fraction, df: int) -> Contrast:
    estimate, se = float(beta), math.sqrt(variance)
    half = t_quantile(df) * se
    t = math.inf if se == 0 else estimate / se
    return Contrast(estimate=estimate, se=se, ci=(estimate - half, estimate + half), p=t_two_sided(t, df) if estimate or se else 1.0)


def _all_arms(betas: Sequence[Fraction], block: Sequence[Sequence[Fraction]], variance: Fraction, df: int) -> tuple[float, float]:
    """Wald's F of all arm effects being 0, which for least squares is the F of the extra sum of squares."""
    explained = _dot(betas, [_dot(line, betas) for line in _inverse(block)])
    if variance == 0:
        return (math.inf, 0.0) if explained else (0.0, 1.0)
    f = float(explained / len(betas) / variance)
    return f, f_above(f, len(betas), df)


def _columns(covariate: str, values: Sequence[object]) -> list[tuple[str, Column]]:
    words = [isinstance(value, str) for value in values]
    if any(words) and not all(words):
        raise ValueError(f"{covariate} mixes numbers and words")
    if not any(words):
        return [(covariate, [_number(covariate, value) for value in values])]
    levels = sorted({str(value) for value in values})
    return [(f"{covariate}={level}", [Fraction(value == level) for value in values]) for level in levels[1:]]


def _number(name: str, value: object) -> Fraction:
    if isinstance(value, int | float | Decimal | Fraction):
        try:
            return Fraction(value)
        except (ValueError, OverflowError):
            pass
    raise ValueError(f"{name} must be a finite number, not {value!r}")


def _independent(design: Sequence[tuple[str, Column]]) -> tuple[list[tuple[str, Column]], list[str]]:
    """The columns that add something to those before them, and the names of those that do not."""
    kept: list[tuple[str, Column]] = []
    orthogonal: list[tuple[Column, Fraction]] = []
    aliased: list[str] = []
    for name, column in design:
        rest = column
        for other, square in orthogonal:
            share = _dot(rest, other) / square
            rest = [a - share * b for a, b in zip(rest, other, strict=True)]
        square = _dot(rest, rest)
        if square:
            kept.append((name, column))
            orthogonal.append((rest, square))
        else:
            aliased.append(name)
    return kept, aliased


def _dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def _inverse(matrix: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """Gauss and Jordan, for the cross-products of independent columns, whose pivots are never 0."""
    size = len(matrix)
    lines = [[*line, *(Fraction(i == j) for j in range(size))] for i, line in enumerate(matrix)]
    for i in range(size):
        lines[i] = [value / lines[i][i] for value in lines[i]]
        for j in range(size):
            if j != i:
                lines[j] = [value - lines[j][i] * known for value, known in zip(lines[j], lines[i], strict=True)]
    return [line[size:] for line in lines]
