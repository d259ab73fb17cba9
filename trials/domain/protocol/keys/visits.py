"""Visits, the primary outcome, alerts, estimands and the rules of the analysis sets."""

from __future__ import annotations

from trials.domain.protocol import alerting, analysis, shape
from trials.domain.protocol.keys.words import (
    ATC_KIND,
    DAY_NUMBER,
    INSTRUMENT_KIND,
    INTERCURRENT_EVENTS,
    ITEM_KIND,
    LONG_TEXT,
    NAME_KIND,
    SHARE,
    STRATEGIES,
    VISIT_KIND,
)
from trials.domain.protocol.kinds import Flag, OneOf, Text, Whole
from trials.domain.protocol.tables import Key, ListOf, MapOf, Table

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

ALERT = Table(
    alerting.AlertRule,
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

SCORE_ALERT = Table(
    alerting.ScoreAlertRule,
    meaning="One total that a clinician must hear of, raised when the last scored item is answered, and again at sending.",
    keys=(
        Key("instrument", INSTRUMENT_KIND, "Questionnaire"),
        Key("measure", OneOf(("total", "rise")), "The total itself, or how far it lies above the person's own at baseline"),
        Key("at_least", Whole(1, 1000), "Points from here on raise an alert; for a rise the reliable change of the questionnaire"),
        Key("urgent", Flag(), "Whether the alert is urgent"),
        Key("contact_hours", Whole(1, 168), "Hours until the person must have been contacted"),
    ),
)

ESCALATION = Table(
    alerting.Escalation,
    meaning="How long an alert may wait for somebody to take it on before the next person is told, then the principal investigator.",
    keys=(
        Key("minutes", Whole(5, 1440), "Minutes between one person and the next"),
        Key("urgent_minutes", Whole(5, 1440), "The same for an urgent alert"),
    ),
)

ESTIMAND = Table(
    analysis.Estimand,
    meaning="One estimand with its strategy for each intercurrent event (ICH E9(R1)).",
    keys=(
        Key("code", NAME_KIND, "Short name, unique"),
        Key("label", LONG_TEXT, "The estimand in words"),
        Key("strategies", MapOf(OneOf(STRATEGIES), what="event", known=INTERCURRENT_EVENTS), "Strategy for each event"),
    ),
)

ANALYSIS = Table(
    analysis.AnalysisSets,
    meaning="Rules of the analysis sets and of the flags in the dataset.",
    keys=(
        Key("per_protocol_attendance", SHARE, "Attendance from which a person counts as treated per protocol, 0-1"),
        Key("early_warning_rdi", SHARE, "Volume done / planned over the last four sessions below which somebody is called, 0-1"),
        Key("site_cancelled_in_denominator", Flag(), "Whether sessions that the site cancelled count as due in attendance"),
        Key("rdi_includes_undelivered", Flag(), "Whether sessions not delivered count as planned in the relative dose intensity"),
        Key("caseness", MapOf(Whole(1, 1000), what="questionnaire"), "Total from which a person is a case"),
        Key("recovery", MapOf(Whole(1, 1000), what="questionnaire"), "Total below which a former case has recovered"),
        Key("psychotropic_atc", ListOf(ATC_KIND), "ATC codes, or beginnings of them, that count as psychotropic"),
    ),
)
