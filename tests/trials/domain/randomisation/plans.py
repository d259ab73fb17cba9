"""Planned trials that tests of the designer share."""

from __future__ import annotations

from fractions import Fraction

from trials.domain.randomisation.design.setting import Setting, Split


def evenly(name: str, *levels: str) -> Split:
    return Split(name, tuple((level, Fraction(1, len(levels))) for level in levels))


ONE = evenly("site", "S1")
PAIR = evenly("site", "LIM", "DUB")
SEX = evenly("sex", "F", "M")
AGE = evenly("age", "young", "old", "older")


def setting(people: int = 60, factors: tuple[Split, ...] = (PAIR, SEX), *, sites: Split = PAIR, open_label: bool = True) -> Setting:
    site_factor = "site" if any(split.name == "site" for split in factors) else None
    return Setting(people, sites, factors, site_factor, open_label)


ALONE = setting(100, (), sites=ONE)
MANY = (PAIR, SEX, AGE, evenly("smoker", "no", "yes"), evenly("school", "a", "b", "c"))
