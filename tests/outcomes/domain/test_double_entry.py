"""Two entries of one paper form, as plain values."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from outcomes.domain.double_entry import DATE, Compared, Difference, Entry, Figures, differences, drawn, faults, figures, settled

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
NUMBERS = ("1", "2", "3")


def entry(answers: dict[str, int | str], missing: dict[str, str] | None = None, on: date = MONDAY) -> Entry:
    return Entry(answers=answers, missing=missing or {}, completed_on=on)


FIRST = entry({"1": 1, "2": 0}, {"3": "skipped"})


@pytest.mark.parametrize(
    ("word", "share", "expected"),
    [
        (b"\x00" * 32, "0", False),
        (b"\x00" * 32, "0.0001", True),
        (b"\xff" * 32, "1", True),
        (b"\xff" * 32, "0.999999", False),
        (b"\x80" + b"\x00" * 31, "0.5", False),
        (b"\x7f" + b"\xff" * 31, "0.5", True),
    ],
)
def test_a_word_below_the_share_draws_the_form(word, share, expected):
    assert drawn(word, Decimal(share)) is expected


def test_a_tenth_of_many_forms_is_drawn():
    words = [hashlib.sha256(str(n).encode()).digest() for n in range(10_000)]
    assert abs(sum(drawn(word, Decimal("0.1")) for word in words) - 1000) < 4 * 30  # sd = sqrt(10,000 x 0.1 x 0.9) = 30


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (FIRST, ()),
        (entry({"1": 2, "2": 0}, {"3": "skipped"}), (Difference("1", 1, 2),)),
        (entry({"1": 1, "2": 0}, {"3": "refused"}), (Difference("3", "skipped", "refused"),)),
        (entry({"1": 1, "2": 0}, {"3": "not_asked"}), ()),
        (entry({"1": 1, "2": 0, "3": 0}), (Difference("3", "skipped", 0),)),
        (entry({"2": 0}, {"1": "skipped", "3": "skipped"}), (Difference("1", 1, "skipped"),)),
        (entry({"1": 1}, {"3": "skipped"}), (Difference("2", 0, None),)),
        (entry({"1": 1, "2": 0}, {"3": "skipped"}, TUESDAY), (Difference(DATE, MONDAY, TUESDAY),)),
        (entry({"1": 3, "2": 3, "3": 3}, {}, TUESDAY), (Difference("1", 1, 3), Difference("2", 0, 3), Difference("3", "skipped", 3),
                                                        Difference(DATE, MONDAY, TUESDAY))),
    ],
    ids=["none", "an answer", "another reason", "a blank that was not asked", "a blank read as an answer", "an answer read as a blank", "not a word of it", "the date",
         "everything"],
)  # fmt: skip
def test_every_field_that_is_read_differently_is_listed_in_order(second, expected):
    assert differences(NUMBERS, FIRST, second) == expected


DIFFERENT = entry({"1": 2, "2": 0, "3": 1}, {}, TUESDAY)
FOUND = differences(NUMBERS, FIRST, DIFFERENT)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"1": "first", "3": "second", DATE: "first"}, {}),
        ({"1": "first", "3": "second"}, {DATE: "Choose for the date on the form which entry is right: first or second."}),
        ({"1": "third", "3": "second", DATE: "first"}, {"1": "Choose for question 1 which entry is right: first or second."}),
        ({"1": "first", "2": "first", "3": "first", DATE: "first"}, {"2": "Both entries agree in question 2."}),
    ],
)
def test_each_difference_needs_one_choice_and_nothing_else_takes_one(choices, expected):
    assert faults(FOUND, choices) == expected


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"1": "first", "3": "first", DATE: "first"}, FIRST),
        ({"1": "second", "3": "second", DATE: "second"}, DIFFERENT),
        ({"1": "second", "3": "first", DATE: "second"}, entry({"1": 2, "2": 0}, {"3": "skipped"}, TUESDAY)),
        ({"1": "first", "3": "second", DATE: "first"}, entry({"1": 1, "2": 0, "3": 1})),
    ],
)
def test_each_field_stands_as_the_chosen_entry_has_it(choices, expected):
    assert settled(FIRST, FIRST, DIFFERENT, choices) == expected


def test_what_was_corrected_meanwhile_stands_unless_it_is_chosen_otherwise():
    corrected = entry({"1": 3, "2": 2}, {"3": "skipped"})
    assert settled(corrected, FIRST, DIFFERENT, {"1": "second", "3": "first", DATE: "first"}) == entry({"1": 2, "2": 2}, {"3": "skipped"})


def test_a_field_that_the_chosen_entry_does_not_have_is_left_out():
    assert settled(FIRST, FIRST, entry({"1": 1}, {"3": "skipped"}), {"2": "second"}) == entry({"1": 1}, {"3": "skipped"})


def test_figures_tell_share_and_rate_of_forms_and_fields():
    rows = [Compared(fields=11, differing=0), Compared(fields=11, differing=2, first_wrong=1), Compared(fields=9, differing=1)]
    found = figures(paper=12, drawn=4, compared=rows)
    assert found == Figures(
        paper=12, drawn=4, entered=3, differing=2, fields=31, differing_fields=3, settled_fields=2, first_wrong=1
    )  # fmt: skip
    assert (found.share, found.rate) == (Decimal("0.2500"), Decimal("0.0968"))  # 3 of 12; 3 of 31 = 0.09677


def test_without_forms_there_is_no_share_and_no_rate():
    found = figures(paper=0, drawn=0, compared=[])
    assert (found.share, found.rate) == (None, None)
