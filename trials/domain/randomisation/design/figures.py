"""What a method of randomisation would do in a planned trial: how predictable it is, how far the arms drift apart.

Exact figures come from the law of one stream, averaged over how many people each stratum gets: with n people who arrive
independently, a stratum of share s gets k of them with the binomial probability of k in n at s. Accrual is simulated as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import ceil, exp, fsum, lgamma, log, sqrt

from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.design.accrual import Accrual, simulate
from trials.domain.randomisation.design.setting import Setting
from trials.domain.randomisation.scheme import Course, NotExact, Properties, Scheme

MOST_PLACES = 1_000
"""Allocations of one stream for which exact figures are given."""
SHOWN = 40
"""Places of a stream that `course` has at least, so that small strata too can be drawn."""


@dataclass(frozen=True)
class Figures:
    """One method in one setting.

    Over the trial, exact: `guesses` and `forced` are the shares of arms that somebody who knows the earlier arms of a stratum names
    rightly, and knows for certain; `drift` is the standard deviation of the difference of two equal arms over all strata at the
    end. `stream` is about one stratum of `places` people, the average. What can't be exact is None and `why` says so; `guesses`
    then comes from the simulation, and `simulated` is true.
    """

    scheme: Scheme
    places: int
    guesses: float | None
    forced: float | None
    drift: float | None
    stream: Properties | None
    course: Course | None
    accrual: Accrual | None
    simulated: bool
    why: tuple[str, ...]

    @property
    def coin(self) -> float:
        """The share guessed rightly where nothing but the ratio is known."""
        return max(self.scheme.ratio) / sum(self.scheme.ratio)


def figures(table: Mapping[str, object], setting: Setting) -> Figures:
    """The figures of an allocation table without its factors, which the setting has. Raises ValueError with every fault."""
    return figures_of(scheme_from({**table, "factors": setting.levels()} if setting.factors else dict(table)), setting)


@lru_cache(maxsize=64)
def figures_of(scheme: Scheme, setting: Setting) -> Figures:
    """The same of a scheme that is made; kept, since it is a pure function."""
    found = exact(scheme, setting)
    try:
        accrual = simulate(replace(scheme), setting)
    except NotExact as reason:
        return replace(found, why=(*found.why, str(reason)))
    if found.guesses is None:
        return replace(found, accrual=accrual, guesses=accrual.correct_guesses, simulated=True)
    return replace(found, accrual=accrual)


@lru_cache(maxsize=64)
def exact(scheme: Scheme, setting: Setting) -> Figures:
    """Only what needs no simulation."""
    guesses = forced = drift = None
    stream = course = None
    why: tuple[str, ...] = ()
    places = max(1, round(setting.people if scheme.across_strata else setting.people_a_stratum))
    try:
        followed = replace(scheme)  # a copy, so that what it remembers on the way is not kept with the figures
        guesses, forced, drift = _over_strata(followed.course(_longest(setting)), setting)
        course = followed.course(min(setting.people, max(places, SHOWN)))
        stream = followed.properties(places)
    except NotExact as reason:
        why = (str(reason),)
    return Figures(scheme, places, guesses, forced, drift, stream, course, None, False, why)


def stopped_anywhere(blocks: Sequence[int], strata: int) -> Fraction:
    """Variance of the difference of two equal arms over so many strata of permuted blocks, each stopped at any place alike.

    For one size b it is strata x (b + 1)/6, as E D^2 at place m of a block is m(b - m)/(b - 1). With sizes drawn at random a
    place lies in a longer block more often: sum of b(b + 1)/6 over sum of b.
    """
    return strata * Fraction(sum(b * (b + 1) for b in blocks), 6 * sum(blocks))


def uneven(people: int, share: Fraction, by: Fraction = Fraction(1, 5)) -> float:
    """Simple randomisation: the chance that an arm gets more or less than its share by a fifth of it, as 60:40 for one half."""
    expected = people * share
    low, high = expected * (1 - by), expected * (1 + by)
    return fsum(p for k, p in _binomial(people, share) if k <= low or k >= high)


def _longest(setting: Setting) -> int:
    """So many people that a stratum hardly ever gets more (below 1e-12)."""
    share = max(setting.stratum_shares)
    mean = setting.people * share
    most = min(setting.people, ceil(mean + 8 * sqrt(mean) + 20))
    if most > MOST_PLACES:
        raise NotExact(f"exact figures reach to {MOST_PLACES:,} people a stratum, and the largest may get {most:,}")
    return most


def _over_strata(course: Course, setting: Setting) -> tuple[float, float, float | None]:
    guessed, forced, variance = [], [], []
    reached = [0.0, *accumulate(course.guesses)]
    certain = [0.0, *accumulate(course.forced)]
    square = None if course.square is None else [0.0, *course.square]
    for share, many in setting.stratum_shares.items():
        held = [(k, p) for k, p in _binomial(setting.people, share) if k < len(reached)]
        guessed.append(many * fsum(p * reached[k] for k, p in held))
        forced.append(many * fsum(p * certain[k] for k, p in held))
        if square is not None:
            variance.append(many * fsum(p * square[k] for k, p in held))
    drift = sqrt(fsum(variance)) if square is not None else None
    return fsum(guessed) / setting.people, fsum(forced) / setting.people, drift


def _binomial(n: int, share: Fraction) -> Iterator[tuple[int, float]]:
    """How many of n: the number with its probability, those below 1e-18 left out."""
    if share == 1:
        yield n, 1.0
        return
    here, rest = log(share), log(1 - share)
    for k in range(n + 1):
        weight = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * here + (n - k) * rest
        if weight > -41:
            yield k, exp(weight)
