from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from participants.domain.clinical import amount_faults, atc, event_faults, period_faults

EVENT: dict[str, Any] = {
    "started_on": date(2026, 3, 1),
    "ended_on": None,
    "ongoing": True,
    "aware_on": date(2026, 3, 2),
    "today": date(2026, 3, 2),
    "serious": False,
    "criteria": (),
    "grade": 2,
}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, set()),
        ({"ended_on": date(2026, 3, 1), "ongoing": False}, set()),
        ({"started_on": date(2026, 3, 3), "aware_on": date(2026, 3, 3)}, {"started_on", "aware_at"}),
        ({"ended_on": date(2026, 2, 28), "ongoing": False}, {"ended_on"}),
        ({"ended_on": date(2026, 3, 3), "ongoing": False}, {"ended_on"}),
        ({"ended_on": date(2026, 3, 2)}, {"ongoing"}),
        ({"aware_on": date(2026, 2, 28)}, {"aware_at"}),
        ({"serious": True}, {"seriousness_criteria"}),
        ({"criteria": ("hospital",)}, {"seriousness_criteria"}),
        ({"serious": True, "criteria": ("death",), "grade": 5}, set()),
        ({"grade": 5}, {"ctcae_grade"}),
        ({"grade": 0}, {"ctcae_grade"}),
        ({"grade": None}, set()),
    ],
)
def test_an_event_may_not_contradict_itself(changes: dict[str, Any], fields: set[str]) -> None:
    assert set(event_faults(**(EVENT | changes))) == fields


@pytest.mark.parametrize(
    ("text", "code"), [("", ""), ("n06 ab 03", "N06AB03"), ("N", "N"), ("N06", "N06"), ("N06A", "N06A"), ("n06ab", "N06AB")]
)
def test_an_atc_code_may_stop_at_any_level(text: str, code: str) -> None:
    assert atc(text) == code


@pytest.mark.parametrize("text", ["N0", "N06AB0", "N06AB031", "06", "N٠٦"])
def test_what_has_no_level_is_no_atc_code(text: str) -> None:
    with pytest.raises(ValueError, match="like N06AB03"):
        atc(text)


@pytest.mark.parametrize(
    ("start", "stop", "ongoing", "fields"),
    [
        ("", "", True, set()),
        ("2026", "2026-03", False, set()),
        ("2026-03", "2026-02", False, {"stopped_on"}),
        ("March", "x", False, {"started_on", "stopped_on"}),
        ("2026", "2026-03", True, {"ongoing"}),
    ],
)
def test_partial_dates_of_a_period_must_fit_as_far_as_they_are_known(start: str, stop: str, ongoing: bool, fields: set[str]) -> None:
    assert set(period_faults(start, stop, ongoing=ongoing)) == fields


def test_an_amount_is_above_nothing_and_plausible() -> None:
    given = {"a": Decimal(0), "b": 51, "c": None, "d": Decimal("0.5")}
    assert set(amount_faults(given, dict.fromkeys(given, 50))) == {"a", "b"}
