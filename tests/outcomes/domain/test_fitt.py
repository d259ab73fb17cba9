"""FITT by week and arm, with the drop-out rule beside every mean."""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.fitt import Fitt, FittWeek, Trained, fitt_by_week
from outcomes.domain.records import Rules, SessionRecord, SetRecord
from participants.domain.sums import sums_of
from tests.outcomes.domain.training import AFTER, a_session, a_set, course


def trained(arm: str, sessions: list[SessionRecord], sets: list[SetRecord]) -> Trained:
    return Trained(arm=arm, sessions=tuple(sessions), sums=sums_of(sets))


def test_each_week_of_an_arm_has_the_mean_over_its_due_sessions() -> None:
    one = trained("RET", course("AMAA"), [a_set(1, done="8x50"), a_set(2), a_set(3, done="4x25"), a_set(4, done="8x100")])
    other = trained("RET", course("AA", trial_id="P-002"), [a_set(no, done="8x50", trial_id="P-002") for no in (1, 2)])
    sham = trained("SHAM", course("M", trial_id="P-003"), [])
    three_quarters, half = Decimal("0.75"), Decimal("0.5")
    assert fitt_by_week([sham, other, one], as_of=AFTER) == (
        FittWeek(
            arm="RET", week=1, people=2, sessions=4, drop_outs="as_zero",
            fitt=Fitt(frequency=three_quarters, intensity=three_quarters, time=three_quarters, type=three_quarters),
        ),
        FittWeek(
            arm="RET", week=2, people=1, sessions=2, drop_outs="as_zero",
            fitt=Fitt(frequency=Decimal(1), intensity=three_quarters, time=three_quarters, type=Decimal(1)),
        ),
        FittWeek(
            arm="SHAM", week=1, people=1, sessions=1, drop_outs="as_zero",
            fitt=Fitt(frequency=Decimal(0), intensity=Decimal(0), time=Decimal(0), type=Decimal(0)),
        ),
    )  # fmt: skip
    assert half not in (w.fitt.time for w in fitt_by_week([one, other], as_of=AFTER))


def test_the_rule_for_drop_outs_travels_with_the_means() -> None:
    gone = trained("RET", course("AN"), [a_set(1, done="8x50"), a_set(2)])
    (as_zero,) = fitt_by_week([gone], as_of=AFTER)
    (left_out,) = fitt_by_week([gone], as_of=AFTER, rules=Rules(undelivered_count_as_zero=False))
    assert (as_zero.drop_outs, as_zero.sessions, as_zero.fitt.frequency) == ("as_zero", 2, Decimal("0.5"))
    assert (left_out.drop_outs, left_out.sessions, left_out.fitt.frequency) == ("left_out", 1, 1)


def test_sessions_without_a_week_and_those_not_due_stand_in_no_week() -> None:
    person = trained("RET", [a_session(1, week=None), a_session(3)], [a_set(1, done="8x50")])
    assert fitt_by_week([person], as_of=a_session(3).planned_on) == ()
