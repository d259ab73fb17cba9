"""The facts of one person, as recorded up to a cut: what the database reader and the importer build, and all that the tables are made of.

Days are site dates, instants aware datetimes. Rows that are only passed on are mappings from column to value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from outcomes.domain.records import SessionRecord, SetRecord
from outcomes.domain.text import Value

Row = dict[str, Value]
Stated = Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True, kw_only=True)
class Form:
    """One instrument at one visit. `sent` is false for a draft; `answers`: item -> value as kept, `missing`: item -> why there is none."""

    visit: str
    instrument: str
    version: str = ""
    sent: bool = False
    answers: Mapping[str, int | str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    not_done_reason: str = ""
    completed_at: datetime | None = None
    entered_at: datetime | None = None
    mode: str = ""
    respondent: str = ""
    rater: str = ""
    rater_blind: bool | None = None
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody assessed for eligibility. `stated`: values that a bundle gave without their source, by row (`session/3`)."""

    trial_id: str
    site: str
    screened_on: date
    screening_outcome: str
    exclusion_category: str = ""
    exclusion_reason: str = ""
    exclusion_reasons: tuple[str, ...] = ()
    consented_on: date | None = None
    age: int | None = None
    sex: str = ""
    randomised_at: datetime | None = None
    stratum: str = ""
    arm: str = ""
    arm_dummy: str = ""
    intervention_stopped_on: date | None = None
    intervention_stopped_reason: str = ""
    withdrawn_on: date | None = None
    withdrawn_reason: str = ""
    withdrawn_scope: str = ""
    lost_on: date | None = None
    lost_reason: str = ""
    died_on: date | None = None
    baseline: tuple[Row, ...] = ()
    forms: tuple[Form, ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    sets: tuple[SetRecord, ...] = ()
    strength_tests: tuple[Row, ...] = ()
    adverse_events: tuple[Row, ...] = ()
    medications: tuple[Row, ...] = ()
    concomitants: tuple[Row, ...] = ()
    deviations: tuple[Row, ...] = ()  # recorded ones; `given_arm` beside the columns
    alerts: tuple[Row, ...] = ()
    assessor_guess: str = ""  # arm, or dont_know
    group_code: str = ""  # the couple or cluster whose draw gave the arm
    unblindings: tuple[Row, ...] = ()  # codes broken and told: `told_at`, `code`, `reason_code`
    stated: Stated = field(default_factory=dict)

    @property
    def randomised(self) -> bool:
        return bool(self.arm) or self.randomised_at is not None

    @property
    def rows_left_out(self) -> bool:
        """Who withdrew everything stays in the flow; their rows leave every file but participant.csv."""
        return self.withdrawn_scope == "all"
