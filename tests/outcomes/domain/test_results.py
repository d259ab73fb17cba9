"""The report's tables from the rows of the dataset: by hand for a few people, and what happens where figures do not bear a table."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal
from statistics import mean, stdev
from typing import Any

import pytest

from outcomes.domain.results import Line, Plan, plan_of, tables
from outcomes.domain.statistics import hedges_g, risk_difference
from tests.outcomes import world

PLAN = Plan(
    arms=("A", "B"), reference="B", primary=("end", "phq9"), factors=("site",), baseline_visit="start",
    forms=(("start", "phq9"), ("end", "phq9")), numbers=("mass_kg",), choices=("education",),
)  # fmt: skip
Row = dict[str, Any]


def person(n: int, arm: str, **more: Any) -> Row:
    return {
        "trial_id": f"P{n}", "randomised_on": world.START, "randomised_at": world.AS_OF, "withdrawn_scope": None, "arm": arm,
        "age": 20 + n, "sex": "F", "stratum": f"site={'X' if n % 2 else 'Y'}",
    } | more  # fmt: skip


def form(n: int, visit: str, total: str | None, change: str | None = None, **more: Any) -> Row:
    numbers = {"total_unrounded": total and Decimal(total), "change_from_baseline": change and Decimal(change)}
    return {"trial_id": f"P{n}", "visit": visit, "instrument": "phq9", "response": None, "remission": None} | numbers | more


def trial(people: int = 8) -> tuple[list[Row], list[Row], list[Row]]:
    """Even numbers in A, odd in B; everybody starts at 10 + n and A loses more."""
    persons = [person(n, "AB"[n // 2 % 2]) for n in range(people)]
    forms = [form(n, "start", str(10 + n)) for n in range(people)]
    forms += [
        form(n, "end", str(10 + n - drop), str(-drop), response=drop > 3, remission=drop > 4)
        for n in range(people) if (drop := (5 if n // 2 % 2 == 0 else 2) + n % 3)
    ]  # fmt: skip
    return persons, [], forms


def made(plan: Plan, rows: tuple[list[Row], list[Row], list[Row]]) -> dict[tuple[str, ...], float]:
    return {(x.table, x.arm, x.visit, x.instrument, x.variable, x.figure): x.value for x in tables(plan, *rows)}


def test_the_plan_is_the_protocols() -> None:
    plan = plan_of(world.protocol())
    assert (plan.arms, plan.reference, plan.primary, plan.factors) == (("RET", "WL"), "WL", ("week8", "gad7"), ("site", "sex"))
    assert (plan.baseline_visit, plan.forms[0], len(plan.forms)) == ("baseline", ("baseline", "phq9"), 10)
    assert (plan.numbers[:2], plan.choices[:2]) == (("height_cm", "mass_kg"), ("ethnicity", "education"))


def test_a_protocol_without_baseline_visit_and_primary_outcome_has_neither() -> None:
    bare = replace(world.protocol(), primary=None, visits=())
    assert (plan_of(bare).primary, plan_of(bare).baseline_visit, plan_of(bare).forms) == (None, "", ())
    assert tables(plan_of(bare), [], [], [])[0] == Line("baseline", "RET", "", "", "", "people", 0)


def test_baseline_has_numbers_counts_and_what_is_missing() -> None:
    persons = [person(0, "A", age=20), person(1, "A", age=30, sex="M"), person(2, "A", age=None, sex=None), person(3, "A", withdrawn_scope="all"),
               person(4, "A", randomised_on=None)]  # fmt: skip
    told = [{"trial_id": "P0", "variable": "mass_kg", "value": "60.5"}, {"trial_id": "P1", "variable": "mass_kg", "value": "heavy"},
            {"trial_id": "P0", "variable": "education", "value": "further"}, {"trial_id": "P1", "variable": "education", "value": None}]  # fmt: skip
    found = made(PLAN, (persons, told, [form(0, "start", "7"), form(1, "start", None)]))
    wanted = {
        ("", "people"): 3, ("age", "n"): 2, ("age", "mean"): 25, ("age", "sd"): math.sqrt(50), ("age", "median"): 25, ("age", "p25"): 22.5,
        ("age", "p75"): 27.5, ("age", "missing"): 1, ("sex=F", "count"): 1, ("sex=F", "share"): 0.5, ("sex=M", "count"): 1, ("sex", "missing"): 1,
        ("mass_kg", "n"): 1, ("mass_kg", "mean"): 60.5, ("mass_kg", "missing"): 2, ("education=further", "share"): 1, ("education", "missing"): 2,
    }  # fmt: skip
    assert {key: found["baseline", "A", "", "", *key] for key in wanted} == pytest.approx(wanted)
    assert ("baseline", "A", "", "", "mass_kg", "sd") not in found
    scores = {name: found["baseline", "A", "start", "phq9", "total", name] for name in ("n", "mean", "missing")}
    assert scores == {"n": 1, "mean": 7, "missing": 2}


def test_an_age_that_is_no_number_is_counted_by_word() -> None:
    found = made(PLAN, ([person(0, "A", age="90+"), person(1, "A", age="20-29"), person(2, "A", age="20-29")], [], []))
    assert [found["baseline", "A", "", "", f"age={word}", "count"] for word in ("20-29", "90+")] == [2, 1]
    assert ("baseline", "A", "", "", "age", "mean") not in found


def test_scores_and_changes_by_visit() -> None:
    found = made(PLAN, trial())
    a = {name: found["visits", "A", "end", "phq9", "total", name] for name in ("n", "mean", "p25", "median", "p75")}
    assert a == {"n": 4, "mean": 6.5, "p25": 5.0, "median": 6.5, "p75": 8.0}
    assert found["visits", "A", "end", "phq9", "change", "mean"] == -6
    assert [found["visits", arm, "end", "phq9", "response", name] for arm in "AB" for name in ("count", "base")] == [4, 4, 1, 4]


def test_the_difference_is_adjusted_and_stands_beside_its_raw_neighbours() -> None:
    found = made(PLAN, trial())
    difference = found["adjusted", "A", "end", "phq9", "difference", "estimate"]
    means = [found["adjusted", arm, "end", "phq9", "mean", "estimate"] for arm in "AB"]
    assert (difference, found["adjusted", "", "end", "phq9", "", "n"]) == (pytest.approx(means[0] - means[1]), 8)
    low, high = (found["adjusted", "A", "end", "phq9", "difference", name] for name in ("low", "high"))
    assert low < difference < high < 0
    sd_a, sd_b = (found["visits", arm, "end", "phq9", "total", "sd"] for arm in "AB")
    assert (sd_a, sd_b) == (pytest.approx(math.sqrt(3)), pytest.approx(math.sqrt(8.25)))
    g = hedges_g(6.5, math.sqrt(3), 4, 11.75, math.sqrt(8.25), 4)
    assert found["effect", "A", "end", "phq9", "hedges_g", "estimate"] == pytest.approx(g.estimate)
    risk = risk_difference(4, 4, 1, 4)
    assert found["risk", "A", "end", "phq9", "response", "difference"] == risk.estimate
    assert (found["risk", "A", "end", "phq9", "response", "newcombe_low"], found["risk", "A", "end", "phq9", "response", "wald_low"]) == (
        risk.newcombe[0], risk.wald[0],
    )  # fmt: skip
    assert found["risk", "A", "end", "phq9", "response", "risk_ratio"] == 4
    assert ("risk", "A", "end", "phq9", "response", "odds_ratio") not in found, "a cell is empty"


def test_the_same_stands_for_complete_cases_and_unadjusted_beside_it() -> None:
    """Two of eight have no score at the end; one more has none at the start: the first are in neither, the third unadjusted alone."""
    persons, told, forms = trial(10)
    gone = {("P8", "end"), ("P9", "end"), ("P0", "start")}
    some = [
        f | {"change_from_baseline": None} if (f["trial_id"], f["visit"]) == ("P0", "end") else f
        for f in forms if (f["trial_id"], f["visit"]) not in gone
    ]  # fmt: skip
    found = made(replace(PLAN, factors=()), (persons, told, some))
    assert [found[table, "", "end", "phq9", "", "n"] for table in ("adjusted", "adjusted_complete", "unadjusted")] == [7, 7, 8]
    ends = {
        arm: [float(f["total_unrounded"]) for f in some if f["visit"] == "end" and persons[int(f["trial_id"][1:])]["arm"] == arm]
        for arm in "AB"
    }
    raw = sum(ends["A"]) / len(ends["A"]) - sum(ends["B"]) / len(ends["B"])
    assert found["unadjusted", "A", "end", "phq9", "difference", "estimate"] == pytest.approx(raw)
    assert found["unadjusted", "B", "end", "phq9", "mean", "estimate"] == pytest.approx(sum(ends["B"]) / len(ends["B"]))
    same = [found[table, "A", "end", "phq9", "difference", "low"] for table in ("adjusted", "adjusted_complete")]
    assert same[0] == same[1], "who has both scores here has every score"
    g, whole = (found[f"effect{suffix}", "A", "end", "phq9", "hedges_g", "estimate"] for suffix in ("", "_complete"))
    assert (g, whole) == (pytest.approx(_g(ends["A"], ends["B"])), pytest.approx(_g(ends["A"][1:], ends["B"])))
    assert found["risk", "A", "end", "phq9", "response", "nnt"] == pytest.approx(1 / (4 / 4 - 1 / 4))
    assert found["risk_complete", "A", "end", "phq9", "response", "difference"] == risk_difference(3, 3, 1, 4).estimate
    ends_of_nnt = [found["risk_complete", "A", "end", "phq9", "response", f"nnt_{end}"] for end in ("low", "high")]
    assert ends_of_nnt == [1 / risk_difference(3, 3, 1, 4).wald[1], 1 / risk_difference(3, 3, 1, 4).wald[0]]


def _g(a: list[float], b: list[float]) -> float:
    return hedges_g(mean(a), stdev(a), len(a), mean(b), stdev(b), len(b)).estimate


@pytest.mark.parametrize(
    ("plan", "people", "gone"),
    [
        (replace(PLAN, primary=None), 8, {"adjusted"}),
        (PLAN, 4, {"adjusted"}),
        (PLAN, 2, {"adjusted", "effect", "risk"}),
        (replace(PLAN, arms=("A", "B", "C")), 8, set()),
    ],
    ids=["no primary outcome", "too few for the coefficients", "one arm", "an arm without people"],
)
def test_what_the_figures_do_not_bear_is_not_there(plan: Plan, people: int, gone: set[str]) -> None:
    found = made(plan, trial(people))
    assert {"adjusted", "effect", "risk"} - {key[0] for key in found} == gone
    assert not any(key[1] == "C" for key in found if key[0] in ("adjusted", "effect", "risk"))


def test_a_factor_that_nobody_is_known_by_is_left_out() -> None:
    persons, told, forms = trial()
    merged = [p | {"stratum": "site="} for p in persons]
    assert made(PLAN, (merged, told, forms))["adjusted", "", "end", "phq9", "", "n"] == 8


def test_without_any_spread_there_is_no_effect_size() -> None:
    persons, told, _ = trial()
    found = made(PLAN, (persons, told, [form(n, "end", "5") for n in range(8)]))
    assert not [key for key in found if key[0] == "effect"]


def test_a_value_that_is_not_finite_is_no_number() -> None:
    found = made(PLAN, ([person(0, "A")], [{"trial_id": "P0", "variable": "mass_kg", "value": "NaN"}], []))
    assert found["baseline", "A", "", "", "mass_kg", "missing"] == 1
