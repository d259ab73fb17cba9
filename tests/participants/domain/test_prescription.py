"""A session prescribes the week's sets in the plan's order; no load without a starting load or a test."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from participants.domain.prescription import (
    PrescribedSet,
    StrengthTest,
    Target,
    brzycki,
    dose_in_words,
    epley,
    estimated_1rm,
    prescribe,
    question_about_load,
    reduced_before,
    rm_test,
    target_reserve,
    two_places,
    without_load,
)
from trials.domain.protocol.shape import Exercise, SessionPlan, WeekDose

SQUAT = Exercise(code="squat", label="Barbell squat", load_model="external")
LUNGE = Exercise(code="lunge", label="Lunge", load_model="bodyweight_fraction", bodyweight_fraction=D("0.85"), sides=2)
CRUNCH = Exercise(code="crunch", label="Crunch", load_model="reps_only")
PLAN = SessionPlan(
    code="ret",
    label="RET",
    weeks=8,
    per_week=2,
    familiarisation_weeks=3,
    exercises=(SQUAT, LUNGE, CRUNCH),
    doses=(
        WeekDose(from_week=-2, to_week=0, sets=1, reps_min=10, reps_max=10),
        WeekDose(from_week=1, to_week=8, sets=2, reps_min=8, reps_max=12, pct_1rm=D("0.6")),
    ),
)


def planned(no: int, exercise: str, set_no: int, load: str | None, **other: object) -> PrescribedSet:
    values: dict[str, object] = {
        "exercise_no": no, "exercise": exercise, "set_no": set_no, "set_kind": "working", "planned_reps": 8, "planned_reps_max": 12,
        "planned_load_kg": None if load is None else D(load), "planned_pct_1rm": D("0.6"), "sides": 1, "load_model": "external",
        "bodyweight_kg": None,
    }  # fmt: skip
    return PrescribedSet(**{**values, **other})  # type: ignore[arg-type]


def test_every_exercise_in_its_order_at_the_dose_of_its_week() -> None:
    targets = {"squat": Target(load_kg=D("60"), reps_max=13), "lunge": Target(load_kg=D("10"))}
    body = {"sides": 2, "load_model": "bodyweight_fraction", "bodyweight_kg": D("59.67")}
    assert prescribe(PLAN, plan_week=1, targets=targets, body_mass_kg=D("70.2")) == (
        planned(1, "squat", 1, "60", planned_reps_max=13),
        planned(1, "squat", 2, "60", planned_reps_max=13),
        planned(2, "lunge", 1, "10", **body),
        planned(2, "lunge", 2, "10", **body),
        planned(3, "crunch", 1, None, load_model="reps_only"),
        planned(3, "crunch", 2, None, load_model="reps_only"),
    )


def test_familiarisation_weeks_have_their_own_dose() -> None:
    sets = prescribe(PLAN, plan_week=-2)
    assert [(s.exercise, s.set_no, s.planned_reps, s.planned_reps_max, s.planned_pct_1rm) for s in sets] == [
        ("squat", 1, 10, 10, None), ("lunge", 1, 10, 10, None), ("crunch", 1, 10, 10, None),
    ]  # fmt: skip


@pytest.mark.parametrize("week", [-3, 9])
def test_a_week_without_a_dose_has_no_sets(week: int) -> None:
    assert prescribe(PLAN, plan_week=week) == ()


@pytest.mark.parametrize(
    ("week", "target", "load"),
    [
        (1, Target(), None),
        (1, Target(load_kg=D("40")), D("40")),
        (1, Target(e1rm_kg=D("101")), D("60.0")),
        (1, Target(load_kg=D("40"), e1rm_kg=D("101")), D("40")),
        (0, Target(e1rm_kg=D("101")), None),
    ],
    ids=["nothing known", "starting load", "test: share rounded down", "starting load first", "test, but no share that week"],
)
def test_a_load_needs_a_starting_load_or_a_test(week: int, target: Target, load: D | None) -> None:
    assert prescribe(PLAN, plan_week=week, targets={"squat": target})[0].planned_load_kg == load


def test_a_body_weight_exercise_starts_at_nothing_added_and_repetitions_alone_never_have_a_load() -> None:
    sets = prescribe(PLAN, plan_week=1, targets={"crunch": Target(load_kg=D("5"))})
    assert [(s.exercise, s.planned_load_kg, s.bodyweight_kg) for s in sets if s.set_no == 1] == [
        ("squat", None, None), ("lunge", D("0"), None), ("crunch", None, None),
    ]  # fmt: skip
    assert without_load(sets) == ("squat",)
    assert without_load(prescribe(PLAN, plan_week=1, targets={"squat": Target(load_kg=D("40"))})) == ()


@pytest.mark.parametrize(
    ("reps", "by_epley", "by_brzycki"),
    [(5, D("116.67"), D("112.50")), (10, D("133.33"), D("133.33")), (1, D("100"), D("100")), (8, D("126.67"), D("124.14")),
     (0, None, None), (11, None, None), (37, None, None)],
)  # fmt: skip
def test_estimated_1rm_of_100_kg(reps: int, by_epley: D | None, by_brzycki: D | None) -> None:
    def rounded(value: D | None) -> D | None:
        return None if value is None else two_places(value)

    assert (rounded(epley(D(100), reps)), rounded(brzycki(D(100), reps))) == (by_epley, by_brzycki)


def test_repetitions_in_reserve_count_as_lifted() -> None:
    assert estimated_1rm(StrengthTest(load_kg=D(100), reps=3, rir=2)) == epley(D(100), 5)
    assert estimated_1rm(StrengthTest(load_kg=D(100), reps=5), "brzycki") == D("112.5")
    assert estimated_1rm(StrengthTest(load_kg=D(100), reps=9, rir=2)) is None


@pytest.mark.parametrize(
    ("load", "last", "question"),
    [
        (D("600"), D("60"), "600 kg? Last time it was 60 kg."),
        (D("90"), D("60"), None),
        (D("90.5"), D("60"), "90.5 kg? Last time it was 60 kg."),
        (D("401"), None, "401 kg? That is more than 400 kg."),
        (D("401"), D("390"), "401 kg? That is more than 400 kg."),
        (D("400"), None, None),
        (D("20"), D("0"), None),
    ],
)
def test_an_unlikely_load_is_asked_about(load: D, last: D | None, question: str | None) -> None:
    assert question_about_load(load, last) == question


@pytest.mark.parametrize(
    ("kind", "epley_kg", "brzycki_kg"), [("1rm", "100", "100"), ("5rm", "116.67", "112.5"), ("10rm", "133.33", "133.33")]
)
def test_the_three_strength_tests_estimate_1rm_by_both_formulas(kind: str, epley_kg: str, brzycki_kg: str) -> None:
    """100 kg: the formulas agree at ten repetitions; at one, the load itself is the 1RM."""
    test = rm_test(kind, D(100))
    found = [estimated_1rm(test, formula) for formula in ("epley", "brzycki")]
    assert [None if f is None else two_places(f) for f in found] == [D(epley_kg), D(brzycki_kg)]


@pytest.mark.parametrize(("reps", "rir"), [(11, None), (9, 2), (0, None), (37, None)])
def test_outside_the_range_of_the_formulas_there_is_no_estimate(reps: int, rir: int | None) -> None:
    test = StrengthTest(load_kg=D(100), reps=reps, rir=rir)
    assert (estimated_1rm(test, "epley"), estimated_1rm(test, "brzycki")) == (None, None)


def test_another_test_is_not_known() -> None:
    with pytest.raises(KeyError):
        rm_test("3rm", D(100))


@pytest.mark.parametrize(
    ("more", "words", "reserve"),
    [
        ({}, "2 x 8 to 12", None),
        ({"reps_max": 8, "pct_1rm": D("0.725")}, "2 x 8 at 72.5 % of 1RM", None),
        ({"rpe": D("8.5")}, "2 x 8 to 12, RPE 8.5", D("1.5")),
        ({"rir": D("2.0"), "pct_1rm": D("0.6")}, "2 x 8 to 12 at 60 % of 1RM, 2 in reserve", D("2")),
    ],
)
def test_a_weeks_prescription_in_words(more: dict[str, object], words: str, reserve: D | None) -> None:
    dose = replace(WeekDose(from_week=1, to_week=8, sets=2, reps_min=8, reps_max=12), **more)  # type: ignore[arg-type]
    assert (dose_in_words(dose), target_reserve(dose)) == (words, reserve)


PROPOSED = (planned(1, "squat", 1, "60"), planned(1, "squat", 2, "60"), planned(2, "row", 1, "40"))


@pytest.mark.parametrize(
    ("frozen", "reduced"),
    [
        (PROPOSED, False),
        ((planned(1, "squat", 1, "65"), planned(1, "squat", 2, "60", planned_reps=9), PROPOSED[2]), False),
        ((*PROPOSED, planned(3, "curl", 1, "10")), False),
        ((planned(1, "curl", 1, "10"), *PROPOSED), False),
        (PROPOSED[:2], True),
        ((planned(1, "squat", 1, "55"), *PROPOSED[1:]), True),
        ((planned(1, "squat", 1, None), *PROPOSED[1:]), True),
        ((planned(1, "squat", 1, "60", planned_reps=6), *PROPOSED[1:]), True),
        ((PROPOSED[2], *PROPOSED[:2]), True),
    ],
    ids=["as proposed", "more", "an exercise more", "one more, first", "a set fewer", "less load", "no load", "fewer repetitions", "other order"],
)  # fmt: skip
def test_less_or_another_order_than_proposed_is_a_modification_before_the_session(frozen: tuple[PrescribedSet, ...], reduced: bool) -> None:
    assert reduced_before(PROPOSED, frozen) is reduced
