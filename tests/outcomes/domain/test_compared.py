"""Two arms at one visit by both rules of who counts, and how a number needed and a ratio are said: by hand, and a published number."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from outcomes.domain.compared import COMPLETE, OBSERVED, Comparison, comparisons, complete
from outcomes.domain.statistics import hedges_g, nnt, odds_ratio, risk_difference, risk_ratio
from outcomes.domain.written.words import needed, ratio

Row = dict[str, Any]
FORMS = (("start", "phq9"), ("middle", "phq9"), ("end", "phq9"), ("end", "gad7"))
PEOPLE = [{"trial_id": f"P{n}", "arm": "A" if n < 5 else "B"} for n in range(10)]


def form(n: int, visit: str, total: int | None, instrument: str = "phq9", **flags: bool | None) -> Row:
    score = None if total is None else Decimal(total)
    return {
        "trial_id": f"P{n}",
        "visit": visit,
        "instrument": instrument,
        "total_unrounded": score,
        "response": None,
        "remission": None,
    } | flags


def scored(*forms: Row) -> dict[tuple[str, str, str], Row]:
    return {(f["trial_id"], f["visit"], f["instrument"]): f for f in forms}


ENDS = {0: 4, 1: 5, 2: 6, 3: 9, 5: 8, 6: 9, 7: 13, 8: 12}  # P4 and P9 did not come at the end
FOUND = scored(
    *(form(n, "start", 14) for n in range(10)),
    *(form(n, "middle", 10) for n in range(10) if n not in (0, 5)),  # P0 and P5 missed the middle
    *(form(n, "end", total, response=total <= 7, remission=total < 5) for n, total in ENDS.items()),
)  # fmt: skip


def of(cases: str, visit: str = "end", instrument: str = "phq9") -> Comparison:
    found = comparisons(PEOPLE, FOUND, arms=("A", "B"), reference="B", forms=FORMS, baseline="start")
    (one,) = (c for c in found if (c.cases, c.visit, c.instrument) == (cases, visit, instrument))
    return one


def test_every_arm_is_compared_with_the_reference_at_every_form_after_baseline_by_both_rules() -> None:
    found = comparisons(PEOPLE, FOUND, arms=("A", "B"), reference="B", forms=FORMS, baseline="start")
    places = [("middle", "phq9"), ("end", "phq9"), ("end", "gad7")]
    assert [(c.cases, c.arm, c.visit, c.instrument) for c in found] == [
        (cases, "A", *at) for cases in ("observed", "complete") for at in places
    ]


def test_observed_is_whoever_came_and_complete_whoever_came_every_time() -> None:
    here, always = of(OBSERVED), of(COMPLETE)
    assert (here.n, here.people, here.n_reference, here.people_reference) == (4, 5, 4, 5)
    assert (always.n, always.people, always.n_reference, always.people_reference) == (3, 5, 3, 5)
    assert here.g == hedges_g(6, math.sqrt(14 / 3), 4, 10.5, math.sqrt(17 / 3), 4)
    assert always.g == hedges_g(
        20 / 3, float(Decimal(13).sqrt() / Decimal(3).sqrt()), 3, 34 / 3, float(Decimal(13).sqrt() / Decimal(3).sqrt()), 3
    )
    assert [(r.rate, r.events, r.n, r.events_reference, r.n_reference) for r in here.rates] == [
        ("response", 3, 4, 0, 4),
        ("remission", 1, 4, 0, 4),
    ]
    assert [(r.rate, r.events, r.n, r.events_reference, r.n_reference) for r in always.rates] == [
        ("response", 2, 3, 0, 3), ("remission", 0, 3, 0, 3),
    ]  # fmt: skip
    response = here.rates[0]
    assert (response.difference, response.needed) == (risk_difference(3, 4, 0, 4), nnt(3, 4, 0, 4))
    assert (response.ratio, response.odds) == (risk_ratio(3, 4, 0, 4), odds_ratio(3, 4, 0, 4))


def test_what_nobody_has_is_not_there() -> None:
    nothing = of(OBSERVED, instrument="gad7")
    assert (nothing.n, nothing.n_reference, nothing.g, nothing.rates) == (0, 0, None, ())
    assert of(OBSERVED, "middle").g is None, "everybody had ten: there is no spread to measure by"
    assert of(OBSERVED, "middle").rates == (), "no flag is defined"


def test_one_score_on_a_side_has_no_spread() -> None:
    few = scored(form(0, "end", 4), form(1, "end", 6), form(5, "end", 9))
    (one, *_) = comparisons(PEOPLE, few, arms=("A", "B"), reference="B", forms=(("end", "phq9"),), baseline="start")
    assert (one.n, one.n_reference, one.g) == (2, 1, None)


def test_a_form_without_a_total_is_no_score() -> None:
    half = scored(form(0, "start", 14), form(0, "end", None), form(1, "start", 14), form(1, "end", 7))
    assert [p["trial_id"] for p in complete(PEOPLE, half, (("start", "phq9"), ("end", "phq9"), ("end", "gad7")), "phq9")] == ["P1"]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        # Newcombe (1998), table II a: 56 of 70 against 48 of 80, Wald 0.0575 to 0.3425
        ((56, 70, 48, 80), ("5.0", "2.9 to 17.4")),
        ((48, 80, 56, 70), ("5.0 for one fewer", "2.9 to 17.4 for one fewer")),
        # Herring et al. 2012: remission of 60 % against 30 %, ten a group
        ((6, 10, 3, 10), ("3.3", "1.4 for one more to infinite to 8.6 for one fewer")),
        ((4, 10, 4, 10), ("infinite", "2.3 for one more to infinite to 2.3 for one fewer")),
        ((0, 10, 0, 10), ("infinite", "infinite")),
    ],
)
def test_a_number_needed_is_said_with_the_side_it_is_on_and_with_infinity(counts: tuple[int, int, int, int], told: tuple[str, str]) -> None:
    assert needed(nnt(*counts)) == told


def test_a_ratio_is_said_with_its_interval_or_not_at_all() -> None:
    assert ratio(risk_ratio(15, 20, 6, 20)) == "2.50 (1.22 to 5.11)"
    assert ratio(risk_ratio(3, 10, 0, 10)) == "not defined"
