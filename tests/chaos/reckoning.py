"""What was lost, doubled or left in doubt, from what the providers were given and what the database says."""

from __future__ import annotations

from collections import Counter

from django.db.models import Q

from outcomes.models import Alert, Assessment
from participants.actions.messages.claiming import key_of
from participants.models import Message
from tests.chaos.crowd import INVITATION, Crowd
from tests.chaos.phones import SAFETY_ITEM
from tests.chaos.wreck import Wreck


def lost_messages(crowd: Crowd) -> set[tuple[str, str]]:
    """(where it goes, subject) that should have arrived and has not; an alert's subject names the person it is about."""
    arrived = {(one.to, one.subject) for one in crowd.running.arrived}
    due = set().union(*(crowd.due_on(day) for day in range(crowd.days)))
    clinician = {("safety_clinician@example.org", f"Please look: {p.trial_id}") for p in crowd.told_of_distress()}
    return (due | clinician | told_on(crowd)) - arrived


def told_on(crowd: Crowd) -> set[tuple[str, str]]:
    """(address, subject) of the alerts that nobody took on: nobody stands in, so the investigator is told."""
    return {("pi@example.org", f"Please look now: {p.trial_id}") for p in crowd.told_of_distress()}


def lost_answers(crowd: Crowd) -> list[str]:
    """Everything acknowledged that the database does not hold as it was acknowledged: answers, scores, alerts."""
    faults = []
    forms = {(a.participant.trial_id, a.instrument): a for a in Assessment.objects.select_related("participant__unit")}
    alerted = set(Alert.objects.filter(kind="alert").values_list("participant__unit__trial_id", flat=True))
    for person in crowd.everybody.values():
        for number, value in person.kept.items():
            instrument, item = ("phq9", number) if number <= SAFETY_ITEM else ("gad7", number - SAFETY_ITEM)
            form = forms.get((person.trial_id, instrument))
            if form is None or form.answers.get(str(item)) != value:
                faults.append(f"{person.trial_id} {instrument} item {item}")
        for instrument, total in person.totals.items() if person.sent else ():
            form = forms[person.trial_id, instrument]
            if form.sent_at is None or form.total != total:
                faults.append(f"{person.trial_id} {instrument} as sent with {total}")
        if person in crowd.told_of_distress() and person.trial_id not in alerted:
            faults.append(f"{person.trial_id} alert")
    return faults


def asked_again(running: Wreck) -> set[str]:
    """The keys of the messages that a provider was given more than once: one that heeds keys delivers each of them once all the same."""
    return {key for key, times in Counter(_key(one.message_id) for one in running.arrived).items() if times > 1}


def in_doubt() -> set[str]:
    """The keys of the messages that the delivery log shows as doubtful: tried more than once, or of unknown end."""
    return {key_of(message) for message in Message.objects.filter(Q(attempts__gt=1) | Q(status="unknown"))}


def delivered_twice(crowd: Crowd) -> dict[tuple[str, str], int]:
    """What reached somebody twice although the provider heeds keys: an invitation, or an alert, under two of them."""
    once = {(one.to, one.subject, _key(one.message_id)) for one in crowd.running.arrived}
    times = Counter((to, subject) for to, subject, _ in once if subject == INVITATION or subject.startswith("Please look"))
    return {what: count for what, count in times.items() if count > 1}


def lies(crowd: Crowd) -> dict[str, tuple[int, int, int]]:
    """Receivers for whom (messages marked as sent, keys that arrived, messages ever tried) is not in ascending order.

    More marked than arrived: one is lost. More arrived than tried: one went out under two keys. A message may arrive and not be
    marked: its sender died, and by the time the next one came to it the person had answered.
    """
    addresses = {f"participant:{p.trial_id}": p.reached_at for p in crowd.everybody.values()}
    marked: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for to, status, attempts in Message.objects.values_list("to", "status", "attempts"):
        marked[addresses.get(to, "staff")] += status == "sent"
        tried[addresses.get(to, "staff")] += attempts > 0
    keys = {(one.to if one.to in crowd.everybody else "staff", _key(one.message_id)) for one in crowd.running.arrived}
    came = Counter(to for to, _ in keys)
    return {to: (marked[to], came[to], tried[to]) for to in {*tried, *came} if not marked[to] <= came[to] <= tried[to]}


def _key(message_id: str) -> str:
    """A mail carries its key before the @."""
    return message_id.strip("<>").partition("@")[0]
