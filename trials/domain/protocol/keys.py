"""Every key a protocol file may have: its kind, its meaning and the field it fills. The loader and the documentation read this."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from trials.domain.protocol import shape
from trials.domain.protocol.kinds import (
    CODE,
    LEVEL,
    LONGEST_TEXT,
    NAME,
    Clock,
    Day,
    Flag,
    Key,
    Kind,
    ListOf,
    Loose,
    MapOf,
    Number,
    OneOf,
    Shaped,
    Table,
    Text,
    Whole,
    Zone,
    choices,
)
from trials.domain.randomisation import METHODS
from trials.domain.roles import Role, blindable

# The intercurrent events and strategies of ICH E9(R1) as the dataset names them.
INTERCURRENT_EVENTS: Final = (
    "ret_stopped",
    "psychotropic_change",
    "psychotherapy_started",
    "outside_ret",
    "injury",
    "hospitalised",
    "pregnancy",
    "death",
    "unblinded",
)
STRATEGIES: Final = ("treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum")
DEVIATIONS: Final = ("eligibility", "consent", "out_of_window", "wrong_arm", "assessor_unblinded", "procedure", "other")

CODE_KIND: Final = Shaped(CODE, "RET")
NAME_KIND: Final = Shaped(NAME, "body_mass", "name")
PLAN_KIND: Final = Shaped(NAME, "training", "plan name")
VISIT_KIND: Final = Shaped(NAME, "week8", "visit name")
INSTRUMENT_KIND: Final = Shaped(NAME, "phq9", "questionnaire name")
LEVEL_KIND: Final = Shaped(LEVEL, "lt30", "level")
ITEM_KIND: Final = Shaped(re.compile(r"[A-Za-z0-9_]{1,20}"), "9", "item")
VERSION_KIND: Final = Shaped(re.compile(r"[A-Za-z0-9._-]{1,20}"), "1.0", "version")
LANGUAGE_KIND: Final = Shaped(re.compile(r"[a-z]{2}(-[A-Z]{2})?"), "en", "language")
COUNTRY_KIND: Final = Shaped(re.compile(r"[A-Z]{2}"), "IE", "country (ISO 3166-1)")
PHONE_KIND: Final = Shaped(re.compile(r"\+?\d[\d ]{1,18}\d"), "116 123", "telephone number")
ATC_KIND: Final = Shaped(re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?"), "N06A", "ATC code or its beginning")
SOURCE_KIND: Final = Shaped(re.compile(r"site|sex|baseline:[a-z][a-z0-9_]{0,39}"), "baseline:bmi", "source")
LONG_TEXT: Final = Text(longest=LONGEST_TEXT)
OPTIONAL_TEXT: Final = Text(longest=LONGEST_TEXT, may_be_empty=True)
KILOGRAMS: Final = Number(Decimal("0.25"), Decimal(50))
SHARE: Final = Number(Decimal(0), Decimal(1))
MEASURE: Final = Number(Decimal(-1_000_000), Decimal(1_000_000))
DAY_NUMBER: Final = Whole(-365, 3660)
CHOICES: Final = MapOf(Text(), makes=choices)


@dataclass(frozen=True, kw_only=True)
class _Reason:
    """A reason with the class it counts in."""

    code: str
    label: str
    sort: str


ARM = Table(
    shape.Arm,
    meaning="One arm, in the order in which arms are listed everywhere; its code is the key it stands under.",
    named=True,
    keys=(
        Key("label", Text(), "Name of the arm for staff"),
        Key("ratio", Whole(1, 20), "Share of this arm in the randomisation, relative to the others"),
        Key("control", Flag(), "Whether this is a control arm"),
        Key("plan", PLAN_KIND, "Name of the session plan in [plans]; left out, the arm has no sessions"),
        Key("deferred_plan", PLAN_KIND, "Name of the plan that a control arm is offered once its primary visit has closed"),
        Key("say", OPTIONAL_TEXT, "What staff tell the person after randomisation"),
    ),
)

FACTOR = Table(
    shape.Factor,
    meaning="One stratification factor; every combination of levels is a stratum of its own.",
    keys=(
        Key("name", NAME_KIND, "Name of the factor, unique"),
        Key("source", SOURCE_KIND, "Where the level is read: the site, the sex, or a required baseline variable"),
        Key("cuts", ListOf(MEASURE, at_most=10), "Cut-points of a number, rising: level i holds values below cut i, the last the rest"),
        Key("levels", ListOf(LEVEL_KIND, at_most=11), "Codes of the levels in order; one more than cuts; none for the site"),
    ),
)

ALLOCATION = Table(
    shape.AllocationPlan,
    meaning="How arms are allocated.",
    keys=(
        Key("method", OneOf(tuple(METHODS)), "Randomisation method"),
        Key("factors", ListOf(FACTOR, at_most=6), "Stratification factors, in the order in which a stratum's name shows them"),
        Key("parameters", Loose(), "The method's own; permuted_blocks: multipliers, such as [2, 3], of the sum of the ratio"),
    ),
)

CLOSURE = Table(
    shape.Closure,
    meaning="Days on which nothing can be held at this site.",
    keys=(
        Key("first", Day(), "First day closed"),
        Key("last", Day(), "Last day closed, inclusive"),
        Key("reason", Text(), "Why, for the calendar"),
    ),
)

SITE = Table(
    shape.Site,
    meaning="One place that recruits and trains.",
    keys=(
        Key("code", CODE_KIND, "Short code, unique"),
        Key("name", Text(), "Name of the site"),
        Key("country", COUNTRY_KIND, "Country; decides which help lines are shown"),
        Key("timezone", Zone(), "Time zone in which its calendar is kept"),
        Key("target", Whole(1, 100_000), "People to randomise here"),
        Key("closures", ListOf(CLOSURE), "Closures of this site"),
    ),
)

EXERCISE = Table(
    shape.Exercise,
    meaning="One exercise, in the order of a session.",
    keys=(
        Key("code", NAME_KIND, "Short name, unique in the plan"),
        Key("label", Text(), "Name for trainers"),
        Key(
            "load_model",
            OneOf(("external", "bodyweight_fraction", "reps_only")),
            "external: the load is what is lifted; bodyweight_fraction: a share of body mass counts too; reps_only: no load is counted",
        ),
        Key("sides", Whole(1, 2), "2 where repetitions are counted a side"),
        Key("increment_kg", KILOGRAMS, "Smallest step of load that the equipment allows, kg"),
        Key("bodyweight_fraction", SHARE, "Share of body mass that is moved, 0-1; only with load_model bodyweight_fraction"),
        Key("muscle_groups", ListOf(NAME_KIND), "Muscle groups worked"),
    ),
)

DOSE = Table(
    shape.WeekDose,
    meaning="What is prescribed in these trial weeks, for every exercise. Week 1 begins on day 0; familiarisation weeks are 0, -1, ...",
    keys=(
        Key("from_week", Whole(-51, 520), "First trial week"),
        Key("to_week", Whole(-51, 520), "Last trial week, inclusive"),
        Key("sets", Whole(1, 20), "Working sets an exercise"),
        Key("reps_min", Whole(1, 100), "Fewest repetitions a set; the planned volume counts these"),
        Key("reps_max", Whole(1, 100), "Most repetitions a set"),
        Key(
            "pct_1rm", Number(Decimal("0.05"), Decimal("1.2")), "Load as a share of the one-repetition maximum; left out, progression rules"
        ),
    ),
)

PROGRESSION = Table(
    shape.Progression,
    meaning="How the next load is proposed.",
    keys=(
        Key(
            "rule",
            OneOf(("double_progression", "percent_ramp", "hold")),
            "double_progression: more load once every set reached reps_max; percent_ramp: the week's pct_1rm; hold: no change",
        ),
        Key("max_increase", Number(Decimal(0), Decimal("0.5")), "Largest rise from one session to the next, as a share"),
    ),
)

PLAN = Table(
    shape.SessionPlan,
    meaning="One session plan; arms point to it by the key it stands under.",
    named=True,
    keys=(
        Key("label", Text(), "Name of the plan for staff"),
        Key("weeks", Whole(1, 520), "Weeks of training from day 0"),
        Key("per_week", Whole(1, 7), "Sessions a week"),
        Key("familiarisation_weeks", Whole(0, 52), "Weeks of familiarisation before day 0"),
        Key("rest_days", Whole(0, 6), "Whole days without a session between two sessions"),
        Key("supervision", OneOf(("one_to_one", "group", "none")), "Who is there"),
        Key("delivery", OneOf(("in_person", "home", "remote")), "Where the person trains"),
        Key("group_size", Whole(1, 50), "People a supervised session"),
        Key("setting", OPTIONAL_TEXT, "The place, as the report should describe it"),
        Key("equipment", OPTIONAL_TEXT, "The equipment, as the report should describe it"),
        Key("minutes", Whole(5, 300), "Planned length of a session, minutes"),
        Key("rpe_scale", OneOf(("CR10", "BORG20")), "Scale of perceived exertion; only CR10 may be multiplied into a session load"),
        Key("progression", PROGRESSION, "How the next load is proposed"),
        Key("exercises", ListOf(EXERCISE, at_least=1, at_most=40), "The exercises of a session", required=True),
        Key("doses", ListOf(DOSE, at_least=1), "The prescription by week; every week of the plan exactly once", required=True),
    ),
)

VISIT = Table(
    shape.Visit,
    meaning="One visit. Baseline visits stand open from screening to randomisation; follow-up visits have a window around their day.",
    keys=(
        Key("code", VISIT_KIND, "Short name, unique"),
        Key("label", Text(), "Name for people"),
        Key("kind", OneOf(("baseline", "follow_up")), "Before or after randomisation"),
        Key("target_day", DAY_NUMBER, "Day it is meant for, counted from day 0; follow-up visits only"),
        Key("opens_day", DAY_NUMBER, "First day of the window; follow-up visits only"),
        Key("closes_day", DAY_NUMBER, "Last day of the window, inclusive; follow-up visits only"),
        Key("instruments", ListOf(INSTRUMENT_KIND), "Questionnaires of this visit, in the order they are asked"),
        Key("asks_adverse_events", Flag(), "Whether the adverse-event questions are asked"),
    ),
)

PRIMARY = Table(
    shape.Primary,
    meaning="The primary outcome, and who is analysed for it.",
    keys=(
        Key("instrument", INSTRUMENT_KIND, "Questionnaire"),
        Key("visit", VISIT_KIND, "Visit"),
        Key("rule", OneOf(("observed_at_visit", "any_post_baseline", "all_randomised")), "Who counts as analysed"),
        Key("max_missing", Whole(0, 50), "With any_post_baseline: at most so many time points missing"),
    ),
)

ELIGIBILITY = Table(
    shape.EligibilityQuestion,
    meaning="One criterion; a failing answer excludes with this code as the reason.",
    keys=(
        Key("code", NAME_KIND, "Short name, unique"),
        Key("text", LONG_TEXT, "The question as it is asked"),
        Key("type", OneOf(("number", "choice", "yes_no")), "Kind of answer"),
        Key("minimum", MEASURE, "Lowest number accepted, inclusive"),
        Key("maximum", MEASURE, "Highest number accepted, inclusive"),
        Key("choices", CHOICES, "Choices, code = words"),
        Key("accepts", ListOf(NAME_KIND), 'Choices that are met, or "yes" or "no"'),
        Key("unit", Text(20, may_be_empty=True), "Unit of the number"),
    ),
)

BASELINE = Table(
    shape.BaselineVariable,
    meaning="One field of the baseline form.",
    keys=(
        Key("code", NAME_KIND, "Short name, unique; a column of the dataset"),
        Key("label", Text(400), "The field's words"),
        Key("type", OneOf(("number", "choice", "yes_no", "text")), "Kind of answer"),
        Key("unit", Text(20, may_be_empty=True), "Unit of the number"),
        Key("minimum", MEASURE, "Lowest plausible number"),
        Key("maximum", MEASURE, "Highest plausible number"),
        Key("choices", CHOICES, "Choices, code = words"),
        Key("required", Flag(), "Whether randomisation waits for it"),
    ),
)

REMINDERS = Table(
    shape.Reminders,
    meaning="When people are reminded.",
    keys=(
        Key("invitation", Flag(), "Whether a message goes out when a window opens"),
        Key("nudge_days", ListOf(Whole(1, 365), at_most=10), "Days after the invitation on which a reminder follows, rising"),
        Key("last_call_days", Whole(0, 365), "Days before the window closes of the last reminder"),
        Key("session_before_hours", Whole(1, 168), "Hours before a session of its reminder"),
        Key("quiet_from", Clock(), "Nothing is sent from here on, in the site's time zone"),
        Key("quiet_to", Clock(), "... until here"),
    ),
)

ALERT = Table(
    shape.AlertRule,
    meaning="One answer that a clinician must hear of.",
    keys=(
        Key("instrument", INSTRUMENT_KIND, "Questionnaire"),
        Key("item", ITEM_KIND, "Number of the item"),
        Key("at_least", Whole(0, 100), "Answers from here on raise an alert"),
        Key("urgent_at_least", Whole(0, 100), "Answers from here on raise an urgent one"),
        Key("contact_hours", Whole(1, 168), "Hours until the person must have been contacted"),
        Key("urgent_contact_hours", Whole(1, 168), "The same for an urgent alert"),
    ),
)

HELP_LINE = Table(
    shape.HelpLine,
    meaning="One line that people in distress are shown, with the day on which somebody made sure of it.",
    keys=(
        Key("country", COUNTRY_KIND, "Country"),
        Key("name", Text(80), "Name of the service"),
        Key("number", PHONE_KIND, "Number to call, or to text where `text` says so"),
        Key("text", Text(120, may_be_empty=True), "How to reach it by text message"),
        Key("hours", Text(80, may_be_empty=True), "When it answers"),
        Key("language", LANGUAGE_KIND, "Language spoken"),
        Key("emergency", Flag(), "Whether this is the country's emergency number"),
        Key("checked_on", Day(), "Day on which the number was last checked"),
        Key("checked_by", Text(80), "Who checked it"),
    ),
)

ESTIMAND = Table(
    shape.Estimand,
    meaning="One estimand with its strategy for each intercurrent event (ICH E9(R1)).",
    keys=(
        Key("code", NAME_KIND, "Short name, unique"),
        Key("label", LONG_TEXT, "The estimand in words"),
        Key("strategies", MapOf(OneOf(STRATEGIES), what="event", known=INTERCURRENT_EVENTS), "Strategy for each event"),
    ),
)

ANALYSIS = Table(
    shape.AnalysisSets,
    meaning="Rules of the analysis sets and of the flags in the dataset.",
    keys=(
        Key("per_protocol_attendance", SHARE, "Attendance from which a person counts as treated per protocol, 0-1"),
        Key("site_cancelled_in_denominator", Flag(), "Whether sessions that the site cancelled count as due in attendance"),
        Key("rdi_includes_undelivered", Flag(), "Whether sessions not delivered count as planned in the relative dose intensity"),
        Key("caseness", MapOf(Whole(1, 1000), what="questionnaire"), "Total from which a person is a case"),
        Key("recovery", MapOf(Whole(1, 1000), what="questionnaire"), "Total below which a former case has recovered"),
        Key("psychotropic_atc", ListOf(ATC_KIND), "ATC codes, or beginnings of them, that count as psychotropic"),
    ),
)

TRIAL = Table(
    shape.Protocol,
    meaning="The trial itself.",
    makes=dict,
    keys=(
        Key("code", CODE_KIND, "Short code"),
        Key("title", Text(400), "Title"),
        Key("version", VERSION_KIND, "Version of this protocol"),
        Key("registration", Text(may_be_empty=True), "Registry and number"),
        Key("sponsor", Text(may_be_empty=True), "Sponsor"),
        Key("language", LANGUAGE_KIND, "Language of the questionnaires"),
        Key("sample_size", Whole(2, 1_000_000), "People to randomise"),
        Key("day0_lag_days", Whole(0, 365), "Day 0 is so many days after randomisation, in every arm alike"),
        Key("consent_version", VERSION_KIND, "Version of the consent form in use"),
        Key("distress_script", OPTIONAL_TEXT, "What staff read out when an alerting answer is entered from paper or telephone"),
    ),
)

BLINDING = Table(
    shape.Protocol,
    meaning="Who must not learn an arm.",
    makes=dict,
    keys=(
        Key(
            "roles",
            ListOf(OneOf(tuple(role.value for role in Role))),
            "Roles kept blind; a role that meets arms in its work cannot be",
            field="blind_roles",
            default=tuple(role.value for role in Role if blindable(role)),
        ),
    ),
)

QUESTIONS = MapOf(LONG_TEXT, makes=lambda read: tuple(shape.AdverseEventQuestion(code=code, text=text) for code, text in read.items()))

ADVERSE_EVENTS = Table(
    shape.Protocol,
    meaning="What is asked about harms, in the same words at every visit and in every arm.",
    makes=dict,
    keys=(
        Key("questions", QUESTIONS, "Questions, code = words", field="adverse_event_questions"),
        Key("expected", ListOf(Text(120)), "Events that count as expected", field="expected_events"),
    ),
)

DEVIATIONS_TABLE = Table(
    shape.Protocol,
    meaning="Departures from the protocol.",
    makes=dict,
    keys=(Key("categories", ListOf(OneOf(DEVIATIONS)), "Categories on offer", field="deviation_categories", default=DEVIATIONS),),
)

MISSED_REASON = Table(
    _Reason,
    meaning="One reason for missing a session.",
    named=True,
    keys=(
        Key("label", Text(), "The reason in words"),
        Key("class", OneOf(("health", "non_health", "site")), "What it counts as", field="sort"),
    ),
)

EXCLUSION_REASON = Table(
    _Reason,
    meaning="One reason, beside the criteria, why a person is not randomised.",
    named=True,
    keys=(
        Key("label", Text(), "The reason in words"),
        Key("category", OneOf(("declined", "other")), "Box of the flow diagram it counts in", field="sort"),
    ),
)


def _protocol(**read: Any) -> shape.Protocol:
    """Lay the file's tables out as the fields of a `Protocol`."""
    heads = {name: read.pop(name) for name in ("trial", "blinding", "adverse_events", "deviations")}
    missed, excluded = read.pop("missed"), read.pop("excluded")
    return shape.Protocol(
        **heads["trial"],
        **heads["blinding"],
        **heads["adverse_events"],
        **heads["deviations"],
        **read,
        missed_reasons=_labels(missed),
        missed_reason_class={reason.code: reason.sort for reason in missed},
        exclusion_reasons=_labels(excluded),
        exclusion_category={reason.code: reason.sort for reason in excluded},
    )


def _labels(reasons: tuple[_Reason, ...]) -> tuple[shape.Choice, ...]:
    return tuple(shape.Choice(code=reason.code, label=reason.label) for reason in reasons)


def _in_order(read: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(read.values())


def _named(table: Table, what: str, keys: re.Pattern[str] = NAME) -> Kind:
    return MapOf(table, keys=keys, what=what, makes=_in_order)


FILE = Table(
    shape.Protocol,
    makes=_protocol,
    keys=(
        Key("trial", TRIAL, "The table [trial]", required=True),
        Key("arms", _named(ARM, "arm code", CODE), "A table [arms.CODE] for each arm"),
        Key("allocation", ALLOCATION, "The table [allocation]"),
        Key("sites", ListOf(SITE, at_least=1), "A table [[sites]] for each site"),
        Key("plans", MapOf(PLAN, what="plan name"), "A table [plans.name] for each session plan"),
        Key("visits", ListOf(VISIT, at_most=100), "A table [[visits]] for each visit"),
        Key("primary", PRIMARY, "The table [primary]"),
        Key("eligibility", ListOf(ELIGIBILITY), "A table [[eligibility]] for each criterion"),
        Key("baseline", ListOf(BASELINE), "A table [[baseline]] for each field of the baseline form"),
        Key("reminders", REMINDERS, "When people are reminded"),
        Key("missing_rules", MapOf(NAME_KIND, what="questionnaire"), "Rule for missing items; left out, the questionnaire's own"),
        Key("alerts", ListOf(ALERT), "A table [[alerts]] for each answer that raises one; left out, the questionnaire's own"),
        Key("help", ListOf(HELP_LINE), "A table [[help]] for each help line", field="help_lines"),
        Key("blinding", BLINDING, "Who must not learn an arm", default=BLINDING.blank()),
        Key("adverse_events", ADVERSE_EVENTS, "What is asked about harms", default=ADVERSE_EVENTS.blank()),
        Key("deviations", DEVIATIONS_TABLE, "Departures from the protocol", default=DEVIATIONS_TABLE.blank()),
        Key("exclusion_reasons", _named(EXCLUSION_REASON, "code"), "Reasons beside the criteria", field="excluded", default=()),
        Key("missed_reasons", _named(MISSED_REASON, "code"), "Reasons for missing a session", field="missed", default=()),
        Key("withdrawal_reasons", CHOICES, "Reasons for withdrawing, code = words"),
        Key("estimands", ListOf(ESTIMAND), "A table [[estimands]] for each estimand"),
        Key("analysis", ANALYSIS, "Rules of the analysis sets"),
    ),
)
