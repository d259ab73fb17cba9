"""Web server, worker, beat and broker are killed at random while people answer and reminders fall due: nothing acknowledged is lost.

E-mail has no key against doubles: a message may arrive twice after a crash, but only under one Message-ID; doubles are counted.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from outcomes.actions import duty
from outcomes.models import Alert, Assessment
from participants.actions import messages
from participants.models import Message
from tests.cast import hire, load_trial
from tests.chaos.phones import LINK, SAFETY_ITEM, Person, Phone, somebody
from tests.chaos.wreck import Wreck, tell, wreck
from tests.participants.people import NORA, consenting
from trials.actors import Machine

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
INVITATION, NUDGE = "Your questions are open", "Your questions are waiting"
NUDGED_AFTER = 2  # days, as the shipped protocol has it
AT_ONCE = 4  # people who answer at the same time


class Crowd:
    """People whose questions open on successive days, and who answer when the mail reaches them."""

    def __init__(self, running: Wreck, people: dict[int, list[Person]]) -> None:
        self.running, self.people = running, people
        self.everybody = {person.email: person for day in people.values() for person in day}
        self.phones = ThreadPoolExecutor(AT_ONCE)
        self.hurry = Event()
        self.answering: dict[str, Future[None]] = {}
        self.read = 0

    def reads_mail(self) -> None:
        """Whoever got the message they act on begins to answer; a second copy changes nothing."""
        arrived = self.running.post.arrived
        while self.read < len(arrived):
            mail, self.read = arrived[self.read], self.read + 1
            person = self.everybody.get(mail.to)
            if person and mail.to not in self.answering and mail.subject == (NUDGE if person.slow else INVITATION):
                token = LINK.search(mail.text)
                assert token, mail.text
                phone = Phone(self.running.stack.address, person, self.hurry)
                self.answering[mail.to] = self.phones.submit(phone.answer, token[1])

    def due_on(self, day: int) -> set[tuple[str, str]]:
        """(address, subject) of the messages that this day must bring."""
        slow = {(p.email, NUDGE) for p in self.people.get(day - NUDGED_AFTER, ()) if p.slow}
        return slow | {(p.email, INVITATION) for p in self.people.get(day, ())}

    def has_been_dealt_with(self, day: int) -> bool:
        """Whether the outbox has a message done for everything due by that day, and nothing is waiting."""
        kinds = {INVITATION: "invitation", NUDGE: "nudge"}
        wanted = {(f"participant:{self.everybody[to].trial_id}", kinds[subject]) for to, subject in self.due_on(day)}
        rows = set(Message.objects.exclude(status="pending").values_list("to", "kind"))
        return wanted <= rows and not Message.objects.filter(status="pending").exists()  # no row exists before it is due

    def have_answered(self) -> bool:
        """Whether everybody whom a message has reached is through; a fault that one of them met is raised here."""
        self.reads_mail()
        for one in self.answering.values():
            if one.done():
                one.result()
        return all(one.done() for one in self.answering.values())


def a_crowd(count: int, days: int, *, seed: int) -> dict[int, list[Person]]:
    """Screened and consenting, as many each day; a clinician is on duty throughout."""
    load_trial(at=AT - DAY)
    cast = hire(at=AT - DAY)
    clinician = cast.safety_clinician
    duty.put_on_duty(clinician, site=None, starts_at=AT - DAY, ends_at=AT + 100 * DAY, by=cast.manager, at=AT - DAY)
    chance, people = random.Random(seed), {day: [] for day in range(days)}
    for number in range(count):
        day, email = number % days, f"p{number:03d}@people.example"
        found = consenting(cast.first, by=cast.coordinator, at=AT - timedelta(hours=1) + day * DAY, person=NORA | {"email": email})
        people[day].append(somebody(number, found.trial_id, email, chance))
    return people


def shake(running: Wreck, crowd: Crowd, *, kills: int, only: str | None = None) -> None:
    """Kills spread over the days; a day ends when its messages have had their turn, as a real day would be long enough for."""
    days = len(crowd.people) + NUDGED_AFTER
    for day in range(days):
        running.now = AT + day * DAY
        running.moves_on(timedelta(0))
        for _ in range(kills * (day + 1) // days - kills * day // days):
            pause = time.monotonic() + running.chance.uniform(0.2, 2.5)
            while time.monotonic() < pause:
                running.revive()
                crowd.reads_mail()
                time.sleep(0.05)
            running.kill_one(only)
        running.wait(lambda day=day: crowd.has_been_dealt_with(day), meanwhile=crowd.reads_mail, what=f"the mail of day {day}")
    running.wait(crowd.have_answered, meanwhile=crowd.reads_mail, what="all answers")
    running.wait(lambda: crowd.has_been_dealt_with(days - 1), meanwhile=crowd.reads_mail, what="the last messages")


def lost_messages(crowd: Crowd) -> set[tuple[str, str]]:
    """(address, subject) that should have arrived and has not; an alert's subject names the person it is about."""
    arrived = {(mail.to, mail.subject) for mail in crowd.running.post.arrived}
    due = set().union(*(crowd.due_on(day) for day in range(len(crowd.people) + NUDGED_AFTER)))
    clinician = {("safety_clinician@example.org", f"Please look: {p.trial_id}") for p in told_of_distress(crowd)}
    return (due | clinician | told_on(crowd)) - arrived


def told_on(crowd: Crowd) -> set[tuple[str, str]]:
    """(address, subject) of the alerts that nobody took on: nobody stands in, so the investigator is told."""
    return {("pi@example.org", f"Please look now: {p.trial_id}") for p in told_of_distress(crowd)}


def tell_on(running: Wreck, crowd: Crowd) -> None:
    """The time in which the last alert must be taken on passes while beat and worker are killed once more."""
    running.moves_on(timedelta(hours=1, minutes=1))
    running.kill("beat")
    running.kill("worker")
    pending = Message.objects.filter(status="pending")
    there = Message.objects.filter(kind="alert", event__endswith=":2", status="sent")
    running.wait(
        lambda: there.count() >= len(told_of_distress(crowd)) and not pending.exists(),
        meanwhile=crowd.reads_mail,
        what="the alerts told on",
    )


def told_of_distress(crowd: Crowd) -> list[Person]:
    return [person for person in crowd.everybody.values() if person.distressed and SAFETY_ITEM in person.kept]


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
        if person in told_of_distress(crowd) and person.trial_id not in alerted:
            faults.append(f"{person.trial_id} alert")
    return faults


def doubles(running: Wreck) -> int:
    """How many copies came beyond the first of each Message-ID."""
    return len(running.post.arrived) - len({mail.message_id for mail in running.post.arrived})


def lies(crowd: Crowd) -> dict[str, tuple[int, int, int]]:
    """Receivers for whom (messages marked as sent, Message-IDs that arrived, messages ever tried) is not in ascending order.

    More marked than arrived: one is lost. More arrived than tried: one went out under two ids. A message may arrive and not be
    marked: its sender died, and by the time the next one came to it the person had answered.
    """
    addresses = {f"participant:{p.trial_id}": p.email for p in crowd.everybody.values()}
    marked: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for to, status, attempts in Message.objects.values_list("to", "status", "attempts"):
        marked[addresses.get(to, "staff")] += status == "sent"
        tried[addresses.get(to, "staff")] += attempts > 0
    ids = {(mail.to if mail.to in crowd.everybody else "staff", mail.message_id) for mail in crowd.running.post.arrived}
    came = Counter(to for to, _ in ids)
    return {to: (marked[to], came[to], tried[to]) for to in {*tried, *came} if not marked[to] <= came[to] <= tried[to]}


def nothing_is_lost(database: str, *, kills: int, people: int, days: int, seed: int) -> None:
    began = time.monotonic()
    tell(f"chaos: seed {seed}, {kills} kills, {people} people over {days} days")
    folk = a_crowd(people, days, seed=seed)
    with wreck(database, seed=seed, at=AT) as running:
        crowd = Crowd(running, folk)
        try:
            shake(running, crowd, kills=kills)
        finally:
            crowd.hurry.set()
            crowd.phones.shutdown(cancel_futures=True)
        tell_on(running, crowd)
        tell(
            f"chaos: killed {dict(running.kills)}; {len(running.post.arrived)} mails, {doubles(running)} of them doubles; "
            f"{sum(p.sent for p in crowd.everybody.values())} sittings sent, {len(told_of_distress(crowd))} alerts; "
            f"{time.monotonic() - began:.0f} s\n"
        )
        assert lost_answers(crowd) == []
        assert set(Message.objects.values_list("status", flat=True)) <= {"sent", "dropped"}
        assert lost_messages(crowd) == set()
        assert lies(crowd) == {}
        assert doubles(running) <= running.kills["worker"]
        assert all(p.sent or p.drops_out for p in crowd.everybody.values())


def test_a_few_kills_lose_nothing(committing) -> None:
    nothing_is_lost(committing, kills=6, people=8, days=2, seed=20260302)


@pytest.mark.long(minutes=6)
def test_a_hundred_kills_lose_nothing(committing) -> None:
    nothing_is_lost(committing, kills=100, people=60, days=10, seed=random.SystemRandom().randrange(10**6))


def test_a_worker_that_notes_before_it_sends_loses_messages_and_the_test_sees_it(committing) -> None:
    folk = a_crowd(4, 1, seed=1)
    messages.queue(to="machine:canary", kind="canary", event=f"canary:{AT:%Y%m%dT%HZ}", due_at=AT, by=Machine("beat"), at=AT)
    Message.objects.filter(kind="canary").update(status="dropped")  # this test is about people's mail
    with wreck(committing, seed=1, at=AT, worker="tests.chaos.careless") as running:
        crowd = Crowd(running, folk)
        running.post.thinks = 10.0
        assert running.post.busy.wait(60), "no mail on its way\n" + running.stack.logs()
        running.kill("worker")
        running.post.thinks = 0.0
        running.wait(lambda: crowd.has_been_dealt_with(0), meanwhile=lambda: None, what="the mail of the day")
        running.wait(lambda: len(running.post.arrived) == len(crowd.due_on(0)) - 1, meanwhile=lambda: None, what="all mail but one")
        assert len(lost_messages(crowd) & crowd.due_on(0)) == 1
        assert [marked - came for marked, came, _ in lies(crowd).values()] == [1]
