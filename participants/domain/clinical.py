"""The word lists of clinical records, named as in the dataset, and the rules a single record must keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from participants.domain import partial_dates

SEVERITIES = {"mild": "Mild", "moderate": "Moderate", "severe": "Severe"}
# CTCAE v5.0 general grades (NCI, 2017).
GRADES = {
    1: "1 Mild or no symptoms",
    2: "2 Moderate, limits instrumental activities of daily living",
    3: "3 Severe, limits self-care",
    4: "4 Life-threatening",
    5: "5 Death",
}
ELICITED = {"visit": "Asked at a visit", "session": "At a training session", "spontaneous": "Told by the person"}
ACTIONS = {
    "none": "None",
    "modified": "Training modified",
    "interrupted": "Training interrupted",
    "stopped": "Training stopped",
    "not_applicable": "Not applicable",
    "unknown": "Not known",
}
OUTCOMES = {
    "recovered": "Recovered",
    "recovering": "Recovering",
    "not_recovered": "Not recovered",
    "sequelae": "Recovered with lasting effects",
    "fatal": "Fatal",
    "unknown": "Not known",
}
CONCOMITANT = {"psychotherapy": "Psychotherapy", "exercise": "Exercise outside the trial", "other": "Other care"}
DEVIATIONS = {
    "eligibility": "Eligibility",
    "consent": "Consent",
    "out_of_window": "Out of window",
    "wrong_arm": "Other arm given",
    "assessor_unblinded": "Assessor unblinded",
    "procedure": "Procedure",
    "other": "Other",
}
INTERCURRENT = {
    "ret_stopped": "Resistance training stopped",
    "psychotropic_change": "Psychotropic drug started, stopped or changed",
    "psychotherapy_started": "Psychotherapy started",
    "outside_ret": "Resistance training outside the trial",
    "injury": "Injury",
    "hospitalised": "Stay in hospital",
    "pregnancy": "Pregnancy",
    "death": "Death",
    "unblinded": "Unblinded",
}

_ATC = re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?", re.ASCII)


def atc(text: str) -> str:
    """An ATC code of any of its five levels (N, N06, N06A, N06AB, N06AB03), in capitals; raises `ValueError` with the sentence."""
    code = "".join(text.split()).upper()
    if code and not _ATC.fullmatch(code):
        raise ValueError("Enter the ATC code like N06AB03, or its first letters, like N06A.")
    return code


def event_faults(
    *,
    started_on: date,
    ended_on: date | None,
    ongoing: bool,
    aware_on: date,
    today: date,
    serious: bool,
    criteria: Iterable[str],
    grade: int | None,
) -> dict[str, str]:
    """What an adverse event says against itself, by field; empty when it can be kept."""
    faults: dict[str, str] = {}
    named = set(criteria)
    if started_on > today:
        faults["started_on"] = "The event can't start in the future."
    if ended_on is not None and ended_on < started_on:
        faults["ended_on"] = "The event can't end before it starts."
    if ended_on is not None and ended_on > today:
        faults["ended_on"] = "The event can't have ended in the future."
    if ended_on is not None and ongoing:
        faults["ongoing"] = "An event with an end is not ongoing."
    if aware_on > today:
        faults["aware_at"] = "The moment of awareness can't lie in the future."
    if aware_on < started_on:
        faults["aware_at"] = "Nobody can know of the event before it starts."
    if serious != bool(named):
        faults["seriousness_criteria"] = "Choose at least one criterion for a serious event, and none for another."
    if grade == 5 and "death" not in named:
        faults["ctcae_grade"] = "Grade 5 is death: choose that criterion too."
    if grade is not None and grade not in GRADES:
        faults["ctcae_grade"] = "Enter a CTCAE grade from 1 to 5."
    return faults


def period_faults(started_on: str, stopped_on: str, *, ongoing: bool = False) -> dict[str, str]:
    """What the dates of a drug or of other care say against themselves; partial dates are welcome."""
    faults: dict[str, str] = {}
    read: dict[str, partial_dates.PartialDate] = {}
    for name, text in (("started_on", started_on), ("stopped_on", stopped_on)):
        if not text.strip():
            continue
        try:
            read[name] = partial_dates.parse(text)
        except ValueError as fault:
            faults[name] = str(fault)
    if len(read) == 2 and not partial_dates.may_follow(read["started_on"], read["stopped_on"]):
        faults["stopped_on"] = "The stop can't lie before the start."
    if stopped_on.strip() and ongoing:
        faults["ongoing"] = "What has a stop date is not ongoing."
    return faults


def amount_faults(amounts: Mapping[str, Decimal | int | None], most: Mapping[str, int]) -> dict[str, str]:
    """Amounts that are not above 0, or above the most that is plausible, by field."""
    return {
        name: f"Enter a number above 0 and at most {most[name]}."
        for name, value in amounts.items()
        if value is not None and not 0 < value <= most[name]
    }
