"""Forms, reminders, help lines, blinding, harms and reasons."""

from __future__ import annotations

from dataclasses import dataclass

from trials.domain.protocol import analysis, answering, shape
from trials.domain.protocol.keys.words import CHOICES, COUNTRY_KIND, DEVIATIONS, LANGUAGE_KIND, LONG_TEXT, MEASURE, NAME_KIND, PHONE_KIND
from trials.domain.protocol.kinds import Clock, Day, Flag, OneOf, Text, Whole
from trials.domain.protocol.tables import Key, ListOf, MapOf, Table
from trials.domain.roles import Role, blindable


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A reason with the class it counts in."""

    code: str
    label: str
    sort: str


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

ANSWERING = Table(
    answering.Answering,
    meaning="How people answer their questionnaires by their own link, alike at every visit.",
    keys=(
        Key(
            "screens",
            OneOf((answering.ONE_BY_ONE, answering.TOGETHER)),
            "One question a screen, or all questions of a visit on one; every question can be skipped either way",
        ),
        Key(
            "change_until_close",
            Flag(),
            "Whether a person may change the answers that they sent until the window closes; the last version counts, all are kept",
        ),
    ),
)

REMINDERS = Table(
    shape.Reminders,
    meaning="When people are reminded.",
    keys=(
        Key("welcome", Flag(), "Whether somebody who has consented and agreed to messages is welcomed, once"),
        Key("invitation", Flag(), "Whether a message goes out when a window opens"),
        Key("nudge_days", ListOf(Whole(1, 365), at_most=10), "Days after the invitation on which a reminder follows, rising"),
        Key("last_call_days", Whole(0, 365), "Days before the window closes of the last reminder"),
        Key("session_day_before", Clock(), "On the day before a session, from when on in the site's time zone it is reminded of"),
        Key("session_before_hours", Whole(1, 168), "Hours before a session of its reminder"),
        Key("missed_session_hours", Whole(1, 72), "Hours after the start of a missed session from when on the person is asked about it"),
        Key("deferred_start_days", Whole(1, 60), "Days before the first deferred session of the message that announces it"),
        Key("quiet_from", Clock(), "Nothing is sent from here on, in the site's time zone"),
        Key("quiet_to", Clock(), "... until here"),
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
        Key("asks_participants", Flag(), "Whether participants are asked at the last visit which arm they believe to be in"),
    ),
)

QUESTIONS = MapOf(LONG_TEXT, makes=lambda read: tuple(analysis.AdverseEventQuestion(code=code, text=text) for code, text in read.items()))

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
    Reason,
    meaning="One reason for missing a session.",
    named=True,
    keys=(
        Key("label", Text(), "The reason in words"),
        Key("class", OneOf(("health", "non_health", "site")), "What it counts as", field="sort"),
    ),
)

EXCLUSION_REASON = Table(
    Reason,
    meaning="One reason, beside the criteria, why a person is not randomised.",
    named=True,
    keys=(
        Key("label", Text(), "The reason in words"),
        Key("category", OneOf(("declined", "other")), "Box of the flow diagram it counts in", field="sort"),
    ),
)
