"""The clockwork of the demonstration: what happens when, in order, one real action after another."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from outcomes.actions import alerts, duty, reminders, reports
from outcomes.demonstration import clinic, people
from outcomes.demonstration.answering import Answering
from outcomes.demonstration.training import Training
from outcomes.models import Alert
from participants.actions import messages
from participants.models import Participant
from trials import audit
from trials.actions import protocol, schemes, staff
from trials.actors import Machine
from trials.domain.roles import Role
from trials.models import Site, User
from trials.permissions import Refused

SHELL, WORKER = Machine("shell"), Machine("worker")
RECRUITMENT = timedelta(weeks=22)
LENGTH = timedelta(weeks=27)
ASSESSED, FAILING = 60, ("age", "trains_now", "treatment_change", "medical_clearance", "can_train")


@dataclass
class Life:
    """One person's course through the demonstration."""

    person: people.Person
    participant: Participant
    fate: str = ""
    held: int = 0
    tested: set[str] = field(default_factory=set)


@dataclass
class Story:
    """Runs from 27 weeks before `ends`; the same seed and end give the same trial to the last byte."""

    seed: int
    ends: datetime
    text: str
    passwords: dict[str, str] = field(default_factory=dict)
    told: Callable[[int, int], None] = lambda done, total: None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.queue: list[tuple[datetime, int, Callable[..., None], tuple[Any, ...]]] = []
        self.counter = 0
        self.lives: dict[str, Life] = {}
        self.trainees = self.controls = 0
        self.begins = (self.ends - LENGTH).replace(hour=9, minute=0, second=0, microsecond=0)
        self.training, self.answering, self.clinic = Training(self), Answering(self), clinic.Clinic(self)

    # --- the clockwork

    def later(self, at: datetime, step: Callable[..., None], *about: Any) -> None:
        """Something that happens at `at` and is over within 90 minutes, if the story lasts so long."""
        if at + timedelta(minutes=90) <= self.ends:
            self.counter += 1
            heapq.heappush(self.queue, (at, self.counter, step, about))

    def run(self) -> None:
        self._found()
        total = int((self.ends - self.begins).total_seconds())
        while self.queue:
            at, _, step, about = heapq.heappop(self.queue)
            step(*about, at=at)
            self.told(int((at - self.begins).total_seconds()), total)
        reports.compute_due(by=WORKER, at=self.ends)
        audit.record("demonstration.built", about="demonstration", by=SHELL, at=self.ends)

    def at_site(self, day: date, clock: str, site: Site) -> datetime:
        return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZoneInfo(site.timezone)).astimezone(UTC)

    # --- before the first person

    def _found(self) -> None:
        at = self.begins - timedelta(days=14)
        protocol.load_protocol(self.text, by=SHELL, at=at)
        self.sites = list(Site.objects.order_by("pk")[:2])
        self.staff: dict[tuple[Role, int | None], User] = {}
        for role in (Role.MANAGER, Role.PI, Role.SAFETY_CLINICIAN, Role.MONITOR, Role.BLINDED_STATISTICIAN, Role.UNBLINDED_STATISTICIAN):
            self._engage(role, None, at)
        for site in self.sites:
            for role in (Role.COORDINATOR, Role.TRAINER, Role.ASSESSOR):
                self._engage(role, site, at)
        schemes.draw_scheme(by=self.who(Role.UNBLINDED_STATISTICIAN), at=at + timedelta(days=1))
        schemes.approve_scheme(by=self.who(Role.MANAGER), at=at + timedelta(days=1, hours=2))
        clinician = self.who(Role.SAFETY_CLINICIAN)
        duty.put_on_duty(clinician, site=None, starts_at=at, ends_at=self.ends + timedelta(days=14), by=self.who(Role.MANAGER), at=at)
        self._recruit()
        day = self.begins
        while day <= self.ends:
            self.later(day + timedelta(hours=2), self._sweep)
            day += timedelta(days=1)
        self.later(self.ends - timedelta(hours=2), self.answering.somebody)

    def _engage(self, role: Role, site: Site | None, at: datetime) -> None:
        names = {
            Role.MANAGER: "Eva Lindqvist", Role.PI: "Prof Maura Keogh", Role.SAFETY_CLINICIAN: "Dr Sinead Byrne", Role.MONITOR: "Jan Novak",
            Role.BLINDED_STATISTICIAN: "Ines Costa", Role.UNBLINDED_STATISTICIAN: "Marek Nowak", Role.COORDINATOR: "Fiona Ryan",
            Role.TRAINER: "Tom Doyle", Role.ASSESSOR: "Lena Fischer",
        }  # fmt: skip
        second = site is not None and site == self.sites[1]
        username = role.value + ("2" if second else "")
        others = {Role.COORDINATOR: "Peter Walsh", Role.TRAINER: "Grace Nolan", Role.ASSESSOR: "Omar Haddad"}
        invited = staff.invite(
            username=username, name=others[role] if second else names[role], role=role, site=site,
            email=f"{username}@example.org", by=SHELL, at=at,
        )  # fmt: skip
        user = invited.invitation.user
        if username in self.passwords:
            user = staff.accept(invited.token, password=self.passwords[username], by=Machine("web"), at=at)
        self.staff[role, site.pk if site else None] = user

    def who(self, role: Role, site: Site | None = None) -> User:
        return self.staff[role, site.pk if site else None]

    def _recruit(self) -> None:
        moments = sorted(self.begins + RECRUITMENT * self.random.random() for _ in range(ASSESSED))
        kinds = ["fails"] * 12 + ["declines"] * 5 + ["unreachable"] * 2 + ["enrols"] * (ASSESSED - 19)
        self.random.shuffle(kinds)
        kinds[-1] = "pending"
        for number, (moment, kind) in enumerate(zip(moments, kinds, strict=True), start=1):
            site = self.sites[0 if self.random.random() < 0.55 else 1]
            at = self.at_site(moment.date(), f"{self.random.randint(9, 16):02d}:{self.random.choice(['05', '20', '40'])}", site)
            ineligible = FAILING[number % len(FAILING)] if kind == "fails" else ""
            self.later(at, self.clinic.screen, people.person(self.random, number, ineligible=ineligible), kind, site)

    # --- every morning

    def _sweep(self, *, at: datetime) -> None:
        reminders.queue_due(by=WORKER, at=at)
        messages.send_due(kinds=reminders.kinds(), by=WORKER, at=at)
        for alert in Alert.objects.filter(first_contact_at=None, closed_at=None, raised_at__gt=at - timedelta(days=1, hours=2)).order_by(
            "pk"
        ):
            if at < self.ends - timedelta(days=2):
                self._answer_alert(alert, at=at + timedelta(hours=1))

    def _answer_alert(self, alert: Alert, *, at: datetime) -> None:
        """The clinician on duty rings, asks, and closes; an alert of the last two days stays open."""
        who = self.who(Role.SAFETY_CLINICIAN)
        alerts.open_alert(alert, by=who, at=at)
        if self.random.random() < 0.3:
            alerts.record_contact(alert, reached=False, text="No answer, message left to ring back.", by=who, at=at + timedelta(minutes=2))
        alerts.record_contact(alert, reached=True, text="Rang; we talked for ten minutes.", by=who, at=at + timedelta(minutes=40))
        if alert.kind == Alert.Kind.ALERT:
            level = self.random.choice(["minimal", "minimal", "lower"])
            alerts.assess_risk(alert, level=level, text="No plan, supported at home.", by=who, at=at + timedelta(minutes=55))
        alert.refresh_from_db()
        alerts.close_proved(alert, text="Family doctor told with consent; helplines given.", by=who, at=at + timedelta(hours=1))

    def try_step(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What a person would try; a refusal is part of life."""
        try:
            return step(*args, **kwargs)
        except Refused:
            return None
