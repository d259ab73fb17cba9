"""People whose questions open on successive days: most answer when a message reaches them, some are only written to."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

from outcomes.actions import duty
from outcomes.queries.letters import OWN
from participants.models import Message
from tests.cast import hire, load_trial
from tests.chaos.phones import LINK, SAFETY_ITEM, Person, Phone, quiet, somebody
from tests.chaos.wreck import Wreck
from tests.participants.people import NORA, consenting

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
INVITATION, NUDGE = OWN["invitation"].subject, OWN["nudge"].subject
KINDS = {INVITATION: "invitation", NUDGE: "nudge"}
NUDGED_AFTER = 2  # days, as the shipped protocol has it
AT_ONCE = 4  # people who answer at the same time


class Crowd:
    """Everybody, by the day their questions open, and by where they are reached."""

    def __init__(self, running: Wreck, people: dict[int, list[Person]]) -> None:
        self.running, self.people = running, people
        self.everybody = {person.reached_at: person for day in people.values() for person in day}
        self.phones = ThreadPoolExecutor(AT_ONCE)
        self.hurry = Event()
        self.answering: dict[str, Future[None]] = {}
        self.read = 0

    @property
    def days(self) -> int:
        """Until the last nudge has gone."""
        return len(self.people) + NUDGED_AFTER

    def reads_mail(self) -> None:
        """Whoever got the message they act on begins to answer; a second copy changes nothing."""
        arrived = self.running.post.arrived
        while self.read < len(arrived):
            mail, self.read = arrived[self.read], self.read + 1
            person = self.everybody.get(mail.to)
            if person is None or person.quiet or mail.to in self.answering:
                continue
            if mail.subject == (NUDGE if person.slow else INVITATION):
                token = LINK.search(mail.text)
                assert token, mail.text
                phone = Phone(self.running.stack.address, person, self.hurry)
                self.answering[mail.to] = self.phones.submit(phone.answer, token[1])

    def due_on(self, day: int) -> set[tuple[str, str]]:
        """(where it goes, subject) of the messages that this day must bring."""
        waiting = {(p.reached_at, NUDGE) for p in self.people.get(day - NUDGED_AFTER, ()) if p.slow or p.quiet}
        return waiting | {(p.reached_at, INVITATION) for p in self.people.get(day, ())}

    def has_been_dealt_with(self, day: int) -> bool:
        """Whether the outbox has a message done for everything due by that day, and nothing is waiting."""
        wanted = {(f"participant:{self.everybody[to].trial_id}", KINDS[subject]) for to, subject in self.due_on(day)}
        rows = set(Message.objects.exclude(status="pending").values_list("to", "kind"))
        return wanted <= rows and not Message.objects.filter(status="pending").exists()  # no row exists before it is due

    def have_answered(self) -> bool:
        """Whether everybody whom a message has reached is through; a fault that one of them met is raised here."""
        self.reads_mail()
        for one in self.answering.values():
            if one.done():
                one.result()
        return all(one.done() for one in self.answering.values())

    def told_of_distress(self) -> list[Person]:
        return [person for person in self.everybody.values() if person.distressed and SAFETY_ITEM in person.kept]


def a_crowd(count: int, days: int, *, seed: int, only_written_to: int = 0) -> dict[int, list[Person]]:
    """Screened and consenting, as many each day; a clinician is on duty throughout. Whoever is only written to gets text messages."""
    load_trial(at=AT - DAY)
    cast = hire(at=AT - DAY)
    clinician = cast.safety_clinician
    duty.put_on_duty(clinician, site=None, starts_at=AT - DAY, ends_at=AT + 100 * DAY, by=cast.manager, at=AT - DAY)
    chance, people = random.Random(seed), {day: [] for day in range(days)}
    for number in range(count + only_written_to):
        day, phone = number % days, f"+35361{number:06d}"
        facts = NORA | {"email": f"p{number:03d}@people.example", "phone": phone}
        at, channel = AT - timedelta(hours=1) + day * DAY, "email" if number < count else "sms"
        found = consenting(cast.first, by=cast.coordinator, at=at, person=facts, channel=channel)
        told = somebody(number, found.trial_id, facts["email"], chance) if number < count else quiet(number, found.trial_id, phone)
        people[day].append(told)
    return people


def shake(running: Wreck, crowd: Crowd, *, kills: int, freezes: int, pauses: tuple[float, float]) -> None:
    """Kills and freezes spread over the days; a day ends when its messages have had their turn, as a real day would be long enough for."""
    for day in range(crowd.days):
        running.now = AT + day * DAY
        running.moves_on(timedelta(0))
        blows = [running.kill_one] * _share(kills, day, crowd.days) + [running.freeze_the_broker] * _share(freezes, day, crowd.days)
        for blow in running.chance.sample(blows, len(blows)):
            pause = time.monotonic() + running.chance.uniform(*pauses)
            while time.monotonic() < pause:
                running.revive()
                crowd.reads_mail()
                time.sleep(0.05)
            blow()
        running.wait(lambda day=day: crowd.has_been_dealt_with(day), meanwhile=crowd.reads_mail, what=f"the mail of day {day}")
    running.wait(crowd.have_answered, meanwhile=crowd.reads_mail, what="all answers")
    running.wait(lambda: crowd.has_been_dealt_with(crowd.days - 1), meanwhile=crowd.reads_mail, what="the last messages")


def _share(of: int, day: int, days: int) -> int:
    return of * (day + 1) // days - of * day // days


def tell_on(running: Wreck, crowd: Crowd) -> None:
    """The time in which the last alert must be taken on passes while beat, worker and database are killed once more."""
    running.moves_on(timedelta(hours=1, minutes=1))
    for name in ("beat", "worker", "database"):
        if not running.is_down(name):
            running.kill(name)
    pending = Message.objects.filter(status="pending")
    there = Message.objects.filter(kind="alert", event__endswith=":2", status="sent")
    running.wait(
        lambda: there.count() >= len(crowd.told_of_distress()) and not pending.exists(),
        meanwhile=crowd.reads_mail,
        what="the alerts told on",
    )
