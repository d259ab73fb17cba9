"""From the first call to randomisation, and what happens to people besides training and questionnaires."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from outcomes.actions import randomisation
from outcomes.demonstration.people import Person
from participants.actions import baseline, clinical, consent, screening, self_reports, unblinding, withdrawal
from participants.models import AdverseEvent, Medication, Participant
from trials import queries
from trials.domain.roles import Role
from trials.models import Site, User

if TYPE_CHECKING:
    from outcomes.demonstration.story import Story

# Who of the trainees, and who of the controls, in the order of randomisation, meets with what.
TRAINEES = {1: "substitutes", 2: "stops", 3: "serious", 4: "withdraws_data", 5: "sore", 6: "interrupts", 8: "ends_early", 9: "dose_change"}
CONTROLS = {1: "withdraws_contact", 2: "tells", 3: "withdraws_all", 4: "dose_change", 5: "lost", 7: "trains_elsewhere"}


class Clinic:
    def __init__(self, story: Story) -> None:
        self.story = story

    def screen(self, person: Person, kind: str, site: Site, *, at: datetime) -> None:
        story, coordinator = self.story, self.story.who(Role.COORDINATOR, site)
        answers = dict(person.eligibility)
        if kind == "pending":
            answers.pop("treatment_change")
        participant = screening.screen(
            site, answers=answers, person=person.identity if kind != "declines" else None, age=int(answers["age"]),
            sex=person.sex, by=coordinator, at=at,
        )  # fmt: skip
        if kind == "declines":
            screening.exclude(
                participant, category="declined", reason=story.random.choice(["no_time", "not_interested"]), by=coordinator, at=at
            )
        elif kind == "unreachable":
            story.later(at + timedelta(days=10), self._give_up, participant)
        elif kind == "enrols":
            self._answer_first(person, participant, site, at)

    def _give_up(self, participant: Participant, *, at: datetime) -> None:
        who = self.story.who(Role.COORDINATOR, participant.site)
        self.story.try_step(screening.exclude, participant, category="other", reason="no_contact", by=who, at=at)

    def _answer_first(self, person: Person, participant: Participant, site: Site, at: datetime) -> None:
        from outcomes.demonstration.story import Life

        self.story.lives[participant.trial_id] = Life(person, participant)
        self.story.later(at + timedelta(days=1), self._consent, participant)

    def _consent(self, participant: Participant, *, at: datetime) -> None:
        story, person = self.story, self.story.lives[participant.trial_id].person
        who = story.who(Role.COORDINATOR, participant.site)
        today = at.astimezone(participant.site.zone).date()
        consent.record_consent(participant, version=queries.protocol_in_force().consent_version, signed_on=today, by=who, at=at)
        baseline.record_baseline(participant, values=person.baseline, by=who, at=at + timedelta(minutes=20))
        baseline.set_availability(participant, preferred=person.preferred, channel=person.channel, by=who, at=at + timedelta(minutes=25))
        if person.baseline["psychotropics"] == "yes":
            clinical.record_medication(
                participant, drug="Sertraline", atc="N06AB06", indication="Anxiety", dose=Decimal(50), unit="mg", frequency="once a day",
                route="oral", started_on=f"{at.year - 1}-09", ongoing=True, by=who, at=at + timedelta(minutes=30),
            )  # fmt: skip
        story.later(at + timedelta(days=1, hours=1), story.answering.baseline, participant)
        story.later(at + timedelta(days=story.random.randint(2, 5)), self._randomise, participant)

    def _randomise(self, participant: Participant, *, at: datetime) -> None:
        story, life = self.story, self.story.lives[participant.trial_id]
        enrolment = randomisation.randomise(participant, by=story.who(Role.COORDINATOR, participant.site), at=at)
        participant.refresh_from_db()
        if enrolment.sessions.exists():
            story.trainees += 1
            life.fate = TRAINEES.get(story.trainees, "")
            story.training.begin(life, enrolment, at=at)
        else:
            story.controls += 1
            life.fate = CONTROLS.get(story.controls, "")
            story.training.defer(life, enrolment)
        story.answering.expect(life, enrolment)
        self._meet_fate(life.fate, participant, enrolment.day0, at)

    def _meet_fate(self, fate: str, participant: Participant, day0: object, at: datetime) -> None:
        weeks = {"stops": 7, "withdraws_data": 6, "withdraws_contact": 5, "withdraws_all": 7, "lost": 12, "serious": 6, "dose_change": 5,
                 "trains_elsewhere": 8, "tells": 4}  # fmt: skip
        if fate in weeks:
            self.story.later(at + timedelta(weeks=weeks[fate], hours=3), getattr(self, f"_{fate}"), participant)

    def _stops(self, participant: Participant, *, at: datetime) -> None:
        withdrawal.stop_training(participant, reason="time", by=self.story.who(Role.COORDINATOR, participant.site), at=at)

    def _withdraws(self, participant: Participant, scope: str, reason: str, at: datetime) -> None:
        withdrawal.withdraw(participant, scope=scope, reason=reason, by=self.story.who(Role.COORDINATOR, participant.site), at=at)

    def _withdraws_contact(self, participant: Participant, *, at: datetime) -> None:
        self._withdraws(participant, "contact", "burden", at)

    def _withdraws_data(self, participant: Participant, *, at: datetime) -> None:
        self._withdraws(participant, "data", "moved", at)

    def _withdraws_all(self, participant: Participant, *, at: datetime) -> None:
        self._withdraws(participant, "all", "not_said", at)

    def _lost(self, participant: Participant, *, at: datetime) -> None:
        withdrawal.record_loss(participant, reason="other", by=self.story.who(Role.COORDINATOR, participant.site), at=at)

    def _serious(self, participant: Participant, *, at: datetime) -> None:
        story, who = self.story, self.story.who(Role.COORDINATOR, participant.site)
        today = at.astimezone(participant.site.zone).date()
        event = clinical.report_event(
            participant, category="health", term="Appendicitis", started_on=today - timedelta(days=1), severity="severe",
            elicited="spontaneous",
            aware_at=at - timedelta(hours=1), ongoing=True, ctcae_grade=3, criteria=["hospital"], action="interrupted", by=who, at=at,
        )  # fmt: skip
        story.later(at + timedelta(minutes=30), self._break_code, participant)
        story.later(at + timedelta(hours=3), self._tell_sponsor, event, who)
        story.later(at + timedelta(hours=20), self._judge, event)
        story.later(at + timedelta(days=4), self._follow_up, event, who)

    def _break_code(self, participant: Participant, *, at: datetime) -> None:
        """The surgeon asks whether the patient lifted weights: the clinician on duty lets the answer be sent without seeing it."""
        clinician = self.story.who(Role.SAFETY_CLINICIAN)
        password = self.story.passwords.get(clinician.username)
        if password is not None:
            unblinding.break_code(
                participant, reason_code="urgent_treatment", reason="The surgeon asks whether heavy loads were lifted.",
                password=password, recipient_name="Dr Aoife Daly", recipient_email="surgeon@example.org", by=clinician, at=at,
            )  # fmt: skip

    def _tells(self, participant: Participant, *, at: datetime) -> None:
        """A participant lets it slip to the assessor, who says so."""
        who, today = self.story.who(Role.ASSESSOR, participant.site), at.astimezone(participant.site.zone).date()
        self_reports.report_unblinding(participant, learned_on=today, how="participant_told", sure=True, by=who, at=at)

    def _tell_sponsor(self, event: AdverseEvent, who: User, *, at: datetime) -> None:
        event.refresh_from_db()
        clinical.report_to_sponsor(event, reported_at=at, by=who, at=at)

    def _judge(self, event: AdverseEvent, *, at: datetime) -> None:
        event.refresh_from_db()
        clinical.assess(event, related="unrelated", expected=False, by=self.story.who(Role.PI), at=at)

    def _follow_up(self, event: AdverseEvent, who: User, *, at: datetime) -> None:
        clinical.add_follow_up(event, text="Operated and home again.", by=who, at=at)

    def _dose_change(self, participant: Participant, *, at: datetime) -> None:
        who = self.story.who(Role.COORDINATOR, participant.site)
        today = at.astimezone(participant.site.zone).date()
        held = Medication.objects.filter(participant=participant, stopped_on="").first()
        if held is not None:
            clinical.change_dose(held, dose=Decimal(100), changed_on=today.isoformat(), reason="Not enough effect", by=who, at=at)
            return
        clinical.record_medication(
            participant, drug="Escitalopram", atc="N06AB10", indication="Anxiety", dose=Decimal(10), unit="mg", frequency="once a day",
            route="oral", started_on=today.isoformat(), ongoing=True, by=who, at=at,
        )  # fmt: skip

    def _trains_elsewhere(self, participant: Participant, *, at: datetime) -> None:
        who = self.story.who(Role.COORDINATOR, participant.site)
        today = at.astimezone(participant.site.zone).date()
        clinical.record_concomitant(
            participant, kind="exercise", description="Joined a gymnasium", started_on=today.isoformat(), sessions_per_week=Decimal(2),
            minutes_per_session=45, by=who, at=at,
        )  # fmt: skip
        clinical.record_deviation(
            participant, kind="intercurrent_event", category="outside_ret", occurred_on=today,
            description="Began resistance training alone.",
            by=who, at=at,
        )  # fmt: skip

    def sore(self, participant: Participant, session: object, *, at: datetime) -> None:
        """What a trainer reports from the floor."""
        clinical.report_event(
            participant, category="pain", term="Knee pain", started_on=at.astimezone(participant.site.zone).date(), severity="mild",
            elicited="session", aware_at=at, ongoing=False, ended_on=None, session=session,  # type: ignore[arg-type]
            action="modified", by=self.story.who(Role.TRAINER, participant.site), at=at,
        )  # fmt: skip
