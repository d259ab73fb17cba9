"""The next load, by the protocol's rule, rounded down to the equipment."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from participants.domain.progression import DoneSet, Proposal, in_kg, propose, round_down
from trials.domain.protocol.shape import Progression

LIMERICK = Progression(rule="double_progression", max_increase=D("0.05"))


def sets(*done: tuple[int, str], planned: str = "60", reps_max: int = 12) -> tuple[DoneSet, ...]:
    return tuple(
        DoneSet(planned_load_kg=D(planned), reps_min=8, reps_max=reps_max, done_reps=reps, done_load_kg=D(load)) for reps, load in done
    )


def after(done: tuple[DoneSet, ...], *, increment: str = "2.5", reps_max: int = 12) -> tuple[Decimal_or_none, int, str]:
    proposal = propose(LIMERICK, done, increment_kg=D(increment), reps_max=reps_max)
    assert proposal.rule == "double_progression"
    return proposal.load_kg, proposal.reps_max, proposal.why


Decimal_or_none = D | None


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (sets((12, "60"), (12, "60")), (D("62.5"), 12, "All 2 sets reached 12 repetitions at 60 kg: raise to 62.5 kg.")),
        (sets((13, "60"), (12, "60")), (D("62.5"), 12, "All 2 sets reached 12 repetitions at 60 kg: raise to 62.5 kg.")),
        (sets((12, "60"), (11, "60")), (D("60"), 12, "Not all 2 sets reached 12 repetitions at 60 kg: hold.")),
        (sets((12, "60"), (12, "57.5")), (D("60"), 12, "Not all 2 sets reached 12 repetitions at 60 kg: hold.")),
        (sets((12, "60"), (0, "60")), (D("60"), 12, "Not all 2 sets reached 12 repetitions at 60 kg: hold.")),
        (sets((12, "62.5"), (12, "65")), (D("65"), 12, "All 2 sets reached 12 repetitions at 62.5 kg: raise to 65 kg.")),
        (sets((9, "65"), (8, "65")), (D("65"), 12, "Not all 2 sets reached 12 repetitions at 65 kg: hold.")),
        (sets((9, "65"), (4, "65")), (D("60"), 12, "Not all 2 sets reached 12 repetitions at 60 kg: hold.")),
    ],
    ids=[
        "both at the top", "over the top", "one short", "one lighter", "one left out", "heavier than planned", "heavier in range",
        "heavier, out of range",
    ],
)  # fmt: skip
def test_double_progression_raises_when_every_set_reached_the_top(
    done: tuple[DoneSet, ...], expected: tuple[Decimal_or_none, int, str]
) -> None:
    assert after(done) == expected


@pytest.mark.parametrize(
    ("planned", "increment", "load", "reps_max"),
    [("40", "2.5", "40", 13), ("50", "2.5", "52.5", 12), ("49", "2.5", "50", 12), ("100", "2.5", "105", 12), ("20", "1", "21", 12),
     ("7.5", "0.5", "7.5", 13), ("0", "2.5", "0", 13), ("99", "2.5", "102.5", 12)],
)  # fmt: skip
def test_a_raise_is_rounded_down_and_a_step_beyond_the_limit_adds_a_repetition(
    planned: str, increment: str, load: str, reps_max: int
) -> None:
    assert after(sets((12, planned), (12, planned), planned=planned), increment=increment)[:2] == (D(load), reps_max)


def test_added_repetitions_are_kept_until_the_load_rises() -> None:
    at_13 = sets((12, "40"), (13, "40"), planned="40", reps_max=13)
    assert after(at_13) == (D("40"), 13, "Not all 2 sets reached 13 repetitions at 40 kg: hold.")
    done_13 = sets((13, "40"), (13, "40"), planned="40", reps_max=13)
    assert after(done_13) == (D("40"), 14, "A step of 2.5 kg is more than 5 % of 40 kg: hold and add a repetition.")
    assert after(done_13, increment="1")[:2] == (D("42"), 12)


def test_nothing_is_proposed_without_a_prescribed_load() -> None:
    unloaded = DoneSet(planned_load_kg=None, reps_min=8, reps_max=12, done_reps=12, done_load_kg=D("40"))
    expected = Proposal(load_kg=None, reps_max=12, rule="double_progression", why="No load has been prescribed yet.")
    assert propose(LIMERICK, (unloaded,), increment_kg=D("2.5"), reps_max=12) == expected
    assert propose(LIMERICK, (), increment_kg=D("2.5"), reps_max=12) == expected
    assert propose(LIMERICK, (unloaded, *sets((12, "40"), planned="40")), increment_kg=D("2.5"), reps_max=12) == expected


def test_a_plan_that_holds_keeps_its_load() -> None:
    assert propose(Progression(rule="hold"), sets((12, "60")), increment_kg=D("2.5"), reps_max=10) == Proposal(
        load_kg=D("60"), reps_max=10, rule="hold", why="The plan holds 60 kg."
    )


@pytest.mark.parametrize(
    ("pct", "e1rm", "load", "why"),
    [
        (D("0.55"), D("116.6667"), D("62.5"), "55 % of the estimated 1RM, 116.6 kg, is 62.5 kg."),
        (None, D("100"), None, "The ramp needs a strength test and the week's share of 1RM."),
        (D("0.5"), None, None, "The ramp needs a strength test and the week's share of 1RM."),
    ],
)
def test_a_ramp_takes_the_weeks_share_of_the_tested_1rm(pct: D | None, e1rm: D | None, load: D | None, why: str) -> None:
    ramp = Progression(rule="percent_ramp")
    assert propose(ramp, (), increment_kg=D("2.5"), reps_max=10, pct_1rm=pct, e1rm_kg=e1rm) == Proposal(
        load_kg=load, reps_max=10, rule="percent_ramp", why=why
    )


def test_an_unknown_rule_or_increment_is_refused() -> None:
    with pytest.raises(ValueError, match="No progression rule is called faster"):
        propose(Progression(rule="faster"), (), increment_kg=D("2.5"), reps_max=12)
    with pytest.raises(ValueError, match="An increment is more than 0 kg"):
        round_down(D("60"), D("0"))


@pytest.mark.parametrize(("load", "words"), [(D("62.50"), "62.5 kg"), (D("60"), "60 kg"), (D("100.00"), "100 kg"), (D("0"), "0 kg")])
def test_a_load_in_words(load: D, words: str) -> None:
    assert in_kg(load) == words
