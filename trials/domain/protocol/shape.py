"""What a trial protocol says, as frozen dataclasses: the words that every other room uses.

Days are whole days relative to day 0 unless a name says otherwise; loads are kilograms as `Decimal`; shares are `Decimal` 0-1.
`loader.py` makes these from a TOML file and refuses a bad one with all its faults at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from trials.domain.protocol.alerting import AlertRule, Escalation, ScoreAlertRule
from trials.domain.protocol.analysis import AdverseEventQuestion, AnalysisSets, Estimand
from trials.domain.protocol.answering import Answering
from trials.domain.protocol.fidelity import Fidelity


@dataclass(frozen=True, kw_only=True)
class Arm:
    code: str
    label: str
    ratio: int = 1
    control: bool = False
    plan: str | None = None  # key of `Protocol.plans`; None = no session plan
    deferred_plan: str | None = None  # offered after the primary visit closed
    say: str = ""  # what staff tell the person after randomisation


@dataclass(frozen=True, kw_only=True)
class Factor:
    """One stratification factor: where its level is read and how a number is cut into levels."""

    name: str  # "site", "sex", "bmi"
    source: str  # "site" | "sex" | "baseline:<variable code>"
    cuts: tuple[Decimal, ...] = ()  # numbers: level i holds values < cuts[i]; the last level holds the rest
    levels: tuple[str, ...] = ()  # codes in order; len(cuts) + 1 of them where cuts are given; empty for site


PERSON, COUPLE, CLUSTER = UNITS = ("person", "couple", "cluster")


@dataclass(frozen=True, kw_only=True)
class AllocationPlan:
    method: str
    factors: tuple[Factor, ...] = ()
    places: int | None = None  # of each stratum, covered by the commitment
    envelopes: int | None = None  # sealed slips for each stratum of a site, for when it can't reach the program
    unit: str = PERSON  # of UNITS: who gets one arm by one draw
    smallest: int | None = None  # cluster: fewest and most members
    largest: int | None = None
    levels_of: str = "all"  # "all": members of a group agree in every factor | "first": the first member's levels are the group's
    latecomers: str = "refused"  # "refused" | "join": who comes to a cluster after its draw
    parameters: Mapping[str, object] = field(default_factory=dict)  # ints and strings only, e.g. {"multipliers": (2, 3)}

    @property
    def by_group(self) -> bool:
        return self.unit != PERSON

    @property
    def sizes(self) -> tuple[int, int]:
        """Fewest and most people who get one arm by one draw."""
        return {PERSON: (1, 1), COUPLE: (2, 2)}.get(self.unit, (self.smallest or 1, self.largest or self.smallest or 1))


@dataclass(frozen=True, kw_only=True)
class Closure:
    first: date
    last: date  # inclusive
    reason: str


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class OpeningHours:
    """A span of wall-clock time on some weekdays; it closes at 00:00 where it lasts until midnight."""

    days: tuple[str, ...]  # of WEEKDAYS
    opens: time
    closes: time


@dataclass(frozen=True, kw_only=True)
class Site:
    code: str
    name: str
    country: str  # ISO 3166-1 alpha-2
    timezone: str  # IANA
    target: int | None = None  # people to randomise here
    cap: int | None = None  # nobody more than so many is randomised here
    closures: tuple[Closure, ...] = ()
    hours: tuple[OpeningHours, ...] = ()  # none: open at any hour


@dataclass(frozen=True, kw_only=True)
class Exercise:
    code: str
    label: str
    load_model: str  # "external" | "bodyweight_fraction" | "reps_only"
    sides: int = 1  # 2: repetitions are counted a side
    increment_kg: Decimal = Decimal("2.5")
    bodyweight_fraction: Decimal | None = None
    muscle_groups: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WeekDose:
    """Sets x repetitions x intensity for the trial weeks from_week..to_week (familiarisation weeks are <= 0)."""

    from_week: int
    to_week: int
    sets: int
    reps_min: int
    reps_max: int
    pct_1rm: Decimal | None = None  # share of 1RM, 0-1; None: the load comes from progression alone
    rpe: Decimal | None = None  # target on the RIR-based scale of exertion, 7-10
    rir: Decimal | None = None  # target of repetitions left in reserve


@dataclass(frozen=True, kw_only=True)
class Progression:
    rule: str  # "double_progression" | "two_for_two" | "percent_ramp" | "rir" | "hold"
    max_increase: Decimal = Decimal("0.05")
    extra_reps: int = 2  # two_for_two: repetitions beyond the range
    in_a_row: int = 2  # two_for_two: in so many sessions running


@dataclass(frozen=True, kw_only=True)
class SessionPlan:
    code: str
    label: str
    weeks: int
    per_week: int
    familiarisation_weeks: int = 0
    follow_up_weeks: int = 0  # sessions after the intervention, in a phase of their own
    rest_days: int = 1  # whole days between two sessions
    supervision: str = "one_to_one"  # "one_to_one" | "group" | "none"
    delivery: str = "in_person"  # "in_person" | "home" | "remote"
    group_size: int = 1
    setting: str = ""
    equipment: str = ""
    minutes: int = 60
    rpe_scale: str = "CR10"  # "CR10" | "BORG20"
    progression: Progression = Progression(rule="double_progression")
    exercises: tuple[Exercise, ...] = ()  # those written out in the plan, then those of the library
    uses: tuple[str, ...] = ()  # codes of the protocol's library
    doses: tuple[WeekDose, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Visit:
    """`baseline` visits stand before randomisation (open from screening to randomisation) and have no days."""

    code: str
    label: str
    kind: str  # "baseline" | "follow_up"
    target_day: int | None = None
    opens_day: int | None = None  # inclusive
    closes_day: int | None = None  # inclusive
    instruments: tuple[str, ...] = ()
    asks_adverse_events: bool = True


@dataclass(frozen=True, kw_only=True)
class Primary:
    instrument: str
    visit: str
    rule: str  # "observed_at_visit" | "any_post_baseline" | "all_randomised"
    max_missing: int | None = None  # any_post_baseline: at most so many time points missing


@dataclass(frozen=True, kw_only=True)
class Choice:
    code: str
    label: str


@dataclass(frozen=True, kw_only=True)
class BaselineVariable:
    code: str
    label: str
    type: str  # "number" | "choice" | "yes_no" | "text"
    unit: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[Choice, ...] = ()
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class EligibilityQuestion:
    """One criterion. Its `code` is the exclusion reason when the answer fails it."""

    code: str
    text: str
    type: str  # "number" | "choice" | "yes_no"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[Choice, ...] = ()
    accepts: tuple[str, ...] = ()  # choice codes, or "yes" / "no"; empty for numbers
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Reminders:
    welcome: bool = False  # once somebody has consented and agreed to messages
    invitation: bool = True  # when the window opens
    nudge_days: tuple[int, ...] = (2, 5)  # days after the invitation
    last_call_days: int | None = 1  # days before the window closes
    session_day_before: time | None = None  # clock time of the day before, site zone
    session_before_hours: int | None = 24
    missed_session_hours: int | None = None  # hours after a missed session began
    deferred_start_days: int | None = None  # days before the first deferred session
    quiet_from: time = time(20, 0)  # person's site zone; nothing is sent from quiet_from to quiet_to
    quiet_to: time = time(8, 0)


@dataclass(frozen=True, kw_only=True)
class HelpLine:
    country: str
    name: str
    number: str
    text: str = ""
    hours: str = ""
    language: str = "en"
    emergency: bool = False  # the country's emergency number
    checked_on: date
    checked_by: str


@dataclass(frozen=True, kw_only=True)
class Protocol:
    code: str
    title: str
    version: str
    registration: str = ""
    sponsor: str = ""
    language: str = "en"
    sample_size: int
    day0_lag_days: int  # day 0 = randomised_on + this, the same in every arm
    arms: tuple[Arm, ...]
    allocation: AllocationPlan
    sites: tuple[Site, ...]
    library: Mapping[str, Exercise] = field(default_factory=dict)  # exercises that plans name by their code
    plans: Mapping[str, SessionPlan] = field(default_factory=dict)
    fidelity: Fidelity | None = None  # None: no session is observed
    visits: tuple[Visit, ...] = ()
    primary: Primary | None = None  # None only in a protocol made by import
    eligibility: tuple[EligibilityQuestion, ...] = ()
    baseline: tuple[BaselineVariable, ...] = ()
    consent_version: str = "1"
    answering: Answering = field(default_factory=Answering)
    reminders: Reminders = Reminders()
    missing_rules: Mapping[str, str] = field(default_factory=dict)  # instrument -> rule id
    alerts: tuple[AlertRule, ...] = ()
    score_alerts: tuple[ScoreAlertRule, ...] = ()
    escalation: Escalation = field(default_factory=Escalation)
    help_lines: tuple[HelpLine, ...] = ()
    blind_roles: tuple[str, ...] = ()
    asks_participants: bool = False  # which arm they believe to be in, at the last visit
    adverse_event_questions: tuple[AdverseEventQuestion, ...] = ()
    expected_events: tuple[str, ...] = ()
    deviation_categories: tuple[str, ...] = ()
    exclusion_reasons: tuple[Choice, ...] = ()  # beside eligibility: declined / other
    missed_reasons: tuple[Choice, ...] = ()  # code -> label; class in `missed_reason_class`
    missed_reason_class: Mapping[str, str] = field(default_factory=dict)  # code -> "health" | "non_health" | "site"
    withdrawal_reasons: tuple[Choice, ...] = ()
    estimands: tuple[Estimand, ...] = ()
    analysis: AnalysisSets = field(default_factory=AnalysisSets)
    exclusion_category: Mapping[str, str] = field(default_factory=dict)  # code of `exclusion_reasons` -> "declined" | "other"
    distress_script: str = ""  # what staff read out when an alerting answer is entered from paper or telephone
    double_entry: Decimal = Decimal(0)  # share of paper forms that a second person enters too
    digest: str = ""  # SHA-256 of the text, hex
    text: str = ""  # the file as read

    def arm(self, code: str) -> Arm:
        return next(a for a in self.arms if a.code == code)

    def site(self, code: str) -> Site:
        return next(s for s in self.sites if s.code == code)

    def visit(self, code: str) -> Visit:
        return next(v for v in self.visits if v.code == code)

    def allocation_table(self) -> dict[str, object]:
        """What a method of randomisation is made from: method and parameters with arms, ratio and the levels of the factors."""
        plan, sites = self.allocation, tuple(site.code for site in self.sites)
        return {
            **plan.parameters,
            "method": plan.method,
            "arms": {arm.code: arm.ratio for arm in self.arms},
            "factors": {factor.name: factor.levels or sites for factor in plan.factors},
            **({"unit": plan.unit} if plan.by_group else {}),
        }

    @property
    def committed_places(self) -> int:
        """So many places of each stratum the published commitment covers: the sample size at most, and 500 where nothing is said."""
        return self.allocation.places or min(self.sample_size, 500)

    def plan_of(self, arm: str) -> SessionPlan | None:
        key = self.arm(arm).plan
        return None if key is None else self.plans[key]

    def deferred_plan_of(self, arm: str) -> SessionPlan | None:
        key = self.arm(arm).deferred_plan
        return None if key is None else self.plans[key]
