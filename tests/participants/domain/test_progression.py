"""The next load, by the protocol's rule, rounded down to the equipment."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from participants.domain.progression import DoneSet, Proposal, in_kg, propose, reserve_of, round_down, round_up
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


ACSM = Progression(rule="two_for_two", max_increase=D("0.1"))


def two_for_two(
    last: tuple[DoneSet, ...], earlier: tuple[DoneSet, ...] = (), *, rule: Progression = ACSM, increment: str = "2.5"
) -> tuple[Decimal_or_none, int, str]:
    found = propose(rule, last, increment_kg=D(increment), reps_max=12, earlier=earlier)
    assert found.rule == "two_for_two"
    return found.load_kg, found.reps_max, found.why


FOURTEEN, THIRTEEN = sets((14, "60"), (14, "60")), sets((14, "60"), (13, "60"))


@pytest.mark.parametrize(
    ("last", "earlier", "expected"),
    [
        (FOURTEEN, FOURTEEN, (D("65"), 12, "All 2 sets went 2 repetitions more than asked for at 60 kg: raise to 65 kg.")),
        (FOURTEEN, (), (D("60"), 12, "All 2 sets went 2 repetitions more than asked for at 60 kg, for the first time: hold once more.")),
        (FOURTEEN, THIRTEEN, (D("60"), 12, "All 2 sets went 2 repetitions more than asked for at 60 kg, for the first time: hold once more.")),
        (THIRTEEN, FOURTEEN, (D("60"), 12, "Not all 2 sets went 2 repetitions more than asked for at 60 kg: hold.")),
        (FOURTEEN, sets((14, "57.5"), (14, "57.5"), planned="57.5"),
         (D("60"), 12, "All 2 sets went 2 repetitions more than asked for at 60 kg, for the first time: hold once more.")),
    ],
    ids=["twice", "the first session", "not the time before", "one short", "lighter the time before"],
)  # fmt: skip
def test_two_for_two_raises_after_two_more_in_two_sessions(
    last: tuple[DoneSet, ...], earlier: tuple[DoneSet, ...], expected: tuple[Decimal_or_none, int, str]
) -> None:
    assert two_for_two(last, earlier) == expected


def test_the_protocol_may_ask_for_one_more_in_one_session() -> None:
    once = Progression(rule="two_for_two", max_increase=D("0.1"), extra_reps=1, in_a_row=1)
    assert two_for_two(sets((13, "60"), (13, "60")), rule=once) == (
        D("65"), 12, "All 2 sets went 1 repetition more than asked for at 60 kg: raise to 65 kg.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("planned", "limit", "increment", "load", "reps_max"),
    [("100", "0.1", "2.5", "110", 12), ("20", "0.1", "2.5", "20", 13), ("25", "0.1", "2.5", "27.5", 12), ("60", "0.025", "1", "60", 13),
     ("50", "0.02", "1", "51", 12)],
    ids=["10 %", "a step beyond 10 %", "just 10 %", "below 2 %", "just 2 %"],
)  # fmt: skip
def test_two_for_two_rises_by_2_to_10_per_cent_or_not_at_all(planned: str, limit: str, increment: str, load: str, reps_max: int) -> None:
    done = sets((14, planned), (14, planned), planned=planned)
    rule = Progression(rule="two_for_two", max_increase=D(limit))
    assert two_for_two(done, done, rule=rule, increment=increment)[:2] == (D(load), reps_max)


def test_two_for_two_says_which_steps_it_looked_for() -> None:
    done = sets((14, "20"), (14, "20"), planned="20")
    assert two_for_two(done, done)[2] == "No step of 2.5 kg lies 2 % to 10 % above 20 kg: hold and add a repetition."


@pytest.mark.parametrize(
    ("rpe", "reserve"), [("10", "0"), ("9", "1"), ("8.5", "1.5"), ("8", "2"), ("7", "3"), ("6.5", None), ("10.5", None), (None, None)]
)
def test_a_rating_tells_repetitions_in_reserve_from_7_to_10(rpe: str | None, reserve: str | None) -> None:
    assert reserve_of(None if rpe is None else D(rpe)) == (None if reserve is None else D(reserve))


def reserve_sets(*done: tuple[int, str, str | None], rpe: bool = False) -> tuple[DoneSet, ...]:
    return tuple(
        DoneSet(
            planned_load_kg=D(60), reps_min=8, reps_max=12, done_reps=reps, done_load_kg=D(load),
            rir=None if told is None or rpe else D(told), rpe=D(told) if rpe and told is not None else None,
        )
        for reps, load, told in done
    )  # fmt: skip


@pytest.mark.parametrize(
    ("done", "target", "expected"),
    [
        (reserve_sets((10, "60", "4"), (10, "60", "3")), "2", ("62.5", 12, "At least 3 in reserve at 60 kg, 2 asked for: raise to 62.5 kg.")),
        (reserve_sets((10, "60", "7"), (10, "60", "7.5"), rpe=True), "2",
         ("62.5", 12, "At least 2.5 in reserve at 60 kg, 2 asked for: raise to 62.5 kg.")),
        (reserve_sets((10, "60", "4"), (10, "60", "2")), "2", ("60", 12, "At least 2 in reserve at 60 kg, 2 asked for: hold.")),
        (reserve_sets((10, "60", "4"), (10, "60", "1")), "2", ("57.5", 12, "At least 1 in reserve at 60 kg, 2 asked for: lower to 57.5 kg.")),
        (reserve_sets((10, "60", "4"), (7, "60", "4")), "2",
         ("57.5", 12, "1 of 2 sets stayed below 8 repetitions at 60 kg: lower to 57.5 kg.")),
        (reserve_sets((10, "60", "4"), (10, "60", None)), "2",
         ("60", 12, "Repetitions in reserve are not known of every set, or the week has no target: hold.")),
        (reserve_sets((10, "60", "4"), (0, "60", None)), "2",
         ("60", 12, "Repetitions in reserve are not known of every set, or the week has no target: hold.")),
        (reserve_sets((10, "60", "4"), (10, "60", "4")), None,
         ("60", 12, "Repetitions in reserve are not known of every set, or the week has no target: hold.")),
        (reserve_sets((10, "60", "4"), (10, "55", "4")), "2", ("60", 12, "At least 4 in reserve at 60 kg, 2 asked for: hold.")),
    ],
    ids=["more left", "told as a rating", "as asked", "less left", "too few repetitions", "one not told", "one left out", "no target",
         "one lighter"],
)  # fmt: skip
def test_repetitions_in_reserve_raise_hold_or_lower_the_load(
    done: tuple[DoneSet, ...], target: str | None, expected: tuple[str, int, str]
) -> None:
    found = propose(Progression(rule="rir"), done, increment_kg=D("2.5"), reps_max=12, rir=None if target is None else D(target))
    assert (found.load_kg, found.reps_max, found.why, found.rule) == (D(expected[0]), expected[1], expected[2], "rir")


@pytest.mark.parametrize(
    ("planned", "increment", "left", "load", "reps_max"),
    [("100", "2.5", "0", "95", 12), ("40", "2.5", "0", "37.5", 12), ("61", "2.5", "0", "60", 12), ("0", "2.5", "0", "0", 12),
     ("40", "2.5", "5", "40", 13), ("100", "2.5", "5", "105", 12)],
    ids=["at most 5 % less", "a step beyond it all the same", "off the steps", "nothing to take off", "no step within 5 % up", "5 % up"],
)  # fmt: skip
def test_steps_by_reserve_are_bounded_and_fit_the_equipment(planned: str, increment: str, left: str, load: str, reps_max: int) -> None:
    done = (DoneSet(planned_load_kg=D(planned), reps_min=8, reps_max=12, done_reps=10, done_load_kg=D(planned), rir=D(left)),)
    found = propose(Progression(rule="rir"), done, increment_kg=D(increment), reps_max=12, rir=D(2))
    assert (found.load_kg, found.reps_max) == (D(load), reps_max)


@pytest.mark.parametrize(("load", "up"), [("60", "60"), ("60.1", "62.5"), ("0", "0")])
def test_rounding_up_to_the_equipment(load: str, up: str) -> None:
    assert round_up(D(load), D("2.5")) == D(up)


@pytest.mark.parametrize("rule", ["double_progression", "two_for_two", "rir", "hold", "percent_ramp"])
def test_every_proposal_says_its_rule_its_value_and_why(rule: str) -> None:
    done = sets((10, "60"), (10, "60"))
    found = propose(Progression(rule=rule), done, increment_kg=D("2.5"), reps_max=12, pct_1rm=D("0.6"), e1rm_kg=D(100), rir=D(2))
    assert (found.rule, found.load_kg) == (rule, D(60))
    assert found.why.endswith(".")
