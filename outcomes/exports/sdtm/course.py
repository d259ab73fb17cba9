"""A person's course: elements (SE), visits (SV) and criteria not met (IE)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from outcomes.exports.sdtm.design import EXCLUSION, course, criteria_of, visits_of
from outcomes.exports.sdtm.records import Record, dated
from outcomes.exports.sdtm.subjects import SCREENING, SEEN, Source, Subject, Texts, gone

# Mode of the form -> mode of contact; a form on the web or on paper is no contact of a known kind.
CONTACTS = {"phone": "TELEPHONE CALL", "interview": "IN PERSON"}
NOT_KNOWN = "Not known"


def courses(source: Source) -> dict[str, list[Record]]:
    return {
        "SE": [row for subject in source.subjects.values() for row in elements(source, subject)],
        "SV": [row for subject in source.subjects.values() for row in visits(source, subject)],
        "IE": [row for subject in source.subjects.values() for row in criteria_not_met(source, subject)],
    }


def elements(source: Source, subject: Subject) -> Iterable[Record]:
    """Each element begun, with its end where it has ended; it ends where the next begins, or with participation."""
    arm = subject.row["arm_dummy" if source.blinded else "arm"]
    starts = [date.fromisoformat(subject.begun)]
    if not arm or subject.randomised_on is None or subject.treatment_ends is None or subject.reached is None:
        left = date.fromisoformat(subject.left_screening_on) if subject.left_screening_on else None
        yield _element(subject, 1, ("SCRN", "Screening", SCREENING), starts[0], left)
        return
    starts.append(subject.randomised_on)
    ended, after = subject.ended_on, subject.treatment_ends + timedelta(days=1)
    if after <= (ended or subject.reached):
        starts.append(after)
    for order, (element, begins) in enumerate(zip(course(source, arm), starts, strict=False), 1):
        yield _element(subject, order, element, begins, starts[order] if order < len(starts) else ended)


def _element(subject: Subject, order: int, element: tuple[str, str, str], begins: date, ends: date | None) -> Record:
    code, name, epoch = element
    told = dated(subject, "SE", start=begins.isoformat(), end=ends.isoformat() if ends else "")
    return {"USUBJID": subject.usubjid, "ETCD": code, "ELEMENT": name, "TAETORD": order, **told, "EPOCH": epoch}


def visits(source: Source, subject: Subject) -> Iterable[Record]:
    """Each planned visit that came to be or whose window went by; nothing after participation has ended."""
    own = source.assessments.get(subject.row["trial_id"], [])
    for visit, numbers in visits_of(source.protocol).items():
        forms = [row for row in own if row["visit"] == visit]
        days = sorted(day for row in forms if row["status"] in SEEN for day in (source.day_of(row, subject),) if day)
        if days:
            modes = {CONTACTS.get(row["mode"], "") for row in forms if row["status"] in SEEN}
            mode = modes.pop() if len(modes) == 1 else ""
            told = dated(subject, "SV", start=days[0], end=days[-1])
            del told["EPOCH"]
            yield {"USUBJID": subject.usubjid, **numbers, "SVPRESP": "Y", "SVOCCUR": "Y", "SVCNTMOD": mode, **told}
        elif forms and all(gone(row) for row in forms) and not after_end(subject, forms[0]):
            reason = next((row["not_done_reason"] for row in forms if row["not_done_reason"]), "")
            yield {"USUBJID": subject.usubjid, **numbers, "SVPRESP": "Y", "SVOCCUR": "N", "SVREASOC": reason or NOT_KNOWN}


def after_end(subject: Subject, form: Texts) -> bool:
    """Whether a visit's window opened after participation had ended; then there was no visit to miss."""
    return bool(subject.ended_on and form["opens_on"] and form["opens_on"] > subject.ended_on.isoformat())


def criteria_not_met(source: Source, subject: Subject) -> Iterable[Record]:
    """Of the person's reasons of exclusion those that are criteria: an unmet inclusion is N, a met exclusion Y."""
    known = criteria_of(source.protocol)
    reasons = dict.fromkeys([subject.row["exclusion_reason"], *subject.row["exclusion_reasons"].split("|")])
    for reason in reasons:
        if reason in known:
            answer = "Y" if known[reason]["IECAT"] == EXCLUSION else "N"
            told = dated(subject, "IE", collected=subject.row["screened_on"])
            yield {"USUBJID": subject.usubjid, **known[reason], "IEORRES": answer, "IESTRESC": answer, **told, "EPOCH": SCREENING}
