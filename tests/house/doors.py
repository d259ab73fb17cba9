"""Every door of the house: its address, its methods, and for the API's steps a body that its shape accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.urls import get_resolver

from tests.cast import PASSWORD
from tests.house.lived import END, OTHER, OWN, Lived

API = "api/v1/"
TODAY = END.date().isoformat()
NOW = END.isoformat()
KEY = str(uuid5(NAMESPACE_OID, "door"))
HEADERS = {"Idempotency-Key": KEY}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")

# A parameter that names a step or a kind: each of its values is a door of its own.
STEPS = {
    "events/<ae_no>/<step>": ("follow-up", "assess", "sponsor", "ethics"),
    "<alert_no>/<step>": ("open", "contact", "assess", "action", "release", "close"),
    "records/<kind>/<key>": ("event/1", "consent/<consent>", "baseline/mass_kg", "load/squat_at_<tested_on>"),
    "exports/<pk>": ("<closed_export>", "<blinded_export>"),
    "reports/<pk>": ("<closed_report>", "<blinded_report>"),
}
BODIES: dict[str, dict[str, Any]] = {
    "screen": {"site": "<site>", "answers": {"age": "25"}},
    "answer": {"answers": {"age": "25"}, "reason": "Asked again"},
    "exclude": {"category": "declined", "reason": "no_time"},
    "record-consent": {"version": "2.1", "signed_on": TODAY},
    "record-baseline": {"values": {"mass_kg": "68"}},
    "set-availability": {"preferred": [[1, "18:00"]], "channel": "none"},
    "withdraw": {"scope": "contact", "reason": "burden"},
    "record-death": {"died_on": TODAY},
    "record-loss": {"reason": "other"},
    "stop-training": {"reason": "time"},
    "move": {"on": TODAY, "clock": "10:00"},
    "mark-missed": {"reason": "illness"},
    "cancel-by-site": {"reason": "trainer_ill"},
    "start": {},
    "log": {"client_uuid": KEY, "sets": [{"exercise_no": 1, "set_no": 1, "done_reps": 8, "done_load_kg": "40"}]},
    "take-in": {
        "uuid": KEY, "kind": "log", "made_at": NOW, "phone_at": NOW,
        "sets": [{"exercise_no": 1, "set_no": 1, "done_reps": 8, "done_load_kg": "40"}],
    },
    "finish": {},
    "override-load": {"exercise_no": 1, "load_kg": "35", "reason": "Knee pain", "reason_class": "health"},
    "record-strength-test": {"exercise": "squat", "tested_on": TODAY, "reps": 8, "load_kg": "40"},
    "report-event": {
        "category": "pain", "term": "Knee", "started_on": TODAY, "severity": "mild", "elicited": "spontaneous", "aware_at": NOW,
    },
    "ask-harms": {"visit": "week12", "answers": {"health": "no", "care": "no", "pain": "no", "mood": "no"}},
    "add-follow-up": {"text": "Better"},
    "assess": {"related": "unrelated", "expected": False},
    "report-to-sponsor": {"reported_at": NOW},
    "report-to-ethics": {"reported_on": TODAY},
    "record-medication": {"drug": "Sertraline"},
    "record-concomitant": {"kind": "exercise"},
    "record-deviation": {"kind": "deviation", "category": "visit_window", "occurred_on": TODAY},
    "randomise": {},
    "randomise-batch": {"trial_ids": ["P-001", "P-999"]},
    "gather-group": {"trial_ids": ["P-001", "P-999"]},
    "add-member": {"trial_id": "P-001"},
    "remove-member": {"trial_id": "P-001", "reason": "Parted"},
    "randomise-group": {},
    "join-group": {"trial_id": "P-001", "reason": "Moved in"},
    "enter-interview": {"visit": "week12", "instrument": "gad7", "answers": {"1": 1}, "client_uuid": KEY, "completed_on": TODAY},
    "enter-paper": {"visit": "week12", "instrument": "gad7", "answers": {"1": 1}, "client_uuid": KEY, "completed_on": TODAY},
    "enter-telephone": {"visit": "week12", "instrument": "gad7", "answers": {"1": 1}, "client_uuid": KEY},
    "resend-link": {"visit": "week12"},
    "raise-concern": {"text": "Quiet"},
    "open-alert": {},
    "record-contact": {"reached": True, "text": "Spoke"},
    "assess-risk": {"level": "minimal", "text": "Calm"},
    "record-action": {"text": "Called"},
    "close": {"text": "Done", "password": PASSWORD},
    "release-messages": {},
    "put-on-duty": {"site": "<site>", "starts_at": NOW, "ends_at": "2026-12-01T00:00:00Z"},
    "request-export": {"view": "blinded", "formats": ["spss", "xlsx"]},
    "break-code": {"reason_code": "urgent_treatment", "reason": "Urgent treatment", "password": PASSWORD, "mode": "screen"},
    "report-unblinding": {"learned_on": TODAY, "how": "participant_told", "sure": True},
    "annotate": {"kind": "in_error", "reason": "Pressed for somebody else"},
    "read-arm": {"password": PASSWORD},
    "record-guess": {"whose": "assessor", "arm": "RET", "certainty": "somewhat"},
    "correct-guess": {"whose": "assessor", "arm": "", "reason": "Misclicked"},
    "compare-cuts": {"first_at": "2026-03-02T09:00:00Z", "second_at": NOW},
    "request-randomisation-test": {"visit": "week8", "instrument": "phq9", "draws": 99},
    "reopen": {"reason": "Wrong"},
    "correct-person": {"reason": "Wrong", "age": 26},
    "change-dose": {"dose": "100", "changed_on": TODAY, "reason": "Too little"},
    "stop-medication": {"stopped_on": TODAY},
    "judge-deviation": {"important": False},
    "correct-record": {"changes": {}, "reason": "Wrong"},
    "void-record": {"reason": "Wrong"},
    "enter-again": {"answers": {"1": 1}, "completed_on": TODAY},
    "adjudicate": {"choices": {"1": "second"}, "reason": "As on the form"},
    "correct-assessment": {"answers": {"1": 1}, "reason": "Misread"},
    "soft-lock": {"reason": "The last visit is over"},
    "lift-lock": {"reason": "Too early"},
    "sign-hard-lock": {"cut_at": NOW, "password": PASSWORD},
    "sign-unlock": {"reason": "A page was missing", "password": PASSWORD},
    "unblind-trial": {"reason": "The analysis begins", "password": PASSWORD},
    "load-protocol": {"text": "code = 1"},
    "draw-scheme": {},
    "approve-scheme": {},
    "upload-list": {"text": "stratum,position,arm"},
    "discard-scheme": {"reason": "Drawn too early"},
    "close-scheme": {"reason": "Full"},
    "close-stratum": {"stratum": "site=LIM|sex=M", "reason": "Full"},
    "reopen-stratum": {"stratum": "site=LIM|sex=M", "reason": "Room again"},
    "report-envelope": {"code": "ABCD2345", "kind": "missing", "reason": "Lost"},
    "enter-envelope": {"code": "ABCD2345", "opened_at": NOW, "opened_by": "coordinator", "reason": "No line"},
    "simulate-design": {"method": "big_stick", "parameters": {"bound": 3}, "factors": ["site"], "people": 40},
    "invite": {"username": "newcomer", "name": "New Comer", "role": "assessor", "site": "<site>"},
    "give-role": {"role": "assessor", "site": "<site>"},
    "end-access": {"reason": "Left"},
    "reset-password": {},
    "end-role": {"reason": "Left"},
    "assign-trainer": {"trainer": 1},
    "join-slot": {"slot": 1},
    "hold-at-home": {"reason": "Travelling"},
    "hold-at-site": {"reason": "Back again"},
    "issue-feed": {},
    "revoke-feed": {},
    "issue-own-feed": {},
    "revoke-own-feed": {},
    "leave-slot": {},
    "open-slot": {"trainer": 1, "starts_at": "2026-12-01T10:00:00Z", "minutes": 60, "capacity": 2},
    "change-places": {"capacity": 3},
    "cancel-slot": {},
    "fill-slot": {"seen": "0"},
    "add-room": {"name": "Gym 9"},
    "keep-hours": {"trainer": 1, "weekday": 0, "opens": "09:00", "closes": "12:00"},
    "record-absence": {"starts_at": "2026-12-01T10:00:00Z", "ends_at": "2026-12-02T10:00:00Z", "reason": "Flood"},
    "take-off-hours": {},
    "lift-absence": {},
    "move-out": {"seen": "0"},
    "lay-out-deferred": {},
    "reopen-session": {"reason": "Wrong"},
    "correct-session": {"facts": {"soreness": 2}, "reason": "Wrong"},
    "correct-set": {"exercise_no": 1, "set_no": 1, "facts": {"done_reps": 8}, "reason": "Wrong"},
    "edit-contact": {"facts": {"given_name": "New"}},
    "show-contact": {},
    "revoke-links": {"visit": "week12"},
    "note-not-done": {"visit": "week12", "instrument": "gad7", "reason": "Abroad"},
    "tablet-code": {"visit": "week12"},
    "record-visit-contact": {"visit": "week12", "channel": "phone", "outcome": "no_answer"},
    "observe": {"verdicts": {"warm_up": "done"}},
    "describe-provider": {"profession": "Physiotherapist", "qualification": "MSc", "trained_on": TODAY},
    "take-off-duty": {},
    "choose-digest": {"wanted": True},
    "write-letter": {
        "kind": "nudge", "language": "en", "subject": "Please answer", "body": "Open {link}", "short": "Open {address} and type {code}",
    },
    "start-letter": {"holds_from": TODAY},
    "send-test": {},
    "send-circular": {
        "site": "<site>", "phase": "any", "language": "en", "subject": "Closed", "body": "Closed", "short": "Closed", "people": 1,
        "client_uuid": KEY,
    },
    "cancel-circular": {},
}  # fmt: skip


def routes() -> list[str]:
    """Every address of the resolver, parameters by name only, in the order of the alphabet; steps one by one."""
    found: list[str] = []
    for route in {PARAMETER.sub(r"<\1>", raw) for raw in _walk(get_resolver().url_patterns, "")}:
        part = next((part for part in STEPS if part in route), "")
        last = re.compile(r"<kind>/<key>$|<step>$|<pk>$")
        found += [route.replace(part, last.sub(step, part)) for step in STEPS[part]] if part else [route]
    return sorted(found)


def _walk(patterns: Any, before: str) -> Iterator[str]:
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, here)
        else:
            yield here


def is_personal(route: str) -> bool:
    """Whether the address leads to one site's person or to something of theirs."""
    return bool(re.search(r"<(?!path)\w+>", route)) and not route.startswith(("me/", "calendar/")) and "staff/" not in route and "exports/" not in route \
        and "reports/" not in route and "letters/" not in route and "circulars/" not in route \
        and "roles/" not in route and "tokens/" not in route and "providers/" not in route  # fmt: skip


def address(route: str, lived: Lived, who: str = OWN) -> str:
    """The address that leads to this person; what is not about a person leads to the assessor and their things."""
    number, secret = lived.numbers[who], "stop" if route.startswith("me/stop/") else "feed"
    trial_id = lived.people["third" if "sessions/deferred" in route and who == OWN else who]
    values: dict[str, object] = {
        "trial_id": trial_id, "session_no": number["session_no"], "ae_no": 1, "med_no": 1, "dev_no": 1, "number": 1, "exercise_no": 1,
        "alert_no": number["alert_no"], "code": number["unblinding"], "visit": "week1", "instrument": "phq9", "consent": number["consent"],
        "kind": "invitation", "token": lived.tokens[secret], "site": number["site"], "event": number["message"], "occurrence": 1, "tested_on": number["tested_on"],
        "closed_export": lived.numbers[OWN]["export"], "blinded_export": lived.numbers[OTHER]["export"],
        "closed_report": lived.numbers[OWN]["report"], "blinded_report": lived.numbers[OTHER]["report"],
        "group": "YSQSJMFHGH", "language": "en", "version": 1, "circular": "NOSUCHCODE", "phase": "week1",
        "pk": _pk(route, lived, who) if "<pk>" in route else "",
    }  # fmt: skip
    return "/" + PARAMETER.sub(lambda found: str(values[found[1]]), route)


def _pk(route: str, lived: Lived, who: str) -> int:
    """A row's number in an address. Raises KeyError for a table that nobody has chosen a sample of."""
    samples = {
        "roster": lived.numbers[who]["duty"], "duties": lived.numbers[who]["duty"],
        **dict.fromkeys(("hours", "roster-hours"), lived.numbers[who]["hours"]),
        "slots": lived.numbers[who]["slot"], "absences": lived.numbers[who]["absence"],
        "roles": lived.memberships["assessor"], "tokens": lived.token_pks["assessor"], "staff": lived.staff["assessor"],
        "providers": lived.staff["trainer"],
    }  # fmt: skip
    return samples[route.partition("<pk>")[0].rstrip("/").rsplit("/", 1)[-1]]


def body(route: str, who: str = OWN) -> dict[str, Any]:
    """A body of the right shape for a step of the API, nothing for a read; its site is the person's."""
    site = {OWN: "LIM", OTHER: "DUB"}[who]
    given = BODIES.get(route.rstrip("/").rsplit("/", 1)[-1], {})
    return {key: site if value == "<site>" else value for key, value in given.items()}
