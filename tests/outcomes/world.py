"""A small trial as facts: every road through the flow, under the shipped two-arm protocol, as of 1 August 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from outcomes.domain.facts import Form, Person
from outcomes.domain.records import SessionRecord, SetRecord
from participants.domain.calendar import trial_week, week_closes_on
from trials.domain.protocol import Protocol, load

LIMERICK = Path(__file__).resolve().parents[2] / "trials/protocols/limerick.toml"
AS_OF = datetime(2026, 8, 1, 10, 0, tzinfo=UTC)
PHQ9 = {str(n): 1 for n in range(1, 10)}
GAD7 = {str(n): 1 for n in range(1, 8)}


def protocol() -> Protocol:
    return load(LIMERICK)


def at(on: date, hour: int = 12) -> datetime:
    return datetime.combine(on, time(hour), tzinfo=UTC)


def form(visit: str, instrument: str, on: date, answers: dict[str, int], **more: Any) -> Form:
    items = 10 if instrument == "phq9" else 8
    missing = {str(n): "skipped" for n in range(1, items + 1) if str(n) not in answers}
    facts: dict[str, Any] = dict(
        visit=visit, instrument=instrument, version="1", sent=True, answers=answers, missing=missing, completed_at=at(on),
        entered_at=at(on, 13),
        mode="web", respondent="participant", language="en",
    )  # fmt: skip
    return Form(**facts | more)


def forms(*visits: tuple[str, date, int, int]) -> tuple[Form, ...]:
    """Both questionnaires at each visit, every item answered alike: (visit, day, PHQ-9 item, GAD-7 item)."""
    made = []
    for visit, on, phq, gad in visits:
        made.append(form(visit, "phq9", on, dict.fromkeys([*PHQ9, "10"], phq)))
        made.append(form(visit, "gad7", on, dict.fromkeys([*GAD7, "8"], gad)))
    return tuple(made)


def sessions(trial_id: str, day0: date, plan: dict[int, str], *, first: int = 1, phase: str = "", **more: Any) -> tuple[SessionRecord, ...]:
    """Tuesdays and Fridays of the trial weeks in `plan` (week -> two letters: A attended, U made up, M missed, C cancelled, N, S)."""
    words = {"A": "attended", "U": "made_up", "M": "missed", "C": "cancelled_by_site", "N": "not_delivered", "S": "scheduled"}
    made = []
    for week, letters in plan.items():
        for i, letter in enumerate(letters):
            on = day0 + timedelta(days=7 * (week - 1) + 1 + 3 * i)
            status = words[letter]
            held = letter in "AU"
            started = at(on, 17)
            facts: dict[str, Any] = dict(
                trial_id=trial_id, session_no=first + len(made), week=trial_week(on, day0), planned_on=on, planned_at=at(on, 17),
                phase=phase or ("familiarisation" if week <= 0 else "intervention"), planned_minutes=60, planned_volume_kg=None,
                status=status, closes_on=week_closes_on(week, day0), reason="illness" if letter == "M" else "",
                reason_class="health" if letter == "M" else "",
            )  # fmt: skip
            if held:
                facts |= dict(
                    held_on=on, started_at=started, ended_at=started + timedelta(minutes=55, seconds=40), paused_seconds=70, trainer="S01",
                    trainer_planned="S01", delivery="in_person", supervision="one_to_one", group_size=1, setting="University gymnasium",
                    equipment="Barbell", session_rpe=Decimal(13), rpe_scale="BORG20", soreness=3, ended_early=False, minutes=54,
                )  # fmt: skip
            made.append(SessionRecord(**facts | more))
    return tuple(made)


def sets(records: tuple[SessionRecord, ...], **more: Any) -> tuple[SetRecord, ...]:
    """Two sets of squat, lunge (each side) and crunch in every session held."""
    made = []
    for s in records:
        if not s.held:
            continue
        for number, (exercise, kg, sides, model) in enumerate(
            (("squat", "50", 1, "external"), ("lunge", "12", 2, "external"), ("crunch", None, 1, "reps_only")), 1
        ):
            for n in (1, 2):
                load_kg = None if kg is None else Decimal(kg)
                facts: dict[str, Any] = dict(
                    trial_id=s.trial_id, session_no=s.session_no, exercise_no=number, exercise=exercise, set_no=n, planned_reps=8,
                    planned_reps_max=12, planned_load_kg=load_kg, planned_pct_1rm=None, done_reps=10 - n, done_load_kg=load_kg, sides=sides,
                    load_model=model, rir=Decimal(2),
                )  # fmt: skip
                made.append(SetRecord(**facts | more))
    return tuple(made)


def randomised(trial_id: str, arm: str, on: date, **more: Any) -> Person:
    facts: dict[str, Any] = dict(
        trial_id=trial_id, site="LIM", screened_on=on - timedelta(days=7), screening_outcome="eligible",
        consented_on=on - timedelta(days=5),
        age=24, sex="F", randomised_at=at(on, 10), stratum="site=LIM|sex=F", arm=arm, arm_dummy="RET",
        baseline=({"variable": "mass_kg", "value": "64.5", "unit": "kg", "measured_on": on - timedelta(days=3)},),
    )  # fmt: skip
    return Person(**facts | more)


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "ae_no": number, "category": "musculoskeletal", "term": "sore shoulder after bench press", "started_on": date(2026, 4, 14),
        "ended_on": None, "ongoing": True, "severity": "mild", "ctcae_grade": 1, "serious": False, "seriousness_criteria": (),
        "related": "possible", "expected": True, "action": "modified", "outcome": "recovering", "elicited": "session", "session_no": 8,
        "aware_on": date(2026, 4, 14), "reported_sponsor_at": None, "reported_ethics_on": None,
    } | more  # fmt: skip


def medication(number: int, **more: Any) -> dict[str, Any]:
    return {
        "med_no": number, "drug": "Sertraline", "atc": "N06AB06", "indication": "anxiety", "dose": Decimal(50), "unit": "mg",
        "frequency": "QD", "route": "oral", "started_on": "2025-11", "stopped_on": "", "ongoing": True, "change_of": None,
        "change_reason": "",
    } | more  # fmt: skip


def deviation(number: int, category: str, on: date, **more: Any) -> dict[str, Any]:
    return {
        "dev_no": number, "kind": "deviation", "category": category, "occurred_on": on, "found_on": on, "important": None,
        "judged_on": None,
        "session_no": None, "visit": "", "given_arm": "", "description": "seen at monitoring",
    } | more  # fmt: skip


START = date(2026, 3, 2)
DAY0 = START + timedelta(days=21)
WEEKS = {week: "AA" for week in range(-2, 9)}


def day(n: int) -> date:
    return DAY0 + timedelta(days=n)


def whole_course() -> Person:
    """Trained throughout: one session missed, one made up, one cancelled; a drug changed; an event at a session."""
    trained = sessions("P-001", DAY0, WEEKS | {3: "AM", 5: "UA", 6: "AC"})
    return randomised(
        "P-001", "RET", START, sessions=trained, sets=sets(trained),
        forms=(
            form("baseline", "phq9", START - timedelta(days=3), dict.fromkeys([*PHQ9, "10"], 2)),
            form("baseline", "gad7", START - timedelta(days=3), dict.fromkeys([*GAD7, "8"], 2)),
            form("week1", "phq9", day(6), {k: v for k, v in PHQ9.items() if k != "9"}, mode="paper"),
            form("week1", "gad7", day(6), GAD7),
            *forms(("week4", day(28), 1, 1), ("week8", day(58), 0, 0)),
        ),
        strength_tests=(
            {"exercise": "squat", "tested_on": START, "reps": 5, "load_kg": Decimal(60), "rir": None, "e1rm_kg": Decimal(70),
            "formula": "epley", "purpose": "baseline"},
        ),
        adverse_events=(event(1), event(2, elicited="visit", session_no=None, category="infection", term="cold", related="unrelated")),
        medications=(
            medication(1, stopped_on="2026-04-20", ongoing=False), medication(2, dose=Decimal(100), started_on="2026-04-20", change_of=1),
        ),
        alerts=(
            {"alert_no": 1, "visit": "baseline", "instrument": "phq9", "trigger": "phq9.9>=1", "raised_at": at(START - timedelta(days=3)),
             "first_contact_at": at(START - timedelta(days=3), 15), "risk_level": "lower", "closed_at": at(START - timedelta(days=2))},
        ),
    )  # fmt: skip


def waiting() -> Person:
    """Wait-list: questionnaires, outside exercise, deferred training after the primary visit closed."""
    deferred = sessions("P-002", DAY0, {11: "AA", 12: "AM"}, phase="deferred")
    return randomised(
        "P-002", "WL", START, site="DUB", stratum="site=DUB|sex=F", arm_dummy="WL", sessions=deferred, sets=sets(deferred),
        forms=forms(("baseline", START - timedelta(days=2), 2, 2), ("week4", day(30), 2, 2), ("week8", day(72), 1, 1)),
        concomitants=(
            {"con_no": 1, "kind": "exercise", "description": "gym, on her own", "started_on": "2026-05", "stopped_on": "",
             "sessions_per_week": Decimal("1.5"), "minutes_per_session": 45, "source_visit": "week8"},
        ),
        deviations=(deviation(1, "assessor_unblinded", day(30), visit="week4", important=False, judged_on=day(60)),),
    )  # fmt: skip


def stopped() -> Person:
    """An interruption, then the training stopped; the questionnaires went on."""
    trained = sessions("P-003", DAY0, {-2: "AA", -1: "AA", 0: "AM", 1: "AA", 2: "MM", 3: "MA", 4: "SS", 5: "SS", 6: "SS", 7: "SS", 8: "SS"})
    return randomised(
        "P-003", "RET", START, sessions=trained, sets=sets(trained), intervention_stopped_on=day(22), intervention_stopped_reason="time",
        forms=forms(("baseline", START - timedelta(days=2), 2, 2), ("week8", day(60), 2, 1)),
    )  # fmt: skip


def withdrew_everything() -> Person:
    trained = sessions("P-004", DAY0, {-2: "AA", -1: "SS", 0: "SS", **{w: "SS" for w in range(1, 9)}})
    return randomised(
        "P-004", "RET", START, sessions=trained, sets=sets(trained), forms=forms(("baseline", START - timedelta(days=2), 2, 2)),
        withdrawn_on=START + timedelta(days=10), withdrawn_reason="burden", withdrawn_scope="all",
    )  # fmt: skip


def lost() -> Person:
    return randomised(
        "P-005", "WL", START, lost_on=day(20), lost_reason="moved",
        unblindings=({"told_at": at(day(15), 22), "code": "7KQ3M2PX4R", "reason_code": "serious_event"},),
        deviations=(deviation(1, "assessor_unblinded", day(16), source_record="self_report/M4TR7WQ2HX"),),
        forms=forms(("baseline", START - timedelta(days=2), 1, 2)),
    )  # fmt: skip


def died() -> Person:
    trained = sessions("P-006", DAY0, {-2: "SS", -1: "SS", 0: "SS", **{w: "SS" for w in range(1, 9)}})
    return randomised("P-006", "RET", START, sessions=trained, died_on=START + timedelta(days=2))


def recent() -> Person:
    """Randomised in July: familiarisation still running."""
    start = date(2026, 7, 20)
    trained = sessions("P-007", start + timedelta(days=21), {-2: "AA", -1: "AS", 0: "SS", **{w: "SS" for w in range(1, 9)}})
    return randomised("P-007", "RET", start, sex="M", stratum="site=LIM|sex=M", sessions=trained, sets=sets(trained))


def not_randomised() -> tuple[Person, ...]:
    return (
        Person(trial_id="P-008", site="LIM", screened_on=START, screening_outcome="excluded", exclusion_category="not_meeting_criteria",
               exclusion_reason="age", exclusion_reasons=("age", "pregnant"), age=55, sex="F"),
        Person(trial_id="P-009", site="LIM", screened_on=START, screening_outcome="excluded", exclusion_category="declined",
               exclusion_reason="no_time", exclusion_reasons=("no_time",)),
        Person(trial_id="P-010", site="DUB", screened_on=START, screening_outcome="pending"),
        Person(trial_id="P-011", site="DUB", screened_on=START, screening_outcome="eligible", consented_on=START, age=31, sex="X",
               forms=forms(("baseline", START, 3, 3))),
    )  # fmt: skip


def everybody() -> list[Person]:
    return [whole_course(), waiting(), stopped(), withdrew_everything(), lost(), died(), recent(), *not_randomised()]


PROVIDERS = [{"trainer": "S01", "site": "LIM", "profession": "Physiotherapist", "qualification": "BSc", "trained_on": date(2026, 1, 12)}]
