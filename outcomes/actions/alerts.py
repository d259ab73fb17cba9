"""A safety alert reaches a person, is worked step by step, and is closed by name; nothing about it is ever taken back.

Whoever is on duty is told the trial id and where to look: never a name, an answer, a score or an arm.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from outcomes import permissions
from outcomes.domain.instrument import Alert as Raised
from outcomes.models import Alert, AlertStep, Assessment
from outcomes.queries.duty import who_is_told
from participants.actions import messages, moves
from participants.models import Concern, Participant
from trials import audit
from trials.actions import reauthentication
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import Permission, Refused, check

RISK_LEVELS = ("minimal", "lower", "higher")
CHECK_HOURS = 24  # a missing answer is looked into within a day
NO_CONTACT_YET = "first contact isn't recorded yet"


@action
def raise_for(
    assessment: Assessment, *, raised: tuple[Raised, ...], unchecked: tuple[str, ...] = (), by: Actor, at: datetime
) -> tuple[Alert, ...]:
    """Opens what these answers call for and is not open yet: one alert a threshold met, one check an unanswered item.

    A higher answer after a lower one opens the urgent alert beside the first; a lower one after a higher opens nothing.
    """
    known = set(assessment.alerts.values_list("trigger", flat=True))
    opened = [
        _open(assessment.participant, assessment, _trigger(assessment, a), urgent=a.urgent, hours=a.contact_hours, by=by, at=at)
        for a in raised
        if not _already(known, assessment, a)
    ]
    for item in unchecked:
        trigger = f"{assessment.instrument}.{item} missing"
        if not any(t.startswith(f"{assessment.instrument}.{item}") for t in known):
            opened.append(_open(assessment.participant, assessment, trigger, kind=Alert.Kind.CHECK, hours=CHECK_HOURS, by=by, at=at))
    return tuple(opened)


@action
def raise_concern(participant: Participant, *, text: str, by: Actor, at: datetime) -> Alert:
    """Somebody is worried about a person: the safety desk gets a check, whatever the questionnaires say."""
    check(by, Permission.RAISE_CONCERN, at_site=participant.site)
    if not isinstance(by, User):
        raise Refused("A concern is raised by a named person.", code="not_named")
    if not text.strip():
        raise Refused("Say what worries you, in a sentence.", code="empty_text", status=422)
    moves.lock(participant)
    Concern.objects.create(participant=participant, raised_by=by, text=text.strip(), at=at)
    alert = _open(participant, None, "concern", kind=Alert.Kind.CHECK, hours=CHECK_HOURS, by=by, at=at)
    audit.record("concern.raised", about=participant.trial_id, by=by, at=at, detail={"alert_no": alert.alert_no})
    return alert


@action
def open_alert(alert: Alert, *, by: Actor, at: datetime) -> AlertStep:
    """A clinician takes the alert on; the others see who and when. Opened again by the same person, it stays as it was."""
    user = _held(alert, by)
    last = alert.steps.filter(kind="opened").order_by("-at", "-pk").first()
    if last is not None and last.user_id == user.pk:
        return last
    return _step(alert, "opened", user, by=by, at=at)


@action
def record_contact(alert: Alert, *, reached: bool, text: str, by: Actor, at: datetime) -> AlertStep:
    """One attempt to reach the person, and whether it did; the first that does stops the contact clock."""
    user = _held(alert, by)
    _need(text, "Say how you tried to reach the person and what came of it.")
    if reached and alert.first_contact_at is None:
        alert.first_contact_at = at
        alert.save(update_fields=["first_contact_at"])
    return _step(alert, "contact" if reached else "contact_attempt", user, text=text, by=by, at=at)


@action
def assess_risk(alert: Alert, *, level: str, text: str, answers: Mapping[str, Any] | None = None, by: Actor, at: datetime) -> AlertStep:
    """The structured assessment after contact: past attempt, plan, probability, preventive factors, and the level they come to.

    Levels as in the P4 screener (Dube 2010, Prim Care Companion J Clin Psychiatry 12(6)): minimal, lower, higher.
    """
    user = _held(alert, by)
    if level not in RISK_LEVELS:
        raise Refused(f"Choose the level: {', '.join(RISK_LEVELS)}.", code="unknown_level", status=422)
    if alert.first_contact_at is None:
        raise Refused(f"{_named(alert)} can't be assessed: {NO_CONTACT_YET}.", code="no_contact")
    alert.risk_level = level
    alert.save(update_fields=["risk_level"])
    return _step(alert, "assessment", user, text=text, detail={"level": level, **dict(answers or {})}, by=by, at=at)


@action
def record_action(alert: Alert, *, text: str, by: Actor, at: datetime) -> AlertStep:
    """What was done for the person: a referral, a call to their doctor, a plan."""
    user = _held(alert, by)
    _need(text, "Say what was done.")
    return _step(alert, "action", user, text=text, by=by, at=at)


def close(alert: Alert, *, text: str, password: str, release: bool = True, by: Actor, at: datetime) -> Alert:
    """A named clinician closes the alert, the password typed again, after contact and an assessed level; a check needs only its words.

    With `release`, reminders that were held may go again; without, they wait until somebody releases them.
    """
    permissions.check_may_handle(by, alert.participant)
    _check_may_close(alert, text)
    reauthentication.prove(password=password, purpose="close a safety alert", by=by, at=at)
    return close_proved(alert, text=text, release=release, by=by, at=at)


@action
def close_proved(alert: Alert, *, text: str, release: bool = True, by: Actor, at: datetime) -> Alert:
    """The closing itself, once the password is proved: doors call `close`."""
    user = _held(alert, by)
    _check_may_close(alert, text)
    alert.closed_at, alert.closed_by = at, user
    alert.save(update_fields=["closed_at", "closed_by"])
    _step(alert, "closed", user, text=text, by=by, at=at)
    if release:
        release_messages(alert, by=by, at=at)
    return alert


@action
def release_messages(alert: Alert, *, by: Actor, at: datetime) -> Alert:
    """Reminders and messages about missed sessions may go to the person again, as far as this alert is concerned."""
    user = permissions.check_may_handle(by, alert.participant)
    fresh = Alert.objects.select_for_update().get(pk=alert.pk)
    alert.released_at = fresh.released_at
    if alert.released_at is None:
        alert.released_at, alert.released_by = at, user
        alert.save(update_fields=["released_at", "released_by"])
        _step(alert, "released", user, by=by, at=at)
    return alert


@action
def hand_over(alert: Alert, *, to: str, text: str = "", by: Actor, at: datetime) -> AlertStep:
    """Whoever took down an alerting answer says to whom they handed it over. It is a record, not a taking on: the clock runs on."""
    participant = alert.participant
    permissions.check_may_answer(by, participant)
    if not isinstance(by, User):
        raise Refused("A named person hands an alert over.", code="not_named")
    _need(to, "Say to whom you handed it over.")
    moves.lock(participant)
    return _step(alert, "handed_over", by, text=text, detail={"to": to.strip()}, by=by, at=at)


def event_of(alert: Alert, level: int = 1) -> str:
    """The natural key that a message about this alert carries; a further level of escalation has one of its own."""
    return f"alert:{alert.participant.trial_id}/{alert.alert_no}" + (f":{level}" if level > 1 else "")


def _open(
    participant: Participant,
    assessment: Assessment | None,
    trigger: str,
    *,
    kind: str = Alert.Kind.ALERT,
    urgent: bool = False,
    hours: int,
    by: Actor,
    at: datetime,
) -> Alert:
    """The person's row is locked by the caller, so the number is the next one."""
    highest = participant.alerts.aggregate(highest=Max("alert_no"))["highest"] or 0
    alert = Alert.objects.create(
        participant=participant,
        assessment=assessment,
        alert_no=highest + 1,
        kind=kind,
        trigger=trigger,
        urgent=urgent,
        raised_at=at,
        contact_due_at=at + timedelta(hours=hours),
    )
    for user in who_is_told(participant.site, at):
        for way in messages.ways_to(user):
            messages.queue(to=user.actor, kind="alert", event=event_of(alert), channel=way, due_at=at, by=by, at=at)
    audit.record(f"alert.{'raised' if kind == Alert.Kind.ALERT else 'check_opened'}", about=participant.trial_id, by=by, at=at,
                 detail={"alert_no": alert.alert_no})  # fmt: skip
    return alert


def _trigger(assessment: Assessment, raised: Raised) -> str:
    return f"{assessment.instrument}.{raised.item}>={raised.at_least}"


def _already(known: set[str], assessment: Assessment, raised: Raised) -> bool:
    """Whether an alert at this threshold or a higher one of the same item stands already."""
    start = f"{assessment.instrument}.{raised.item}>="
    return any(int(t.removeprefix(start)) >= raised.at_least for t in known if t.startswith(start))


def _held(alert: Alert, by: Actor) -> User:
    """The alert's row, held to the end of the step; a closed one takes no more steps."""
    user = permissions.check_may_handle(by, alert.participant)
    fresh = Alert.objects.select_for_update().get(pk=alert.pk)
    alert.first_contact_at, alert.risk_level, alert.closed_at = fresh.first_contact_at, fresh.risk_level, fresh.closed_at
    if alert.closed_at is not None:
        raise Refused(f"{_named(alert)} is closed.", code="closed")
    return user


def _check_may_close(alert: Alert, text: str) -> None:
    if alert.closed_at is not None:
        raise Refused(f"{_named(alert)} is closed.", code="closed")
    if alert.kind == Alert.Kind.ALERT and alert.first_contact_at is None:
        raise Refused(f"{_named(alert)} can't be closed: {NO_CONTACT_YET}.", code="no_contact")
    if alert.kind == Alert.Kind.ALERT and not alert.risk_level:
        raise Refused(f"{_named(alert)} can't be closed: the risk level isn't assessed yet.", code="not_assessed")
    _need(text, "Say why the alert can be closed.")


def _step(
    alert: Alert, kind: str, user: User, *, text: str = "", detail: Mapping[str, Any] | None = None, by: Actor, at: datetime
) -> AlertStep:
    audit.record(f"alert.{kind}", about=alert.participant.trial_id, by=by, at=at, detail={"alert_no": alert.alert_no})
    return AlertStep.objects.create(alert=alert, kind=kind, text=text.strip(), detail=dict(detail or {}), user=user, at=at)


def _need(text: str, sentence: str) -> None:
    if not text.strip():
        raise Refused(sentence, code="empty_text", status=422)


def _named(alert: Alert) -> str:
    return f"Alert {alert.alert_no} of {alert.participant.trial_id}"
