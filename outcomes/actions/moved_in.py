"""Facts of a trial that moves in, written as rows: the inverse of the dataset reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db.models import Model

from outcomes.domain.case import Case
from outcomes.domain.facts import Form, Person, Row
from outcomes.domain.forms import score_of
from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.text import Value
from outcomes.domain.text import write as written
from outcomes.exports.columns import columns_of
from outcomes.exports.moving_in import MovedIn
from outcomes.instruments import instruments
from outcomes.models import Alert, Assessment, AssessmentVersion, Provider, Stated
from participants.actions.sessions.rollup import keep_sums
from participants.domain.calendar import trial_week, week_closes_on
from participants.domain.journey import Status
from participants.models import (
    AdverseEvent,
    BaselineValue,
    Concomitant,
    Consent,
    Deviation,
    Ending,
    Enrolment,
    ExerciseSet,
    Medication,
    Participant,
    Screening,
    StrengthTest,
    TrainingSession,
)
from trials.actions.moving_in import MovedAllocation, take_in_allocations
from trials.actors import Actor
from trials.domain.protocol.shape import Protocol
from trials.models import Site, Unit, User

BATCH = 2000
NOON = time(12)
USUAL = time(10)
_KINDS = {
    file: {c.name: c.kind for c in columns_of(file)} for file in ("participant", "assessment", "session", "exercise_set", "adherence")
}


def write(moved: MovedIn, protocol: Protocol, *, by: Actor, at: datetime) -> None:
    """Everybody and everything about them, in one pass a table."""
    sites = {site.code: site for site in Site.objects.all()}
    people = {person.trial_id: person for person in moved.people}
    units = _made(Unit, (Unit(trial_id=p.trial_id, site=sites[p.site]) for p in people.values()))
    participants = _made(Participant, (_participant(people[unit.trial_id], unit, protocol, at) for unit in units))
    of = {participant.trial_id: participant for participant in participants}
    users = _staff(moved, at)
    _made(Screening, (_screening(p, of[p.trial_id], protocol, at) for p in people.values()))
    _made(Consent, (_consent(p, of[p.trial_id], protocol, at) for p in people.values() if p.consented_on))
    _made(Ending, (ending for p in people.values() for ending in _endings(p, of[p.trial_id], protocol, at)))
    _made(BaselineValue, (_baseline(row, of[p.trial_id], p, at) for p in people.values() for row in p.baseline))
    enrolments = _enrol(people, of, protocol, by=by, at=at)
    sessions = _sessions(people, enrolments, users)
    _made(ExerciseSet, (_set(one, sessions[p.trial_id, one.session_no]) for p in people.values() for one in p.sets))
    _made(
        StrengthTest, (StrengthTest(participant=of[p.trial_id], at=at, **_filled(row)) for p in people.values() for row in p.strength_tests)
    )
    keep_sums(sessions.values())
    _clinical(people, of, sessions, at)
    forms = _forms(people, of, users, protocol, at)
    _made(Alert, (_alert(row, of[p.trial_id], forms) for p in people.values() for row in p.alerts))
    _made(Stated, (Stated(participant=of[p.trial_id], values=_texts(p)) for p in people.values() if p.stated))


def _made(model: type[Model], rows: Iterable[Any]) -> list[Any]:
    return model._default_manager.bulk_create(list(rows), batch_size=BATCH)


def _participant(person: Person, unit: Unit, protocol: Protocol, at: datetime) -> Participant:
    status = Status.SCREENED
    if person.screening_outcome == "excluded":
        status = Status.EXCLUDED
    elif person.randomised:
        status = Status.RANDOMISED
    elif person.screening_outcome == "eligible":
        status = Status.CONSENTED if person.consented_on else Status.ELIGIBLE
    return Participant(
        unit=unit, status=status, screened_on=person.screened_on, screened_at=at, age=person.age, sex=person.sex, language=protocol.language
    )


def _screening(person: Person, participant: Participant, protocol: Protocol, at: datetime) -> Screening:
    excluded = person.screening_outcome == "excluded"
    return Screening(
        participant=participant, at=at, outcome=person.screening_outcome, exclusion_category=person.exclusion_category,
        exclusion_reason=person.exclusion_reason, exclusion_reasons=list(person.exclusion_reasons),
        excluded_on=person.screened_on if excluded else None, protocol_digest=protocol.digest,
    )  # fmt: skip


def _consent(person: Person, participant: Participant, protocol: Protocol, at: datetime) -> Consent:
    return Consent(participant=participant, version=protocol.consent_version, signed_on=person.consented_on, at=at)


def _endings(person: Person, participant: Participant, protocol: Protocol, at: datetime) -> Iterable[Ending]:
    undecided = replace(person, intervention_stopped_on=None, intervention_stopped_reason="")
    follows = Case(undecided, protocol, at).stopped_on if person.arm else None
    stopped_on = None if follows == person.intervention_stopped_on else person.intervention_stopped_on
    facts = (
        (Ending.Kind.WITHDRAWAL, person.withdrawn_on, person.withdrawn_reason, person.withdrawn_scope),
        (Ending.Kind.LOSS, person.lost_on, person.lost_reason, ""),
        (Ending.Kind.DEATH, person.died_on, "", ""),
        (Ending.Kind.TRAINING_STOP, stopped_on, person.intervention_stopped_reason, ""),
    )
    for kind, on, reason, scope in facts:
        if on is not None:
            yield Ending(participant=participant, kind=kind, happened_on=on, reason=reason, scope=scope, at=at)


def _baseline(row: Row, participant: Participant, person: Person, at: datetime) -> BaselineValue:
    return BaselineValue(
        participant=participant, variable=row["variable"], value=row["value"], unit=row["unit"] or "",
        measured_on=row["measured_on"] or person.screened_on, at=at,
    )  # fmt: skip


def _staff(moved: MovedIn, at: datetime) -> dict[str, User]:
    """An account without a way in for every code of staff, so that their records keep their name in the dataset."""
    described = {str(row["trainer"]): row for row in moved.providers}
    codes = set(described) | {c for p in moved.people for s in p.sessions for c in (s.trainer, s.trainer_planned) if c}
    codes |= {form.rater for p in moved.people for form in p.forms if form.rater}
    barred = make_password(None)
    users = _made(User, (User(username=f"moved-in-{c}", name=c, is_active=False, password=barred, created_at=at) for c in sorted(codes)))
    _made(Provider, (_provider(user, described.get(user.name, {})) for user in users))
    return {user.name: user for user in users}


def _provider(user: User, row: Mapping[str, Value]) -> Provider:
    words = {name: row.get(name) or "" for name in ("site", "profession", "qualification")}
    return Provider(user=user, code=user.name, trained_on=row.get("trained_on"), **words)


def _enrol(
    people: Mapping[str, Person], of: Mapping[str, Participant], protocol: Protocol, *, by: Actor, at: datetime
) -> dict[str, Enrolment]:
    randomised = [p for p in people.values() if p.randomised_at is not None]
    allocations = take_in_allocations(
        [MovedAllocation(of[p.trial_id].unit, p.arm, p.stratum, p.randomised_at) for p in randomised if p.randomised_at], by=by, at=at
    )
    rows = []
    for person, allocation in zip(randomised, allocations, strict=True):
        case = Case(person, protocol, at)
        rows.append(
            Enrolment(participant=of[person.trial_id], allocation=allocation, randomised_at=person.randomised_at,
                      randomised_on=case.randomised_on, day0=case.day0)
        )  # fmt: skip
    return {e.participant.trial_id: e for e in _made(Enrolment, rows)}


def _sessions(
    people: Mapping[str, Person], enrolments: Mapping[str, Enrolment], users: Mapping[str, User]
) -> dict[tuple[str, int], TrainingSession]:
    rows = [_session(s, enrolments[p.trial_id], users) for p in people.values() for s in p.sessions]
    return {(s.enrolment.participant.trial_id, s.session_no): s for s in _made(TrainingSession, rows)}


def _session(record: SessionRecord, enrolment: Enrolment, users: Mapping[str, User]) -> TrainingSession:
    zone = enrolment.participant.site.zone
    week = trial_week(record.planned_on, enrolment.day0) if record.week is None else record.week
    planned_at = record.planned_at or _at(record.planned_on, USUAL, zone)
    moved_to = None
    if record.rescheduled_on is not None:
        moved_to = _at(record.rescheduled_on, planned_at.astimezone(zone).time(), zone)
    same = (
        "session_no", "phase", "planned_on", "status", "reason", "reason_class", "held_on", "started_at", "ended_at", "warmup_minutes",
        "working_minutes", "cooldown_minutes", "delivery", "supervision", "setting", "equipment", "session_rpe", "rpe_scale", "soreness",
    )  # fmt: skip
    return TrainingSession(
        enrolment=enrolment, week=week, planned_at=planned_at, rescheduled_at=moved_to,
        closes_on=record.closes_on or week_closes_on(week, enrolment.day0), paused_seconds=record.paused_seconds or 0,
        planned_minutes=60 if record.planned_minutes is None else record.planned_minutes, trainer=users.get(record.trainer),
        trainer_planned=users.get(record.trainer_planned), group_size=record.group_size or 1, ended_early=bool(record.ended_early),
        logged_by=record.logged_by, participant_cost=record.participant_cost, **{name: getattr(record, name) for name in same},
    )  # fmt: skip


def _set(record: SetRecord, session: TrainingSession) -> ExerciseSet:
    derived = ("trial_id", "session_no", "e1rm_kg", "pct_1rm")
    return ExerciseSet(session=session, **{name: getattr(record, name) for name in SetRecord.__dataclass_fields__ if name not in derived})


def _clinical(
    people: Mapping[str, Person], of: Mapping[str, Participant], sessions: Mapping[tuple[str, int], TrainingSession], at: datetime
) -> None:
    events, deviations, medications, others = [], [], [], []
    for person in people.values():
        participant = of[person.trial_id]
        events += [_event(row, participant, sessions, at) for row in person.adverse_events]
        deviations += [_deviation(row, participant, sessions, at) for row in person.deviations]
        medications += [
            Medication(participant=participant, at=at, **_filled(row, without=("change_of",), flags=("ongoing",)))
            for row in person.medications
        ]
        others += [Concomitant(participant=participant, at=at, **_filled(row)) for row in person.concomitants]
    for model, rows in ((AdverseEvent, events), (Deviation, deviations), (Concomitant, others)):
        _made(model, rows)
    _link(_made(Medication, medications), people)


def _link(medications: list[Medication], people: Mapping[str, Person]) -> None:
    """A dose period names the one before it."""
    by_number = {(m.participant.trial_id, m.med_no): m for m in medications}
    linked = []
    for person in people.values():
        for row in person.medications:
            if row["change_of"] is not None:
                medication = by_number[person.trial_id, row["med_no"]]  # type: ignore[index]
                medication.change_of = by_number.get((person.trial_id, row["change_of"]))  # type: ignore[arg-type]
                linked.append(medication)
    Medication.objects.bulk_update(linked, ["change_of"], batch_size=BATCH)


def _event(row: Row, participant: Participant, sessions: Mapping[tuple[str, int], TrainingSession], at: datetime) -> AdverseEvent:
    facts = _filled(row, without=("session_no", "seriousness_criteria"), flags=("ongoing", "serious"))
    facts["aware_on"] = facts["aware_on"] or facts["started_on"]
    return AdverseEvent(
        participant=participant, at=at, session=_found(sessions, participant, row["session_no"]),
        seriousness_criteria=list(row["seriousness_criteria"] or ()),  # type: ignore[arg-type]
        aware_at=_at(facts["aware_on"], NOON, participant.site.zone), **facts,
    )  # fmt: skip


def _deviation(row: Row, participant: Participant, sessions: Mapping[tuple[str, int], TrainingSession], at: datetime) -> Deviation:
    facts = _filled(row, without=("session_no",))
    return Deviation(participant=participant, at=at, session=_found(sessions, participant, row["session_no"]), **facts)


def _found(sessions: Mapping[tuple[str, int], TrainingSession], participant: Participant, number: Value) -> TrainingSession | None:
    return sessions.get((participant.trial_id, number)) if isinstance(number, int) else None


def _forms(
    people: Mapping[str, Person], of: Mapping[str, Participant], users: Mapping[str, User], protocol: Protocol, at: datetime
) -> dict[tuple[str, str, str], Assessment]:
    rows = [_form(f, p, of[p.trial_id], users, protocol, at) for p in people.values() for f in p.forms]
    forms = _made(Assessment, rows)
    _made(AssessmentVersion, (
        AssessmentVersion(assessment=f, answers=f.answers, missing=f.missing, actor="machine:shell", reason="moved in", at=at)
        for f in forms if f.sent_at
    ))  # fmt: skip
    return {(f.participant.trial_id, f.visit, f.instrument): f for f in forms}


def _form(form: Form, person: Person, participant: Participant, users: Mapping[str, User], protocol: Protocol, at: datetime) -> Assessment:
    instrument = instruments.get(form.instrument)
    score = score_of(Case(person, protocol, at), instrument, form) if instrument and form.sent else None
    return Assessment(
        participant=participant, visit=form.visit, instrument=form.instrument, instrument_version=form.version, answers=dict(form.answers),
        missing=dict(form.missing), mode=form.mode or Assessment.Mode.WEB, respondent=form.respondent, rater=users.get(form.rater),
        rater_blind=form.rater_blind, language=form.language, started_at=form.completed_at or at,
        sent_at=form.entered_at if form.sent else None,
        completed_at=form.completed_at or (form.entered_at if form.sent else None), entered_at=form.entered_at,
        total=score.total if score else None, total_unrounded=score.total_unrounded if score else None,
        n_answered=score.n_answered if score else 0, rule=score.rule if score else "", severity=(score.severity or "") if score else "",
        not_done_reason=form.not_done_reason, protocol_digest=protocol.digest, historical=True,
    )  # fmt: skip


def _alert(row: Row, participant: Participant, forms: Mapping[tuple[str, str, str], Assessment]) -> Alert:
    form = forms.get((participant.trial_id, str(row["visit"]), str(row["instrument"])))
    kind = Alert.Kind.CHECK if "missing" in str(row["trigger"]) else Alert.Kind.ALERT
    facts = _filled(row, without=("visit", "instrument"))
    return Alert(participant=participant, assessment=form, kind=kind, historical=True, **facts)


def _filled(row: Row, *, without: Iterable[str] = (), flags: Iterable[str] = ()) -> dict[str, Any]:
    """The row's values for a model: text that is missing is empty, a flag that is missing is false."""
    skipped, false = set(without), set(flags)
    text = {c.name for specs in _TEXT.values() for c in specs}
    return {
        name: bool(value) if name in false else "" if value is None and name in text else value
        for name, value in row.items()
        if name not in skipped
    }


_TEXT = {
    file: [c for c in columns_of(file) if c.kind in ("text", "partial_date") and c.name != "expected"]
    for file in ("strength_test", "adverse_event", "medication", "concomitant", "deviation", "safety_alert")
}


def _at(on: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, at, tzinfo=zone).astimezone(UTC)


def _texts(person: Person) -> dict[str, dict[str, str]]:
    return {
        row: {name: written(value, _KINDS[row.split("/", 1)[0]][name]) for name, value in columns.items()}
        for row, columns in person.stated.items()
    }
