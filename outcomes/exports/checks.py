"""What no column of a bundle can say by itself: each fault is added to the bundle's list."""

from __future__ import annotations

from collections.abc import Mapping

from outcomes.domain.forms import figures_of
from outcomes.domain.instrument import Instrument, Item
from outcomes.exports.reading import Bundle, Texts
from participants.domain import clinical, partial_dates
from trials.domain.protocol.shape import Protocol

SENT = ("done", "partial")
Numbered = list[tuple[int, Texts]]


def as_answer(item: Item, text: str) -> int | str:
    """The answer that a number of item.csv is, as it is kept. Raises `ValueError` (a sentence's end) where it is none."""
    if item.quantity is not None:
        return item.kept(item.read(text))
    return item.kept(item.read(int(text) if text.lstrip("-").isdecimal() else text))


class Checks:
    """What no column can say by itself."""

    def __init__(self, bundle: Bundle, protocol: Protocol, instruments: Mapping[str, Instrument]) -> None:
        self.bundle, self.instruments = bundle, instruments
        self.sites = {site.code for site in protocol.sites}
        self.arms = {arm.code for arm in protocol.arms}
        self.asked = {(visit.code, code) for visit in protocol.visits for code in visit.instruments}

    def person(self, number: int, row: Texts) -> bool:
        """Whether the row can become a person at all."""
        say = self.bundle.fault
        before = len(self.bundle.faults)
        for name in ("screened_on", "screening_outcome", "site"):
            if not row[name]:
                say("participant", number, name, "is empty; every person needs it.")
        if row["site"] and row["site"] not in self.sites:
            say("participant", number, "site", f"{row['site']} is not a site of the protocol.")
        arm, at = row.get("arm", ""), row.get("randomised_at", "")
        if arm and not at:
            say("participant", number, "randomised_at", "is empty; a randomised person needs it.")
        if at and not arm:
            say("participant", number, "arm", "is empty; a randomised person needs it.")
        if arm and arm not in self.arms:
            say("participant", number, "arm", f"{arm} is not an arm of the protocol.")
        if arm and row["screening_outcome"] not in ("", "eligible"):
            say("participant", number, "screening_outcome", "of a randomised person is eligible.")
        if row["screening_outcome"] != "excluded" and row.get("exclusion_category"):
            say("participant", number, "exclusion_category", "belongs to an excluded person.")
        if bool(row.get("withdrawn_on")) != bool(row.get("withdrawn_scope")):
            say("participant", number, "withdrawn_scope", "and withdrawn_on belong together: give both or neither.")
        received = row.get("arm_received", "")
        if received and received not in self.arms:
            say("participant", number, "arm_received", f"{received} is not an arm of the protocol.")
        return len(self.bundle.faults) == before

    def rows(self, person: Texts, rows: Mapping[str, Numbered]) -> None:
        if person.get("withdrawn_scope") == "all":
            for file, found in rows.items():
                if found:
                    self.bundle.fault(
                        file, found[0][0], "trial_id", f"{person['trial_id']} withdrew everything: no rows but in participant.csv."
                    )
        if not person.get("arm"):
            for file in ("session", "exercise_set", "adherence"):
                if rows[file]:
                    self.bundle.fault(file, rows[file][0][0], "trial_id", f"{person['trial_id']} is not randomised.")
        self._forms(rows)
        self._sessions(rows)
        self._clinical(rows)

    def _forms(self, rows: Mapping[str, Numbered]) -> None:
        say = self.bundle.fault
        forms = {(row["visit"], row["instrument"]) for _, row in rows["assessment"]}
        for number, row in rows["assessment"]:
            if (row["visit"], row["instrument"]) not in self.asked:
                say("assessment", number, "instrument", f"{row['instrument']} at {row['visit']} is not in the protocol.")
            if row.get("status") in SENT and "completed_at" in row and not row["completed_at"] and row.get("entered_at"):
                say("assessment", number, "completed_at", "is empty although the form was entered.")
        for number, row in rows["item"]:
            if (row["visit"], row["instrument"]) not in forms:
                say("item", number, "instrument", "has no row in assessment.csv.")
            if bool(row.get("value")) == bool(row.get("missing_code")):
                say("item", number, "value", "and missing_code: give exactly one of them.")
            self._item(number, row)

    def _item(self, number: int, row: Texts) -> None:
        instrument = self.instruments.get(row["instrument"])
        if instrument is None:
            return
        if row["item"] in figures_of(instrument):
            return
        try:
            item = instrument.item(row["item"])
        except ValueError as fault:
            self.bundle.fault("item", number, "item", f"{fault}.")
            return
        try:
            as_answer(item, row["value"]) if row.get("value") else None
        except ValueError as fault:
            self.bundle.fault("item", number, "value", f"{fault}.")

    def _sessions(self, rows: Mapping[str, Numbered]) -> None:
        say = self.bundle.fault
        sessions = {row["session_no"] for _, row in rows["session"]}
        for number, row in rows["session"]:
            for name in ("planned_on", "status"):
                if not row.get(name):
                    say("session", number, name, "is empty; every session needs it.")
            if row.get("status") in ("attended", "made_up") and not row.get("held_on"):
                say("session", number, "held_on", "is empty although the session was held.")
            if row.get("logged_by") == "participant" and (row.get("supervision") != "none" or row.get("trainer")):
                say("session", number, "logged_by", "is participant, so supervision must be none and trainer empty.")
            if row.get("participant_cost", "").startswith("-"):
                say("session", number, "participant_cost", "is below 0; give what the session cost, or leave it empty.")
        for number, row in rows["exercise_set"]:
            if row["session_no"] not in sessions:
                say("exercise_set", number, "session_no", f"session {row['session_no']} is not in session.csv.")

    def _clinical(self, rows: Mapping[str, Numbered]) -> None:
        needed = {
            "adverse_event": ("category", "started_on", "severity", "elicited"), "concomitant": ("kind",),
            "deviation": ("kind", "category", "occurred_on"), "baseline": ("value",), "strength_test": ("reps", "load_kg"),
            "safety_alert": ("trigger", "raised_at"), "medication": ("drug",),
        }  # fmt: skip
        for file, names in needed.items():
            for number, row in rows[file]:
                for name in names:
                    if not row.get(name):
                        self.bundle.fault(file, number, name, "is empty; every row needs it.")
        for number, row in rows["adverse_event"]:
            if (row.get("serious") == "1") != bool(row.get("seriousness_criteria")):
                self.bundle.fault("adverse_event", number, "seriousness_criteria", "belong to a serious event, and each of them has one.")
        for file in ("medication", "concomitant"):
            for number, row in rows[file]:
                self._period(file, number, row)

    def _period(self, file: str, number: int, row: Texts) -> None:
        for name in ("started_on", "stopped_on"):
            try:
                partial_dates.parse(row[name]) if row.get(name) else None
            except ValueError as fault:
                self.bundle.fault(file, number, name, str(fault))
        try:
            clinical.atc(row.get("atc", ""))
        except ValueError as fault:
            self.bundle.fault(file, number, "atc", str(fault))
