"""Adverse events: as told, followed up, judged by the investigator, reported in time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from participants import permissions
from participants.actions import moves
from participants.actions.clinical import checks
from participants.actions.clinical.checks import BadRecord
from participants.domain import clinical as words
from participants.domain.clocks import Relatedness, Seriousness
from participants.models import AdverseEvent, EventFollowUp, Participant, TrainingSession
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused, allowed, check


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
    faults = checks.listed(severity=(severity, words.SEVERITIES), elicited=(elicited, words.ELICITED))
    faults |= checks.listed_or_blank(action=(action, words.ACTIONS), outcome=(outcome, words.OUTCOMES), visit=(visit, checks.visits()))
    faults |= checks.listed_or_blank(**{f"criteria {c}": (c, {s.value: s.label for s in Seriousness}) for c in criteria})
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
    checks.keep(faults)
    event = AdverseEvent.objects.create(
        participant=participant,
        ae_no=checks.next_number(AdverseEvent.objects.filter(participant=participant), "ae_no"),
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
    checks.check_standing(event)
    if not text.strip():
        raise BadRecord({"text": "Say what was learnt."})
    follow_up = EventFollowUp.objects.create(event=event, text=text.strip(), by=by.actor, at=at)
    audit.record("event.followed_up", about=event.participant.trial_id, by=by, at=at, detail={"ae_no": event.ae_no})
    return follow_up


@action
def assess(event: AdverseEvent, *, related: str, expected: bool, by: Actor, at: datetime, reason: str = "") -> AdverseEvent:
    """The investigator's judgement. Judging again needs a reason; the old judgement stays in the history."""
    check(by, Permission.ASSESS_EVENT, at_site=event.participant.site)
    checks.check_standing(event)
    checks.keep(checks.listed(related=(related, {r.value: r.value for r in Relatedness})))
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


def _check_reportable(event: AdverseEvent, by: Actor) -> None:
    check(by, Permission.RECORD_CLINICAL, at_site=event.participant.site)
    checks.check_standing(event)
    if not event.serious:
        raise Refused(f"Event {event.ae_no} of {event.participant} is not serious: no report is due.", code="not_serious")


def _check_session(by: Actor, participant: Participant, elicited: str, session: TrainingSession | None) -> None:
    if (elicited == "session" or session is not None) and not allowed(by, Permission.SEE_SESSIONS, at_site=participant.site):
        raise BadRecord({"elicited": "Choose a visit, or told by the person."})
    if session is not None and session.enrolment.participant_id != participant.pk:
        raise BadRecord({"session": f"That session is not one of {participant}'s."})
