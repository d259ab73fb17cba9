"""What a protocol gives as a planned trial, and what is refused of it with every fault."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.trials.domain.randomisation.plans import ONE, evenly
from trials.domain.protocol.shape import Factor, Site
from trials.domain.randomisation.design.setting import Setting, Split, planned

SITES = [
    Site(code="A", name="A", country="IE", timezone="UTC", target=30),
    Site(code="B", name="B", country="IE", timezone="UTC", target=10),
]
FACTORS = [Factor(name="centre", source="site"), Factor(name="sex", source="sex", levels=("F", "M", "X"))]


def test_a_protocol_gives_sites_by_target_and_levels_evenly_or_by_stated_shares() -> None:
    sites = (("A", Fraction(3, 4)), ("B", Fraction(1, 4)))
    third = Fraction(1, 3)
    even = planned(44, SITES, FACTORS, {}, open_label=True)
    assert even == Setting(
        44, Split("site", sites), (Split("centre", sites), Split("sex", (("F", third), ("M", third), ("X", third)))), "centre"
    )
    given = planned(44, SITES, FACTORS, {"sex": [Fraction(2), Fraction(1), Fraction(0)]}, open_label=False)
    assert given.factors[1].shares == (("F", Fraction(2, 3)), ("M", third), ("X", Fraction(0)))
    assert (given.open_label, given.strata, given.people_a_stratum) == (False, 4, 11)
    assert given.stratum_shares == {Fraction(1, 2): 1, Fraction(1, 4): 1, Fraction(1, 6): 1, Fraction(1, 12): 1}
    assert given.levels() == {"centre": ("A", "B"), "sex": ("F", "M", "X")}
    untargeted = planned(4, [SITES[0], replace(SITES[1], target=None)], [], {}, open_label=True)
    assert untargeted == Setting(4, evenly("site", "A", "B"), (), None)
    assert (untargeted.strata, untargeted.stratum_shares) == (1, {Fraction(1): 1})


@pytest.mark.parametrize(
    ("make", "faults"),
    [
        (lambda: planned(4, SITES, FACTORS, {"sex": [Fraction(1)], "age": []}, open_label=True),
         ["shares: 'age' is not a factor with levels of its own", "sex needs 3 shares of 0 or more, one above 0: F, M, X"]),
        (lambda: planned(4, SITES, FACTORS, {"sex": [Fraction(1), Fraction(-1), Fraction(1)]}, open_label=True), ["sex needs 3 shares"]),
        (lambda: planned(4, SITES, FACTORS, {"sex": [Fraction(0)] * 3}, open_label=True), ["sex needs 3 shares"]),
        (lambda: planned(4, SITES, FACTORS, {"centre": [Fraction(1)] * 2}, open_label=True), ["'centre' is not a factor with levels of its own"]),
        (lambda: Setting(0, ONE), ["people must be from 1 to 100,000, not 0"]),
        (lambda: Setting(100_001, ONE), ["not 100001"]),
        (lambda: Setting(4, Split("site", (("A", Fraction(1, 2)),))), ["the shares of site must be 0 or more and add up to 1"]),
        (lambda: Setting(4, ONE, (Split("x", (("A", Fraction(2)), ("B", Fraction(-1)))),)), ["the shares of x must be 0 or more"]),
        (lambda: Setting(4, ONE, tuple(evenly(f"f{n}", *"abcdefghijk") for n in range(4))), ["the factors make 14,641 strata, more than 10,000"]),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused_with_every_fault(make, faults: list[str]) -> None:
    with pytest.raises(ValueError) as refused:
        make()
    for fault in faults:
        assert fault in str(refused.value)
