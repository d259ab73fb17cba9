"""The exercises of a session as the gym floor shows them: plan, last time, sets, and which set comes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from participants.actions.sessions.common import plan_of, plans_of
from participants.actions.sessions.loads import prescription_for
from participants.domain.prescription import REPS_ONLY, without_load
from participants.models import ExerciseSet, TrainingSession
from participants.queries.sessions import left_over, sets_done_before
from trials.domain.protocol.shape import SessionPlan
from trials.languages import ENGLISH, Language
from trials.ui.words import number


@dataclass(frozen=True, kw_only=True)
class Lift:
    """One exercise of a session: its place, name, planned sets as rows, and what was done last time in words."""

    no: int
    code: str
    label: str
    step: Decimal
    sets: list[ExerciseSet]
    last: str
    why: str
    equipment: tuple[str, ...] = ()
    language: Language = ENGLISH

    @property
    def done(self) -> bool:
        return all(s.done_reps is not None for s in self.sets)

    @property
    def plan(self) -> str:
        """ "2 × 8-12 at 60 kg", or without a load where none is prescribed."""
        planned = [s for s in self.sets if s.planned_reps is not None]
        if not planned:
            return self.language.say("Beyond the plan")
        one, say = planned[0], self.language.say
        reps = str(one.planned_reps) if one.planned_reps == one.planned_reps_max else f"{one.planned_reps}\u2013{one.planned_reps_max}"
        words = f"{len(planned)} × {reps}"
        if one.planned_load_kg is not None and one.load_model != REPS_ONLY:
            words = say("{sets} at {load} kg", sets=words, load=self.language.number(number(one.planned_load_kg)))
        return (say("{sets} a side", sets=words) if one.sides == 2 else words) + self._effort(one)

    def _effort(self, one: ExerciseSet) -> str:
        if one.planned_rpe is not None:
            return f", RPE {self.language.number(number(one.planned_rpe))}"
        if one.planned_rir is None:
            return ""
        return f", {self.language.say('{count} in reserve', count=self.language.number(number(one.planned_rir)))}"

    @property
    def load_open(self) -> bool:
        """Whether another load can still be set: none of the sets is done, and the exercise takes a load."""
        return all(s.done_reps is None and s.load_model != REPS_ONLY for s in self.sets)

    @property
    def with_band(self) -> bool:
        """Whether an elastic band may stand in place of kilograms."""
        return any("band" in name for name in self.equipment)

    @property
    def needs_load(self) -> bool:
        return any(s.load_model == "external" for s in self.sets)


def lifts_of(found: TrainingSession, language: Language = ENGLISH) -> list[Lift]:
    """The exercises of a session: frozen rows once it began, else the prescription as it stands now; words in the `language`."""
    plan = plan_of(found)
    rows = list(found.sets.all())
    whys = {r.exercise_no: r.load_why for r in rows if r.load_why}
    if not rows:
        prescribed = prescription_for(found, plan)
        rows = [ExerciseSet(session=found, **{k: getattr(s, k) for k in s.__dataclass_fields__}) for s in prescribed.sets]
        whys = {r.exercise_no: prescribed.proposals[r.exercise].why for r in rows}
    last = _last_time(found, language)
    by_no: dict[int, list[ExerciseSet]] = {}
    for row in rows:
        by_no.setdefault(row.exercise_no, []).append(row)
    return [_lift(no, sets, plan, last, whys.get(no, ""), language) for no, sets in sorted(by_no.items())]


def without_loads(lifts: Iterable[Lift]) -> list[str]:
    """The exercises, as they are called, for which a session prescribes no load though they are done with one."""
    return [lift.label for lift in lifts if without_load(lift.sets)]


def next_without_loads(sessions: Iterable[TrainingSession], now: datetime) -> tuple[TrainingSession, list[str]] | None:
    """The next of one person's sessions, from today on, and the exercises it prescribes no load for; None where it lacks none."""
    coming = [s for s in sessions if s.status == s.Status.SCHEDULED and s.started_at is None and not left_over(s) and _from_today(s, now)]
    found = min(coming, key=lambda s: s.at, default=None)
    if found is None or not plans_of([found]):
        return None
    lacking = without_loads(lifts_of(found))
    return (found, lacking) if lacking else None


def _from_today(session: TrainingSession, now: datetime) -> bool:
    zone = session.enrolment.participant.site.zone
    return session.at.astimezone(zone).date() >= now.astimezone(zone).date()


def _lift(no: int, sets: list[ExerciseSet], plan: SessionPlan, last: dict[str, str], why: str, language: Language) -> Lift:
    code = sets[0].substitute_for or sets[0].exercise
    known = next((e for e in plan.exercises if e.code == code), None)
    label = known.label if known else code.replace("_", " ").capitalize()
    step = known.increment_kg if known else Decimal("2.5")
    equipment = known.equipment if known else ()
    told = last.get(code, "")
    return Lift(no=no, code=code, label=label, step=step, sets=sets, last=told, why=why, equipment=equipment, language=language)


def _last_time(found: TrainingSession, language: Language) -> dict[str, str]:
    """By exercise, the last held session before this one in words: "57.5 kg × 12, 12"."""
    newest: dict[str, tuple[int, list[ExerciseSet]]] = {}
    for row in sets_done_before(found):
        held = newest.setdefault(row.exercise, (row.session_id, []))
        if held[0] == row.session_id:
            held[1].append(row)
    return {code: in_words(rows, language) for code, (_, rows) in newest.items()}


def in_words(rows: list[ExerciseSet], language: Language = ENGLISH) -> str:
    """Sets as people say them; the load once where it was the same."""
    loads = {r.done_load_kg for r in rows}
    if len(loads) == 1 and None not in loads:
        return f"{language.number(number(rows[0].done_load_kg))} kg × " + ", ".join(str(r.done_reps) for r in rows)
    return ", ".join(set_in_words(r.done_load_kg, r.done_reps, language) for r in rows)


def set_in_words(load_kg: Decimal | None, reps: int | None, language: Language = ENGLISH) -> str:
    return language.say("{count} repetitions", count=reps) if load_kg is None else f"{language.number(number(load_kg))} kg × {reps}"


def place_of(lifts: list[Lift], exercise: str | None, set_no: str | None) -> tuple[Lift, ExerciseSet] | None:
    """The set to enter: the one asked for, else the first without a figure; None when all have one."""
    asked = next((lift for lift in lifts if str(lift.no) == exercise), None)
    if asked:
        named = next((s for s in asked.sets if str(s.set_no) == set_no), None)
        return asked, named or next((s for s in asked.sets if s.done_reps is None), asked.sets[0])
    return next(((lift, s) for lift in lifts for s in lift.sets if s.done_reps is None), None)


def as_planned_words(lift: Lift) -> str:
    """What "done as planned" saves for the sets still open, in words; empty where no load is known or nothing is open."""
    todo = [s for s in lift.sets if s.done_reps is None and s.planned_reps is not None]
    if not todo or any(lacks_load(s) for s in todo):
        return ""
    say, words = lift.language.say, set_in_words(todo[0].planned_load_kg, todo[0].planned_reps_max, lift.language)
    return (
        say("{count} sets as planned: {words}", count=len(todo), words=words)
        if len(todo) > 1
        else say("Done as planned: {words}", words=words)
    )


def lacks_load(row: ExerciseSet) -> bool:
    return row.load_model == "external" and row.planned_load_kg is None
