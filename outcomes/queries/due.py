"""What a sweep finds due at an instant, in sets: open questionnaires, coming and missed sessions of people whom messages reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import BooleanField, DateTimeField, Exists, ExpressionWrapper, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from outcomes.models import HOLDING, Alert, Assessment
from outcomes.queries import wording
from participants.domain import reminders
from participants.domain.journey import Status
from participants.domain.reminders import Due, Sitting, Training
from participants.models import Consent, Ending, Enrolment, Message, Participant, TrainingSession
from participants.post import channels
from trials.domain.protocol import Protocol
from trials.domain.protocol.shape import Reminders, Visit
from trials.models import Site

BASELINE_CHASE = timedelta(days=14)  # a baseline has no last day; people are reminded for a fortnight after consent
MOVED_WITHIN = timedelta(days=8)  # a session stays within its trial week when it is moved
HELD_FOR = timedelta(minutes=15)  # a held message is looked at again after this
NOT_DURING_AN_ALERT = ("nudge", "last_call", "missed_session")
OF_DEFERRED = Q(phase=TrainingSession.Phase.DEFERRED) & ~Q(status=TrainingSession.Status.CANCELLED_BY_SITE)
EARLIER = TrainingSession.objects.filter(OF_DEFERRED, enrolment=OuterRef("enrolment"), session_no__lt=OuterRef("session_no"))
BEGINS_DEFERRED = ExpressionWrapper(OF_DEFERRED & ~Exists(EARLIER), output_field=BooleanField())
NAMED = ("enrolment__participant_id", "enrolment__participant__unit__trial_id", "session_no", "starts")

# Whom a session's messages go to and what they speak of, as `participants.domain.reminders` and the outbox spell it.
READER = Concat(Value("participant:"), "enrolment__participant__unit__trial_id", output_field=TextField())
UTC_START = Func("starts", template="timezone('UTC', %(expressions)s)", output_field=DateTimeField())
MOMENT = Func(UTC_START, Value('YYYYMMDD"T"HH24MI"Z"'), function="to_char", output_field=TextField())
EVENT = Concat(Value("session:"), Cast("session_no", TextField()), Value(":"), MOMENT, output_field=TextField())


def at_site(site: Site, protocol: Protocol, at: datetime) -> Iterator[tuple[str, Due]]:
    """(trial id, message) of everything due; whose messages an alert holds gets no nudge, no last call, no word of a missed session."""
    policy, zone = protocol.reminders, site.zone
    worried = set(Alert.objects.filter(HOLDING, participant__unit__site=site).values_list("participant_id", flat=True))
    for visit in protocol.visits:
        rules = policy if visit.kind == "follow_up" else replace(policy, last_call_days=None)
        for person, trial_id, sitting in _sittings(site, replace(visit, instruments=wording.asked_of_people(visit, protocol)), at):
            for due in reminders.due(rules, zone, at, sittings=[sitting]):
                if not (due.kind in NOT_DURING_AN_ALERT and person in worried):
                    yield trial_id, due
    for trial_id, consented_at in _newcomers(site, policy, at):
        for due in reminders.due(policy, zone, at, consented_at=consented_at):
            yield trial_id, due
    for person, trial_id, training in [*_ahead(site, policy, at), *_missed(site, policy, at)]:
        for due in reminders.due(policy, zone, at, trainings=[training]):
            if not (due.kind in NOT_DURING_AN_ALERT and person in worried):
                yield trial_id, due


def _newcomers(site: Site, policy: Reminders, at: datetime) -> Iterable[tuple[str, datetime]]:
    """Who consented a short while ago, where the protocol has them welcomed."""
    if not policy.welcome:
        return ()
    rows = Consent.objects.filter(voided_at=None, at__gt=at - reminders.WELCOMED_FOR, at__lte=at, participant__in=reachable(site, at))
    return rows.values_list("participant__unit__trial_id", "at")


def _sittings(site: Site, visit: Visit, at: datetime) -> list[tuple[int, str, Sitting]]:
    """The people whose window of this visit holds today and who have not sent everything in it."""
    if not visit.instruments:
        return []
    found = list(_baselines(site, visit, at) if visit.kind == "baseline" else _follow_ups(site, visit, at))
    done = _finished(visit, [person for person, _, _ in found])
    return [row for row in found if row[0] not in done]


def _follow_ups(site: Site, visit: Visit, at: datetime) -> Iterator[tuple[int, str, Sitting]]:
    if visit.opens_day is None or visit.closes_day is None:
        return
    opens, closes = timedelta(days=visit.opens_day), timedelta(days=visit.closes_day)
    today = at.astimezone(site.zone).date()
    rows = Enrolment.objects.filter(day0__range=(today - closes, today - opens), participant__in=reachable(site, at))
    for person, trial_id, day0 in rows.values_list("participant_id", "participant__unit__trial_id", "day0"):
        yield person, trial_id, Sitting(visit.code, day0 + opens, day0 + closes)


def _baselines(site: Site, visit: Visit, at: datetime) -> Iterator[tuple[int, str, Sitting]]:
    today = at.astimezone(site.zone).date()
    rows = Consent.objects.filter(
        voided_at=None,
        signed_on__range=(today - BASELINE_CHASE, today),
        participant__status=Status.CONSENTED,
        participant__in=reachable(site, at),
    )
    for person, trial_id, signed_on in rows.values_list("participant_id", "participant__unit__trial_id", "signed_on"):
        yield person, trial_id, Sitting(visit.code, signed_on, signed_on + BASELINE_CHASE)


def _finished(visit: Visit, people: Iterable[int]) -> set[int]:
    sent: dict[int, set[str]] = {}
    rows = Assessment.objects.filter(participant__in=list(people), visit=visit.code).exclude(sent_at=None)
    for person, instrument in rows.values_list("participant_id", "instrument"):
        sent.setdefault(person, set()).add(instrument)
    return {person for person, codes in sent.items() if codes >= set(visit.instruments)}


def _ahead(site: Site, policy: Reminders, at: datetime) -> Iterator[tuple[int, str, Training]]:
    """Sessions to come of which something may be due."""
    soon, later = at + reminders.looked_ahead(policy), at + reminders.start_looked_ahead(policy)
    if soon == later == at:
        return
    rows = _sessions(site, TrainingSession.Status.SCHEDULED, at, after=at, until=max(soon, later)).annotate(begins=BEGINS_DEFERRED)
    rows = rows.filter(Q(starts__lte=soon) & _untold(reminders.kinds_ahead(policy)) | Q(begins=True))
    for person, trial_id, number, starts, begins in rows.values_list(*NAMED, "begins"):
        yield person, trial_id, Training(str(number), starts, begins_deferred=begins)


def _missed(site: Site, policy: Reminders, at: datetime) -> Iterator[tuple[int, str, Training]]:
    since = at - reminders.looked_back(policy)
    if since == at:
        return
    rows = _sessions(site, TrainingSession.Status.MISSED, at, after=since, until=at).filter(_untold(("missed_session",)))
    for person, trial_id, number, starts in rows.values_list(*NAMED):
        yield person, trial_id, Training(str(number), starts, missed=True)


def _sessions(site: Site, status: str, at: datetime, *, after: datetime, until: datetime) -> QuerySet[TrainingSession]:
    """Sessions in that state that start in `(after, until]`, of people who may be reached and have not stopped training."""
    return (
        TrainingSession.objects.filter(status=status, planned_at__range=(after - MOVED_WITHIN, until + MOVED_WITHIN))
        .filter(enrolment__participant__in=reachable(site, at))
        .exclude(enrolment__participant__endings__in=Ending.objects.filter(kind=Ending.Kind.TRAINING_STOP, voided_at=None))
        .annotate(starts=Coalesce("rescheduled_at", "planned_at"), reader=READER, event=EVENT)
        .filter(starts__gt=after, starts__lte=until)
    )


def _untold(kinds: Iterable[str]) -> Q:
    """A message of one of these kinds is not in the outbox yet: most of the sessions ahead are done with at every sweep."""
    missing = Q()
    for kind in kinds:
        missing |= ~Exists(Message.objects.filter(to=OuterRef("reader"), kind=kind, event=OuterRef("event")))
    return missing


def reachable(site: Site, at: datetime) -> QuerySet[Participant, dict[str, int]]:
    """The people of a site who take part, agreed to messages and whom they reach now, as a subquery."""
    ended = Ending.objects.filter(voided_at=None, kind__in=[Ending.Kind.WITHDRAWAL, Ending.Kind.LOSS, Ending.Kind.DEATH])
    return (
        Participant.objects.filter(unit__site=site, availability__channel__in=list(channels), availability__bounced_at=None)
        .filter(Q(availability__paused_until=None) | Q(availability__paused_until__lte=at))
        .exclude(status=Status.EXCLUDED)
        .exclude(pk__in=ended.values("participant"))
        .values("pk")
    )
