"""What a trial is planned to look like, as far as it matters to a method of randomisation: how many people, and how they split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from trials.domain.protocol.shape import Factor, Site

MOST_PEOPLE = 100_000
MOST_STRATA = 10_000


@dataclass(frozen=True)
class Split:
    """A factor: the share of people expected at each level, adding up to 1."""

    name: str
    shares: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True)
class Setting:
    """A trial before it begins. `factors` are those that the scheme knows; the one that is the site has the name `site_factor`.

    `open_label`: whoever recruits learns the arms that were given. Raises ValueError, a sentence for every fault.
    """

    people: int
    sites: Split
    factors: tuple[Split, ...] = ()
    site_factor: str | None = None
    open_label: bool = True

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= self.people <= MOST_PEOPLE:
            faults.append(f"people must be from 1 to {MOST_PEOPLE:,}, not {self.people}")
        for split in (self.sites, *self.factors):
            if any(share < 0 for _, share in split.shares) or sum(share for _, share in split.shares) != 1:
                faults.append(f"the shares of {split.name} must be 0 or more and add up to 1")
        if self.strata > MOST_STRATA:
            faults.append(f"the factors make {self.strata:,} strata, more than {MOST_STRATA:,}")
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def strata(self) -> int:
        """How many combinations of levels there are, those that nobody is expected in left out; 1 without factors."""
        return prod(sum(share > 0 for _, share in split.shares) for split in self.factors)

    @property
    def stratum_shares(self) -> Counter[Fraction]:
        """Share of people expected in a stratum -> how many strata are like that; none of 0."""
        found: Counter[Fraction] = Counter()
        for shares in product(*([share for _, share in split.shares if share] for split in self.factors)):
            found[prod(shares, start=Fraction(1))] += 1
        return found

    @property
    def people_a_stratum(self) -> Fraction:
        return Fraction(self.people, self.strata)

    def levels(self) -> dict[str, tuple[str, ...]]:
        """Factor -> its levels, as an allocation table holds them."""
        return {split.name: tuple(level for level, _ in split.shares) for split in self.factors}


def planned(
    people: int, sites: Sequence[Site], factors: Sequence[Factor], shares: Mapping[str, Sequence[Fraction]], *, open_label: bool
) -> Setting:
    """A protocol's sites and factors as a setting: sites split by their targets where all have one, levels by `shares`, else evenly.

    The weights in `shares` stand in the order of the levels and need not add up to 1. Raises ValueError, a sentence for every fault.
    """
    faults = []
    names = [factor.name for factor in factors if factor.source != "site"]
    faults += [f"shares: {name!r} is not a factor with levels of its own" for name in shares if name not in names]
    targets = [Fraction(site.target or 0) for site in sites]
    where = _split("site", [site.code for site in sites], targets if all(targets) else None)
    splits = []
    for factor in factors:
        given = None if factor.source == "site" else shares.get(factor.name)
        if given is not None and (len(given) != len(factor.levels) or min(given) < 0 or not sum(given)):
            faults.append(f"{factor.name} needs {len(factor.levels)} shares of 0 or more, one above 0: {', '.join(factor.levels)}")
            given = None
        splits.append(Split(factor.name, where.shares) if factor.source == "site" else _split(factor.name, factor.levels, given))
    if faults:
        raise ValueError("; ".join(faults))
    site_factor = next((factor.name for factor in factors if factor.source == "site"), None)
    return Setting(people, where, tuple(splits), site_factor, open_label)


def _split(name: str, levels: Sequence[str], weights: Sequence[Fraction] | None) -> Split:
    held = [Fraction(1)] * len(levels) if weights is None else list(weights)
    whole = sum(held, start=Fraction(0))
    return Split(name, tuple((level, weight / whole) for level, weight in zip(levels, held, strict=True)))
