from __future__ import annotations

from decimal import Decimal

import pytest

from participants.domain.bounds import NotANumber, in_words, read_number, within, write_number


@pytest.mark.parametrize(
    ("text", "value"),
    [("62.5", Decimal("62.5")), ("62,5", Decimal("62.5")), (" 7 ", Decimal(7)), ("-1", Decimal(-1)), ("+3", Decimal(3))],
)
def test_decimal_comma_and_point_are_both_read(text: str, value: Decimal) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize("text", ["", "1e3", "NaN", "1.", ".5", "1,000.5", "²", "٣", "1234567890", "--1"])
def test_anything_but_a_plain_number_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        read_number(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [("62.50", "62.5"), ("100", "100"), ("100.000", "100"), ("-0.0", "0"), ("0.000001", "0.000001"), ("1E+2", "100")],
)
def test_a_number_has_one_spelling(value: str, text: str) -> None:
    assert write_number(Decimal(value)) == text


@pytest.mark.parametrize(
    ("low", "high", "phrase", "inside"),
    [
        (Decimal(1), Decimal(3), "between 1 and 3 kg", [False, True, True, False]),
        (Decimal(1), None, "at least 1 kg", [False, True, True, True]),
        (None, Decimal(3), "at most 3 kg", [True, True, True, False]),
        (None, None, "any number", [True, True, True, True]),
    ],
)
def test_bounds_are_inclusive_and_said_in_words(low: Decimal | None, high: Decimal | None, phrase: str, inside: list[bool]) -> None:
    assert in_words(low, high, "kg") == phrase
    assert [within(Decimal(n), low, high) for n in (0, 1, 3, 4)] == inside
