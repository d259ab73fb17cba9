from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from outcomes.domain.text import Unreadable, Value, read, site_day, write


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "kg", ""), ("", "text", ""), ((), "list", ""), (Decimal("62.50"), "kg", "62.5"), (Decimal("1E+3"), "kg", "1000"),
        (Decimal("0.125"), "kg", "0.13"), (Decimal("0.00005"), "ratio", "0.0001"), (Decimal("0.00004"), "ratio", "0"),
        (Decimal("-0.00004"), "ratio", "0"), (Decimal("-2.5"), "number", "-2.5"), (Decimal(212) / 256, "ratio", "0.8281"),
        (Decimal("12.345"), "minutes", "12.35"), (7, "integer", "7"), (Decimal("7"), "integer", "7"), (0, "integer", "0"),
        (Decimal("1E-30"), "ratio", "0"),
        (True, "flag", "1"), (False, "flag", "0"), (True, "yes_no", "yes"), (False, "yes_no", "no"), ("no", "yes_no", "no"),
        (date(2026, 3, 29), "date", "2026-03-29"), (("a", "b"), "list", "a|b"), ("2026-03", "partial_date", "2026-03"),
        (datetime(2026, 3, 29, 2, 30, 59, 999999, tzinfo=timezone(timedelta(hours=1))), "instant", "2026-03-29T01:30:59Z"),
    ],
)  # fmt: skip
def test_every_kind_is_written_one_way(value: Value, kind: str, text: str) -> None:
    assert write(value, kind) == text


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("", "integer", None), ("12", "integer", 12), ("62.5", "kg", Decimal("62.5")), ("0.8281", "ratio", Decimal("0.8281")),
        ("1", "flag", True), ("0", "flag", False), ("yes", "yes_no", "yes"), ("a|b", "list", ("a", "b")), ("x", "text", "x"),
        ("2026-03-02", "date", date(2026, 3, 2)), ("2026", "partial_date", "2026"), ("2026-03-02", "partial_date", "2026-03-02"),
        ("2026-03-02T17:00:00Z", "instant", datetime(2026, 3, 2, 17, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_every_kind_is_read_back(text: str, kind: str, value: Value) -> None:
    assert read(text, kind) == value
    assert write(value, kind) == text


@pytest.mark.parametrize(
    ("text", "kind", "cure"),
    [
        ("1e3", "kg", "like 62.5"), ("12.0", "kg", "like 62.5"), ("007", "integer", "like 62.5"), ("1.5", "integer", "whole number"),
        ("2.3.2026", "date", "like 2026-03-02"), ("2026-02-30", "date", "like 2026-03-02"), ("2026-13", "partial_date", "like 2026-03-02"),
        ("2026-03-02 17:00", "instant", "T17:00:00Z"), ("2026-03-02T25:00:00Z", "instant", "T17:00:00Z"), ("true", "flag", "1 or 0"),
        ("ja", "yes_no", "yes or no"),
    ],
)  # fmt: skip
def test_a_text_of_another_shape_is_refused_with_its_cure(text: str, kind: str, cure: str) -> None:
    with pytest.raises(Unreadable, match=cure):
        read(text, kind)


def test_the_day_is_the_sites_day() -> None:
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    assert site_day(late, "Europe/Dublin") == date(2026, 6, 2)
    assert site_day(late, "America/New_York") == date(2026, 6, 1)
