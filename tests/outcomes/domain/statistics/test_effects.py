"""Effect sizes and risks: published examples and what must hold whatever the numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.domain.statistics import hedges_g, nnt, odds_ratio, risk_difference, risk_ratio


def test_hedges_g_of_borenstein_chapter_four():
    found = hedges_g(103, 5.5, 50, 100, 4.5, 50)
    assert (round(found.d, 4), round(found.j, 4), round(found.estimate, 4)) == (0.5970, 0.9923, 0.5924)
    assert (round(found.variance, 4), round(found.se, 4)) == (0.0411, 0.2028)
    assert tuple(round(x, 3) for x in found.ci) == (0.195, 0.990)
    assert found.formula == "borenstein"


def test_hedges_g_of_the_lrstat_example():
    found = hedges_g(0.444, 1.201, 7, 0, 1.201, 8, formula="lrstat")
    assert (round(found.estimate, 4), round(found.variance, 4)) == (0.3479, 0.2725)
    assert tuple(round(x, 3) for x in found.ci) == (-0.675, 1.371)


def test_the_two_formulas_differ_in_the_variance_alone():
    one, other = (hedges_g(12, 4, 9, 10, 5, 11, formula=f) for f in ("borenstein", "lrstat"))
    assert (one.d, one.j, one.estimate) == (other.d, other.j, other.estimate)
    assert one.variance < other.variance


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((1, 1, 1, 0, 1, 5), "at least two people"),
        ((1, 0, 5, 0, 0, 5), "without any spread"),
        ((1, -1, 5, 0, 1, 5), "not negative"),
        ((math.nan, 1, 5, 0, 1, 5), "finite"),
        ((1, 1, 5, 0, 1, 5, "glass"), "formula must be"),
    ],
)
def test_what_has_no_effect_size_is_refused(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        hedges_g(*given)


# Newcombe (1998), table II: examples a, c, g and h; Wald is his method 1, ours method 10.
@pytest.mark.parametrize(
    ("counts", "estimate", "wald", "newcombe"),
    [
        ((56, 70, 48, 80), 0.2, (0.0575, 0.3425), (0.0524, 0.3339)),
        ((9, 10, 3, 10), 0.6, (0.2605, 0.9395), (0.1705, 0.8090)),
        ((0, 10, 0, 10), 0.0, (0.0, 0.0), (-0.2775, 0.2775)),
        ((10, 10, 0, 10), 1.0, (1.0, 1.0), (0.6075, 1.0)),
    ],
)
def test_risk_differences_of_newcombe(counts, estimate, wald, newcombe):
    found = risk_difference(*counts)
    assert found.estimate == estimate
    assert tuple(round(x, 4) for x in found.wald) == wald
    assert tuple(round(x, 4) for x in found.newcombe) == newcombe


COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS)
def test_newcombes_interval_holds_the_estimate_stays_within_bounds_and_turns_with_the_groups(one, two):
    found, turned = risk_difference(*one, *two), risk_difference(*two, *one)
    low, high = found.newcombe
    assert -1 - 1e-12 <= low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= high <= 1 + 1e-12
    assert turned.estimate == -found.estimate
    assert turned.newcombe == pytest.approx((-high, -low), abs=1e-12)


def test_the_number_needed_to_treat_is_the_reciprocal_with_its_limits():
    found = nnt(56, 70, 48, 80)
    assert found.estimate == 5.0
    assert found.ci == pytest.approx((1 / 0.34249510, 1 / 0.05750490), rel=1e-6)
    assert found.through_infinity is None


def test_remission_of_six_and_three_in_ten_needs_three_and_a_third():
    """Herring et al. 2012 print 3 for 60 % against 30 %; unrounded it is 3.33, and ten a group leave it open."""
    found = nnt(6, 10, 3, 10)
    assert found.estimate == pytest.approx(10 / 3)
    assert found.ci[1] == math.inf
    assert found.ci[0] == pytest.approx(1 / risk_difference(6, 10, 3, 10).wald[1])


def test_where_the_interval_holds_nothing_the_numbers_go_through_infinity():
    more, fewer = nnt(5, 10, 4, 10), nnt(4, 10, 5, 10)
    assert more.ci == (more.through_infinity[0], math.inf)
    assert fewer.ci == (-math.inf, fewer.through_infinity[1])
    assert more.through_infinity == pytest.approx((-fewer.through_infinity[1], -fewer.through_infinity[0]))
    assert (nnt(4, 10, 4, 10).estimate, nnt(0, 10, 0, 10).ci) == (math.inf, (math.inf, math.inf))


def test_harm_has_a_negative_number():
    assert nnt(1, 10, 9, 10).estimate == -1.25
    low, high = nnt(1, 10, 9, 10).ci
    assert low < -1.25 < high < 0


def test_ratios_by_hand():
    """15 of 20 against 6 of 20: ratio of risks 2.5, of odds 7; SE of the logs sqrt(1/15 - 1/20 + 1/6 - 1/20), sqrt(1/15 + 1/5 + 1/6 + 1/14)."""
    risk, odds = risk_ratio(15, 20, 6, 20), odds_ratio(15, 20, 6, 20)
    assert (risk.estimate, odds.estimate) == (2.5, 7.0)
    assert risk.ci == pytest.approx((2.5 / math.exp(1.959964 * 0.365148), 2.5 * math.exp(1.959964 * 0.365148)), rel=1e-5)
    assert odds.ci == pytest.approx((7 / math.exp(1.959964 * 0.710466), 7 * math.exp(1.959964 * 0.710466)), rel=1e-5)


@pytest.mark.parametrize("counts", [(0, 10, 3, 10), (3, 10, 0, 10)])
def test_no_ratio_stands_on_an_empty_cell(counts):
    assert (risk_ratio(*counts).estimate, odds_ratio(*counts).ci) == (None, None)


@pytest.mark.parametrize("step", [risk_difference, nnt, risk_ratio, odds_ratio])
@pytest.mark.parametrize("counts", [(3, 2, 1, 2), (-1, 2, 1, 2), (0, 0, 1, 2), (1, 2, 5, 4)])
def test_what_is_no_share_of_a_group_is_refused(step, counts):
    with pytest.raises(ValueError, match="no share of a group"):
        step(*counts)
