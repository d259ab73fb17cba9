"""How well blinding held, from guesses of the arm: the indices of James and of Bang, with standard errors and 95 % intervals.

James KE et al. 1996, Stat Med 15:1421, with its default weights (right 0, wrong 1/2, don't know 1): 0 = everybody knew, 1/2 = guessing
at random, 1 = nobody knew or everybody was wrong. Bang H, Ni L & Davis CE 2004, Control Clin Trials 25:143, arm by arm: 1 = everybody
right, 0 = at random, -1 = everybody wrong; "don't know" counts as neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

DONT_KNOW = ""
COVERAGE = 0.95
Z = NormalDist().inv_cdf((1 + COVERAGE) / 2)


@dataclass(frozen=True)
class Index:
    """An estimate, exact, with its standard error; the interval is estimate -+ 1.96 SE, not cut at the ends of the scale."""

    estimate: Fraction
    variance: Fraction

    @property
    def se(self) -> float:
        return sqrt(self.variance)

    @property
    def low(self) -> float:
        return float(self.estimate) - Z * self.se

    @property
    def high(self) -> float:
        return float(self.estimate) + Z * self.se


@dataclass(frozen=True)
class Guesses:
    """Counts of who guessed what: `counts[i][j]` people of arm i said arm j, `unknown[i]` said that they don't know."""

    arms: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    unknown: tuple[int, ...]

    @property
    def n(self) -> int:
        return sum(map(sum, self.counts)) + sum(self.unknown)


def counted(arms: Sequence[str], pairs: Iterable[tuple[str, str]]) -> Guesses:
    """The table of (arm, guess); a guess of "" is "don't know". Raises ValueError for an arm that is not listed."""
    places = {arm: place for place, arm in enumerate(arms)}
    counts, unknown = [[0] * len(arms) for _ in arms], [0] * len(arms)
    for arm, guess in pairs:
        if arm not in places or guess not in (*places, DONT_KNOW):
            raise ValueError(f"neither {arm!r} nor {guess!r} may be other than {', '.join(arms)}")
        if guess == DONT_KNOW:
            unknown[places[arm]] += 1
        else:
            counts[places[arm]][places[guess]] += 1
    return Guesses(tuple(arms), tuple(map(tuple, counts)), tuple(unknown))


def james(guesses: Guesses) -> Index | None:
    """James' index over all arms; None without guesses, and where nobody could have been wrong (one arm alone guessed and guessed at).

    With d the share of "don't know", q that of guesses, w that of wrong guesses and e = sum over i != j of (share who said i) x (share of
    guesses in arm j), the index is d + q^2 w / (2 e). Its variance is that of the multinomial by the delta method, which gives the
    numbers of the paper's closed form. All "don't know": 1, variance 0 (James 1996, p. 1425).
    """
    if not guesses.n:
        return None
    n, arms = guesses.n, range(len(guesses.arms))
    share = [[Fraction(count, n) for count in row] for row in guesses.counts]
    d = Fraction(sum(guesses.unknown), n)
    q = 1 - d
    if not q:
        return Index(Fraction(1), Fraction(0))
    said = [sum((share[i][j] for i in arms), start=Fraction(0)) for j in arms]
    given = [sum(share[i], start=Fraction(0)) for i in arms]
    wrong = sum((share[i][j] for i in arms for j in arms if i != j), start=Fraction(0))
    chance = q**2 - sum((said[i] * given[i] for i in arms), start=Fraction(0))
    if not chance:
        return None
    first, second = d, d  # sums of share x slope and share x slope squared; the slope of "don't know" is 1
    for i in arms:
        for j in arms:
            slope = (2 * q * wrong + q**2 * (i != j)) / (2 * chance) - q**2 * wrong / (2 * chance**2) * (2 * q - given[j] - said[i])
            first += share[i][j] * slope
            second += share[i][j] * slope**2
    return Index(d + q**2 * wrong / (2 * chance), (second - first**2) / n)


def bang(guesses: Guesses, arm: str) -> Index | None:
    """Bang's index of one arm: the share who said their own arm minus the share who said another; None where nobody answered.

    With k > 2 arms the wrong share is divided by k - 1, so that guessing at random still gives 0; with two this is Bang's index.
    """
    place = guesses.arms.index(arm)
    n = sum(guesses.counts[place]) + guesses.unknown[place]
    if not n:
        return None
    right = Fraction(guesses.counts[place][place], n)
    wrong = Fraction(sum(guesses.counts[place]), n) - right
    weight = Fraction(1, len(guesses.arms) - 1)
    variance = right * (1 - right) + weight**2 * wrong * (1 - wrong) + 2 * weight * right * wrong
    return Index(right - weight * wrong, variance / n)
