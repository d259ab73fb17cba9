"""Residuals on the baseline score, against sums done by hand."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from outcomes.domain.adjusted import residuals


@pytest.mark.parametrize(
    ("outcomes", "baseline", "left"),
    [
        ({"a": F(1), "b": F(3)}, {}, {"a": F(-1), "b": F(1)}),
        ({"a": F(1), "b": F(3)}, {"a": F(7), "b": F(7)}, {"a": F(-1), "b": F(1)}),
        ({"a": F(1), "b": F(3)}, {"a": F(2), "b": F(6), "z": F(99)}, {"a": F(0), "b": F(0)}),
        # x = 0, 1, 2 about 1; y = 1, 5, 3 about 3; slope = (2 + 0 + 0) / 2 = 1
        ({"a": F(1), "b": F(5), "c": F(3)}, {"a": F(0), "b": F(1), "c": F(2)}, {"a": F(-1), "b": F(2), "c": F(-1)}),
        # b without a baseline stands at the others' mean, 1
        ({"a": F(1), "b": F(5), "c": F(3)}, {"a": F(0), "c": F(2)}, {"a": F(-1), "b": F(2), "c": F(-1)}),
        ({}, {"a": F(1)}, {}),
    ],
    ids=["no baseline", "all alike", "on one line", "by hand", "one filled in", "nobody"],
)
def test_what_the_baseline_does_not_explain(outcomes, baseline, left) -> None:
    assert residuals(outcomes, baseline) == left


def test_residuals_add_up_to_nothing_and_lie_across_the_baseline() -> None:
    y = {str(i): F(i * i % 7, 3) for i in range(12)}
    x = {str(i): F(i * 5 % 11) for i in range(12)}
    left = residuals(y, x)
    assert sum(left.values()) == 0
    assert sum(left[who] * x[who] for who in x) == 0
