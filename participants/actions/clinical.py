"""Clinical records: adverse events and their clocks, medication, other care, deviations. Numbered a person, never deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Model, QuerySet

from participants import permissions
from participants.actions import moves
from participants.domain import clinical as words
from participants.domain.clocks import Relatedness, Seriousness
from participants.models import AdverseEvent, Concomitant, Deviation, EventFollowUp, Medication, Participant, TrainingSession
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused, allowed, check

MOST_DOSE, MOST_WEEKLY, MOST_MINUTES = 100_000, 50, 1440


class BadRecord(Refused):
    """A record that can't be kept; `faults` has a sentence a field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()), code="bad_record", status=422)
        self.faults = dict(faults)


@action
def report_event(
    participant: Participant,
    *,
    category: str,
    term: str,
    started_on: date,
    severity: str,
    elicited: str,
    aware_at: datetime,
    by: Actor,
    at: datetime,
    description: str = "",
    ended_on: date | None = None,
    ongoing: bool = False,
    ctcae_grade: int | None = None,
    criteria: Collection[str] = (),
    action: str = "",
    outcome: str = "",
    visit: str = "",
    session: TrainingSession | None = None,
) -> AdverseEvent:
    """An adverse event as told or seen. Any criterion makes it serious; relatedness and expectedness wait for the investigator.

    Whoever may not see sessions can't report an event as found at one. `aware_at` starts the clock to the sponsor.
    """
    check(by, Permission.RECORD_EVENT, at_site=participant.site)
    permissions.check_collectable(participant)
    moves.lock(participant)
    _check_session(by, participant, elicited, session)
    zone = participant.site.zone
    faults = _listed(severity=(severity, words.SEVERITIES), elicited=(elicited, words.ELICITED))
    faults |= _listed_or_blank(action=(action, words.ACTIONS), outcome=(outcome, words.OUTCOMES), visit=(visit, _visits()))
    faults |= _listed_or_blank(**{f"criteria {c}": (c, {s.value: s.label for s in Seriousness}) for c in criteria})
    faults |= words.event_faults(
        started_on=started_on,
        ended_on=ended_on,
        ongoing=ongoing,
        aware_on=aware_at.astimezone(zone).date(),
        today=at.astimezone(zone).date(),
        serious=bool(criteria),
        criteria=criteria,
        grade=ctcae_grade,
    )
    if not term.strip():
        faults["term"] = "Say what happened in a few words."
    if aware_at > at:
        faults["aware_at"] = "The moment of awareness can't lie in the future."
    _keep(faults)
    event = AdverseEvent.objects.create(
        participant=participant,
        ae_no=_next(AdverseEvent.objects.filter(participant=participant), "ae_no"),
        category=category,
        term=term.strip(),
        description=description,
        started_on=started_on,
        ended_on=ended_on,
        ongoing=ongoing,
        severity=severity,
        ctcae_grade=ctcae_grade,
        serious=bool(criteria),
        seriousness_criteria=[s.value for s in Seriousness if s.value in criteria],
        action=action,
        outcome=outcome,
        elicited=elicited,
        visit=visit,
        session=session,
        aware_on=aware_at.astimezone(zone).date(),
        aware_at=aware_at,
        at=at,
    )
    audit.record("event.reported", about=participant.trial_id, by=by, at=at, detail={"ae_no": event.ae_no, "serious": event.serious})
    return event


@action
def add_follow_up(event: AdverseEvent, *, text: str, by: Actor, at: datetime) -> EventFollowUp:
    """What was learnt later; follow-ups are only ever added."""
    check(by, Permission.RECORD_EVENT, at_site=event.participant.site)
    _check_standing(event)
    if not text.strip():
        raise BadRecord({"text": "Say what was learnt."})
    follow_up = EventFollowUp.objects.create(event=event, text=text.strip(), by=by.actor, at=at)
    audit.record("event.followed_up", about=event.participant.trial_id, by=by, at=at, detail={"ae_no": event.ae_no})
    return follow_up


@action
def assess(event: AdverseEvent, *, related: str, expected: bool, by: Actor, at: datetime, reason: str = "") -> AdverseEvent:
    """The investigator's judgement. Judging again needs a reason; the old judgement stays in the history."""
    check(by, Permission.ASSESS_EVENT, at_site=event.participant.site)
    _check_standing(event)
    _keep(_listed(related=(related, {r.value: r.value for r in Relatedness})))
    if event.assessed_at is not None and not reason.strip():
        raise BadRecord({"reason": "This event is judged already: say why the judgement changes."})
    event.related, event.expected, event.assessed_at = related, expected, at
    event.save(update_fields=["related", "expected", "assessed_at"])
    audit.record("event.assessed", about=event.participant.trial_id, by=by, at=at, reason=reason, detail={"ae_no": event.ae_no})
    return event


@action
def report_to_sponsor(event: AdverseEvent, *, reported_at: datetime, by: Actor, at: datetime) -> AdverseEvent:
    """When a serious event went to the sponsor; stops the 24-hour clock."""
    _check_reportable(event, by)
    if event.reported_sponsor_at is not None:
        raise Refused(f"Event {event.ae_no} of {event.participant} was already reported to the sponsor.", code="already_reported")
    if not event.aware_at <= reported_at <= at:
        raise BadRecord({"reported_at": "Enter a moment between awareness and now."})
    event.reported_sponsor_at = reported_at
    event.save(update_fields=["reported_sponsor_at"])
    audit.record("event.reported_to_sponsor", about=event.participant.trial_id, by=by, at=at, detail={"ae_no": event.ae_no})
    return event


@action
def report_to_ethics(event: AdverseEvent, *, reported_on: date, by: Actor, at: datetime) -> AdverseEvent:
    """The day a related and unexpected serious event went to the ethics committee; stops the 15-day clock."""
    _check_reportable(event, by)
    if event.reported_ethics_on is not None:
        raise Refused(f"Event {event.ae_no} of {event.participant} was already reported to the ethics committee.", code="already_reported")
    if not event.aware_on <= reported_on <= at.astimezone(event.participant.site.zone).date():
        raise BadRecord({"reported_on": "Enter a day between awareness and today."})
    event.reported_ethics_on = reported_on
    event.save(update_fields=["reported_ethics_on"])
    audit.record("event.reported_to_ethics", about=event.participant.trial_id, by=by, at=at, detail={"ae_no": event.ae_no})
    return event


@action
def record_medication(
    participant: Participant,
    *,
    drug: str,
    by: Actor,
    at: datetime,
    atc: str = "",
    indication: str = "",
    dose: Decimal | None = None,
    unit: str = "",
    frequency: str = "",
    route: str = "",
    started_on: str = "",
    stopped_on: str = "",
    ongoing: bool = False,
) -> Medication:
    """One drug at one dose over one period; dates may be partial."""
    permissions.check_may_record(by, participant, Permission.RECORD_CLINICAL)
    moves.lock(participant)
    medication = Medication(
        participant=participant,
        med_no=_next(Medication.objects.filter(participant=participant), "med_no"),
        drug=drug.strip(),
        atc=_atc(atc),
        indication=indication,
        dose=dose,
        unit=unit,
        frequency=frequency,
        route=route,
        started_on=started_on.strip(),
        stopped_on=stopped_on.strip(),
        ongoing=ongoing,
        at=at,
    )
    check_medication(medication)
    medication.save()
    audit.record("medication.recorded", about=participant.trial_id, by=by, at=at, detail={"med_no": medication.med_no})
    return medication


@action
def change_dose(
    medication: Medication, *, dose: Decimal, changed_on: str, reason: str, by: Actor, at: datetime, unit: str = "", frequency: str = ""
) -> Medication:
    """A new dose from a day on: the old period ends there and a new row names it."""
    permissions.check_may_record(by, medication.participant, Permission.RECORD_CLINICAL)
    moves.lock(medication.participant)
    _check_standing(medication)
    if medication.stopped_on:
        raise Refused(f"Medication {medication.med_no} of {medication.participant} has ended.", code="ended")
    follows = Medication(
        participant=medication.participant,
        med_no=_next(Medication.objects.filter(participant=medication.participant), "med_no"),
        drug=medication.drug,
        atc=medication.atc,
        indication=medication.indication,
        dose=dose,
        unit=unit or medication.unit,
        frequency=frequency or medication.frequency,
        route=medication.route,
        started_on=changed_on.strip(),
        ongoing=medication.ongoing,
        change_of=medication,
        change_reason=reason,
        at=at,
    )
    medication.stopped_on, medication.ongoing = changed_on.strip(), False
    if not changed_on.strip():
        raise BadRecord({"changed_on": "Enter the day of the change, as far as it is known."})
    check_medication(medication)
    check_medication(follows)
    medication.save(update_fields=["stopped_on", "ongoing"])
    follows.save()
    audit.record(
        "medication.dose_changed", about=medication.participant.trial_id, by=by, at=at, reason=reason, detail={"med_no": follows.med_no}
    )
    return follows


@action
def stop_medication(medication: Medication, *, stopped_on: str, by: Actor, at: datetime, reason: str = "") -> Medication:
    """A drug is no longer taken from that day on."""
    permissions.check_may_record(by, medication.participant, Permission.RECORD_CLINICAL)
    _check_standing(medication)
    if medication.stopped_on:
        raise Refused(f"Medication {medication.med_no} of {medication.participant} has ended.", code="ended")
    if not stopped_on.strip():
        raise BadRecord({"stopped_on": "Enter the day it was stopped, as far as it is known."})
    medication.stopped_on, medication.ongoing, medication.change_reason = stopped_on.strip(), False, reason or medication.change_reason
    check_medication(medication)
    medication.save(update_fields=["stopped_on", "ongoing", "change_reason"])
    audit.record(
        "medication.stopped", about=medication.participant.trial_id, by=by, at=at, reason=reason, detail={"med_no": medication.med_no}
    )
    return medication


@action
def record_concomitant(
    participant: Participant,
    *,
    kind: str,
    by: Actor,
    at: datetime,
    description: str = "",
    started_on: str = "",
    stopped_on: str = "",
    sessions_per_week: Decimal | None = None,
    minutes_per_session: int | None = None,
    source_visit: str = "",
) -> Concomitant:
    """Other care or training outside the trial, asked alike in all arms."""
    permissions.check_may_record(by, participant, Permission.RECORD_CLINICAL)
    moves.lock(participant)
    concomitant = Concomitant(
        participant=participant,
        con_no=_next(Concomitant.objects.filter(participant=participant), "con_no"),
        kind=kind,
        description=description.strip(),
        started_on=started_on.strip(),
        stopped_on=stopped_on.strip(),
        sessions_per_week=sessions_per_week,
        minutes_per_session=minutes_per_session,
        source_visit=source_visit,
        at=at,
    )
    check_concomitant(concomitant)
    concomitant.save()
    audit.record("concomitant.recorded", about=participant.trial_id, by=by, at=at, detail={"con_no": concomitant.con_no, "kind": kind})
    return concomitant


@action
def record_deviation(
    participant: Participant,
    *,
    kind: str,
    category: str,
    occurred_on: date,
    by: Actor,
    at: datetime,
    found_on: date | None = None,
    session: TrainingSession | None = None,
    visit: str = "",
    given_arm: str = "",
    description: str = "",
) -> Deviation:
    """A departure from the protocol or an intercurrent event. Whether it is important is judged later, by blind eyes."""
    check(by, Permission.RECORD_DEVIATION, at_site=participant.site)
    moves.lock(participant)
    deviation = Deviation(
        participant=participant,
        dev_no=_next(Deviation.objects.filter(participant=participant), "dev_no"),
        kind=kind,
        category=category,
        occurred_on=occurred_on,
        found_on=found_on or at.astimezone(participant.site.zone).date(),
        session=session,
        visit=visit,
        given_arm=given_arm,
        description=description.strip(),
        at=at,
    )
    check_deviation(deviation, today=at.astimezone(participant.site.zone).date())
    deviation.save()
    audit.record("deviation.recorded", about=participant.trial_id, by=by, at=at, detail={"dev_no": deviation.dev_no, "category": category})
    return deviation


@action
def judge_deviation(deviation: Deviation, *, important: bool, by: Actor, at: datetime, reason: str = "") -> Deviation:
    """Whether a deviation is important; judging again needs a reason."""
    check(by, Permission.RECORD_DEVIATION, at_site=deviation.participant.site)
    _check_standing(deviation)
    if deviation.important is not None and not reason.strip():
        raise BadRecord({"reason": "This deviation is judged already: say why the judgement changes."})
    deviation.important = important
    deviation.judged_on = at.astimezone(deviation.participant.site.zone).date()
    deviation.save(update_fields=["important", "judged_on"])
    audit.record("deviation.judged", about=deviation.participant.trial_id, by=by, at=at, reason=reason, detail={"dev_no": deviation.dev_no})
    return deviation


def check_event(event: AdverseEvent, *, today: date) -> None:
    """The rules that an event keeps after a correction too."""
    faults = _listed(severity=(event.severity, words.SEVERITIES))
    faults |= _listed_or_blank(
        action=(event.action, words.ACTIONS), outcome=(event.outcome, words.OUTCOMES), visit=(event.visit, _visits())
    )
    faults |= words.event_faults(
        started_on=event.started_on,
        ended_on=event.ended_on,
        ongoing=event.ongoing,
        aware_on=event.aware_on,
        today=today,
        serious=event.serious,
        criteria=event.seriousness_criteria,
        grade=event.ctcae_grade,
    )
    if not event.term.strip():
        faults["term"] = "Say what happened in a few words."
    _keep(faults)


def check_medication(medication: Medication) -> None:
    faults = words.period_faults(medication.started_on, medication.stopped_on, ongoing=medication.ongoing)
    faults |= words.amount_faults({"dose": medication.dose}, {"dose": MOST_DOSE})
    if not medication.drug.strip():
        faults["drug"] = "Enter the drug as it was named."
    _keep(faults)


def check_concomitant(concomitant: Concomitant) -> None:
    faults = _listed(kind=(concomitant.kind, words.CONCOMITANT)) | _listed_or_blank(source_visit=(concomitant.source_visit, _visits()))
    faults |= words.period_faults(concomitant.started_on, concomitant.stopped_on)
    faults |= words.amount_faults(
        {"sessions_per_week": concomitant.sessions_per_week, "minutes_per_session": concomitant.minutes_per_session},
        {"sessions_per_week": MOST_WEEKLY, "minutes_per_session": MOST_MINUTES},
    )
    _keep(faults)


def check_deviation(deviation: Deviation, *, today: date) -> None:
    kinds = {"deviation": words.DEVIATIONS, "intercurrent_event": words.INTERCURRENT}
    faults = _listed(kind=(deviation.kind, dict.fromkeys(kinds, "")))
    faults |= _listed(category=(deviation.category, kinds.get(deviation.kind, {}))) | _listed_or_blank(visit=(deviation.visit, _visits()))
    if not deviation.occurred_on <= deviation.found_on <= today:
        faults["found_on"] = "It must have happened first, then been found, and not later than today."
    arms = {a.code: a.label for a in queries.protocol_in_force().arms}
    if (deviation.category == "wrong_arm") != bool(deviation.given_arm) or deviation.given_arm not in ("", *arms):
        faults["given_arm"] = "Name the arm that was given, for that category alone."
    _keep(faults)


def _check_reportable(event: AdverseEvent, by: Actor) -> None:
    check(by, Permission.RECORD_CLINICAL, at_site=event.participant.site)
    _check_standing(event)
    if not event.serious:
        raise Refused(f"Event {event.ae_no} of {event.participant} is not serious: no report is due.", code="not_serious")


def _check_standing(row: AdverseEvent | Medication | Deviation) -> None:
    if row.voided_at is not None:
        raise Refused("This entry was voided; nothing more is recorded on it.", code="voided")


def _check_session(by: Actor, participant: Participant, elicited: str, session: TrainingSession | None) -> None:
    if (elicited == "session" or session is not None) and not allowed(by, Permission.SEE_SESSIONS, at_site=participant.site):
        raise BadRecord({"elicited": "Choose a visit, or told by the person."})
    if session is not None and session.enrolment.participant_id != participant.pk:
        raise BadRecord({"session": f"That session is not one of {participant}'s."})


def _visits() -> dict[str, str]:
    return {v.code: v.label for v in queries.protocol_in_force().visits}


def _atc(text: str) -> str:
    try:
        return words.atc(text)
    except ValueError as fault:
        raise BadRecord({"atc": str(fault)}) from None


def _next(rows: QuerySet[Model], field: str) -> int:
    return (rows.aggregate(most=Max(field))["most"] or 0) + 1


def _listed(**values: tuple[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: f"Choose one of: {', '.join(known)}." for name, (value, known) in values.items() if value not in known}


def _listed_or_blank(**values: tuple[str, Mapping[str, str]]) -> dict[str, str]:
    return _listed(**{name: pair for name, pair in values.items() if pair[0]})


def _keep(faults: Mapping[str, str]) -> None:
    if faults:
        raise BadRecord(faults)
