"""Student's t and Fisher's F against closed forms and printed tables."""

from __future__ import annotations

import math

import pytest

from outcomes.domain.statistics.distributions import f_above, incomplete_beta, t_quantile, t_two_sided


def two_sided_in_closed_form(t: float, df: int) -> float:
    """Abramowitz & Stegun 26.7.4, for an even number of degrees of freedom."""
    angle = math.atan(t / math.sqrt(df))
    total, term = 0.0, 1.0
    for k in range(df // 2):
        total += term
        term *= math.cos(angle) ** 2 * (2 * k + 1) / (2 * k + 2)
    return 1 - math.sin(angle) * total


@pytest.mark.parametrize("df", [2, 4, 10, 40, 200])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0, 2.5, 6.0])
def test_t_agrees_with_the_closed_form(t, df):
    assert t_two_sided(t, df) == pytest.approx(two_sided_in_closed_form(t, df), abs=1e-13)
    assert t_two_sided(-t, df) == t_two_sided(t, df)


def test_t_with_one_degree_of_freedom_is_cauchys():
    assert t_two_sided(1.0, 1) == pytest.approx(0.5, abs=1e-15)
    assert t_two_sided(math.inf, 5) == 0.0


@pytest.mark.parametrize(("df", "printed"), [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980), (100_000, 1.960)])
def test_quantiles_are_those_of_the_printed_table(df, printed):
    assert round(t_quantile(df), 3) == printed
    assert t_two_sided(t_quantile(df), df) == pytest.approx(0.05, rel=1e-11)


@pytest.mark.parametrize(("f", "df1", "df2"), [(4.96, 1, 10), (3.49, 2, 20), (2.53, 5, 30), (3.07, 2, 120)])
def test_f_has_the_tables_five_per_cent_points(f, df1, df2):
    assert f_above(f, df1, df2) == pytest.approx(0.05, abs=3e-4)


@pytest.mark.parametrize("t", [0.5, 2.0, 5.0])
def test_f_with_one_and_n_is_t_squared(t):
    assert f_above(t * t, 1, 17) == pytest.approx(t_two_sided(t, 17), rel=1e-13)
    assert f_above(0.0, 3, 7) == 1.0
    assert f_above(math.inf, 3, 7) == 0.0


def test_the_beta_function_at_its_ends_and_mirrored():
    assert (incomplete_beta(2, 3, 0), incomplete_beta(2, 3, 1)) == (0.0, 1.0)
    assert incomplete_beta(2, 3, 0.4) == pytest.approx(1 - (0.6**4 + 4 * 0.4 * 0.6**3), abs=1e-15)
    assert incomplete_beta(2, 3, 0.4) == pytest.approx(1 - incomplete_beta(3, 2, 0.6), abs=1e-15)


def test_a_fraction_that_passes_through_nothing_is_kept_away_from_it():
    assert incomplete_beta(1, 2, 2 / 3) == pytest.approx(1 - (1 / 3) ** 2, abs=1e-15)
    assert incomplete_beta(1, 1, 0.5) == pytest.approx(0.5, abs=1e-15)


@pytest.mark.parametrize("wrong", [lambda: incomplete_beta(1, 1, 1.1), lambda: t_quantile(0), lambda: f_above(1, 0, 3)])
def test_what_has_no_answer_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        wrong()
