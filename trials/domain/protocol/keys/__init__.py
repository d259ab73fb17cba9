"""Every key a protocol file may have: its kind, its meaning and the field it fills. Loader and documentation read this."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from trials.domain.protocol import shape
from trials.domain.protocol.keys.design import ALLOCATION, ARM, SITE
from trials.domain.protocol.keys.people import (
    ADVERSE_EVENTS,
    ANSWERING,
    BASELINE,
    BLINDING,
    DEVIATIONS_TABLE,
    ELIGIBILITY,
    EXCLUSION_REASON,
    HELP_LINE,
    MISSED_REASON,
    REMINDERS,
    Reason,
)
from trials.domain.protocol.keys.training import FIDELITY, LIBRARY_EXERCISE, PLAN
from trials.domain.protocol.keys.visits import ALERT, ANALYSIS, ESCALATION, ESTIMAND, PRIMARY, SCORE_ALERT, VISIT
from trials.domain.protocol.keys.words import CHOICES, CODE_KIND, LANGUAGE_KIND, NAME_KIND, OPTIONAL_TEXT, SHARE, VERSION_KIND
from trials.domain.protocol.kinds import CODE, NAME, Kind, Text, Whole
from trials.domain.protocol.tables import Key, ListOf, MapOf, Table

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
        Key(
            "sample_size",
            Whole(2, 1_000_000),
            "People to randomise; whoever comes after is refused, and from 80 % on staff are warned",
        ),
        Key("day0_lag_days", Whole(0, 365), "Day 0 is so many days after randomisation, in every arm alike"),
        Key("consent_version", VERSION_KIND, "Version of the consent form in use"),
        Key("distress_script", OPTIONAL_TEXT, "What staff read out when an alerting answer is entered from paper or telephone"),
        Key("double_entry", SHARE, "Share of paper forms that a second person enters too, drawn as each is entered: 1 all, 0 none"),
    ),
)


def _protocol(**read: Any) -> shape.Protocol:
    """Lay the file's tables out as the fields of a `Protocol`."""
    heads = {name: read.pop(name) for name in ("trial", "blinding", "adverse_events", "deviations")}
    missed, excluded = read.pop("missed"), read.pop("excluded")
    library = read["library"]
    plans = {
        name: dataclasses.replace(plan, exercises=(*plan.exercises, *(library[code] for code in plan.uses if code in library)))
        for name, plan in read.pop("plans").items()
    }
    return shape.Protocol(
        **heads["trial"],
        **heads["blinding"],
        **heads["adverse_events"],
        **heads["deviations"],
        **read,
        plans=plans,
        missed_reasons=_labels(missed),
        missed_reason_class={reason.code: reason.sort for reason in missed},
        exclusion_reasons=_labels(excluded),
        exclusion_category={reason.code: reason.sort for reason in excluded},
    )


def _labels(reasons: tuple[Reason, ...]) -> tuple[shape.Choice, ...]:
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
        Key(
            "exercises",
            MapOf(LIBRARY_EXERCISE, what="exercise"),
            "A table [exercises.code] for each exercise of the library",
            field="library",
        ),
        Key("plans", MapOf(PLAN, what="plan name"), "A table [plans.name] for each session plan"),
        Key("fidelity", FIDELITY, "Which sessions are observed, and the checklist; left out, none is"),
        Key("visits", ListOf(VISIT, at_most=100), "A table [[visits]] for each visit"),
        Key("primary", PRIMARY, "The table [primary]"),
        Key("eligibility", ListOf(ELIGIBILITY), "A table [[eligibility]] for each criterion"),
        Key("baseline", ListOf(BASELINE), "A table [[baseline]] for each field of the baseline form"),
        Key("answering", ANSWERING, "How people answer"),
        Key("reminders", REMINDERS, "When people are reminded"),
        Key("missing_rules", MapOf(NAME_KIND, what="questionnaire"), "Rule for missing items; left out, the questionnaire's own"),
        Key("alerts", ListOf(ALERT), "A table [[alerts]] for each answer that raises one; left out, the questionnaire's own"),
        Key("score_alerts", ListOf(SCORE_ALERT), "A table [[score_alerts]] for each total that raises one"),
        Key("escalation", ESCALATION, "When the next person is told of an alert"),
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
