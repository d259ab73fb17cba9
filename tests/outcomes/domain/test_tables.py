"""What follows from the facts of one person, told as whole values by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from outcomes.domain.case import Case
from outcomes.domain.events import psychotropic_changes
from outcomes.domain.facts import Form, Person, Row
from outcomes.domain.tables import consort_flow, person_tables, tables
from outcomes.domain.trainers import Trainers
from outcomes.instruments import instruments
from tests.outcomes import world
from tests.outcomes.world import DAY0, START, day, forms, randomised, sessions, sets
from trials.domain.protocol import Primary, Protocol

PROTOCOL = world.protocol()


def rows_of(person: Person, as_of: datetime = world.AS_OF, protocol: Protocol = PROTOCOL) -> dict[str, list[Row]]:
    return person_tables(Case(person, protocol, as_of), instruments)


def participant(person: Person, as_of: datetime = world.AS_OF, protocol: Protocol = PROTOCOL) -> Row:
    return rows_of(person, as_of, protocol)["participant"][0]


def some(row: Row, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def at(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)


NOTHING = {week: "SS" for week in range(-2, 9)}


@pytest.mark.parametrize(
    ("plan", "more", "as_of", "received", "reason"),
    [
        ({-2: "AS"}, {}, START + timedelta(days=3), True, ""),
        (NOTHING, {}, START + timedelta(days=3), None, ""),
        (NOTHING, {}, day(100), False, "no_session_attended"),
        (NOTHING, {"intervention_stopped_on": START, "intervention_stopped_reason": "time"}, day(0), False, "time"),
        (NOTHING, {"withdrawn_on": START, "withdrawn_scope": "contact"}, day(0), False, "withdrawn"),
        (NOTHING, {"lost_on": START, "lost_reason": ""}, day(0), False, "lost"),
        ({}, {}, day(0), None, ""),
    ],
    ids=["familiarisation counts", "not yet", "all due, none held", "stopped", "withdrawn", "lost", "nothing laid out"],
)
def test_training_is_received_with_the_first_session_held(
    plan: dict[int, str], more: dict[str, Any], as_of: date, received: bool | None, reason: str
) -> None:
    row = participant(randomised("P-1", "RET", START, sessions=sessions("P-1", DAY0, plan), **more), at(as_of))
    assert (row["received_allocated"], row["not_received_reason"], row["arm_received"]) == (received, reason, "RET" if received else "")


@pytest.mark.parametrize(
    ("plan", "attended_one", "met_dose"),
    [
        ({-2: "AA", 1: "MM"}, False, False),
        ({1: "AU", 2: "AU", 3: "AU", 4: "AU", 5: "MM"}, True, True),
        ({1: "AU", 2: "AU", 3: "AU", 4: "AM", 5: "MM"}, True, False),
        ({8: "AS"}, True, False),
    ],
    ids=["familiarisation is not the intervention", "eight of ten due", "seven of ten due", "nothing due yet"],
)
def test_beside_the_flow_stand_one_session_held_and_the_protocols_threshold_of_attendance(
    plan: dict[int, str], attended_one: bool, met_dose: bool
) -> None:
    as_of = day(36) if 8 not in plan else day(50)
    row = participant(randomised("P-1", "RET", START, sessions=sessions("P-1", DAY0, plan)), at(as_of))
    assert (row["attended_one"], row["met_dose"]) == (attended_one, met_dose)
    assert "met_dose" not in participant(randomised("P-1", "WL", START), at(as_of))


@pytest.mark.parametrize(
    ("plan", "phase", "as_of", "received", "arm"),
    [
        ({}, "", day(10), None, ""),
        ({}, "", day(69), True, "WL"),
        ({11: "AA"}, "deferred", day(90), True, "WL"),
        ({1: "AA"}, "", day(10), False, "RET"),
    ],
    ids=["window still open", "window closed", "deferred training never counts", "trained too early"],
)
def test_waiting_is_received_unless_a_protocol_session_came_first(
    plan: dict[int, str], phase: str, as_of: date, received: bool | None, arm: str
) -> None:
    person = randomised("P-1", "WL", START, sessions=sessions("P-1", DAY0, plan, phase=phase))
    row = participant(person, at(as_of))
    assert (row["received_allocated"], row["arm_received"]) == (received, arm)
    assert row["not_received_reason"] == ("" if received is not False else "trained_before_primary_visit")


def test_a_wrong_arm_deviation_says_what_was_received() -> None:
    person = replace(world.whole_course(), deviations=(world.deviation(1, "wrong_arm", START, given_arm="WL"),))
    assert participant(person)["arm_received"] == "WL"


def test_an_eligibility_deviation_dated_before_randomisation_makes_ineligible() -> None:
    before = replace(world.whole_course(), deviations=(world.deviation(1, "eligibility", START - timedelta(days=1)),))
    after = replace(world.whole_course(), deviations=(world.deviation(1, "eligibility", day(1)),))
    assert some(participant(before), "randomised_ineligible", "itt", "fas", "per_protocol") == {
        "randomised_ineligible": True, "itt": True, "fas": False, "per_protocol": False,
    }  # fmt: skip
    assert some(participant(after), "randomised_ineligible", "fas") == {"randomised_ineligible": False, "fas": True}


RULES = [
    # rule, most missing, scored visits (week1, week4, week8, week12), as of, analysed
    ("observed_at_visit", None, "..x.", day(60), True),
    ("observed_at_visit", None, "xx..", day(60), None),
    ("observed_at_visit", None, "xx..", day(69), False),
    ("any_post_baseline", None, "x...", day(12), True),
    ("any_post_baseline", None, "....", day(60), None),
    ("any_post_baseline", None, "....", day(120), False),
    ("any_post_baseline", 1, "xxx.", day(120), True),
    ("any_post_baseline", 1, "xx..", day(60), None),
    ("any_post_baseline", 1, "x...", day(120), False),
    ("any_post_baseline", 1, "....", day(40), False),
    ("all_randomised", None, "....", day(1), True),
]


@pytest.mark.parametrize(("rule", "most", "scored", "as_of", "analysed"), RULES)
def test_who_is_analysed_follows_the_protocols_rule(rule: str, most: int | None, scored: str, as_of: date, analysed: bool | None) -> None:
    visits = [("week1", day(6), 1, 1), ("week4", day(28), 1, 1), ("week8", day(58), 1, 1), ("week12", day(84), 1, 1)]
    answered = [visit for visit, letter in zip(visits, scored, strict=True) if letter == "x"]
    person = randomised("P-1", "WL", START, forms=forms(("baseline", START, 2, 2), *answered))
    protocol = replace(PROTOCOL, primary=Primary(instrument="gad7", visit="week8", rule=rule, max_missing=most))
    row = participant(person, at(as_of), protocol)
    assert row["analysed_primary"] is analysed
    assert row["not_analysed_reason"] == ("not_assessed" if analysed is False else "")


def test_an_end_of_participation_settles_the_primary_outcome() -> None:
    protocol = replace(PROTOCOL, primary=Primary(instrument="gad7", visit="week8", rule="any_post_baseline", max_missing=2))
    person = randomised("P-1", "WL", START, died_on=day(30), forms=forms(("baseline", START, 2, 2), ("week1", day(6), 1, 1)))
    row = participant(person, at(day(31)), protocol)
    assert (row["analysed_primary"], row["not_analysed_reason"], row["lost"], row["lost_for"]) == (False, "died", True, "died")


def test_without_a_primary_outcome_nothing_about_it_is_said() -> None:
    row = participant(world.waiting(), protocol=replace(PROTOCOL, primary=None))
    assert (row["analysed_primary"], row.get("fas"), row["itt"], row["safety"], row["lost"]) == (None, None, True, True, False)


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"deviations": (world.deviation(1, "procedure", day(9), important=True),)}, False),
        ({"deviations": (world.deviation(1, "procedure", day(9), important=False),)}, True),
        ({"forms": forms(("baseline", START, 2, 2), ("week8", day(75), 0, 0))}, False),
        ({"forms": forms(("baseline", START, 2, 2), ("week4", day(28), 0, 0))}, False),
        ({"sessions": sessions("P-001", DAY0, {w: "AM" for w in range(1, 9)})}, False),
    ],
    ids=["complied", "important deviation", "unimportant one", "out of window", "no primary score", "half the sessions"],
)
def test_per_protocol_of_those_who_train(change: dict[str, Any], kept: bool) -> None:
    person = replace(world.whole_course(), sets=(), strength_tests=(), **change)
    assert participant(person)["per_protocol"] is kept


def exercise(**more: Any) -> Row:
    return {"con_no": 1, "kind": "exercise", "started_on": "2026-04-10", "stopped_on": "", "description": "gym"} | more


@pytest.mark.parametrize(
    ("care", "plan", "kept"),
    [
        ((), {}, True), ((exercise(),), {}, False), ((exercise(started_on="2026-07-01"),), {}, True),
        ((exercise(started_on="2025", stopped_on="2026-01-05"),), {}, True), ((exercise(kind="other"),), {}, True), ((), {1: "AA"}, False),
    ],
    ids=["waited", "exercised", "only later", "had stopped before", "other care", "trained"],
)  # fmt: skip
def test_per_protocol_of_those_who_wait(care: tuple[Row, ...], plan: dict[int, str], kept: bool) -> None:
    answered = forms(("baseline", START, 2, 2), ("week8", day(58), 1, 1))
    person = randomised("P-1", "WL", START, forms=answered, concomitants=care, sessions=sessions("P-1", DAY0, plan))
    assert participant(person)["per_protocol"] is kept


def test_completion_needs_the_last_visit_and_every_session_due() -> None:
    answered = forms(("week12", day(90), 0, 0))
    done = replace(world.whole_course(), forms=answered)
    half = replace(done, forms=answered[:1])
    assert some(participant(done), "completed_on", "intervention_completed_on") == {
        "completed_on": day(90), "intervention_completed_on": date(2026, 5, 15),
    }  # fmt: skip
    assert participant(half)["completed_on"] is None
    assert participant(done, at(day(54)))["intervention_completed_on"] is None
    no_visits = replace(PROTOCOL, visits=(), primary=None)
    assert participant(replace(done, forms=()), protocol=no_visits)["completed_on"] is None


@pytest.mark.parametrize(
    ("more", "stopped_on", "reason", "last"),
    [
        ({}, None, "", ["missed", "scheduled", "scheduled"]),
        ({"intervention_stopped_on": day(8)}, day(8), "", ["missed", "not_delivered", "not_delivered"]),
        ({"withdrawn_on": day(9), "withdrawn_scope": "data"}, day(9), "withdrawn", ["missed", "scheduled", "not_delivered"]),
        ({"lost_on": day(60)}, None, "", ["missed", "scheduled", "scheduled"]),
    ],
    ids=["goes on", "decided", "withdrawal stops it", "nothing left to stop"],
)
def test_sessions_after_the_end_of_training_are_not_delivered(
    more: dict[str, Any], stopped_on: date | None, reason: str, last: list[str]
) -> None:
    built = rows_of(randomised("P-1", "RET", START, sessions=sessions("P-1", DAY0, {1: "AM", 2: "SS"}), **more))
    assert [s["status"] for s in built["session"]][1:] == last
    assert some(built["participant"][0], "intervention_stopped_on", "intervention_stopped_reason") == {
        "intervention_stopped_on": stopped_on, "intervention_stopped_reason": reason,
    }  # fmt: skip


def test_a_miss_recorded_on_the_day_of_the_decision_stays_missed() -> None:
    person = randomised("P-1", "RET", START, sessions=sessions("P-1", DAY0, {1: "AM", 2: "MS"}), intervention_stopped_on=day(8))
    assert [s["status"] for s in rows_of(person)["session"]] == ["attended", "missed", "missed", "not_delivered"]


def test_a_death_ends_deferred_training_too() -> None:
    person = randomised("P-1", "WL", START, sessions=sessions("P-1", DAY0, {11: "AS"}, phase="deferred"), died_on=day(72))
    assert [s["status"] for s in rows_of(person)["session"]] == ["attended", "not_delivered"]


def test_a_session_not_held_is_planned_at_the_last_prescribed_load() -> None:
    trained = sessions("P-1", DAY0, {1: "AM"})
    built = rows_of(randomised("P-1", "RET", START, sessions=trained, sets=sets(trained)))
    carried = [r for r in built["exercise_set"] if r["session_no"] == 2]
    assert [(r["exercise"], r["planned_reps"], r["planned_load_kg"], r["done_reps"]) for r in carried if r["set_no"] == 1][:3] == [
        ("squat", 8, Decimal(50), None), ("bench_press", 8, None, None), ("deadlift", 8, None, None),
    ]  # fmt: skip
    missed = built["session"][1]
    assert some(missed, "planned_volume_kg", "done_volume_kg", "sets_planned", "sets_done") == {
        "planned_volume_kg": Decimal(1184), "done_volume_kg": None, "sets_planned": 16, "sets_done": None,
    }  # fmt: skip


def test_starting_loads_plan_the_sessions_missed_before_the_first_one_held() -> None:
    start = {"exercise": "squat", "tested_on": START, "reps": 10, "load_kg": Decimal(40), "rir": None, "e1rm_kg": None,
             "formula": "epley", "purpose": "starting_load"}  # fmt: skip
    later = start | {"tested_on": day(30), "load_kg": Decimal(60)}
    built = rows_of(randomised("P-1", "RET", START, sessions=sessions("P-1", DAY0, {1: "MM"}), strength_tests=(later, start)))
    assert [r["planned_load_kg"] for r in built["exercise_set"] if r["exercise"] == "squat"] == [Decimal(40)] * 4


def test_a_set_left_out_of_a_held_session_was_done_0_times_and_of_one_not_held_nothing_is_done() -> None:
    trained = sessions("P-1", DAY0, {1: "AM"})
    held = replace(sets(trained)[0], done_reps=None, done_load_kg=None)
    not_held = replace(sets(trained)[0], session_no=2)
    built = rows_of(randomised("P-1", "RET", START, sessions=trained, sets=(held, not_held)))
    assert [r["done_reps"] for r in built["exercise_set"]] == [0, None]


def test_minutes_are_what_lies_between_start_and_end_less_the_pauses() -> None:
    one = sessions("P-1", DAY0, {1: "A"})[0]
    built = rows_of(
        randomised("P-1", "RET", START, sessions=(replace(one, minutes=None), replace(one, session_no=2, ended_at=None, minutes=48)))
    )
    assert [s["minutes"] for s in built["session"]] == [55, 48]  # 55:40 less 1:10 is 54:30, half-up


def test_a_form_stands_by_its_window_its_answers_and_whether_the_person_is_there() -> None:
    saved = Form(visit="week4", instrument="gad7", answers={"1": 2})
    whole = Form(visit="week4", instrument="phq9", answers=dict.fromkeys(world.PHQ9, 1))
    person = randomised("P-1", "WL", START, forms=(saved, whole))
    found = {(r["visit"], r["instrument"]): r["status"] for r in rows_of(person, at(day(40)))["assessment"]}
    assert found == {
        ("baseline", "gad7"): "missed", ("baseline", "phq9"): "missed", ("week1", "gad7"): "missed", ("week1", "phq9"): "missed",
        ("week12", "gad7"): "not_due", ("week12", "phq9"): "not_due", ("week4", "gad7"): "partial", ("week4", "phq9"): "done",
        ("week8", "gad7"): "not_due", ("week8", "phq9"): "not_due",
    }  # fmt: skip
    gone = {(r["visit"], r["instrument"]): r["status"] for r in rows_of(replace(person, died_on=day(31)), at(day(60)))["assessment"]}
    assert (gone["week8", "gad7"], gone["week12", "gad7"]) == ("missed", "not_due")


def test_items_are_listed_answered_or_not() -> None:
    form = world.form("baseline", "gad7", START, {"1": 0, "2": 0})
    person = randomised("P-1", "WL", START, forms=(replace(form, missing={"3": "refused"}),))
    found = [(r["item"], r["value"], r["missing_code"]) for r in rows_of(person)["item"]]
    assert found == [
        ("1", 0, None), ("2", 0, None), ("3", None, "refused"), ("4", None, "skipped"), ("5", None, "skipped"), ("6", None, "skipped"),
        ("7", None, "skipped"), ("8", None, "not_asked"),
    ]  # fmt: skip


def test_the_baseline_is_the_last_scored_form_before_randomisation() -> None:
    late = world.form("baseline", "gad7", START + timedelta(days=1), world.GAD7)
    after = rows_of(randomised("P-1", "WL", START, forms=(late, *forms(("week8", day(58), 0, 0)))))["assessment"]
    assert next(r for r in after if r["visit"] == "week8" and r["instrument"] == "gad7")["change_from_baseline"] is None
    two = replace(PROTOCOL, visits=(PROTOCOL.visits[0], replace(PROTOCOL.visits[0], code="screening"), *PROTOCOL.visits[1:]))
    early = world.form("screening", "gad7", START - timedelta(days=6), dict.fromkeys(world.GAD7, 3))
    last = world.form("baseline", "gad7", START - timedelta(days=1), dict.fromkeys(world.GAD7, 2))
    person = randomised("P-1", "WL", START, forms=(last, early, *forms(("week8", day(58), 0, 0))))
    found = rows_of(person, protocol=two)["assessment"]
    assert next(r for r in found if r["visit"] == "week8" and r["instrument"] == "gad7")["change_from_baseline"] == -14


def test_an_instrument_of_another_house_keeps_its_items_and_has_no_score() -> None:
    strange = replace(PROTOCOL, visits=(replace(PROTOCOL.visits[0], instruments=("bdi",)),), primary=None)
    form = world.form("baseline", "bdi", START, {"2": 1, "10": 0, "a": 3})
    built = rows_of(randomised("P-1", "WL", START, forms=(replace(form, missing={}),)), protocol=strange)
    assert [r["item"] for r in built["item"]] == ["2", "10", "a"]
    assert some(built["assessment"][0], "status", "total", "n_answered") == {"status": "done", "total": None, "n_answered": None}


def test_stamps_tell_what_lay_behind_a_form() -> None:
    built = {(r["visit"], r["instrument"]): r for r in rows_of(world.whole_course())["assessment"]}
    names = (
        "sessions_attended_before",
        "volume_load_before_kg",
        "rdi_before",
        "days_since_session",
        "psychotropic_changed",
        "after_ice",
        "days_since_ice",
    )
    assert some(built["baseline", "gad7"], *names) == dict(zip(names, (0, 0, None, None, False, False, None), strict=True))
    week4 = some(built["week4", "gad7"], *names)
    assert (week4["sessions_attended_before"], week4["volume_load_before_kg"], week4["days_since_session"]) == (13, 16354, 3)
    assert (week4["psychotropic_changed"], week4["after_ice"], week4["days_since_ice"]) == (True, True, 0)
    waiting = {(r["visit"], r["instrument"]): r for r in rows_of(world.waiting())["assessment"]}
    assert "sessions_attended_before" not in waiting["week8", "gad7"]


def test_a_session_without_a_clock_time_lies_before_a_form_of_a_later_day() -> None:
    one = replace(sessions("P-1", DAY0, {1: "A"})[0], started_at=None, ended_at=None)
    answered = forms(("baseline", START, 2, 2), ("week1", one.planned_on, 1, 1))
    same_day = rows_of(randomised("P-1", "RET", START, sessions=(one,), forms=answered))["assessment"]
    assert next(r for r in same_day if r["visit"] == "week1")["sessions_attended_before"] == 0


def test_intercurrent_events_are_derived_from_facts_once() -> None:
    hospital = world.event(3, elicited="visit", session_no=None, serious=True, seriousness_criteria=("hospital",), started_on=day(3))
    before = world.event(
        4, elicited="visit", session_no=None, serious=True, seriousness_criteria=("hospital",), started_on=START - timedelta(9)
    )
    therapy = {"con_no": 2, "kind": "psychotherapy", "started_on": "2026-04-02", "stopped_on": "", "description": ""}
    typed = world.deviation(2, "psychotherapy_started", date(2026, 4, 2)) | {"kind": "intercurrent_event"}
    person = replace(world.whole_course(), adverse_events=(hospital, before), concomitants=(therapy,), deviations=(typed,))
    found = [(r["dev_no"], r["category"], r["occurred_on"], r["source"]) for r in rows_of(person)["deviation"]]
    assert found == [
        (1, "hospitalised", day(3), "derived"), (2, "psychotherapy_started", date(2026, 4, 2), "recorded"),
        (3, "psychotropic_change", date(2026, 4, 20), "derived"),
    ]  # fmt: skip


def test_a_partly_known_change_counts_and_is_marked() -> None:
    drug = world.medication(1, started_on="2026-03", ongoing=True)
    person = replace(world.waiting(), medications=(drug, world.medication(2, atc="C07AB02", started_on="2026-04-01")), concomitants=())
    events = [r for r in rows_of(person)["deviation"] if r["category"] == "psychotropic_change"]
    assert [(r["occurred_on"], r["description"]) for r in events] == [(START, "date known in part")]
    not_randomised = Person(trial_id="P-9", site="LIM", screened_on=START, screening_outcome="pending", medications=(drug,))
    assert rows_of(not_randomised)["deviation"] == []
    assert psychotropic_changes(Case(not_randomised, PROTOCOL, world.AS_OF)) == []


def test_two_changes_of_one_day_are_one_event_of_the_first() -> None:
    drugs = tuple(world.medication(number, started_on="2026-04-20", ongoing=True) for number in (1, 2))
    person = replace(world.waiting(), medications=drugs, concomitants=())
    events = [r for r in rows_of(person)["deviation"] if r["category"] == "psychotropic_change"]
    assert [(r["occurred_on"], r["source_record"]) for r in events] == [(date(2026, 4, 20), "medication/1")]


def test_who_withdrew_everything_keeps_one_row() -> None:
    built = rows_of(world.withdrew_everything())
    assert sorted(built) == ["participant"]
    assert some(built["participant"][0], "received_allocated", "analysed_primary", "not_analysed_reason", "itt", "fas", "completer") == {
        "received_allocated": True, "analysed_primary": False, "not_analysed_reason": "data_withdrawn", "itt": True, "fas": False,
        "completer": False,
    }  # fmt: skip


def test_all_tables_together_and_the_flow_they_give() -> None:
    built = tables(PROTOCOL, world.everybody(), world.AS_OF, instruments=instruments, providers=world.PROVIDERS)
    assert {name: len(rows) for name, rows in built.items() if name in ("participant", "adherence", "safety_alert", "provider")} == {
        "participant": 11, "adherence": 6, "safety_alert": 1, "provider": 1,
    }  # fmt: skip
    flow = consort_flow(PROTOCOL, built)
    assert (flow["assessed"], flow["randomised"], flow["arms"]["RET"]["providers"], flow["arms"]["WL"]["providers"]) == (11, 7, 1, 0)
    summary = {(r["arm"], r["visit"], r["instrument"]): r for r in built["visit_summary"]}
    week8 = summary["RET", "week8", "gad7"]
    assert (week8["n_allocated"], week8["n_expected"], week8["n_scored"], week8["mean"], week8["median"]) == (
        5,
        4,
        2,
        Decimal("3.5"),
        Decimal("3.5"),
    )


def test_staff_who_never_trained_and_are_described_nowhere_are_no_providers() -> None:
    held = [{"trial_id": "P-1", "trainer": "S01", "trainer_planned": "S02", "status": "attended"}]
    known = [{"trainer": code, "profession": words} for code, words in (("S02", ""), ("S03", ""), ("S04", "Physiotherapist"))]
    found = Trainers(held).rows(known)
    assert [(r["trainer"], r["n_participants"], r["n_sessions"]) for r in found] == [("S01", 1, 1), ("S02", 0, 0), ("S04", 0, 0)]


@pytest.mark.parametrize(("as_of", "received"), [(day(10), None), (day(69), True)])
def test_an_arm_without_sessions_that_is_no_control_is_received_once_decided(as_of: date, received: bool | None) -> None:
    attention = replace(PROTOCOL, arms=(PROTOCOL.arms[0], replace(PROTOCOL.arms[1], control=False, deferred_plan=None)))
    assert participant(randomised("P-1", "WL", START), at(as_of), attention)["received_allocated"] is received


def test_deferred_sessions_carry_no_planned_dose() -> None:
    extra = sessions("P-1", DAY0, {11: "MM"}, phase="deferred")
    built = rows_of(randomised("P-1", "RET", START, sessions=extra))
    assert built["exercise_set"] == []
