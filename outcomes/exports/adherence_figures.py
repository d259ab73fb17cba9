"""Attendance, compliance and dose of each person in words: the same on the page, in the CSV and in the PDF."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from outcomes.exports.columns import columns_of
from outcomes.exports.figures import Figure
from outcomes.exports.papers import section
from trials.ui import words

NAMES = tuple(c.name for c in columns_of("adherence") if c.name not in ("trial_id", "arm", "rdi_rule"))
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?")
SHARES = ("attendance", "attendance_excl_site", "sets_compliance", "reps_compliance", "load_compliance", "rdi", "mean_relative_intensity")
ROWS_AT = "/reports/"
RULES = (
    "Attendance: attended and made-up sessions among those due. A session is due once the last day of its trial week has passed; one "
    "without a record counts as missed.",
    "Compliance: planned sets, repetitions and load done in attended sessions.",
    "RDI: volume done / planned over the due sessions; missed ones have nothing done, undelivered ones as adherence.rdi says.",
)
KEPT = {
    "person": "Person", "site": "Site", "attendance": "Attendance", "sets": "Compliance: sets", "repetitions": "Compliance: repetitions",
    "load": "Compliance: load", "runs": "Missed runs", "training": "Training",
}  # fmt: skip
GIVEN = {
    "person": "Person", "site": "Site", "rdi": "RDI", "planned_kg": "Planned kg", "done_kg": "Done kg", "minutes": "Minutes",
    "rpe": "Mean RPE", "intensity": "Intensity",
}  # fmt: skip


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A person's row of the report with its shares as whole percentages and, under `told`, what a cell of several figures says."""
    percents = {f"{name}_percent": percent(row.get(name)) for name in SHARES}
    return dict(row) | percents | {"told": _told(row, percents)}


def by_person(people: Sequence[Mapping[str, Any]]) -> Figure:
    """The table of the page, to four decimals, under the names of adherence.csv; flags are 1 and 0."""
    head = ("trial_id", "site", *NAMES, "sessions_unrecorded")
    return Figure(
        "people", "Attendance, compliance and dose by person", "", head, [tuple(_cell(p.get(name)) for name in head) for p in people]
    )


def totals(over_all: Mapping[str, Any]) -> dict[str, Any]:
    return dict(over_all) | {name: percent(over_all.get(name)) for name in ("mean_of_rdis", "ratio_of_sums")}


def sections(body: Mapping[str, Any], *, sites: Sequence[str], over_all: bool) -> list[dict[str, Any]]:
    """What the page of a report tells of these sites, as parts of a paper; the totals, which go over all sites, only if `over_all`."""
    people = [shown(row) for row in body["people"] if row["site"] in sites]
    parts = []
    if over_all:
        told = totals(body["totals"])
        sentences = (
            f"Mean of personal RDIs: {told['mean_of_rdis'] or 'not due'} (n = {told['n']}).",
            f"Ratio of the sums: {told['ratio_of_sums'] or 'not due'} (n = {told['n_in_ratio']}; whoever was never prescribed a load is "
            "left out).",
        )
        parts.append(section("Everybody who trains", text=sentences))
    kept = [tuple(person["told"][name] for name in KEPT) for person in people]
    given = [tuple(person["told"][name] for name in GIVEN) for person in people]
    n = f"n = {len(people)}, intervention sessions due."
    figures = (
        Figure("attendance", "Attendance and compliance", n, tuple(KEPT.values()), kept, rows_at=ROWS_AT),
        Figure("dose", "Dose", n, tuple(GIVEN.values()), given, rows_at=ROWS_AT),
    )
    parts.append(section("By person", text=() if people else ["Nobody trains yet."], figures=figures))
    if broken := body.get("unblindings"):
        sentences = (
            f"Codes broken: {broken['codes_broken']}, of which {broken['arms_told']} read.",
            f"Arms learned by blind staff: {broken['arms_learned']}.",
        )
        parts.append(section("Blinding", text=sentences))
    return [*parts, section("How it is counted", text=RULES)]


def percent(text: Any) -> str:
    """A share as a whole percentage, half-up; empty where there was nothing to count."""
    if text is None:
        return ""
    return f"{int(Decimal(text) * 100 + Decimal('0.5'))} %"


def _told(row: Mapping[str, Any], shares: Mapping[str, str]) -> dict[str, str]:
    due, unrecorded, sets = row.get("sessions_due"), row.get("sessions_unrecorded"), row.get("intensity_sets")
    attended = f"{shares['attendance_percent']} ({row['sessions_attended']} of {due} due)" if due else "not due"
    none = "not due" if not due else "none attended" if not row["sessions_attended"] else ""  # why there is no compliance
    return {
        "person": row["trial_id"],
        "site": row["site"],
        "attendance": attended + (f", {unrecorded} unrecorded" if unrecorded else ""),
        "sets": shares["sets_compliance_percent"] or none or "nothing planned",
        "repetitions": shares["reps_compliance_percent"] or none or "nothing planned",
        "load": shares["load_compliance_percent"] or none or "no load",
        "rdi": shares["rdi_percent"] or "not due",
        "runs": f"{row['missed_episodes']} short, {row['interruptions']} of three or more",
        "planned_kg": words.number(row.get("planned_volume_kg")),
        "done_kg": words.number(row.get("done_volume_kg")),
        "minutes": words.number(row.get("minutes_total"), 0),
        "rpe": f"{words.number(row['mean_session_rpe'], 1)} ({row['rpe_scale']})" if row.get("mean_session_rpe") else words.NOT_RECORDED,
        "intensity": f"{shares['mean_relative_intensity_percent']} of 1RM ({sets} sets)" if sets else words.NOT_RECORDED,
        "training": _state(row),
    }


def _state(row: Mapping[str, Any]) -> str:
    if row.get("intervention_stopped"):
        return "Stopped"
    if row.get("open_interruption"):
        return "Stopped for good?"
    return "Over" if row.get("dose_complete") else "Under way"


def _cell(value: Any) -> Any:
    """A share or kilograms, kept as text, as a number; anything else as it is."""
    if isinstance(value, bool):
        return int(value)
    return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value
