from __future__ import annotations

from decimal import Decimal

import pytest

from participants.domain.baseline import BadValues, clean, lacking
from trials.domain.protocol.shape import BaselineVariable, Choice

HEIGHT = BaselineVariable(code="height", label="Height", type="number", unit="cm", minimum=Decimal(120), maximum=Decimal(230))
SMOKES = BaselineVariable(code="smokes", label="Smokes", type="yes_no")
SCHOOL = BaselineVariable(
    code="school", label="Education", type="choice", choices=(Choice(code="p", label="Primary"), Choice(code="t", label="Third level"))
)
NOTE = BaselineVariable(code="note", label="Note", type="text", required=False)
FORM = (HEIGHT, SMOKES, SCHOOL, NOTE)


def test_values_are_kept_in_one_spelling_and_blanks_left_out() -> None:
    assert clean(FORM, {"height": "171,0", "smokes": "no", "school": "t", "note": " "}) == {"height": "171", "smokes": "no", "school": "t"}
    assert clean(FORM, {"note": " left-handed "}) == {"note": "left-handed"}


def test_every_fault_is_named_at_once_with_its_cure() -> None:
    with pytest.raises(BadValues) as refused:
        clean(FORM, {"height": "17", "smokes": "sometimes", "school": "x", "note": "n" * 501, "bmi": "20"})
    assert refused.value.faults == {
        "bmi": "There is no baseline variable 'bmi'.",
        "height": "Height: 17 is not between 120 and 230 cm.",
        "smokes": "Smokes: choose one of Yes, No.",
        "school": "Education: choose one of Primary, Third level.",
        "note": "Note: shorten the text to 500 characters.",
    }


def test_a_word_is_no_number() -> None:
    with pytest.raises(BadValues) as refused:
        clean(FORM, {"height": "tall"})
    assert refused.value.faults == {"height": "Height: enter a number, between 120 and 230 cm."}


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({}, ("Height", "Smokes", "Education")),
        ({"height": "170", "smokes": " ", "school": "p"}, ("Smokes",)),
        ({"height": "1", "smokes": "no", "school": "p"}, ()),
    ],
)
def test_only_required_variables_can_be_lacking(values: dict[str, str], missing: tuple[str, ...]) -> None:
    assert lacking(FORM, values) == missing
