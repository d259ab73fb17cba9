"""Questionnaires in the demonstration: answered on a phone, on paper, in part, late or never."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from outcomes.actions import assessments
from outcomes.demonstration.people import answers
from outcomes.queries import sittings
from participants.models import Enrolment, Participant
from trials import queries
from trials.domain.roles import Role

if TYPE_CHECKING:
    from outcomes.demonstration.story import Life, Story

ITEMS = {"phq9": 9, "gad7": 7}


class Answering:
    def __init__(self, story: Story) -> None:
        self.story, self.sent = story, 0

    def baseline(self, participant: Participant, *, at: datetime) -> None:
        self._answer(self.story.lives[participant.trial_id], "baseline", 0.0, at=at, certain=True)

    def expect(self, life: Life, enrolment: Enrolment) -> None:
        """Each follow-up visit is answered on some day of its window, or not at all."""
        trains = enrolment.sessions.exists()
        for visit in queries.protocol_in_force().visits:
            if visit.kind != "follow_up" or visit.opens_day is None or visit.closes_day is None:
                continue
            day = enrolment.day0 + timedelta(
                days=min(visit.closes_day, visit.opens_day + self.story.random.choice([0, 0, 1, 1, 2, 3, 5, 6]))
            )
            clock = time(self.story.random.randint(11, 21), self.story.random.randint(0, 59))
            at = datetime.combine(day, clock, tzinfo=life.participant.site.zone)
            progress = min(1.0, max(0, (visit.target_day or 0)) / 56)
            self.story.later(at, self._visit, life, visit.code, progress * (0.55 if trains else 0.12))

    def _visit(self, life: Life, visit: str, better: float, *, at: datetime) -> None:
        self._answer(life, visit, better, at=at, certain=False)

    def somebody(self, *, at: datetime) -> None:
        """Whoever has depression questions open answers them now, so that the day ends with an alert that nobody has opened."""
        protocol = queries.protocol_in_force()
        for life in self.story.lives.values():
            for sitting in sittings.open_sittings(life.participant, protocol, at=at):
                if "phq9" in sitting.instruments and sittings.ended_on(life.participant) is None:
                    self._answer(life, sitting.visit, 0.0, at=at, certain=True)
                    return

    def _answer(self, life: Life, visit: str, better: float, *, at: datetime, certain: bool) -> None:
        random = self.story.random
        if not certain and random.random() < 0.08:
            return
        self.sent += 1
        last_days = at > self.story.ends - timedelta(days=2)
        for instrument in queries.protocol_in_force().visit(visit).instruments:
            ill = life.person.depression if instrument == "phq9" else life.person.anxiety
            given = answers(random, ITEMS[instrument], ill * (1 - better) + random.gauss(0, 1.2))
            missing: dict[str, str] = {}
            if instrument == "phq9":
                given["9"] = 2 if self.sent == 17 else 1 if self.sent % 23 == 5 or last_days else 0
                if self.sent % 31 == 9:
                    del given["3"]
                    missing["3"] = "skipped"
                if self.sent == 40:
                    del given["9"]
                    missing["9"] = "skipped"
            self._send(life, visit, instrument, given, missing, at)

    def _send(self, life: Life, visit: str, instrument: str, given: dict[str, int], missing: dict[str, str], at: datetime) -> None:
        participant = life.participant
        key = uuid5(NAMESPACE_OID, f"{self.story.seed}|{participant.trial_id}|{visit}|{instrument}")
        if life.person.channel == "none":
            day = at.astimezone(participant.site.zone).date()
            self.story.try_step(
                assessments.enter_paper, participant, visit=visit, instrument=instrument, answers=given, missing=missing, completed_on=day,
                client_uuid=key, by=self.story.who(Role.ASSESSOR, participant.site), at=at,
            )  # fmt: skip
            return
        self.story.try_step(
            assessments.submit, participant, visit=visit, instrument=instrument, answers=given, missing=missing, client_uuid=key,
            by=participant, at=at,
        )  # fmt: skip
