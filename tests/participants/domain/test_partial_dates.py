from __future__ import annotations

from datetime import date

import pytest

from participants.domain.partial_dates import Order, PartialDate, compare, may_follow, parse


@pytest.mark.parametrize(
    ("text", "parsed", "earliest", "latest"),
    [
        ("2026", PartialDate(2026), date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-02", PartialDate(2026, 2), date(2026, 2, 1), date(2026, 2, 28)),
        ("2028-02", PartialDate(2028, 2), date(2028, 2, 1), date(2028, 2, 29)),
        (" 2026-03-14 ", PartialDate(2026, 3, 14), date(2026, 3, 14), date(2026, 3, 14)),
    ],
)
def test_a_partial_date_stands_for_every_day_it_could_be(text: str, parsed: PartialDate, earliest: date, latest: date) -> None:
    assert (parse(text), parsed.earliest, parsed.latest, str(parsed)) == (parsed, earliest, latest, text.strip())
    assert parsed.complete == (len(text.strip()) == 10)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Enter the date as 2026-03-14, or 2026-03 or 2026 where the rest is not known, not ''."),
        ("14.3.2026", "Enter the date as 2026-03-14, or 2026-03 or 2026 where the rest is not known, not '14.3.2026'."),
        ("2026-3", "Enter the date as 2026-03-14, or 2026-03 or 2026 where the rest is not known, not '2026-3'."),
        ("2026-02-29", "2026-02-29 is not in the calendar."),
        ("2026-13", "2026-13 is not in the calendar."),
        ("0000", "0000 is not in the calendar."),
        ("1066", "Enter a year between 1900 and 2200, not 1066."),
    ],
)
def test_a_text_that_is_no_date_is_refused_with_the_cure(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ("2025", "2026-01-01", Order.BEFORE),
        ("2026-03", "2026-02", Order.AFTER),
        ("2026-03-14", "2026-03-14", Order.SAME),
        ("2026-03", "2026-03", Order.UNCLEAR),
        ("2026", "2026-03-14", Order.UNCLEAR),
    ],
)
def test_two_dates_compare_only_when_every_day_agrees(first: str, second: str, order: Order) -> None:
    assert compare(parse(first), parse(second)) is order


def test_a_stop_may_not_certainly_lie_before_its_start() -> None:
    assert [may_follow(parse("2026-03"), parse(stop)) for stop in ("2026-02-28", "2026", "2026-03-01")] == [False, True, True]
