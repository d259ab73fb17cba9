"""The trial report's sections from facts: who is counted in a figure, by which rule, and what its sentences say of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from outcomes.domain.results import compared, plan_of
from outcomes.domain.written.facts import Facts
from outcomes.exports import papers
from outcomes.exports.figures import Figure
from outcomes.exports.trial_report import effects, harms, people, results
from tests.outcomes import world
from tests.outcomes.domain.test_results import trial
from tests.outcomes.domain.test_written import ALL, BLINDED_FACTS, CLOSED_FACTS, RET, WL, facts, said


def rows(figure: Figure) -> list[dict[str, Any]]:
    return [dict(zip(figure.head, row, strict=True)) for row in figure.rows]


def completeness(known: Facts, visit: str) -> list[dict[str, Any]]:
    (figure,) = results.missing(known)
    return [row for row in rows(figure) if row["visit"] == visit and row["questionnaire"] == "GAD-7"]


def test_a_questionnaire_whose_window_is_still_open_is_not_missing() -> None:
    """Both were randomised so that week 8 has opened; of the one the window closed long ago, of the other it closes in some days."""
    late = world.randomised("P-020", "RET", world.AS_OF.date() - timedelta(days=21 + 56))
    known = facts(by_arm=False, people=[replace(world.whole_course(), forms=()), late])
    (row,) = completeness(known, "Week 8")
    assert {name: row[name] for name in ("expected", "complete", "in_part", "open", "missing")} == {
        "expected": 2, "complete": "0 of 2 (0 %)", "in_part": 0, "open": 1, "missing": "1 of 2 (50 %)",
    }  # fmt: skip
    assert f"GAD-7, Week 8, {ALL}: 0 of 2 (0 %) complete, 0 in part, 1 still open, 1 missing." in said("completeness", known)
    (row,) = completeness(known, "Week 1")
    assert (row["open"], row["missing"]) == (0, "2 of 2 (100 %)")


def test_the_safety_set_is_counted_by_the_arm_received_and_every_set_has_its_rule() -> None:
    """One of the wait-list was given the training by mistake: randomised there, exposed here."""
    crossed = replace(world.waiting(), deviations=(world.deviation(1, "wrong_arm", world.day(1), given_arm="RET"),))
    known = facts(by_arm=True, people=[world.whole_course(), crossed])
    (figure,) = results.sets(known)
    told = {row["set"]: (row[RET], row[WL]) for row in rows(figure)}
    assert (told["Intention to treat"], told["Safety set"]) == (("1 of 1 (100 %)", "1 of 1 (100 %)"), (2, 0))
    assert "safety set is counted by the arm received" in figure.rule
    rules = list(results.set_words(known))
    assert [name for name in told if not any(text.startswith(f"{name.removesuffix(' analysis set')}") for text in rules)] == []


def test_without_a_primary_outcome_a_set_that_needs_one_is_not_told_as_empty() -> None:
    bare = replace(CLOSED_FACTS, protocol=replace(CLOSED_FACTS.protocol, primary=None))
    (figure,) = results.sets(bare)
    assert [row["set"] for row in rows(figure)] == ["Intention to treat", "Safety set"]
    assert said("set_sizes", bare)[0] == f"{RET}: intention to treat 5 and safety set 4."


def test_recruitment_counts_whoever_withdrew_and_is_drawn_against_its_target_in_both_editions() -> None:
    for known in (CLOSED_FACTS, BLINDED_FACTS):
        figure = next(people.recruitment(known))
        assert rows(figure) == [{"week": 1, "randomised_so_far": 6}, {"week": 21, "randomised_so_far": 7}]
        assert known.flow["randomised"] == 7
        assert "whoever withdrew included" in figure.rule
        assert "n = 7." in figure.rule
        assert ("Target 44" in figure.svg, "7 people randomised in 22 weeks, of 44" in figure.svg) == (True, True)
        assert [name for name in set(re.findall(r'class="([a-z-]+)"', figure.svg)) if f".{name}{{" not in papers.STYLE] == []


def test_a_site_without_a_target_is_not_measured_against_none() -> None:
    lim, dub = CLOSED_FACTS.protocol.sites
    protocol = replace(CLOSED_FACTS.protocol, sites=(replace(lim, target=None), dub))
    *_, figure = people.recruitment(replace(CLOSED_FACTS, protocol=protocol, recruited={"LIM": 6, "DUB": 1}))
    assert figure.texts == [["University of Limerick", "6", "none set", "none set"], ["Dublin", "1", "22", "1 of 22 (5 %)"]]
    assert ("Dublin: 1 of 22" in figure.svg, "Limerick" in figure.svg) == (True, False)
    bare = replace(protocol, sites=(replace(lim, target=None),))
    *_, figure = people.recruitment(replace(CLOSED_FACTS, protocol=bare, recruited={"LIM": 6}))
    assert figure.svg == ""


def test_each_variable_of_the_baseline_says_of_how_many_it_is_missing() -> None:
    """A number that is no number, or not finite, is missing, not a figure."""
    persons = [
        replace(world.whole_course(), baseline=({"variable": "mass_kg", "value": "60"},)),
        replace(world.stopped(), sex="", baseline=({"variable": "mass_kg", "value": "NaN"},)),
        replace(world.recent(), age=None, baseline=({"variable": "mass_kg", "value": "heavy"}, {"variable": "education", "value": "primary"})),
    ]  # fmt: skip
    (figure,) = people.baseline(facts(by_arm=False, people=persons))
    told = {row["characteristic"]: row[ALL] for row in rows(figure)}
    missing = {name: n for name, n in told.items() if name.endswith(", missing")}
    assert {name: missing[name] for name in ("Age, missing", "Sex, missing", "Body mass, measured, missing", "Highest education completed, missing")} == {
        "Age, missing": 1, "Sex, missing": 1, "Body mass, measured, missing": 2, "Highest education completed, missing": 2,
    }  # fmt: skip
    assert told["Body mass, measured (kg), mean (SD)"] == "60.0 (not defined)"
    assert (told["Sex: F"], "of everybody in the column, whose answer is missing included" in figure.rule) == ("1 of 3 (33 %)", True)


def test_another_dose_is_one_change_of_a_drug_and_a_stop_later_is_another() -> None:
    drugs = world.whole_course().medications
    for more, changes in (((), 1), ((world.medication(3, started_on="2026-06-01", stopped_on="2026-07-01", ongoing=False),), 3)):
        known = facts(by_arm=False, people=[replace(world.whole_course(), medications=(*drugs, *more))])
        (figure,) = harms.care(known)
        told = {row["care"]: row[ALL] for row in rows(figure)}
        assert (told["Changes of listed drugs"], told["A listed drug changed after randomisation"]) == (changes, "1 of 1 (100 %)")


def test_the_blinded_edition_does_not_speak_of_deferred_training_and_counts_it_apart_in_the_closed() -> None:
    (pooled,), (closed,) = harms.harms(BLINDED_FACTS), harms.harms(CLOSED_FACTS)
    assert ("deferred" in str(pooled.plain).lower(), "deferred training apart" in closed.rule.lower()) == (False, True)
    assert sum("eferred" in row["event"] for row in rows(closed)) == 1


def test_a_change_has_its_own_n() -> None:
    """Of two with a score at week 8 one has none at baseline, and so no change."""
    alone = replace(world.stopped(), forms=world.forms(("week8", world.day(58), 1, 1)))
    known = facts(by_arm=False, people=[world.whole_course(), alone])
    (told,) = [
        row for figure in results.outcomes(known) for row in rows(figure) if (row["visit"], row["questionnaire"]) == ("Week 8", "GAD-7")
    ]
    assert (told["scored"], told["with_change"], told["mean"], told["mean_change"]) == (2, 1, "3.50", "-14.00")


def test_arms_are_told_apart_beside_every_drawn_difference() -> None:
    """Three arms: two differences of one questionnaire at one visit, each with its arm's code; with two arms the visit is enough."""
    ret, wl = world.protocol().arms
    third = replace(ret, code="AER", label="Aerobic training", control=False)
    two = replace(world.protocol(), arms=(ret, wl))
    persons, _, forms = trial(12)
    persons = [p | {"arm": ("RET", "WL", "AER")[n % 3]} for n, p in enumerate(persons)]
    scored = [f | {"visit": {"start": "baseline", "end": "week8"}[f["visit"]]} for f in forms]
    for protocol, words in ((replace(two, arms=(ret, third, wl)), ["PHQ-9, Week 8: RET", "PHQ-9, Week 8: AER"]), (two, ["PHQ-9, Week 8"])):
        known = replace(CLOSED_FACTS, protocol=protocol, compared=compared(plan_of(protocol), persons, scored))
        figure = next(figure for figure in effects.effects(known) if figure.name == "hedges")
        assert re.findall(r">(PHQ-9, Week 8[^<(]*)<", figure.svg) == words


def test_what_the_effects_say_of_themselves_holds_without_a_primary_outcome_and_with_groups() -> None:
    bare = replace(CLOSED_FACTS, protocol=replace(CLOSED_FACTS.protocol, primary=None))
    assert next(effects.effect_words(bare)).startswith("The protocol names no primary outcome, so no difference is adjusted.")
    alone = list(effects.effect_words(CLOSED_FACTS))
    assert alone[0].startswith("The primary outcome is adjusted by analysis of covariance")
    assert not any("too narrow" in text for text in alone)
    drawn = replace(CLOSED_FACTS.protocol, allocation=replace(CLOSED_FACTS.protocol.allocation, unit="cluster"))
    assert [text for text in effects.effect_words(replace(CLOSED_FACTS, protocol=drawn)) if "too narrow" in text] == [
        "The arms were drawn by cluster. People of one cluster may be alike; the figures here take each person alone, so that their "
        "intervals may be too narrow.",
    ]
