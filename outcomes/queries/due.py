"""What a sweep finds due at an instant, in sets: open questionnaires, coming and missed sessions of people whom messages reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
    visits = [replace(visit, instruments=wording.asked_of_people(visit, protocol)) for visit in protocol.visits]
    for person, trial_id, visit, sitting in _sittings(site, [visit for visit in visits if visit.instruments], at):
        rules = policy if visit.kind == "follow_up" else replace(policy, last_call_days=None)
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


Open = tuple[int, str, Visit, Sitting]  # a person, their trial id, and a visit of theirs


def _sittings(site: Site, visits: Sequence[Visit], at: datetime) -> list[Open]:
    """The people whose window of a visit holds today and who have not sent everything in it."""
    baselines, follow_ups = [v for v in visits if v.kind == "baseline"], [v for v in visits if v.kind != "baseline"]
    found = [*_baselines(site, baselines, at), *_follow_ups(site, follow_ups, at)]
    sent = _sent(found)
    return [row for row in found if not sent.get((row[0], row[2].code), set()) >= set(row[2].instruments)]


def _follow_ups(site: Site, visits: Sequence[Visit], at: datetime) -> Iterator[Open]:
    today = at.astimezone(site.zone).date()
    spans = [(v, timedelta(v.opens_day), timedelta(v.closes_day)) for v in visits if v.opens_day is not None and v.closes_day is not None]
    within = Q()
    for _, opens, closes in spans:
        within |= Q(day0__range=(today - closes, today - opens))
    if not spans:
        return
    rows = Enrolment.objects.filter(within, participant__in=reachable(site, at))
    for person, trial_id, day0 in rows.values_list("participant_id", "participant__unit__trial_id", "day0"):
        for visit, opens, closes in spans:
            if day0 + opens <= today <= day0 + closes:
                yield person, trial_id, visit, Sitting(visit.code, day0 + opens, day0 + closes)


def _baselines(site: Site, visits: Sequence[Visit], at: datetime) -> Iterator[Open]:
    if not visits:
        return
    today = at.astimezone(site.zone).date()
    rows = Consent.objects.filter(
        voided_at=None,
        signed_on__range=(today - BASELINE_CHASE, today),
        participant__status=Status.CONSENTED,
        participant__in=reachable(site, at),
    )
    for person, trial_id, signed_on in rows.values_list("participant_id", "participant__unit__trial_id", "signed_on"):
        for visit in visits:
            yield person, trial_id, visit, Sitting(visit.code, signed_on, signed_on + BASELINE_CHASE)


def _sent(found: Sequence[Open]) -> dict[tuple[int, str], set[str]]:
    """The instruments that each of these people has sent at a visit."""
    sent: dict[tuple[int, str], set[str]] = {}
    if found:
        people, codes = {person for person, _, _, _ in found}, {visit.code for _, _, visit, _ in found}
        rows = Assessment.objects.filter(participant__in=people, visit__in=codes).exclude(sent_at=None)
        for person, visit, instrument in rows.values_list("participant_id", "visit", "instrument"):
            sent.setdefault((person, visit), set()).add(instrument)
    return sent


def _ahead(site: Site, policy: Reminders, at: datetime) -> Iterator[tuple[int, str, Training]]:
    """Sessions to come of which something may be due."""
    ends, later = reminders.ahead(policy, site.zone, at), at + reminders.start_looked_ahead(policy)
    until = max(later, *ends.values()) if ends else later
    if until == at:
        return
    rows = _sessions(site, TrainingSession.Status.SCHEDULED, at, after=at, until=until).annotate(begins=BEGINS_DEFERRED)
    new = Q(begins=True)
    for kind, end in ends.items():
        new |= Q(starts__lte=end) & _untold(kind)
    rows = rows.filter(new)
    for person, trial_id, number, starts, begins in rows.values_list(*NAMED, "begins"):
        yield person, trial_id, Training(str(number), starts, begins_deferred=begins)


def _missed(site: Site, policy: Reminders, at: datetime) -> Iterator[tuple[int, str, Training]]:
    since = at - reminders.looked_back(policy)
    if since == at:
        return
    rows = _sessions(site, TrainingSession.Status.MISSED, at, after=since, until=at).filter(_untold("missed_session"))
    for person, trial_id, number, starts in rows.values_list(*NAMED):
        yield person, trial_id, Training(str(number), starts, missed=True)


def _sessions(site: Site, status: str, at: datetime, *, after: datetime, until: datetime) -> QuerySet[TrainingSession]:
    """Sessions in that state that start in `(after, until]`, of people who may be reached and have not stopped training."""
    return (
        TrainingSession.objects.filter(status=status, planned_at__range=(after - MOVED_WITHIN, until + MOVED_WITHIN))
        .filter(enrolment__participant__in=reachable(site, at))
        .exclude(enrolment__participant__endings__in=Ending.objects.filter(kind=Ending.Kind.TRAINING_STOP, voided_at=None))
        .filter(
            Q(rescheduled_at=None, planned_at__gt=after, planned_at__lte=until) | Q(rescheduled_at__gt=after, rescheduled_at__lte=until)
        )  # not by `starts`: the planner knows how many rows a column's range holds, and nothing of an expression's
        .annotate(starts=Coalesce("rescheduled_at", "planned_at"), reader=READER, event=EVENT)
    )


def _untold(kind: str) -> Q:
    """A message of this kind is not in the outbox yet: most of the sessions ahead are done with at every sweep."""
    return Q(~Exists(Message.objects.filter(to=OuterRef("reader"), kind=kind, event=OuterRef("event"))))


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
