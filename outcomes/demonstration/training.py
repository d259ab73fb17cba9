"""Training in the demonstration: starting loads, sessions held, missed, moved, cancelled and made up, and the deferred course."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from outcomes.demonstration.people import REASONS, STARTING_KG
from participants.actions import sessions
from participants.actions.sessions import LoggedSet
from participants.models import Enrolment, ExerciseSet, TrainingSession
from trials import blinding
from trials.domain.roles import Role

if TYPE_CHECKING:
    from outcomes.demonstration.story import Life, Story

Status = TrainingSession.Status


class Training:
    def __init__(self, story: Story) -> None:
        self.story = story

    def begin(self, life: Life, enrolment: Enrolment, *, at: datetime) -> None:
        trainer = self.story.who(Role.TRAINER, life.participant.site)
        sessions.assign_trainer(enrolment, trainer=trainer, by=self.story.who(Role.COORDINATOR, life.participant.site), at=at)
        self._look_ahead(life, enrolment)

    def _look_ahead(self, life: Life, enrolment: Enrolment) -> None:
        for session in enrolment.sessions.filter(status=Status.SCHEDULED):
            if self.story.random.random() < 0.04:
                self.story.later(session.at - timedelta(days=1, hours=2), self._move, session)
            self.story.later(session.at, self._meet, life, session.pk)

    def defer(self, life: Life, enrolment: Enrolment) -> None:
        """The wait-list trains once its primary visit is over."""
        begins = datetime.combine(enrolment.day0, datetime.min.time(), tzinfo=life.participant.site.zone)
        self.story.later(begins + timedelta(days=70, hours=10), self._begin_deferred, life, enrolment)

    def _begin_deferred(self, life: Life, enrolment: Enrolment, *, at: datetime) -> None:
        plan = blinding.deferred_plan_for(enrolment.allocation)
        coordinator = self.story.who(Role.COORDINATOR, life.participant.site)
        trainer = self.story.who(Role.TRAINER, life.participant.site)
        if plan and self.story.try_step(sessions.lay_out_deferred, enrolment, plan=plan, trainer=trainer, by=coordinator, at=at):
            self._look_ahead(life, enrolment)

    def _move(self, session: TrainingSession, *, at: datetime) -> None:
        session.refresh_from_db()
        there = session.at.astimezone(session.enrolment.participant.site.zone) - timedelta(hours=1)
        who = self.story.who(Role.COORDINATOR, session.enrolment.participant.site)
        self.story.try_step(sessions.move, session, on=there.date(), clock=there.time(), reason="Asked for an earlier hour", by=who, at=at)

    def _meet(self, life: Life, pk: int, *, at: datetime) -> None:
        session = TrainingSession.objects.select_related("enrolment__participant__unit__site").get(pk=pk)
        if session.status != Status.SCHEDULED:
            return
        random, trainer = self.story.random, self.story.who(Role.TRAINER, life.participant.site)
        at = max(at, session.at)
        interrupted = life.fate == "interrupts" and session.phase == "intervention" and session.week in (4, 5)
        if random.random() < 0.02:
            sessions.cancel_by_site(session, reason="trainer_ill", by=self.story.who(Role.COORDINATOR, life.participant.site), at=at)
        elif interrupted or random.random() > life.person.diligence:
            reason = "illness" if interrupted else random.choice(REASONS)
            self.story.try_step(sessions.mark_missed, session, reason=reason, by=trainer, at=at + timedelta(minutes=20))
            if not interrupted and random.random() < 0.35:
                self.story.later(at + timedelta(days=2), self._make_up, life, session)
        else:
            self._hold(life, session, at)

    def _make_up(self, life: Life, session: TrainingSession, *, at: datetime) -> None:
        session.refresh_from_db()
        trainer = self.story.who(Role.TRAINER, life.participant.site)
        if self.story.try_step(sessions.start, session, by=trainer, at=at):
            self._fill(life, session, at)

    def _hold(self, life: Life, session: TrainingSession, at: datetime) -> None:
        trainer = self.story.who(Role.TRAINER, life.participant.site)
        self._test(life, session, at)
        if self.story.try_step(sessions.start, session, by=trainer, at=at):
            self._fill(life, session, at)

    def _test(self, life: Life, session: TrainingSession, at: datetime) -> None:
        """Starting loads at the first session of all; a ten-repetition test at the first of the intervention."""
        trainer, today = self.story.who(Role.TRAINER, life.participant.site), at.astimezone(life.participant.site.zone).date()
        for exercise, kilograms in STARTING_KG.items():
            load = Decimal(round(kilograms * life.person.strength / 2.5)) * Decimal("2.5") or Decimal("2.5")
            if exercise not in life.tested:
                life.tested.add(exercise)
                sessions.record_strength_test(life.participant, exercise=exercise, tested_on=today, reps=8, load_kg=load, by=trainer, at=at)
            elif session.phase == "intervention" and f"10RM {exercise}" not in life.tested:
                life.tested.add(f"10RM {exercise}")
                heavier = load + Decimal("2.5")
                self.story.try_step(
                    sessions.record_strength_test, life.participant, exercise=exercise, tested_on=today, reps=10, load_kg=heavier,
                    rir=Decimal(0), purpose="progress", by=trainer, at=at,
                )  # fmt: skip

    def _fill(self, life: Life, session: TrainingSession, at: datetime) -> None:
        random, trainer = self.story.random, self.story.who(Role.TRAINER, life.participant.site)
        life.held += 1
        early = life.fate == "ends_early" and life.held == 5
        rows = list(session.sets.order_by("exercise_no", "set_no"))
        strong = random.random() < 0.4  # on a good day every set reaches the top of its range
        done = [self._done(life, row, strong) for row in (rows[: len(rows) // 2] if early else rows)]
        ends = at + timedelta(minutes=25 if early else random.randint(46, 63))
        key = f"{self.story.seed}|{life.participant.trial_id}|{session.session_no}"
        sessions.log(session, sets=done, client_uuid=uuid5(NAMESPACE_OID, key), confirmed=True, by=trainer, at=ends - timedelta(minutes=3))
        session.refresh_from_db()
        rating = random.randint(12, 16)
        sessions.finish(
            session, ended_at=ends, session_rpe=Decimal(rating), soreness=random.randint(0, 5), warmup_minutes=8,
            working_minutes=12 if early else 38, cooldown_minutes=5, ended_early=early, ended_early_reason="pain" if early else "",
            by=trainer, at=ends,
        )  # fmt: skip
        if life.fate == "sore" and life.held == 4:
            self.story.clinic.sore(life.participant, session, at=ends)

    def _done(self, life: Life, row: ExerciseSet, strong: bool) -> LoggedSet:
        """Mostly as planned or a little more; now and then less, in repetitions or in load."""
        random, planned = self.story.random, row.planned_reps or 8
        most = row.planned_reps_max or planned
        reps = min(most, planned + random.choice([0, 1, 2, 2, 3, 4]))
        load = row.planned_load_kg
        if strong:
            reps = most
        elif random.random() < 0.06:
            reps = max(4, planned - 2)
        elif load is not None and load > 10 and random.random() < 0.04:
            load -= Decimal("2.5")
        swap = life.fate == "substitutes" and life.held == 6 and row.exercise == "squat"
        return LoggedSet(
            exercise_no=row.exercise_no, set_no=row.set_no, done_reps=reps, done_load_kg=load,
            rpe=None, rir=Decimal(random.randint(1, 4)),
            substitute="leg_press" if swap else "", substitute_reason="Back felt stiff" if swap else "", set_kind=row.set_kind,
        )  # fmt: skip
