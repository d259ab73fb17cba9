from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.domain.change import Change, Total, compare, total
from outcomes.instruments import instruments

PHQ9, GAD7 = instruments["phq9"].cuts, instruments["gad7"].cuts
quick = settings(derandomize=True, max_examples=80, database=None)


def points(value: int | str) -> Total:
    exact = Decimal(value)
    return Total(rounded=int(exact + Decimal("0.5")), unrounded=exact)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (
            18,
            9,
            Change(
                caseness=False, change=Decimal(-9), response=True, remission=False, recovery=True, mcid=True, reliable_change="improved"
            ),
        ),
        (
            18,
            10,
            Change(
                caseness=True, change=Decimal(-8), response=False, remission=False, recovery=False, mcid=True, reliable_change="improved"
            ),
        ),
        (
            14,
            9,
            Change(caseness=False, change=Decimal(-5), response=False, remission=False, recovery=True, mcid=True, reliable_change="none"),
        ),
        (
            9,
            4,
            Change(caseness=False, change=Decimal(-5), response=True, remission=True, recovery=False, mcid=True, reliable_change="none"),
        ),
        (
            4,
            0,
            Change(caseness=False, change=Decimal(-4), response=True, remission=None, recovery=False, mcid=False, reliable_change="none"),
        ),
        (
            0,
            0,
            Change(caseness=False, change=Decimal(0), response=None, remission=None, recovery=False, mcid=False, reliable_change="none"),
        ),
        (
            5,
            11,
            Change(
                caseness=True,
                change=Decimal(6),
                response=False,
                remission=False,
                recovery=False,
                mcid=False,
                reliable_change="deteriorated",
            ),
        ),
        (
            5,
            10,
            Change(caseness=True, change=Decimal(5), response=False, remission=False, recovery=False, mcid=False, reliable_change="none"),
        ),
    ],
)
def test_phq9_flags(before: int, now: int, expected: Change) -> None:
    assert compare(points(now), points(before), PHQ9) == expected


@pytest.mark.parametrize(
    ("before", "now", "recovery", "mcid", "reliable_change"),
    [(8, 7, True, False, "none"), (7, 3, False, True, "improved"), (10, 8, False, False, "none"), (6, 10, False, False, "deteriorated")],
)
def test_gad7_recovers_from_8_and_changes_by_4(before: int, now: int, recovery: bool, mcid: bool, reliable_change: str) -> None:
    found = compare(points(now), points(before), GAD7)
    assert (found.recovery, found.mcid, found.reliable_change) == (recovery, mcid, reliable_change)


def test_change_uses_the_unrounded_and_remission_the_rounded_total() -> None:
    # 9.5 rounds to 10 and counts as a case; the drop of 4.75 rounds to a drop of 5 and is no MCID.
    found = compare(points("4.75"), points("9.5"), PHQ9)
    assert found == Change(
        caseness=False, change=Decimal("-4.75"), response=True, remission=False, recovery=True, mcid=False, reliable_change="none"
    )


def test_half_of_a_prorated_score_is_half_whatever_the_fourth_decimal() -> None:
    assert compare(points("0.1429"), points("0.2857"), PHQ9).response is True
    assert compare(points("11.5714"), points("23.1429"), PHQ9).response is True
    assert compare(points("11.5893"), points("23.1429"), PHQ9).response is False


def test_flags_without_their_scores_are_empty() -> None:
    assert compare(None, points(10), PHQ9) == Change()
    assert compare(points(10), None, PHQ9) == Change(caseness=True)
    assert (total(None, None), total(3, None), total(3, Decimal(3))) == (None, None, points(3))


@quick
@given(st.integers(0, 27), st.integers(0, 27))
def test_going_back_mirrors_the_change(before: int, now: int) -> None:
    there, back = compare(points(now), points(before), PHQ9), compare(points(before), points(now), PHQ9)
    assert there.change == -(back.change or 0)
    assert {"improved": "deteriorated", "deteriorated": "improved", "none": "none"}[str(there.reliable_change)] == back.reliable_change
    assert not (there.mcid and back.mcid)
