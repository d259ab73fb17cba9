"""One person under one protocol at one cut: the dates that every derivation counts from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from outcomes.domain.facts import Person, Row
from outcomes.domain.records import HELD, Phase, Rules, SessionRecord
from outcomes.domain.text import site_day
from outcomes.domain.visits import Window, day_0, window
from trials.domain.protocol.shape import Protocol, SessionPlan, Visit


@dataclass(frozen=True)
class Case:
    """`as_of` is the cut's instant; `today` its date at the person's site."""

    person: Person
    protocol: Protocol
    as_of: datetime

    @cached_property
    def timezone(self) -> str:
        return self.protocol.site(self.person.site).timezone

    @cached_property
    def today(self) -> date:
        return self.day_of(self.as_of)

    @cached_property
    def randomised_on(self) -> date | None:
        return None if self.person.randomised_at is None else self.day_of(self.person.randomised_at)

    @cached_property
    def day0(self) -> date | None:
        return day_0(self.randomised_on, lag_days=self.protocol.day0_lag_days)

    @cached_property
    def plan(self) -> SessionPlan | None:
        return self.protocol.plan_of(self.person.arm) if self.person.arm else None

    @cached_property
    def trains(self) -> bool:
        """The arm has a session plan, or (in a protocol made by an import) sessions of its own."""
        return self.plan is not None or any(s.phase != Phase.DEFERRED for s in self.person.sessions)

    @cached_property
    def ended_on(self) -> date | None:
        """The day participation ended: withdrawal, loss or death, whichever came first."""
        ends = (self.person.withdrawn_on, self.person.lost_on, self.person.died_on)
        return min((on for on in ends if on is not None), default=None)

    @cached_property
    def stopped_on(self) -> date | None:
        """The day the intervention was stopped: decided, or set by an end of participation that left intervention sessions undone."""
        if self.person.intervention_stopped_on or self.ended_on is None:
            return self.person.intervention_stopped_on
        end = self.ended_on
        open_ones = (s for s in self.person.sessions if s.phase == Phase.INTERVENTION and s.status not in HELD)
        return end if any(s.planned_on >= end for s in open_ones) else None

    @cached_property
    def rules(self) -> Rules:
        sets = self.protocol.analysis
        return Rules(
            site_cancelled_in_denominator=sets.site_cancelled_in_denominator,
            undelivered_count_as_zero=sets.rdi_includes_undelivered,
        )

    @cached_property
    def primary_window(self) -> Window | None:
        primary = self.protocol.primary
        return None if primary is None else self.window(self.protocol.visit(primary.visit))

    @cached_property
    def primary_closed(self) -> bool:
        return self.primary_window is not None and self.primary_window.is_closed(self.today)

    @cached_property
    def decided(self) -> bool:
        """The primary window has closed or participation has ended: nothing can change the primary outcome any more."""
        return self.primary_closed or self.ended_on is not None

    def window(self, visit: Visit) -> Window | None:
        return window(visit, screened_on=self.person.screened_on, randomised_on=self.randomised_on, day0=self.day0)

    def day_of(self, moment: datetime) -> date:
        return site_day(moment, self.timezone)

    def stated(self, *row: str | int) -> Row:
        """The values that a bundle gave for this row without their source."""
        return dict(self.person.stated.get("/".join(map(str, row)), {}))

    def before_primary(self, session: SessionRecord) -> bool:
        """A protocol session, held: deferred training never counts here."""
        return session.held and session.phase != Phase.DEFERRED
