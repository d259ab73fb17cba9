"""The two shipped trials say what was published."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from trials.domain.protocol import load

FOLDER = Path(__file__).resolve().parents[3] / "trials" / "protocols"
INSTRUMENTS = ("phq9", "gad7")


@pytest.fixture(scope="module")
def limerick():
    return load(FOLDER / "limerick.toml", instruments=INSTRUMENTS)


@pytest.fixture(scope="module")
def lisa():
    return load(FOLDER / "lisa.toml", instruments=INSTRUMENTS)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_every_shipped_protocol_loads(path):
    assert load(path, instruments=INSTRUMENTS).sample_size > 0


def test_limerick_has_the_published_arms_and_dose(limerick):
    assert [(arm.code, arm.ratio, arm.control, arm.plan, arm.deferred_plan) for arm in limerick.arms] == [
        ("RET", 1, False, "ret", None),
        ("WL", 1, True, None, "ret_deferred"),
    ]
    plan = limerick.plan_of("RET")
    assert (plan.weeks, plan.per_week, plan.familiarisation_weeks, plan.rest_days, plan.supervision, plan.rpe_scale) == (
        8, 2, 3, 1, "one_to_one", "BORG20",
    )  # fmt: skip
    assert [exercise.code for exercise in plan.exercises] == [
        "squat", "bench_press", "deadlift", "lateral_raise", "bent_over_row", "lunge", "curl", "crunch",
    ]  # fmt: skip
    assert {(dose.sets, dose.reps_min, dose.reps_max, dose.pct_1rm) for dose in plan.doses} == {(2, 8, 12, None)}
    assert (plan.progression.rule, plan.progression.max_increase) == ("double_progression", Decimal("0.05"))
    assert plan.weeks * plan.per_week * sum(2 for _ in plan.exercises) == 256  # sets prescribed in Gordon 2020
    deferred = limerick.deferred_plan_of("WL")
    assert [exercise.code for exercise in deferred.exercises] == [exercise.code for exercise in plan.exercises]


def test_limerick_measures_at_baseline_and_three_times_and_trains_the_wait_list_after_the_primary_visit(limerick):
    assert [(visit.code, visit.target_day) for visit in limerick.visits] == [
        ("baseline", None), ("week1", 7), ("week4", 28), ("week8", 58), ("week12", 84),
    ]  # fmt: skip
    assert {visit.instruments for visit in limerick.visits} == {INSTRUMENTS}
    assert (limerick.primary.instrument, limerick.primary.visit, limerick.primary.rule) == ("gad7", "week8", "observed_at_visit")
    assert limerick.day0_lag_days == 21


def test_limerick_has_two_irish_sites_and_help_lines_there(limerick):
    assert [(site.code, site.country, site.timezone, site.target) for site in limerick.sites] == [
        ("LIM", "IE", "Europe/Dublin", 22), ("DUB", "IE", "Europe/Dublin", 22),
    ]  # fmt: skip
    assert [(line.name, line.number, line.emergency) for line in limerick.help_lines if line.country == "IE"] == [
        ("Emergency services", "112", True), ("Samaritans", "116 123", False), ("Text About It", "50808", False),
    ]  # fmt: skip
    assert [(factor.name, factor.source) for factor in limerick.allocation.factors] == [("site", "site"), ("sex", "sex")]


def test_limerick_asks_the_whole_baseline(limerick):
    assert [variable.code for variable in limerick.baseline] == [
        "ethnicity", "education", "employment", "height_cm", "mass_kg", "diagnosis", "diagnosis_how", "ret_experience", "activity",
        "psychotropics", "psychotherapy", "preference", "expectancy",
    ]  # fmt: skip


def test_lisa_has_the_published_arms_and_strata(lisa):
    assert (lisa.sample_size, [(arm.code, arm.ratio, arm.plan) for arm in lisa.arms]) == (
        451, [("HEAVY", 1, "heavy"), ("MODERATE", 1, "moderate"), ("CONTROL", 1, None)],
    )  # fmt: skip
    assert [(factor.name, factor.source, len(factor.levels)) for factor in lisa.allocation.factors] == [
        ("sex", "sex", 3), ("bmi", "baseline:bmi", 2), ("chair_rise", "baseline:chair_rise", 2),
    ]  # fmt: skip
    assert lisa.deferred_plan_of("CONTROL") is None
    assert [site.timezone for site in lisa.sites] == ["Europe/Copenhagen"]


def test_lisa_ramps_in_periods_of_nine_weeks_after_acclimatisation(lisa):
    doses = {week: (dose.sets, dose.reps_max, dose.pct_1rm)
             for dose in lisa.plans["heavy"].doses for week in range(dose.from_week, dose.to_week + 1)}  # fmt: skip
    assert [doses[week][:2] for week in (1, 2, 3, 8)] == [(1, 15), (2, 15), (3, 15), (3, 15)]
    period = [(3, 12, Decimal("0.7"))] * 2 + [(3, 10, Decimal("0.75"))] * 2 + [(3, 8, Decimal("0.8"))] * 2 + [(3, 6, Decimal("0.85"))] * 2
    rest = [(2, 12, Decimal("0.6"))]
    assert [doses[week] for week in range(9, 53)] == (period + rest) * 4 + period
    assert [(dose.reps_min, dose.reps_max, dose.sets) for dose in lisa.plans["moderate"].doses] == [(10, 10, 1), (10, 10, 2), (10, 18, 3)]


@pytest.mark.parametrize("name", ["limerick", "lisa"])
def test_any_thought_of_self_harm_alerts_and_a_stronger_one_is_urgent(name, request):
    protocol = request.getfixturevalue(name)
    assert [(rule.instrument, rule.item, rule.at_least, rule.urgent_at_least) for rule in protocol.alerts] == [("phq9", "9", 1, 2)]
    assert protocol.analysis.caseness == {"phq9": 10, "gad7": 10}
    assert protocol.analysis.recovery == {"phq9": 10, "gad7": 8}
    assert protocol.blind_roles == ("assessor", "blinded_statistician", "safety_clinician")
    assert {line.checked_on.isoformat()[:7] for line in protocol.help_lines} == {"2026-10"}
