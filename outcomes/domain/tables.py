"""Facts to tables: the one pure function behind the export and behind the import's recomputation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from outcomes.domain.case import Case
from outcomes.domain.consort import Flow, flow
from outcomes.domain.derive import FLOW_ONLY, adherence_row, participant_row
from outcomes.domain.events import deviation_rows
from outcomes.domain.facts import Person, Row
from outcomes.domain.forms import Training, assessment_rows, item_rows
from outcomes.domain.instrument import Instrument
from outcomes.domain.summary import visit_summary
from outcomes.domain.trainers import Trainers
from outcomes.domain.training import Kept, session_rows, sessions_of, set_rows, sets_of, summed
from trials.domain.protocol.shape import Protocol

PERSON_TABLES = (
    "participant", "baseline", "assessment", "item", "session", "exercise_set", "strength_test", "adverse_event", "medication",
    "concomitant", "deviation", "safety_alert", "adherence",
)  # fmt: skip
# What is kept of every person, session and form once a person's tables are written.
PERSON_FACTS = ("trial_id", "site", "screened_on", "screening_outcome", "exclusion_category", "exclusion_reason", "arm", "randomised_at",
                "randomised_on", "received_allocated", "not_received_reason", "analysed_primary", "not_analysed_reason",
                "intervention_stopped_reason", *FLOW_ONLY)  # fmt: skip
SESSION_FACTS = ("trial_id", "trainer", "trainer_planned", "status", "phase")
FORM_FACTS = ("trial_id", "visit", "instrument", "status", "total_unrounded", "change_from_baseline", "severity", "response", "remission",
              "reliable_change")  # fmt: skip
Tables = dict[str, list[Row]]


def tables(
    protocol: Protocol, people: Iterable[Person], as_of: datetime, *, instruments: Mapping[str, Instrument], providers: Iterable[Row] = ()
) -> Tables:
    """Every table of the closed view as rows of unrounded values, in key order."""
    built: Tables = {name: [] for name in PERSON_TABLES}
    for person in sorted(people, key=lambda p: p.trial_id):
        for name, rows in person_tables(Case(person, protocol, as_of), instruments).items():
            built[name].extend(rows)
    built["provider"] = Trainers(built["session"]).rows(providers)
    built["visit_summary"] = visit_summary(
        built["participant"], built["assessment"], protocol=protocol, instruments=instruments, as_of=as_of
    )
    return built


def person_tables(case: Case, instruments: Mapping[str, Instrument], kept: Mapping[int, Kept] | None = None) -> Tables:
    """One person's rows in every table; who withdrew everything keeps the participant row alone.

    With `kept` sums that suffice the person has no sets, and exercise_set has those rows alone that nobody recorded.
    """
    person = case.person
    sessions = sessions_of(case)
    training = Training(sessions, sets_of(case, sessions)) if kept is None else summed(case, sessions, kept)
    forms = assessment_rows(case, instruments, training)
    deviations = deviation_rows(case, forms)
    built: Tables = {"participant": [participant_row(case, training, forms, deviations)]}
    if person.rows_left_out:
        return built
    return built | {
        "baseline": _own(person, person.baseline, "variable"),
        "assessment": forms,
        "item": item_rows(case, instruments, forms),
        "session": session_rows(sessions, training.sums),
        "exercise_set": set_rows(training.sets),
        "strength_test": _own(person, person.strength_tests, "exercise", "tested_on"),
        "adverse_event": _own(person, person.adverse_events, "ae_no"),
        "medication": _own(person, person.medications, "med_no"),
        "concomitant": _own(person, person.concomitants, "con_no"),
        "deviation": deviations,
        "safety_alert": _own(person, person.alerts, "alert_no"),
        "adherence": [adherence_row(case, training)] if person.randomised else [],
    }


def consort_flow(protocol: Protocol, built: Tables) -> Flow:
    """The flow of closed tables. Raises `BrokenSum` naming the person."""
    return flow_of(protocol, built["participant"], Trainers(built["session"]))


def flow_of(protocol: Protocol, participants: Iterable[Row], trainers: Trainers) -> Flow:
    """The flow of participant rows and of those who trained them. Raises `BrokenSum` naming the person."""
    arms, rows = [arm.code for arm in protocol.arms], list(participants)
    arm_of = {str(row["trial_id"]): str(row["arm"]) for row in rows}
    plans = {arm for arm in arms if protocol.plan_of(arm) is not None}
    return flow(rows, arms=arms, providers=trainers.by_arm(arm_of, arms), plans=plans)


def _own(person: Person, rows: Iterable[Row], *key: str) -> list[Row]:
    named = ({"trial_id": person.trial_id, **row} for row in rows)
    return sorted(named, key=lambda r: tuple(v if isinstance(v := r[k], int) else str(v) for k in key))
