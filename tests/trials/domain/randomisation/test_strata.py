"""A person's stratum follows from the protocol's factors and the facts; what is missing is named, all of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trials.domain.protocol.shape import Factor
from trials.domain.randomisation.strata import NoLevel, levels, stratum_key

SITE = Factor(name="site", source="site")
SEX = Factor(name="sex", source="sex", levels=("F", "M"))
BMI = Factor(name="bmi", source="baseline:body_mass_index", cuts=(Decimal("25"), Decimal("30")), levels=("lean", "over", "obese"))
TRAINED = Factor(name="trained", source="baseline:trained", levels=("yes", "no"))


def test_levels_come_in_declared_order() -> None:
    facts = {"sex": "F", "site": "LIM", "baseline:body_mass_index": Decimal("27.1"), "baseline:trained": True}
    found = levels([SITE, SEX, BMI, TRAINED], facts)
    assert found == (("site", "LIM"), ("sex", "F"), ("bmi", "over"), ("trained", "yes"))
    assert stratum_key(found) == "site=LIM|sex=F|bmi=over|trained=yes"


@pytest.mark.parametrize(
    ("value", "level"),
    [(Decimal("24.999"), "lean"), (25, "over"), ("29.9", "over"), (Decimal(30), "obese"), ("-1", "lean"), (99, "obese")],
    ids=["just below a cut", "a cut belongs to the level above", "text", "the last cut", "far below", "far above"],
)
def test_cuts_divide_numbers(value: object, level: str) -> None:
    assert levels([BMI], {"baseline:body_mass_index": value}) == (("bmi", level),)


def test_an_answer_of_no_is_a_level() -> None:
    assert levels([TRAINED], {"baseline:trained": False}) == (("trained", "no"),)


def test_every_factor_without_a_level_is_named() -> None:
    with pytest.raises(NoLevel) as refused:
        levels([SITE, SEX, BMI], {"site": "", "sex": "X", "baseline:body_mass_index": 27.1})
    assert refused.value.faults == ("site is not known", "sex has no level 'X', only F, M", "bmi must be an exact number")


@pytest.mark.parametrize("value", ["heavy", "NaN", "Infinity", True, Decimal("NaN")])
def test_what_is_no_number_has_no_level(value: object) -> None:
    with pytest.raises(NoLevel, match="^bmi must be an exact number$"):
        levels([BMI], {"baseline:body_mass_index": value})


def test_a_trial_without_factors_has_one_stratum() -> None:
    assert stratum_key(levels([], {})) == "all"


def test_a_level_may_hold_a_comparison() -> None:
    assert stratum_key((("site", "SITE01"), ("age", ">=70"))) == "site=SITE01|age=>=70"


@pytest.mark.parametrize("pair", [("", "F"), ("sex", ""), ("se=x", "F"), ("sex", "F|M"), ("se|x", "F"), ("sité", "F"), ("sex", "é")])
def test_marks_that_would_blur_a_key_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="cannot stand in a stratum key"):
        stratum_key((pair,))
