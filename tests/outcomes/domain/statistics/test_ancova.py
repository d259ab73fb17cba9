"""Analysis of covariance against other ways to the same numbers: the t test, the sums of squares by hand, residuals on residuals."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from random import Random
from statistics import fmean

import pytest

from outcomes.domain.statistics import ancova
from outcomes.domain.statistics.distributions import f_above, t_quantile


def people(n: int, arms: str = "AB", seed: int = 4) -> list[dict[str, object]]:
    random = Random(seed)
    made = []
    for _ in range(n):
        arm, before = random.choice(arms), random.randint(5, 25)
        after = 0.6 * before - 2.5 * arms.index(arm) + random.gauss(0, 3)
        made.append({"after": after, "before": before, "arm": arm, "site": random.choice(["LIM", "DUB"]), "sex": random.choice("FM")})
    return made


def test_without_covariates_it_is_the_t_test_with_pooled_variance():
    rows = people(40)
    a, b = ([r["after"] for r in rows if r["arm"] == arm] for arm in "AB")
    square = sum((y - fmean(group)) ** 2 for group in (a, b) for y in group) / (len(rows) - 2)
    se = math.sqrt(square * (1 / len(a) + 1 / len(b)))
    found = ancova(rows, outcome="after", arm="arm", reference="A")
    assert found.estimate == pytest.approx(fmean(b) - fmean(a), rel=1e-12)
    assert found.se == pytest.approx(se, rel=1e-12)
    assert found.ci == pytest.approx((found.estimate - t_quantile(38) * se, found.estimate + t_quantile(38) * se), rel=1e-12)
    assert found.f == pytest.approx((found.estimate / found.se) ** 2, rel=1e-12)
    assert found.adjusted_means == pytest.approx({"A": fmean(a), "B": fmean(b)})
    assert (found.df, found.n, found.n_by_arm, found.aliased) == ((1, 38), 40, {"A": len(a), "B": len(b)}, ())


def test_three_arms_without_covariates_are_the_analysis_of_variance():
    """By hand: means 2, 5 and 11 of three each; between 42 x 3 = 126 on 2, within 6 on 6: F = 63."""
    rows = [{"y": y, "arm": arm} for arm, ys in {"A": (1, 2, 3), "B": (4, 5, 6), "C": (10, 11, 12)}.items() for y in ys]
    found = ancova(rows, outcome="y", arm="arm", reference="A")
    assert (found.f, found.df) == (63.0, (2, 6))
    assert found.p == pytest.approx(f_above(63, 2, 6))
    assert found.estimate == {"B": 3.0, "C": 9.0}
    assert found.se == pytest.approx({"B": math.sqrt(2 / 3), "C": math.sqrt(2 / 3)})
    assert found.ci["C"] == pytest.approx((9 - 2.446912 * math.sqrt(2 / 3), 9 + 2.446912 * math.sqrt(2 / 3)), rel=1e-6)
    assert found.adjusted_means == {"A": 2.0, "B": 5.0, "C": 11.0}


def residuals(y: list[float], x: list[float]) -> list[float]:
    slope = sum((a - fmean(x)) * (b - fmean(y)) for a, b in zip(x, y)) / sum((a - fmean(x)) ** 2 for a in x)
    return [b - fmean(y) - slope * (a - fmean(x)) for a, b in zip(x, y)]


def test_the_effect_is_that_of_residuals_on_residuals():
    """Frisch and Waugh: what baseline does not tell of the outcome, on what it does not tell of the arm."""
    rows = people(60)
    before = [float(r["before"]) for r in rows]
    outcome = residuals([r["after"] for r in rows], before)
    arm = residuals([float(r["arm"] == "B") for r in rows], before)
    slope = sum(a * b for a, b in zip(arm, outcome)) / sum(a * a for a in arm)
    square = sum((b - slope * a) ** 2 for a, b in zip(arm, outcome)) / 57
    found = ancova(rows, outcome="after", arm="arm", reference="A", covariates=["before"])
    assert found.estimate == pytest.approx(slope, rel=1e-11)
    assert found.se == pytest.approx(math.sqrt(square / sum(a * a for a in arm)), rel=1e-11)
    assert found.adjusted_means["B"] - found.adjusted_means["A"] == pytest.approx(found.estimate)


def test_the_reference_turns_the_sign_and_order_and_scale_change_nothing():
    rows = people(50)
    given = {"outcome": "after", "arm": "arm", "covariates": ["before", "site", "sex"]}
    one = ancova(rows, reference="A", **given)
    turned = ancova(list(reversed(rows)), reference="B", **given)
    scaled = ancova([r | {"before": 10**9 + Fraction(r["before"], 1000)} for r in rows], reference="A", **given)
    assert turned.estimate == pytest.approx(-one.estimate, rel=1e-14)
    assert (turned.se, turned.f, turned.p) == pytest.approx((one.se, one.f, one.p), rel=1e-14)
    assert turned.adjusted_means == pytest.approx(one.adjusted_means, rel=1e-14)
    assert (scaled.estimate, scaled.se) == pytest.approx((one.estimate, one.se), rel=1e-14)


def test_who_lacks_a_value_is_left_out_and_counted():
    rows = people(30)
    rows[0]["after"], rows[1]["before"], rows[2]["site"] = None, None, ""
    whole = ancova(rows, outcome="after", arm="arm", reference="A", covariates=["before", "site"])
    assert whole == ancova(rows[3:] + rows[:3], outcome="after", arm="arm", reference="A", covariates=["before", "site"])
    assert (whole.n, whole.n_missing) == (27, 3)


def test_a_column_that_others_tell_is_left_out_and_named():
    rows = [r | {"twice": r["before"] * 2, "place": r["site"]} for r in people(40)]
    plain = ancova(rows, outcome="after", arm="arm", reference="A", covariates=["before", "site"])
    more = ancova(rows, outcome="after", arm="arm", reference="A", covariates=["before", "twice", "site", "place"])
    assert more.aliased == ("twice", "place=LIM")
    assert (more.estimate, more.se, more.df) == (plain.estimate, plain.se, plain.df)


def test_decimals_and_booleans_are_numbers():
    rows = [
        {"y": Decimal(y), "arm": a, "b": b}
        for y, a, b in (("1.5", "A", True), ("2.5", "A", False), ("4", "B", True), ("4.5", "B", False), ("5.25", "B", True))
    ]
    assert ancova(rows, outcome="y", arm="arm", reference="A", covariates=["b"]).n == 5


def test_no_residual_at_all_and_no_difference_at_all():
    exact = [{"y": 1 + (a == "B"), "arm": a} for a in "AABB"]
    even = [{"y": 3, "arm": a} for a in "AABB"]
    same = [{"y": y, "arm": a} for a in "AB" for y in (1, 2, 3)]
    found = ancova(exact, outcome="y", arm="arm", reference="A")
    assert (found.estimate, found.se, found.f, found.p, found.contrasts["B"].p) == (1.0, 0.0, math.inf, 0.0, 0.0)
    found = ancova(even, outcome="y", arm="arm", reference="A")
    assert (found.estimate, found.se, found.f, found.p, found.contrasts["B"].p) == (0.0, 0.0, 0.0, 1.0, 1.0)
    found = ancova(same, outcome="y", arm="arm", reference="A")
    assert (found.f, found.p, found.contrasts["B"].p) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("rows", "covariates", "sentence"),
    [
        ([], [], "must hold 'A' and another arm, not none"),
        ([{"y": 1, "arm": "B"}, {"y": 1, "arm": "C"}], [], "not B, C"),
        ([{"y": 1, "arm": "A"}, {"y": 2, "arm": "A"}], [], "and another arm, not A"),
        ([{"y": 1, "arm": "A"}, {"y": 2, "arm": "B"}], [], "2 people are too few for 2 coefficients"),
        ([{"y": i, "arm": a, "x": a} for i, a in enumerate("AABB")], ["x"], "already tell the arms apart"),
        ([{"y": math.nan, "arm": a} for a in "AABB"], [], "y must be a finite number, not nan"),
        ([{"y": "many", "arm": a} for a in "AABB"], [], "y must be a finite number, not 'many'"),
        ([{"y": 1, "arm": a, "x": x} for a, x in zip("AABB", (1, "b", 2, 3))], ["x"], "x mixes numbers and words"),
    ],
)
def test_what_cannot_be_analysed_is_refused_in_a_sentence(rows, covariates, sentence):
    with pytest.raises(ValueError, match=sentence):
        ancova(rows, outcome="y", arm="arm", reference="A", covariates=covariates)
