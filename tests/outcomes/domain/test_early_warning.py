"""Two misses in a row, or little of the plan done lately: each edge once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest

from outcomes.domain.early_warning import early_warning
from participants.domain.sums import sums_of
from tests.outcomes.domain.test_course_and_arms import DAY, one, session

HALF = D("0.5")


def warned(letters: str, *, days: int = 99, reps: int = 10, phase: str = "intervention") -> tuple[int, object, object] | None:
    """Sessions by letter (A attended, M missed, S no record, C cancelled by the site, N not delivered), three days apart."""
    words = {"A": "attended", "M": "missed", "S": "scheduled", "C": "cancelled_by_site", "N": "not_delivered"}
    course = [session(n, words[letter], phase=phase) for n, letter in enumerate(letters, start=1)]
    sets = [one(s.session_no, done_reps=reps if s.held else None, done_load_kg=D(40) if s.held else None) for s in course]
    found = early_warning(course, sums_of(sets), as_of=DAY + timedelta(days=days), least_rdi=HALF)
    return None if found is None else (found.misses, found.last_missed_on, found.rdi)


def day(number: int) -> object:
    return DAY + timedelta(days=3 * number)


@pytest.mark.parametrize(
    ("letters", "told"),
    [
        ("AAAA", None), ("AAAM", None), ("AAMM", (2, day(4), None)), ("MMAA", None), ("AAMCM", (2, day(5), None)), ("AANMM", (2, day(5), None)),
        ("AAMS", (2, day(4), None)), ("MMMA", (0, None, D("0.25"))), ("AMMM", (3, day(4), D("0.25"))), ("MM", (2, day(2), None)), ("", None),
    ],
    ids=["all held", "one miss", "two", "two long ago", "cancelled between", "undelivered between", "no record", "low dose", "both", "too few", "none"],
)  # fmt: skip
def test_misses_in_a_row_and_a_low_dose_are_told(letters: str, told: object) -> None:
    assert warned(letters) == told


def test_a_session_of_today_counts_once_it_is_said_to_be_missed() -> None:
    assert warned("AMM", days=9) == (2, day(3), None)
    assert warned("AMS", days=9) is None


def test_the_dose_is_low_strictly_below_the_threshold() -> None:
    assert warned("AAAA", reps=5) is None
    assert warned("AAAA", reps=4) == (0, None, D("0.4"))


def test_familiarisation_counts_and_what_comes_after_the_intervention_does_not() -> None:
    assert warned("MM", phase="familiarisation") == (2, day(2), None)
    assert warned("MM", phase="follow_up") is None
    assert warned("MM", phase="deferred") is None
