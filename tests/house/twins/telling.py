"""A story told in a database: everybody on staff and the people up to their randomisation once, then on, day by day, in each world."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from typing import Any

from outcomes.actions import (
    alerts,
    assessments,
    checklists,
    digests,
    double_entry,
    duty,
    exports,
    randomisation,
    reminders,
    reports,
    visit_contacts,
)
from outcomes.models import Alert, Duty, Export, Report
from participants.actions import baseline, clinical, consent, links, messages, records, screening, sessions, withdrawal
from participants.actions.sessions import LoggedSet
from participants.models import Message, Participant, StrengthTest, TrainingSession
from tests.cast import PASSWORD, SHELL, engage, load_trial, open_randomisation
from tests.house.lived import ALL_SITES, OTHER, OWN, TOM, Lived, keep_timetable
from tests.house.twins.at_home import log_at_home
from tests.house.twins.story import FOLLOWED, START, Step, Story, text
from tests.outcomes.working import worked_out
from tests.participants.breaking import broken, with_password
from tests.participants.people import NORA
from trials import blinding, forcing
from trials.actions import staff
from trials.actors import Machine
from trials.domain.protocol import Protocol
from trials.domain.protocol.shape import BaselineVariable, EligibilityQuestion
from trials.domain.roles import Role
from trials.models import Site, Unblinding, User
from trials.permissions import Refused
from trials.queries import protocol_in_force

LASTS = timedelta(hours=3)  # a session with what is recorded of it: one that the end of the story would cut short is not begun
EXTRA = ("other_coordinator", "other_trainer", "other_clinician")


def begin(story: Story) -> Lived:
    """Up to the moment before the arms are given: the same for every world of the story."""
    at = START - timedelta(days=7)
    load_trial(at=at - timedelta(days=1), text=text(story.trial))
    sites = list(Site.objects.order_by("pk"))
    first, second = sites[0], sites[-1]
    lived = Lived()
    for role in Role:
        lived.staff[role.value] = engage(role.value, role, None if role in ALL_SITES else first, at=at).pk
    for name in EXTRA:
        role = {"coordinator": Role.COORDINATOR, "trainer": Role.TRAINER, "clinician": Role.SAFETY_CLINICIAN}[name.partition("_")[2]]
        lived.staff[name] = engage(name, role, second, at=at).pk
    both = engage("assessor_and_coordinator", Role.ASSESSOR, first, at=at)
    lived.staff[both.username] = both.pk
    staff.give_role(both, role=Role.COORDINATOR, site=first, by=lived.user("manager"), at=at)
    for place, (name, site) in enumerate((("safety_clinician", first), ("other_clinician", second)), start=1):
        ends = story.until + timedelta(days=40)
        duty.put_on_duty(lived.user(name), site=site, starts_at=at, ends_at=ends, place=place, by=lived.user("manager"), at=at)
    for name in ("safety_clinician", "other_clinician", "pi"):
        with_password(lived.user(name), at)
    for name in ("assessor", "blinded_statistician", "safety_clinician", "other_clinician", both.username, "trainer"):
        staff.choose_digest(lived.user(name), wanted=True, by=lived.user(name), at=at)
    open_randomisation(at=at)
    for who, facts in (("own", NORA), ("third", None), ("other", TOM)):
        by = _coordinator(lived, who)
        lived.people[who] = _ready(second if who == OTHER else first, by, story.protocol, facts).trial_id
    for who in (OWN, OTHER):
        keep_timetable(lived, who, START - timedelta(days=1))
    by, before = lived.user("coordinator"), START - timedelta(days=1)
    lived.people["excluded"] = screening.screen(first, answers=_eligible(story.protocol) | {"age": "99"}, by=by, at=before).trial_id
    lived.people["consented"] = _consenting(first, by, story.protocol, None).trial_id
    for role in ("coordinator", "assessor"):
        made, lived.tokens[role] = staff.make_token(lived.user(role), name="canary", by=lived.user(role), at=at)
        lived.token_pks[role], lived.memberships[role] = made.pk, lived.user(role).memberships.get().pk
    return lived


def tell(story: Story, begun: Lived, arms: dict[str, str]) -> tuple[Lived, list[str]]:
    """The rest with these arms: what tests ask for, and how each step that is told in every world went."""
    lived = deepcopy(begun)
    with forcing.arms({lived.people[who]: arm for who, arm in arms.items()}):
        for minute, who in enumerate(FOLLOWED):
            randomisation.randomise(lived.person(who), by=_coordinator(lived, who), at=START - timedelta(minutes=30 - minute))
    telling = Telling(story, lived)
    telling.to_the_end()
    _number(lived)
    return lived, telling.diary


class Telling:
    """Steps in order of time; a plan of sessions, once laid out, brings its own."""

    def __init__(self, story: Story, lived: Lived) -> None:
        self.story, self.lived, self.diary = story, lived, list[str]()
        self.ahead: list[Step] = list(story.steps)
        heapq.heapify(self.ahead)
        for who in FOLLOWED:
            if blinding.plan_for(lived.person(who).enrolment.allocation) is not None:
                sessions.assign_trainer(lived.person(who).enrolment, trainer=_trainer(lived, who), by=_coordinator(lived, who), at=START)
                self._train(who)

    def to_the_end(self) -> None:
        while self.ahead and self.ahead[0].at < self.story.until:
            step = heapq.heappop(self.ahead)
            try:
                getattr(self, f"_{step.kind}")(step)
                how = "done"
            except Refused as refused:
                how = refused.code
            if not step.kind.startswith("training_"):
                self.diary.append(f"{step.at:%m-%d %H:%M} {step.kind} {step.who}: {how}")
        _sweep(self.story.until - timedelta(minutes=9))
        for view, role in (("closed", "unblinded_statistician"), ("blinded", "blinded_statistician")):
            _export(view, self.lived.user(role), self.story.until - timedelta(minutes=2))

    def _train(self, who: str, phase: str = "") -> None:
        """Every so many sessions something happens at one, made up from a seed of its own."""
        rows = TrainingSession.objects.filter(enrolment__participant=self.lived.person(who), planned_at__lt=self.story.until)
        for row in (rows.filter(phase=phase) if phase else rows).order_by("session_no"):
            if self.story.fate(who, row.session_no)[0] and row.planned_at < self.story.until - LASTS:
                heapq.heappush(self.ahead, Step(row.planned_at, "training_session", who, {"no": row.session_no}))
        if not phase and self.story.dice(who, "stop").random() < 0.4:
            at = START + timedelta(days=self.story.dice(who, "stops").randrange(5, 90), hours=5)
            heapq.heappush(self.ahead, Step(at, "training_stop", who))

    # What only training brings.

    def _training_session(self, step: Step) -> None:
        who, at = step.who, step.at
        person, by = self.lived.person(who), _trainer(self.lived, who)
        session = person.enrolment.sessions.get(session_no=step.given["no"])
        what, hurt = self.story.fate(who, step.given["no"])
        if what == "missed":
            with suppress(Refused):  # whoever stopped training says nothing any more
                sessions.say_cannot_come(session, by=person, at=at - timedelta(hours=2))
            sessions.mark_missed(session, reason="illness", by=by, at=at + timedelta(hours=1))
        elif what == "cancelled":
            sessions.cancel_by_site(session, reason="trainer_ill", by=_coordinator(self.lived, who), at=at - timedelta(hours=1))
        elif what == "held" and not hurt and session.session_no % 2:
            log_at_home(person, session, by=_coordinator(self.lived, who), at=at)
        else:
            self._hold(person, session, by, at, held=what == "held", hurt=hurt)

    def _hold(self, person: Participant, session: TrainingSession, by: User, at: Any, *, held: bool, hurt: bool) -> None:
        sessions.start(session, by=by, at=at)
        key = uuid.uuid5(uuid.NAMESPACE_OID, f"{person}|{session.session_no}")
        first = session.sets.order_by("exercise_no", "set_no").first()
        load = Decimal("41.5") if first.load_model == "external" else None
        lifted = [LoggedSet(exercise_no=first.exercise_no, set_no=first.set_no, done_reps=9, done_load_kg=load)]
        sessions.log(session, sets=lifted, client_uuid=key, confirmed=True, by=by, at=at + timedelta(minutes=9))
        if load is not None and not StrengthTest.objects.filter(participant=person).exists():
            sessions.record_strength_test(
                person, exercise=first.exercise, tested_on=session.planned_on, reps=8, load_kg=load, by=by, at=at + timedelta(minutes=10)
            )
        if held:
            sessions.finish(session, soreness=2, by=by, at=at + timedelta(minutes=50))
        if hurt:
            clinical.report_event(
                person, category="pain", term="Sore shoulder", started_on=session.planned_on, severity="mild", elicited="session",
                aware_at=at + timedelta(minutes=40), session=session, action="modified", by=by, at=at + timedelta(minutes=55),
            )  # fmt: skip

    def _training_stop(self, step: Step) -> None:
        withdrawal.stop_training(self.lived.person(step.who), reason="", by=_coordinator(self.lived, step.who), at=step.at)

    def _defer(self, step: Step) -> None:
        """Nothing where the arm defers nothing; never told apart in the diary."""
        person = self.lived.person(step.who)
        plan = blinding.deferred_plan_for(person.enrolment.allocation)
        try:
            if plan is not None:
                trainer, by = _trainer(self.lived, step.who), _coordinator(self.lived, step.who)
                sessions.lay_out_deferred(person.enrolment, plan=plan, trainer=trainer, by=by, at=step.at)
                self._train(step.who, "deferred")
        except Refused:
            return

    # What happens alike in every arm.

    def _sweep(self, step: Step) -> None:
        _sweep(step.at)

    def _morning(self, step: Step) -> None:
        mail_of_the_day(step.at)

    def _web(self, step: Step) -> None:
        person = self.lived.person(step.who)
        assessments.submit(person, **step.given, client_uuid=self._key(step), by=person, at=step.at)

    def _paper(self, step: Step) -> None:
        given = step.given | {"completed_on": step.at.date(), "client_uuid": self._key(step)}
        form = assessments.enter_paper(self.lived.person(step.who), **given, by=self._desk(step.who), at=step.at).assessment
        if step.who == OWN:  # the coordinator reads the first question differently; of the others the second entry waits
            answers = step.given["answers"] | {"1": (step.given["answers"]["1"] + 1) % 4}
            again = {"answers": answers, "completed_on": step.at.date(), "by": _coordinator(self.lived, step.who)}
            double_entry.enter_again(form, **again, at=step.at + timedelta(minutes=5))

    def _telephone(self, step: Step) -> None:
        given = step.given | {"client_uuid": self._key(step)}
        assessments.enter_telephone(self.lived.person(step.who), **given, by=self._desk(step.who), at=step.at)

    def _none(self, step: Step) -> None:
        given = {key: step.given[key] for key in ("visit", "instrument")}
        assessments.note_not_done(self.lived.person(step.who), **given, reason="Abroad", by=self._desk(step.who), at=step.at)
        tried = {"visit": step.given["visit"], "channel": "phone", "outcome": "no_answer", "by": self._desk(step.who)}
        visit_contacts.record_visit_contact(self.lived.person(step.who), **tried, at=step.at)

    def _work_on_alerts(self, step: Step) -> None:
        person, by = self.lived.person(step.who), self.lived.user("other_clinician" if step.who == OTHER else "safety_clinician")
        for alert in Alert.objects.filter(participant=person, closed_at=None).order_by("alert_no"):
            work: list[Callable[[Any], object]] = [
                lambda at, alert=alert: alerts.open_alert(alert, by=by, at=at),
                lambda at, alert=alert: alerts.record_contact(alert, reached=True, text="Spoke.", by=by, at=at),
                lambda at, alert=alert: alerts.assess_risk(alert, level="lower", text="No plan.", by=by, at=at),
                lambda at, alert=alert: alerts.close(alert, text="Supported.", password=PASSWORD, by=by, at=at),
            ]
            for n, take in enumerate(work[: step.given["steps"]]):
                alert.refresh_from_db()
                take(step.at + timedelta(minutes=5 * n))

    def _harms(self, step: Step) -> None:
        answers = {q.code: "yes" if step.given["yes"] else "no" for q in self.story.protocol.adverse_event_questions}
        clinical.ask_harms(self.lived.person(step.who), visit=step.given["visit"], answers=answers, by=self._desk(step.who), at=step.at)

    def _event(self, step: Step) -> None:
        criteria = ["hospital"] if step.given["serious"] else []
        by = self._desk(step.who) if step.given["n"] else _coordinator(self.lived, step.who)
        clinical.report_event(
            self.lived.person(step.who), category="health", term=step.given["term"], started_on=step.at.date(), severity="moderate",
            elicited="spontaneous", aware_at=step.at - timedelta(minutes=30), ongoing=True, criteria=criteria, by=by, at=step.at,
        )  # fmt: skip

    def _judge(self, step: Step) -> None:
        """The last event told of alike in every arm, by its words and not by its number."""
        found = self.lived.person(step.who).adverse_events.exclude(elicited="session").order_by("at", "pk").last()
        if found is not None:
            clinical.assess(found, **step.given, reason="Seen again", by=self.lived.user("pi"), at=step.at)  # at the first site alone
            if found.serious:
                by = _coordinator(self.lived, step.who)
                clinical.report_to_sponsor(found, reported_at=step.at, by=by, at=step.at + timedelta(minutes=5))

    def _drug(self, step: Step) -> None:
        given = {"drug": step.given["drug"], "dose": Decimal(50), "unit": "mg", "started_on": "2025-09", "ongoing": True}
        clinical.record_medication(self.lived.person(step.who), **given, by=_coordinator(self.lived, step.who), at=step.at)

    def _dose(self, step: Step) -> None:
        held = self.lived.person(step.who).medications.order_by("med_no").last()
        if held is not None:
            given = {"dose": Decimal(100), "changed_on": step.at.date().isoformat(), "reason": "Too little"}
            clinical.change_dose(held, **given, by=_coordinator(self.lived, step.who), at=step.at)

    def _stop_drug(self, step: Step) -> None:
        held = self.lived.person(step.who).medications.order_by("med_no").last()
        if held is not None:
            clinical.stop_medication(held, stopped_on=step.at.date().isoformat(), by=_coordinator(self.lived, step.who), at=step.at)

    def _care(self, step: Step) -> None:
        given = {"kind": "exercise", "description": "Walks", "started_on": "2026-03"}
        clinical.record_concomitant(self.lived.person(step.who), **given, by=_coordinator(self.lived, step.who), at=step.at)

    def _deviation(self, step: Step) -> None:
        given = {"kind": "deviation", "category": "assessor_unblinded", "occurred_on": step.at.date()}
        clinical.record_deviation(self.lived.person(step.who), **given, by=_coordinator(self.lived, step.who), at=step.at)

    def _concern(self, step: Step) -> None:
        """By the trainer where there is one, else by the coordinator: the desk must not be able to tell."""
        person = self.lived.person(step.who)
        trains = person.enrolment.sessions.exclude(phase="deferred").exists()
        by = _trainer(self.lived, step.who) if trains else _coordinator(self.lived, step.who)
        alerts.raise_concern(person, text="Quieter than before.", by=by, at=step.at)

    def _link(self, step: Step) -> None:
        visit = next(v.code for v in self.story.protocol.visits if v.kind == "follow_up")
        links.mint(self.lived.person(step.who), visit=visit, expires_at=None, by=SHELL, at=step.at)

    def _correction(self, step: Step) -> None:
        row = self.lived.person(step.who).baseline.get(variable="mass_kg")
        records.correct(row, changes={"value": "70"}, reason="Misread", by=_coordinator(self.lived, step.who), at=step.at)

    def _code_break(self, step: Step) -> None:
        if step.who != OTHER:
            by = self.lived.user("safety_clinician")
            broken(self.lived.person(step.who), by=by, at=step.at, recipient=self.lived.user("pi"))

    def _withdraw(self, step: Step) -> None:
        by = _coordinator(self.lived, step.who)
        withdrawal.withdraw(self.lived.person(step.who), scope=step.given["scope"], reason="", by=by, at=step.at)

    def _loss(self, step: Step) -> None:
        withdrawal.record_loss(self.lived.person(step.who), reason="", by=_coordinator(self.lived, step.who), at=step.at)

    def _death(self, step: Step) -> None:
        by = _coordinator(self.lived, step.who)
        withdrawal.record_death(self.lived.person(step.who), died_on=step.at.date(), by=by, at=step.at)

    def _export(self, step: Step) -> None:
        by = self.lived.user("unblinded_statistician" if step.given["view"] == "closed" else "blinded_statistician")
        _export(step.given["view"], by, step.at)

    def _report(self, step: Step) -> None:
        for room, verb, role in ((reports, "request_report", "manager"), (checklists, "request_checklists", "blinded_statistician")):
            worked_out(room.compute, getattr(room, verb)(by=self.lived.user(role), at=step.at), at=step.at)

    def _duty(self, step: Step) -> None:
        by, ends = self.lived.user("safety_clinician"), step.at + timedelta(days=9)
        duty.put_on_duty(by, site=Site.objects.order_by("pk")[0], starts_at=step.at, ends_at=ends, place=3, by=by, at=step.at)

    def _desk(self, who: str) -> User:
        """Who enters and asks: a blind assessor at the first site."""
        return self.lived.user("other_coordinator" if who == OTHER else "assessor")

    def _key(self, step: Step) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{step.who}|{step.given['visit']}|{step.given['instrument']}")


def _export(view: str, by: User, at: Any) -> None:
    export = exports.request_export(cut_at=None, view=view, by=by, at=at)
    exports.make_export(export, by=Machine("worker"), at=at)


def _sweep(at: Any) -> None:
    """Twice, so that what the first round queued and what fell due meanwhile is sent."""
    for minutes in (0, 3):
        now = at + timedelta(minutes=minutes)
        reminders.queue_due(by=Machine("beat"), at=now)
        messages.send_due(kinds=reminders.kinds(), at=now)


def mail_of_the_day(at: Any) -> None:
    """To everybody who asked for it and has something to do."""
    digests.queue_due(by=Machine("beat"), at=at)
    messages.send_due(kinds=digests.kinds(), at=at)


def _trainer(lived: Lived, who: str) -> User:
    return lived.user("other_trainer" if who == OTHER else "trainer")


def _coordinator(lived: Lived, who: str) -> User:
    return lived.user("other_coordinator" if who == OTHER else "coordinator")


def _eligible(told: Protocol) -> dict[str, str]:
    return {q.code: _fitting(q) for q in told.eligibility}


def _fitting(asked: EligibilityQuestion | BaselineVariable) -> str:
    """An answer that lets somebody in, or a value within its bounds."""
    if asked.type == "number":
        low, high = asked.minimum or Decimal(0), asked.maximum
        return str(int(low if high is None else (low + high) / 2) if high is None or high - low > 1 else low)
    accepts = getattr(asked, "accepts", ())
    return accepts[0] if accepts else "no" if asked.type == "yes_no" else asked.choices[0].code if asked.choices else "x"


def _consenting(site: Site, by: User, told: Protocol, facts: dict[str, str] | None) -> Participant:
    at = START - timedelta(days=2)
    known = None if facts is None else {name: fact for name, fact in facts.items() if name != "born_on"}
    person = screening.screen(site, answers=_eligible(told), person=known, sex="F", by=by, at=at)
    consent.record_consent(person, version=protocol_in_force().consent_version, signed_on=at.date(), by=by, at=at + timedelta(minutes=10))
    channel = "email" if facts else "none"
    baseline.set_availability(person, preferred=[(0, "18:00"), (3, "07:30")], channel=channel, by=by, at=at + timedelta(minutes=15))
    return person


def _ready(site: Site, by: User, told: Protocol, facts: dict[str, str] | None) -> Participant:
    person, at = _consenting(site, by, told, facts), START - timedelta(days=1)
    baseline.record_baseline(person, values={v.code: _fitting(v) for v in told.baseline}, by=by, at=at)
    for code, items in (("phq9", 9), ("gad7", 7)):
        answers = {str(n): 0 if n == 9 else 2 for n in range(1, items + 1)}
        key = uuid.uuid5(uuid.NAMESPACE_OID, f"{person}|baseline|{code}")
        given = {"visit": "baseline", "instrument": code, "answers": answers, "client_uuid": key}
        assessments.submit(person, **given, by=person, at=at + timedelta(minutes=20))
    return person


def _number(lived: Lived) -> None:
    """What stands in addresses, of whatever there is."""
    for who in (OWN, OTHER, "third"):
        person = lived.person(who)
        alert = Alert.objects.filter(participant=person).order_by("-alert_no").first()
        message = Message.objects.filter(to=person.actor, kind="invitation").order_by("pk").first()
        told = Unblinding.objects.filter(allocation__unit=person.unit).first()
        tests = person.strength_tests.first()
        lived.numbers[who] = lived.numbers[OTHER if who == OTHER else OWN] | {
            "session_no": 2,
            "alert_no": getattr(alert, "alert_no", 1),
            "message": getattr(message, "event", "sitting:week1:invitation"),
            "tested_on": str(getattr(tests, "tested_on", "2026-03-30")),
            "consent": person.consents.get().pk,
            "unblinding": getattr(told, "code", "NOSUCHCODE"),
            "duty": Duty.objects.order_by("pk")[0 if who == OWN else 1].pk,
            "export": getattr(Export.objects.filter(view="closed" if who == OWN else "blinded").first(), "pk", 1),
            "report": getattr(Report.objects.filter(kind=f"checklists_{'closed' if who == OWN else 'blinded'}").first(), "pk", 1),
        }
