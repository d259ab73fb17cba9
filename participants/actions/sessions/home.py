"""A person logs by their own link a session that nobody supervised: the steps of the gym floor, taken by the person in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from participants.actions.sessions.common import check_may, check_may_record, check_reason, locked
from participants.actions.sessions.correction import correct, correct_set
from participants.actions.sessions.figures import money, whole
from participants.actions.sessions.floor import finish, log, start
from participants.actions.sessions.sets import LoggedSet
from participants.domain.calendar import week_opens_on
from participants.domain.home import PLACES, UNSUPERVISED, WENT, days_to_choose, read_by
from participants.domain.wall_clock import local_day
from participants.models import ExerciseSet, HomeLog, Participant, TrainingSession
from participants.models.sessions import PARTICIPANT
from participants.queries.hours import opening_at
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import NotAllowed, Permission, Refused
from trials.queries import protocol_in_force

Status = TrainingSession.Status
LONGEST_NOTE, LONGEST_WORDS = 1000, 200
ASKED = (
    "started_at",
    "ended_at",
    "session_rpe",
    "setting",
    "equipment",
    "group_size",
    "participant_cost",
    "ended_early",
    "ended_early_reason",
)
TOO_LATE = "This can't be logged here: its week has not come, it is over for more than seven days, or the study team has entered it."


@dataclass(frozen=True, kw_only=True)
class OwnFacts:
    """A session as its person tells it: an instant, whole minutes, a rating on the plan's scale, where, with what, how many, at what cost.

    `stopped` = the code of the protocol's reason why it ended before all was done, or why nothing was; empty where it went to its end.
    """

    began_at: datetime
    minutes: int
    place: str
    session_rpe: Decimal | None = None
    equipment: str = ""
    together: int = 1
    cost: Decimal | None = None
    stopped: str = ""

    @property
    def of_session(self) -> dict[str, object]:
        """The same by the names of the session's columns."""
        ends = self.began_at + timedelta(minutes=self.minutes)
        told = (
            self.began_at, ends, self.session_rpe, self.place, self.equipment.strip(), self.together, self.cost, bool(self.stopped),
            self.stopped,
        )  # fmt: skip
        return dict(zip(ASKED, told, strict=True))


@action
def log_own(
    session: TrainingSession, *, sets: Sequence[LoggedSet], facts: OwnFacts, went: str, client_uuid: UUID, by: Actor, at: datetime,
    note: str = "", confirmed: bool = False,
) -> HomeLog:  # fmt: skip
    """The whole of a session that nobody supervised, once: begun, its sets, ended. The same `client_uuid` counts once.

    Dose and attendance follow as from the gym floor. An unlikely load asks to be confirmed (`code="confirm"`) and nothing is kept. A note
    is to be read by staff until a day that the person is told.
    """
    session = locked(session)
    _check_person(by, session)
    before = HomeLog.objects.filter(client_uuid=client_uuid).first()
    if before is not None and before.session_id == session.pk:
        return before
    if before is not None or not may_be_logged(session, at):
        raise Refused(TOO_LATE, code="session_closed")
    _check(facts, went, note)
    _check_day(session, facts, at)
    start(session, started_at=facts.began_at, by=by, at=at)
    log(session, sets=sets, client_uuid=client_uuid, confirmed=confirmed, by=by, at=at)
    ended = finish(
        session, ended_at=facts.began_at + timedelta(minutes=facts.minutes), session_rpe=facts.session_rpe,
        ended_early=bool(facts.stopped), ended_early_reason=facts.stopped, missed_reason=facts.stopped, by=by, at=at,
    )  # fmt: skip
    ended.setting, ended.equipment, ended.group_size = facts.place, facts.equipment.strip(), facts.together
    ended.participant_cost, ended.logged_by = money(facts.cost), PARTICIPANT
    ended.save(update_fields=["setting", "equipment", "group_size", "participant_cost", "logged_by"])
    site = ended.enrolment.participant.site
    note = "\n".join(filter(None, (_unread(ended), note.strip())))
    until = read_by(local_day(at, site.timezone), opening_at(protocol_in_force(), site)) if note else None
    facts_told = {"client_uuid": client_uuid, "at": at, "went": went, "note": note, "read_by_on": until}
    told, _ = HomeLog.objects.update_or_create(session=ended, defaults=facts_told | {"read_at": None, "reader": None})
    detail = {"session_no": ended.session_no, "status": ended.status, "note": bool(told.note)}
    audit.record("session.logged_by_participant", about=ended.trial_id, by=by, at=at, detail=detail)
    return told


@action
def correct_own(
    session: TrainingSession, *, sets: Sequence[LoggedSet], facts: OwnFacts, reason: str, by: Actor, at: datetime, confirmed: bool = False
) -> TrainingSession:
    """What the person logged is put right by them, with a reason; every set and fact that changed keeps its old value in the history."""
    session = locked(session)
    _check_person(by, session)
    if not may_be_corrected(session, at):
        raise Refused(TOO_LATE, code="session_closed")
    _check(facts, next(iter(WENT)), "")
    _check_day(session, facts, at)
    rows = {(r.exercise_no, r.set_no): r for r in session.sets.all()}
    changed = [done for done in sets if _differs(rows.get((done.exercise_no, done.set_no)), done)]
    told = {name: value for name, value in facts.of_session.items() if getattr(session, name) != value}
    if not changed and not told:
        raise Refused("Nothing was changed.", code="unchanged", status=422)
    if facts.stopped:
        check_reason(protocol_in_force(), facts.stopped, what="it ended early")
    for done in changed:
        figures = {name: getattr(done, name) for name in ("done_reps", "done_load_kg", "rpe", "rir", "band")}
        place = {"exercise_no": done.exercise_no, "set_no": done.set_no}
        correct_set(session, **place, facts=figures, reason=reason, confirmed=confirmed, by=by, at=at)
    if told:
        correct(session, facts=told, reason=reason, by=by, at=at)
    session.refresh_from_db()
    if not session.held:
        raise Refused("Then nothing was done. Tell the study team, who can take it back.", code="nothing_done", status=422)
    return session


@action
def read_note(session: TrainingSession, *, by: Actor, at: datetime) -> HomeLog:
    """Staff have read what the person wrote; it leaves the worklist. Read again it stays as it was."""
    session = locked(session)
    check_may(by, session.enrolment.participant, Permission.RECORD_SESSION)
    if not isinstance(by, User):
        raise NotAllowed("A note is read by a named person.")
    told = HomeLog.objects.filter(session=session).exclude(note="").first()
    if told is None:
        raise Refused("There is no note to read.", code="no_note")
    if told.read_at is None:
        told.read_at, told.reader = at, by
        told.save(update_fields=["read_at", "reader"])
        audit.record("session.note_read", about=session.trial_id, by=by, at=at, detail={"session_no": session.session_no})
    return told


def days_of(session: TrainingSession, at: datetime) -> tuple[datetime, ...]:
    """Noon of each day on which the person may say that they did it, at their site; empty where it can't be logged now."""
    site = session.enrolment.participant.site
    opens_on = week_opens_on(session.week, session.enrolment.day0)
    days = days_to_choose(opens_on, session.closes_on, local_day(at, site.timezone))
    return tuple(datetime(on.year, on.month, on.day, 12, tzinfo=site.zone) for on in days)


def may_be_logged(session: TrainingSession, at: datetime) -> bool:
    """Whether its person can log it by their link now: unsupervised, not entered, in its trial week or the seven days after."""
    waits = session.status == Status.MISSED or (session.status == Status.SCHEDULED and session.started_at is None)
    return session.supervision == UNSUPERVISED and waits and bool(days_of(session, at))


def may_be_corrected(session: TrainingSession, at: datetime) -> bool:
    """Whether its person can put right what they logged: as long as it could have been logged."""
    return session.held and session.logged_by == PARTICIPANT and bool(days_of(session, at))


def _check_person(by: Actor, session: TrainingSession) -> None:
    if not isinstance(by, Participant):
        raise NotAllowed("The person alone logs a session by their link; staff record it on the gym floor.")
    check_may_record(by, session, Permission.RECORD_SESSION)


def _unread(session: TrainingSession) -> str:
    """What the person wrote when they said that they had done nothing of it, before they made it up, and nobody has read yet."""
    return "".join(HomeLog.objects.filter(session=session, read_at=None).values_list("note", flat=True))


def _check(facts: OwnFacts, went: str, note: str) -> None:
    if went not in WENT or facts.place not in PLACES:
        raise Refused("Say how it went and where it was.", code="unknown_word", status=422)
    if len(note.strip()) > LONGEST_NOTE or len(facts.equipment.strip()) > LONGEST_WORDS:
        raise Refused(f"Shorten the note to {LONGEST_NOTE} letters, and what you used to {LONGEST_WORDS}.", code="too_long", status=422)
    whole(facts.minutes, "Minutes", least=1, most=720)
    whole(facts.together, "How many trained together", least=1, most=50)
    money(facts.cost)


def _check_day(session: TrainingSession, facts: OwnFacts, at: datetime) -> None:
    on = local_day(facts.began_at, session.enrolment.participant.site.timezone)
    if on not in {noon.date() for noon in days_of(session, at)}:
        raise Refused("Choose one of the days of its week.", code="day", status=422)


def _differs(row: ExerciseSet | None, done: LoggedSet) -> bool:
    if row is None:
        raise Refused(f"There is no set {done.set_no} of exercise {done.exercise_no}.", code="unknown_set", status=422)
    stands = LoggedSet(
        exercise_no=row.exercise_no, set_no=row.set_no, done_reps=row.done_reps or 0, done_load_kg=row.done_load_kg, rpe=row.rpe,
        rir=row.rir, band=row.band,
    )  # fmt: skip
    return stands != replace(done, band=done.band.strip())
