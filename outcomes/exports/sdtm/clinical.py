"""What happened to people beside the training: adverse events (AE), drugs (CM), other care and deferred training (PR), deviations (DV).

Nothing is coded with MedDRA: AEDECOD is the verbatim term in capitals. Where the view or the profile has no verbatim term, the category
stands for it. CDISC's words for what was done about the study treatment are those for drugs; ours are kept in AEACNOTH.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outcomes.exports.sdtm.records import Cell, Record, dated, parts
from outcomes.exports.sdtm.standard import KNOWN_UNITS, published
from outcomes.exports.sdtm.subjects import DEFERRED, HELD, Source, Subject, Texts
from outcomes.exports.sdtm.supplements import Supplement, rest_of, supplements
from participants.domain.clinical import ACTIONS, CONCOMITANT, DEVIATIONS

ACTION = {"none": "DOSE NOT CHANGED", "modified": "DOSE REDUCED", "interrupted": "DRUG INTERRUPTED", "stopped": "DRUG WITHDRAWN",
          "not_applicable": "NOT APPLICABLE", "unknown": "UNKNOWN"}  # fmt: skip
OUTCOME = {"recovered": "RECOVERED/RESOLVED", "recovering": "RECOVERING/RESOLVING", "not_recovered": "NOT RECOVERED/NOT RESOLVED",
           "sequelae": "RECOVERED/RESOLVED WITH SEQUELAE", "fatal": "FATAL", "unknown": "UNKNOWN"}  # fmt: skip
SERIOUS = {"death": "AESDTH", "life_threatening": "AESLIFE", "hospital": "AESHOSP", "disability": "AESDISAB", "congenital": "AESCONG",
           "important": "AESMIE"}  # fmt: skip
ONGOING, CUT = "ONGOING", "CUT OF THE DATASET"
OUT_OF_WINDOW = "out_of_window"
MAJOR = {"1": "MAJOR", "0": "MINOR"}
# Frequencies as staff write them -> CDISC's terms.
FREQUENCY = {"once a day": "QD", "twice a day": "BID", "three times a day": "TID", "four times a day": "QID", "once a week": "QS",
             "as needed": "PRN"}  # fmt: skip
TRAINING = "RESISTANCE EXERCISE TRAINING"


def clinical(source: Source) -> dict[str, list[Record]]:
    events = [(subject, row) for subject, row in source.rows("adverse_event")]
    deviations = [(subject, row) for subject, row in source.rows("deviation") if row["kind"] == "deviation" and collected(row)]
    care = [(subject, row) for subject, row in source.rows("concomitant")]
    return {
        "AE": [adverse_event(source, subject, row) for subject, row in events],
        "SUPPAE": supplements("AE", (line for subject, row in events for line in _about_event(subject, row))),
        "CM": [medication(source, subject, row) for subject, row in source.rows("medication")],
        "SUPPCM": supplements("CM", (line for subject, row in source.rows("medication") for line in _about_drug(subject, row))),
        "PR": [*(other_care(source, subject, row) for subject, row in care), *deferred_training(source)],
        "SUPPPR": supplements("PR", (line for subject, row in care for line in _about_care(subject, row))),
        "DV": [deviation(subject, row) for subject, row in deviations],
        "SUPPDV": supplements("DV", (line for subject, row in deviations for line in _about_deviation(subject, row))),
    }


def collected(row: Texts) -> bool:
    """Whether somebody recorded a deviation. A visit out of its window that follows from dates belongs to the analysis, not to DV."""
    return row["source"] == "recorded" or row["category"] != OUT_OF_WINDOW


def adverse_event(source: Source, subject: Subject, row: Texts) -> Record:
    term = parts(_term(row))[0]
    criteria = [word for word in row["seriousness_criteria"].split("|") if word]
    flags: dict[str, Cell] = {name: "Y" if code in criteria else "N" for code, name in SERIOUS.items() if row["serious"] == "1"}
    if row["serious"] == "1" and "Y" not in flags.values():
        flags["AESMIE"] = "Y"  # a criterion that no list knows is another medically important one
    action = row.get("action", "")
    return {
        "USUBJID": subject.usubjid, "AESPID": row["ae_no"], "AETERM": term, "AEDECOD": term.upper(),
        "AECAT": row["category"].upper() if row.get("term") else "",
        "AESEV": row["severity"].upper(), "AESER": "Y" if row["serious"] == "1" else "N", "AEACN": ACTION.get(action, ""),
        "AEACNOTH": ACTIONS.get(action, action), "AEREL": row.get("related", "").upper(), "AEOUT": OUTCOME.get(row["outcome"], ""), **flags,
        "AETOXGR": row["ctcae_grade"], **dated(subject, "AE", start=row["started_on"], end=row["ended_on"]),
        **_ongoing(source, "AE", row["ongoing"]),
    }  # fmt: skip


def medication(source: Source, subject: Subject, row: Texts) -> Record:
    unit = row.get("unit", "") if row["dose"] else ""
    often = row.get("frequency", "")
    return {
        "USUBJID": subject.usubjid, "CMSPID": row["med_no"], "CMTRT": (row.get("drug") or row["atc"] or "NOT TOLD").upper(),
        "CMCAT": "MEDICATION", "CMINDC": row.get("indication", ""), "CMCLASCD": row["atc"], "CMDOSE": _decimal(row["dose"]),
        "CMDOSU": published("C71620", unit) if unit.lower() in KNOWN_UNITS else unit, "CMROUTE": published("C66729", row.get("route", "")),
        "CMDOSFRQ": FREQUENCY.get(often.lower(), often), "CMADJ": parts(row.get("change_reason", ""))[0],
        **dated(subject, "CM", start=row["started_on"], end=row["stopped_on"]), **_ongoing(source, "CM", row["ongoing"]),
    }  # fmt: skip


def other_care(source: Source, subject: Subject, row: Texts) -> Record:
    name = CONCOMITANT.get(row["kind"], row["kind"])
    length = f"PT{row['minutes_per_session']}M" if row["minutes_per_session"] else ""
    return {
        "USUBJID": subject.usubjid, "PRSPID": row["con_no"], "PRTRT": parts((row.get("description") or name).upper())[0],
        "PRCAT": name.upper(), "PRDUR": length, **dated(subject, "PR", start=row["started_on"], end=row["stopped_on"]),
    }  # fmt: skip


def deferred_training(source: Source) -> Iterable[Record]:
    """Training that control people are given after their primary visit: no exposure under comparison, so a procedure."""
    for subject, row in source.rows("session"):
        if row["phase"] == DEFERRED and row["status"] in HELD:
            length = f"PT{row['minutes']}M" if row["minutes"] else ""
            yield {
                "USUBJID": subject.usubjid, "PRSPID": f"TR{int(row['session_no']):02d}", "PRTRT": TRAINING, "PRCAT": "DEFERRED TRAINING",
                "PRDUR": length, **dated(subject, "PR", start=row["held_on"], end=row["held_on"]),
            }  # fmt: skip


def deviation(subject: Subject, row: Texts) -> Record:
    name = DEVIATIONS.get(row["category"], row["category"])
    return {
        "USUBJID": subject.usubjid, "DVSPID": row["dev_no"], "DVTERM": parts(row.get("description") or name)[0], "DVDECOD": name.upper(),
        "DVCAT": MAJOR.get(row["important"], ""), **dated(subject, "DV", start=row["occurred_on"], end=row["occurred_on"]),
    }  # fmt: skip


def _term(row: Texts) -> str:
    return row.get("term") or row["category"].replace("_", " ") or "not told"


def _ongoing(source: Source, prefix: str, flag: str) -> dict[str, Cell]:
    """Ongoing at the cut; its date is not told where no date of the trial may be."""
    if flag != "1":
        return {}
    return {f"{prefix}ENRTPT": ONGOING, f"{prefix}ENTPT": source.as_of.isoformat() if source.as_of else CUT}


def _about_event(subject: Subject, row: Texts) -> Iterable[Supplement]:
    told = {
        "AEELICIT": ("How the Event Was Elicited", row["elicited"]),
        "AEXPECT": ("Expected Event", {"1": "Y", "0": "N"}.get(row.get("expected", ""), "")),
        "AESESSNO": ("Number of the Training Session", row.get("session_no", "")),
        "AEAWARE": ("Date the Site Became Aware", row["aware_on"]),
        "AESPONS": ("Date Reported to the Sponsor", row["reported_sponsor_at"][:10]),
        "AEETHIC": ("Date Reported to the Ethics Committee", row["reported_ethics_on"]),
    }
    for name, (label, text) in told.items():
        if text:
            yield Supplement(subject, "AESPID", row["ae_no"], name, label, text)
    yield from rest_of(subject, "AESPID", row["ae_no"], "AETERM", "Reported Term for the Adverse Event", _term(row))


def _about_drug(subject: Subject, row: Texts) -> Iterable[Supplement]:
    yield from rest_of(subject, "CMSPID", row["med_no"], "CMADJ", "Reason for Dose Adjustment", row.get("change_reason", ""))


def _about_care(subject: Subject, row: Texts) -> Iterable[Supplement]:
    if row["sessions_per_week"]:
        yield Supplement(subject, "PRSPID", row["con_no"], "PRWEEKLY", "Sessions per Week", row["sessions_per_week"])
    yield from rest_of(subject, "PRSPID", row["con_no"], "PRTRT", "Reported Name of Procedure", row.get("description", "").upper())


def _about_deviation(subject: Subject, row: Texts) -> Iterable[Supplement]:
    told = {
        "DVVISIT": ("Visit of the Deviation", row["visit"]),
        "DVSESSNO": ("Number of the Training Session", row["session_no"]),
        "DVSOURCE": ("Recorded or Derived", row["source"]),
    }
    for name, (label, text) in told.items():
        if text:
            yield Supplement(subject, "DVSPID", row["dev_no"], name, label, text)
    yield from rest_of(subject, "DVSPID", row["dev_no"], "DVTERM", "Protocol Deviation Term", row.get("description", ""))


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None
