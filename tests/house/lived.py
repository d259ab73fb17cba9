"""A trial lived for three months by actions alone, for the tests that try every door: two sites, two people followed, everybody on staff.

`prepare` leads to the moment before the arms are given; `randomise` gives the arms it is told; `live` goes on to the end. Whoever
is followed has the same kinds of records in either arm; only what an arm itself brings (sessions and what hangs on them) differs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connections

from outcomes.actions import alerts, assessments, checklists, closed_reports, duty, exports, letters, randomisation, reminders, reports
from outcomes.models import Alert, Duty, Export, Report
from participants.actions import (
    baseline,
    clinical,
    consent,
    feeds,
    hours,
    links,
    messages,
    reach,
    screening,
    self_reports,
    sessions,
    unblinding,
)
from participants.models import Message, Participant, TrainingSession
from tests.cast import PASSWORD, SHELL, engage, load_trial, open_randomisation
from tests.outcomes.working import worked_out
from tests.participants.breaking import broken, with_password
from tests.participants.people import BASELINE, ELIGIBLE, NORA
from tests.participants.training import done
from trials import blinding, forcing
from trials.actions import staff
from trials.actors import Machine
from trials.domain.roles import Role
from trials.models import Site, Unblinding, User
from trials.queries import protocol_in_force

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MIDWAY = START + timedelta(days=35)
PRIMARY = START + timedelta(days=79)
END = START + timedelta(days=101)
ALL_SITES = (Role.MANAGER, Role.BLINDED_STATISTICIAN, Role.UNBLINDED_STATISTICIAN)
ITEMS = {"phq9": 9, "gad7": 7}
OWN, OTHER = "own", "other"
TOM = NORA | {"given_name": "Tomas", "email": "tomas@canary.example", "phone": "+353 61 555 777"}


@dataclass
class Lived:
    """Whom and what the tests ask for, as plain keys, so that nothing read before a clone is carried over."""

    people: dict[str, str] = field(default_factory=dict)  # own, other, and those who never came to an arm -> trial id
    staff: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)  # own | other -> what stands in an address
    tokens: dict[str, str] = field(default_factory=dict)
    memberships: dict[str, int] = field(default_factory=dict)
    token_pks: dict[str, int] = field(default_factory=dict)

    def user(self, role: str) -> User:
        return User.objects.get(pk=self.staff[role])

    def person(self, who: str) -> Participant:
        return Participant.objects.with_record().get(unit__trial_id=self.people[who])


@contextmanager
def standing_in(name: str) -> Iterator[None]:
    """Everything within reads and writes this database; nothing is left open on it."""
    connection = connections["default"]
    connection.close()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    cache.clear()
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = before
        cache.clear()


def prepare() -> Lived:
    load_trial(at=START - timedelta(days=8))
    lived = Lived()
    at = START - timedelta(days=7)
    first, second = Site.objects.order_by("pk")[:2]
    for role in Role:
        lived.staff[role.value] = engage(role.value, role, None if role in ALL_SITES else first, at=at).pk
    lived.staff["other_coordinator"] = engage("other_coordinator", Role.COORDINATOR, second, at=at).pk
    lived.staff["other_trainer"] = engage("other_trainer", Role.TRAINER, second, at=at).pk
    lived.staff["other_clinician"] = engage("other_clinician", Role.SAFETY_CLINICIAN, second, at=at).pk
    for name, site in (("safety_clinician", first), ("other_clinician", second)):
        ends = END + timedelta(days=40)
        duty.put_on_duty(lived.user(name), site=site, starts_at=at, ends_at=ends, by=lived.user("manager"), at=at)
    for name in ("safety_clinician", "other_clinician", "pi"):
        with_password(lived.user(name), at)
    open_randomisation(at=at)
    near, far = lived.user("coordinator"), lived.user("other_coordinator")
    lived.people[OWN] = _ready(first, near, NORA).trial_id
    lived.people[OTHER] = _ready(second, far, TOM).trial_id
    lived.people["third"] = _ready(first, near, None).trial_id
    lived.people["screened"] = screening.screen(first, answers={"age": "30"}, by=near, at=START - timedelta(days=1)).trial_id
    lived.people["excluded"] = screening.screen(first, answers=ELIGIBLE | {"age": "66"}, by=near, at=START - timedelta(days=1)).trial_id
    lived.people["consented"] = _consenting(first, near, None).trial_id
    words = {"subject": "Please answer", "body": "Hello,\n\nOpen {link}", "short": "Open {address} and type {code}"}
    letters.write_letter(kind="invitation", language="en", **words, by=lived.user("manager"), at=at)
    for role in ("coordinator", "assessor"):
        made, lived.tokens[role] = staff.make_token(lived.user(role), name="canary", by=lived.user(role), at=at)
        lived.token_pks[role] = made.pk
        lived.memberships[role] = lived.user(role).memberships.get().pk
    return lived


def randomise(lived: Lived, arms: dict[str, str]) -> None:
    """At one and the same hour; `arms` in the order in which they are given."""
    with forcing.arms({lived.people[who]: arm for who, arm in arms.items()}):
        for minute, who in enumerate(arms):
            near = lived.user("other_coordinator" if who == OTHER else "coordinator")
            randomisation.randomise(lived.person(who), by=near, at=START + timedelta(minutes=minute))


def live(lived: Lived, *, until: datetime = END) -> None:
    """Day by day what the calendar asks; at the end the cuts, the report and a last alert left open."""
    for who in (OWN, OTHER):
        if blinding.plan_for(lived.person(who).enrolment.allocation) is not None:
            _begin_training(lived, who, START + timedelta(hours=1))
    _sweep(START + timedelta(days=27))
    _visit(lived, "week1", START + timedelta(days=28, hours=3))
    _sweep(START + timedelta(days=28, hours=6))
    for who in (OWN, OTHER):
        _clinic(lived, who, START + timedelta(days=30))
        _break_code(lived, who, START + timedelta(days=30, hours=2))
        _sit(lived, who, START + timedelta(days=31))
        keep_timetable(lived, who, START + timedelta(days=32))
    _sweep(MIDWAY)
    if until <= MIDWAY:
        return
    _visit(lived, "week4", START + timedelta(days=49, hours=3), ninth=2)
    _work_on_alerts(lived, START + timedelta(days=49, hours=4))
    _sweep(START + timedelta(days=76))
    _visit(lived, "week8", PRIMARY)
    for who in (OWN, OTHER):
        _defer(lived, who, START + timedelta(days=91))
    _raise_concerns(lived, START + timedelta(days=95))
    _sweep(END - timedelta(days=1))
    _publish(lived, END - timedelta(hours=6))
    _number(lived)


def _consenting(site: Site, by: User, facts: dict[str, str] | None) -> Participant:
    at = START - timedelta(days=2)
    person = screening.screen(site, answers=ELIGIBLE, person=facts, sex="F", by=by, at=at)
    version = protocol_in_force().consent_version
    consent.record_consent(person, version=version, signed_on=at.date(), by=by, at=at + timedelta(minutes=10))
    channel = "email" if facts else "none"
    slots = [(0, "18:00"), (3, "07:30")]
    baseline.set_availability(person, preferred=slots, channel=channel, by=by, at=at + timedelta(minutes=15))
    return person


def _ready(site: Site, by: User, facts: dict[str, str] | None) -> Participant:
    person = _consenting(site, by, facts)
    at = START - timedelta(days=1)
    baseline.record_baseline(person, values=BASELINE, by=by, at=at)
    for code in ITEMS:
        _answer(person, "baseline", code, 2, at + timedelta(minutes=20))
    return person


def _answer(person: Participant, visit: str, code: str, value: int, at: datetime, ninth: int = 0) -> None:
    answers = {str(n): ninth if (code, n) == ("phq9", 9) else value for n in range(1, ITEMS[code] + 1)}
    key = uuid.uuid5(uuid.NAMESPACE_OID, f"{person}|{visit}|{code}")
    assessments.submit(person, visit=visit, instrument=code, answers=answers, client_uuid=key, by=person, at=at)


def _visit(lived: Lived, visit: str, at: datetime, ninth: int = 0) -> None:
    for who in (OWN, OTHER):
        for code in ITEMS:
            _answer(lived.person(who), visit, code, 1, at, ninth)


def _trainer(lived: Lived, who: str) -> User:
    return lived.user("trainer" if who == OWN else "other_trainer")


def _coordinator(lived: Lived, who: str) -> User:
    return lived.user("coordinator" if who == OWN else "other_coordinator")


def _begin_training(lived: Lived, who: str, at: datetime) -> None:
    sessions.assign_trainer(lived.person(who).enrolment, trainer=_trainer(lived, who), by=_coordinator(lived, who), at=at)


def _sit(lived: Lived, who: str, at: datetime) -> None:
    """What only training brings: sessions held and missed, a load, and an event found at one of them."""
    by, person = _trainer(lived, who), lived.person(who)
    rows = list(TrainingSession.objects.filter(enrolment=person.enrolment, planned_at__lt=at).order_by("session_no"))
    if not rows:
        return
    first, second, *_ = rows
    sessions.record_strength_test(
        person, exercise="squat", tested_on=first.planned_on, reps=8, load_kg=Decimal("41.5"), by=by, at=first.planned_at
    )
    sessions.start(first, by=by, at=first.planned_at)
    key = uuid.uuid5(uuid.NAMESPACE_OID, f"{who} first")
    sessions.log(first, sets=done(9, "41.5", (1, 1)), client_uuid=key, confirmed=True, by=by, at=first.planned_at + timedelta(minutes=9))
    sessions.finish(first, session_rpe=Decimal(13), by=by, at=first.planned_at + timedelta(minutes=50))
    sessions.mark_missed(second, reason="illness", by=by, at=second.planned_at + timedelta(hours=1))
    first.refresh_from_db()
    clinical.report_event(
        person, category="pain", term="Knee pain", started_on=first.planned_on, severity="mild", elicited="session", aware_at=at,
        session=first, action="modified", by=by, at=at,
    )  # fmt: skip


def keep_timetable(lived: Lived, who: str, at: datetime) -> None:
    """Alike in either arm: an empty slot, hours and an absence at each site, none of which meets a session."""
    site, trainer, own = lived.person(who).site, _trainer(lived, who), {"by": _coordinator(lived, who), "at": at}
    later = END + timedelta(days=300)
    slot = sessions.open_slot(site, trainer=trainer, starts_at=later, minutes=60, capacity=2, **own)
    kept = [hours.keep_hours(site, trainer=trainer, weekday=day, opens=time(0), closes=time(0), **own) for day in range(7)]
    absence = hours.record_absence(site, trainer=trainer, starts_at=later, ends_at=later + timedelta(days=1), reason="Leave", **own)
    if who == OWN:
        lived.tokens["feed"] = feeds.issue_feed(trainer, by=trainer, at=at).token
        lived.tokens["stop"] = reach.stop_token(lived.people[who], by=Machine("worker"), at=at)
    lived.numbers[who] = {"site": site.code, "slot": slot.pk, "hours": kept[0].pk, "absence": absence.pk}


def _clinic(lived: Lived, who: str, at: datetime) -> None:
    person, by, today = lived.person(who), _coordinator(lived, who), at.date()
    clinical.record_medication(person, drug="Sertraline", dose=Decimal(50), unit="mg", started_on="2025-09", ongoing=True, by=by, at=at)
    clinical.report_event(
        person, category="health", term="Appendicitis", started_on=today - timedelta(days=1), severity="severe", elicited="spontaneous",
        aware_at=at - timedelta(hours=1), ongoing=True, criteria=["hospital"], by=by, at=at,
    )  # fmt: skip
    clinical.record_concomitant(person, kind="exercise", description="Walks", started_on="2026-03", by=by, at=at)
    clinical.record_deviation(person, kind="deviation", category="procedure", occurred_on=today, visit="week1", by=by, at=at)
    if who == OWN:
        tell = {"learned_on": today, "how": "participant_told", "sure": False, "note": "In the corridor"}
        self_reports.report_unblinding(person, by=lived.user("assessor"), at=at + timedelta(minutes=5), **tell)


def _break_code(lived: Lived, who: str, at: datetime) -> None:
    """For a third person's eyes, who reads it at the first site and not at the other."""
    clinician, reader = ("safety_clinician", "pi") if who == OWN else ("other_clinician", "other_coordinator")
    told = broken(lived.person(who), by=lived.user(clinician), at=at, recipient=lived.user(reader))
    if who == OWN:
        unblinding.read_arm(told.unblinding, password=PASSWORD, by=lived.user(reader), at=at + timedelta(minutes=20))


def _work_on_alerts(lived: Lived, at: datetime) -> None:
    """Each first alert is taken on, worked on and closed."""
    by = lived.user("safety_clinician")
    for alert in Alert.objects.filter(kind="alert", participant=lived.person(OWN), closed_at=None):
        alerts.open_alert(alert, by=by, at=at)
        alerts.record_contact(alert, reached=True, text="Spoke.", by=by, at=at + timedelta(minutes=5))
        alerts.assess_risk(alert, level="lower", text="No plan.", by=by, at=at + timedelta(minutes=9))
        alert.refresh_from_db()
        alerts.close(alert, text="Supported.", password=PASSWORD, by=by, at=at + timedelta(minutes=30))


def _raise_concerns(lived: Lived, at: datetime) -> None:
    """By the trainer where there was one, else by the coordinator: the desk must not be able to tell."""
    for who in (OWN, OTHER):
        trains = lived.person(who).enrolment.sessions.filter(phase="intervention").exists()
        by = _trainer(lived, who) if trains else _coordinator(lived, who)
        alerts.raise_concern(lived.person(who), text="Quieter than before.", by=by, at=at)


def _defer(lived: Lived, who: str, at: datetime) -> None:
    person = lived.person(who)
    plan = blinding.deferred_plan_for(person.enrolment.allocation)
    if plan is not None:
        sessions.lay_out_deferred(person.enrolment, plan=plan, trainer=_trainer(lived, who), by=_coordinator(lived, who), at=at)


def _sweep(at: datetime) -> None:
    """Twice, so that what the first round queued and what fell due meanwhile is sent."""
    for minutes in (0, 180):
        now = at + timedelta(minutes=minutes)
        reminders.queue_due(by=Machine("beat"), at=now)
        messages.send_due(kinds=reminders.kinds(), at=now)


def _publish(lived: Lived, at: datetime) -> None:
    for name, view in (("unblinded_statistician", "closed"), ("blinded_statistician", "blinded")):
        export = exports.request_export(cut_at=at, view=view, by=lived.user(name), at=at)
        exports.make_export(export, by=Machine("worker"), at=at)
    report = reports.request_report(by=lived.user("manager"), at=at)
    reports.compute(report, by=Machine("worker"), at=at)
    worked_out(checklists.compute, checklists.request_checklists(by=lived.user("blinded_statistician"), at=at), at=at)
    worked_out(checklists.compute, checklists.request_checklists_by_arm(by=lived.user("unblinded_statistician"), at=at), at=at)
    worked_out(closed_reports.compute, closed_reports.request_closed_report(by=lived.user("unblinded_statistician"), at=at), at=at)
    for who in (OWN, OTHER):
        lived.tokens[who] = links.mint(lived.person(who), visit="week12", expires_at=None, by=SHELL, at=at).token


def _number(lived: Lived) -> None:
    """The numbers that stand in addresses."""
    for who in (OWN, OTHER):
        person = lived.person(who)
        held = TrainingSession.objects.filter(enrolment=person.enrolment).order_by("session_no")
        lived.numbers[who] |= {
            "session_no": getattr(held.filter(status="scheduled").first(), "session_no", 0),
            "alert_no": Alert.objects.filter(participant=person).order_by("-alert_no").first().alert_no,
            "message": Message.objects.filter(to=person.actor, kind="invitation").order_by("pk")[0].event,
            "tested_on": str(getattr(person.strength_tests.first(), "tested_on", "2026-03-30")),
            "consent": person.consents.get().pk,
            "unblinding": Unblinding.objects.get(allocation__unit=person.unit).code,
            "duty": Duty.objects.order_by("pk")[0 if who == OWN else 1].pk,
            "export": Export.objects.get(view="closed" if who == OWN else "blinded").pk,
            "report": Report.objects.get(kind="checklists_closed" if who == OWN else "checklists_blinded").pk,
        }
