"""What adherence and dose are computed from: sessions and sets, named by the columns of session.csv and exercise_set.csv.

Loads and volumes are kilograms as `Decimal`, minutes whole numbers, days site dates. A set's load is the total external mass moved per
repetition (bar included, both dumbbells added); repetitions are per side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from types import MappingProxyType

from participants.domain.sets import SetRecord

__all__ = [
    "DEFAULT_RULES",
    "HELD",
    "NOT_HELD",
    "UNATTENDED",
    "Phase",
    "ReasonClass",
    "Rules",
    "SessionRecord",
    "SetRecord",
    "Status",
    "minutes_between",
    "session_from",
    "whole_minutes",
]


class Status(StrEnum):
    SCHEDULED = "scheduled"
    ATTENDED = "attended"
    MADE_UP = "made_up"
    MISSED = "missed"
    CANCELLED_BY_SITE = "cancelled_by_site"
    NOT_DELIVERED = "not_delivered"


class ReasonClass(StrEnum):
    """What kind of reason stands behind a missed, reduced or shortened session (Nilsen et al. 2018: health or not)."""

    HEALTH = "health"
    NON_HEALTH = "non_health"
    SITE = "site"


class Phase(StrEnum):
    FAMILIARISATION = "familiarisation"
    INTERVENTION = "intervention"
    FOLLOW_UP = "follow_up"
    DEFERRED = "deferred"


HELD = (Status.ATTENDED, Status.MADE_UP)
UNATTENDED = (Status.MISSED, Status.SCHEDULED)  # a due session without a record counts as missed
_AS_PLANNED = (Status.ATTENDED,)
_UNATTENDED_OR_MADE_UP = (*UNATTENDED, Status.MADE_UP)
_PLANNED = attrgetter("planned_on", "session_no")


# What is told of a session that was held, and empty for any other.
NOT_HELD: Mapping[str, str | None] = MappingProxyType(
    dict.fromkeys(("paused_seconds", "ended_early", "group_size", "participant_cost"), None)
    | dict.fromkeys(("rpe_scale", "delivery", "supervision", "setting", "equipment", "logged_by"), "")
)


@dataclass(frozen=True, kw_only=True)
class SessionRecord:
    """One planned training session. `closes_on` is the last day of its trial week, the make-up window; absent, the planned day.

    After the columns of session.csv: `modified_before` (its prescription was reduced or re-sequenced before it began) and, for a session
    held, the class of the reason why less was prescribed, done, or the session ended early. Without such a class the session's own stands.
    """

    trial_id: str
    session_no: int
    planned_on: date
    planned_at: datetime | None
    planned_minutes: int | None
    planned_volume_kg: Decimal | None
    status: str
    closes_on: date | None = None
    week: int | None = None
    phase: str = Phase.INTERVENTION
    rescheduled_on: date | None = None
    reason: str = ""
    reason_class: str = ""
    held_on: date | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    paused_seconds: int | None = None
    minutes: int | None = None
    warmup_minutes: Decimal | None = None
    working_minutes: Decimal | None = None
    cooldown_minutes: Decimal | None = None
    trainer: str = ""
    trainer_planned: str = ""
    delivery: str = ""
    supervision: str = ""
    group_size: int | None = None
    setting: str = ""
    equipment: str = ""
    session_rpe: Decimal | None = None
    rpe_scale: str = ""
    soreness: Decimal | None = None
    ended_early: bool | None = None
    done_volume_kg: Decimal | None = None
    sets_planned: int | None = None
    sets_done: int | None = None
    reps_planned: int | None = None
    reps_done: int | None = None
    logged_by: str = ""
    participant_cost: Decimal | None = None
    modified_before: bool | None = None
    modified_reason_class: str = ""
    ended_early_reason: str = ""
    ended_early_reason_class: str = ""

    @property
    def held(self) -> bool:
        return self.status in HELD

    @property
    def window_closes_on(self) -> date:
        return self.closes_on or self.planned_on

    @property
    def on(self) -> date:
        """The day it was held, else the one it was moved to, else the one it was planned on."""
        return self.held_on or self.rescheduled_on or self.planned_on

    @property
    def minutes_trained(self) -> int | None:
        """End - start - pauses in whole minutes, half up, never below 0; as stated where a clock time is missing."""
        if self.started_at is None or self.ended_at is None:
            return self.minutes
        return minutes_between(self.started_at, self.ended_at, self.paused_seconds or 0)


_BLANK = dict(
    vars(
        SessionRecord(
            trial_id="", session_no=0, planned_on=date.min, planned_at=None, planned_minutes=None, planned_volume_kg=None, status=""
        )
    )
)


def session_from(facts: Iterable[tuple[str, object]], **more: object) -> SessionRecord:
    """A session of these columns and values, with nothing in the others: the same record as by its name, in a quarter of the time.

    For reports that read hundreds of thousands of them: `SessionRecord(...)` sets its forty columns one by one.
    """
    made = object.__new__(SessionRecord)
    made.__dict__.update(_BLANK)
    made.__dict__.update(facts, **more)
    return made


def minutes_between(start: datetime, end: datetime, paused_seconds: int) -> int:
    """Whole minutes less the pauses, half up, never below 0."""
    return whole_minutes(int((end - start).total_seconds()), paused_seconds)


def whole_minutes(elapsed_seconds: int, paused_seconds: int) -> int:
    """Seconds less the pauses in whole minutes, half up, never below 0."""
    return max(0, (elapsed_seconds - paused_seconds + 30) // 60)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Which sessions count. The rule used travels with every figure."""

    phase: str = Phase.INTERVENTION
    made_up_counts: bool = True
    site_cancelled_in_denominator: bool = True
    undelivered_count_as_zero: bool = True  # drop-outs: sessions after stopping stay planned, with nothing done

    @property
    def drop_outs(self) -> str:
        """What became of sessions after stopping for good: counted with nothing done (Phys-Can), or left out. Every mean carries it."""
        return "as_zero" if self.undelivered_count_as_zero else "left_out"

    @property
    def rdi_rule(self) -> str:
        """The rule of the relative dose intensity in a word: what happened to sessions after stopping for good."""
        return f"due_undelivered_{self.drop_outs}"

    def due(self, sessions: list[SessionRecord], as_of: date) -> list[SessionRecord]:
        """Sessions of the phase whose make-up window closed before `as_of`, in planned order."""
        phase = self.phase
        in_phase = [s for s in sessions if s.phase == phase and s.window_closes_on < as_of]
        return sorted(in_phase, key=_PLANNED)

    def in_dose(self, session: SessionRecord) -> bool:
        return self.undelivered_count_as_zero or session.status != Status.NOT_DELIVERED

    @property
    def attended_as(self) -> tuple[str, ...]:
        """What a session's status says where it counts as attended."""
        return HELD if self.made_up_counts else _AS_PLANNED

    @property
    def missed_as(self) -> tuple[str, ...]:
        """Missed, or due without a record; a made-up session too where the rule doesn't let it make up for the miss."""
        return UNATTENDED if self.made_up_counts else _UNATTENDED_OR_MADE_UP

    def attended(self, session: SessionRecord) -> bool:
        return session.status in self.attended_as

    def missed(self, session: SessionRecord) -> bool:
        return session.status in self.missed_as


DEFAULT_RULES = Rules()
