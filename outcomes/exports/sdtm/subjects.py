"""Who is in DM, with the dates that everything else is told by: study days, elements, epochs.

RFSTDTC is the day of randomisation. The treatment epoch ends, in every arm alike, on the last day of the primary visit's window (of
the longest session plan where no primary visit is named): deferred training begins after it. An element that nothing is known of yet is
not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from outcomes.exports.typed import Table
from trials.domain.protocol.shape import Protocol

Texts = Mapping[str, str]
SCREENING, TREATMENT, FOLLOW_UP = EPOCHS = ("SCREENING", "TREATMENT", "FOLLOW-UP")
ENDINGS = ("died_on", "withdrawn_on", "lost_on", "completed_on")
HELD = ("attended", "made_up")
LEFT_OUT = ("missed", "cancelled_by_site")
SEEN = ("done", "partial")
DEFERRED = "deferred"
# Days that a table tells of a person beside visits and sessions.
TOLD = {"baseline": ("measured_on",), "adverse_event": ("started_on", "ended_on", "aware_on"), "medication": ("started_on", "stopped_on"),
        "concomitant": ("started_on", "stopped_on"), "deviation": ("occurred_on",)}  # fmt: skip


@dataclass(frozen=True)
class Subject:
    """A consented person; `treatment_ends` and `reached` are None for who is not randomised."""

    row: Texts
    usubjid: str
    randomised_on: date | None
    ended_on: date | None
    treatment_ends: date | None
    reached: date | None  # the last day of a visit or a session, missed ones included

    @property
    def begun(self) -> str:
        """The day of consent, with which screening begins; of who was moved in without one, that of the assessment for eligibility."""
        return self.row["consented_on"] or self.row["screened_on"]

    @property
    def left_screening_on(self) -> str:
        """Of who is not randomised the day on which a refusal, an exclusion or death ended the screening; empty while it goes on."""
        row, begun = self.row, max(self.row["screened_on"], self.row["consented_on"])
        gone_on = row["withdrawn_on"] or row["died_on"]
        return max(gone_on, begun) if gone_on else begun if row["screening_outcome"] == "excluded" else ""

    def after_end(self, day: str) -> bool:
        """Whether a planned day lies after participation has ended, or beyond what is known of the person: then nothing was left out."""
        last = self.ended_on or self.reached
        return last is None or day > last.isoformat()

    def study_day(self, text: str) -> int | None:
        """Days from randomisation, which is day 1; there is no day 0. None for a date known in part and for who is not randomised."""
        if len(text) < len("2026-03-02") or self.randomised_on is None:
            return None
        days = (date.fromisoformat(text[:10]) - self.randomised_on).days
        return days + 1 if days >= 0 else days

    def epoch(self, text: str) -> str:
        """The epoch of a day; empty where the day is known in part. The day of randomisation is in the treatment epoch."""
        if len(text) < len("2026-03-02"):
            return ""
        return SCREENING if self.randomised_on is None else self._epoch(date.fromisoformat(text[:10]))

    def _epoch(self, on: date) -> str:
        assert self.randomised_on is not None
        if on < self.randomised_on:
            return SCREENING
        return TREATMENT if self.treatment_ends is None or on <= self.treatment_ends else FOLLOW_UP


@dataclass(frozen=True)
class Source:
    """The tables of a bundle as text, and the protocol. `as_of` is the day of the cut, None where no date may be told."""

    protocol: Protocol
    tables: Mapping[str, tuple[Texts, ...]]
    blinded: bool
    as_of: date | None

    def rows(self, file: str) -> Iterable[tuple[Subject, Texts]]:
        """The rows of a table whose person is in DM; none where the view has no such table."""
        known = self.subjects
        return [(known[row["trial_id"]], row) for row in self.tables.get(file, ()) if row["trial_id"] in known]

    @cached_property
    def subjects(self) -> dict[str, Subject]:
        """Trial id -> whoever consented, in the order of participant.csv; who was randomised did, whether or not the day is known."""
        people = [row for row in self.tables["participant"] if row["consented_on"] or row["randomised_on"]]
        return {row["trial_id"]: self._subject(row) for row in people}

    @cached_property
    def sessions(self) -> dict[str, list[Texts]]:
        """Trial id -> sessions of every phase, in order; nobody has any where the view has none."""
        found: dict[str, list[Texts]] = {}
        for row in self.tables.get("session", ()):
            found.setdefault(row["trial_id"], []).append(row)
        return found

    @cached_property
    def assessments(self) -> dict[str, list[Texts]]:
        """Trial id -> forms of every visit."""
        found: dict[str, list[Texts]] = {}
        for row in self.tables.get("assessment", ()):
            found.setdefault(row["trial_id"], []).append(row)
        return found

    @cached_property
    def told(self) -> dict[str, str]:
        """Trial id -> the last day that anything at all is told of, no later than the cut."""
        found: dict[str, str] = {}
        limit = self.as_of.isoformat() if self.as_of else "9"
        for subject in self.subjects.values():
            days = [subject.row[name] for name in ("screened_on", "consented_on", "randomised_on", *ENDINGS)]
            days += [self.day_of(form, subject) for form in self.assessments.get(subject.row["trial_id"], []) if form["status"] in SEEN]
            days += [on.isoformat() for on in (subject.reached,) if on is not None]
            found[subject.row["trial_id"]] = max(days)
        for file, names in TOLD.items():
            for subject, row in self.rows(file):
                whole = (row[name] for name in names if len(row[name]) == len("2026-03-02") and row[name] <= limit)
                found[subject.row["trial_id"]] = max([found[subject.row["trial_id"]], *whole])
        return found

    def day_of(self, form: Texts, subject: Subject) -> str:
        """The day at the site on which a form was answered: by its distance from the target day, which every profile keeps."""
        if form["target_on"] and form["days_from_target"]:
            return (date.fromisoformat(form["target_on"]) + timedelta(days=int(form["days_from_target"]))).isoformat()
        return self.local(form["completed_at"], subject.row["site"])[:10]

    def local(self, instant: str, site: str) -> str:
        """An instant as date and time at the site, without a zone; where the site is not told apart, the date in UTC alone."""
        if not instant:
            return ""
        zones = {each.code: each.timezone for each in self.protocol.sites}
        moment = datetime.fromisoformat(instant).astimezone(ZoneInfo(zones.get(site, "UTC")))
        return moment.strftime("%Y-%m-%dT%H:%M:%S" if site in zones else "%Y-%m-%d")

    def _subject(self, row: Texts) -> Subject:
        usubjid = f"{self.protocol.code}-{row['trial_id']}"
        if not row["randomised_on"]:
            return Subject(row, usubjid, None, None, None, None)
        start = date.fromisoformat(row["randomised_on"])
        ends = [date.fromisoformat(row[name]) for name in ENDINGS if row[name]]
        ended = min(ends) if ends else None
        last = treatment_days(self.protocol)
        return Subject(row, usubjid, start, ended, start + timedelta(days=last), self._reached(row, start, ended))

    def _reached(self, row: Texts, start: date, ended: date | None) -> date:
        known = [start]
        for fact in (*self.assessments.get(row["trial_id"], []), *self.sessions.get(row["trial_id"], [])):
            if fact.get("held_on"):
                known.append(date.fromisoformat(fact["held_on"]))
            if fact.get("completed_at"):
                known.append(date.fromisoformat(self.local(fact["completed_at"], row["site"])[:10]))
            if fact["status"] in LEFT_OUT and fact.get("planned_on") and (ended is None or fact["planned_on"] <= ended.isoformat()):
                known.append(date.fromisoformat(fact["planned_on"]))
            open_now = fact["status"] == "pending" or (ended is None and gone(fact))
            if "instrument" in fact and fact["opens_on"] and open_now:
                known.append(date.fromisoformat(fact["opens_on"]))
        return max(known)


def gone(assessment: Texts) -> bool:
    """Whether a visit's window went by with nothing."""
    return assessment["status"] == "missed"


def sessions_held(source: Source, trial_id: str) -> list[Texts]:
    """The protocol's sessions that a person did; deferred training is no treatment under comparison."""
    return [s for s in source.sessions.get(trial_id, []) if s["phase"] != DEFERRED and s["status"] in HELD]


def treatment_days(protocol: Protocol) -> int:
    """Days from randomisation to the end of the treatment epoch, the same in every arm."""
    weeks = max((plan.weeks for plan in protocol.plans.values()), default=0)
    last = 7 * weeks
    if protocol.primary is not None:
        last = protocol.visit(protocol.primary.visit).closes_day or last
    return protocol.day0_lag_days + last


def source_of(tables: Iterable[Table], protocol: Protocol, *, blinded: bool, as_of: date | None) -> Source:
    return Source(protocol, {table.file: table.rows for table in tables}, blinded, as_of)
