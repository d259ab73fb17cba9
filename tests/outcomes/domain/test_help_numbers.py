from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

from outcomes.domain.help_numbers import grown_old

TODAY = date(2027, 3, 1)


def test_a_number_is_good_for_365_days_after_it_was_checked() -> None:
    ages = (400, 0, 366, 365, -3)
    lines = [SimpleNamespace(checked_on=TODAY - timedelta(days=days), name=str(days)) for days in ages]
    assert [line.name for line in grown_old(lines, TODAY)] == ["400", "366"]
