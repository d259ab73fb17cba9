"""Demographics (DM) and disposition (DS): who took part, in which arm, and how it ended.

Stopping the training and leaving the trial are two dispositions. An arm without a session plan has no treatment to dispose of.
"""

from __future__ import annotations

from collections.abc import Iterable

from outcomes.exports.sdtm.design import arms_of
from outcomes.exports.sdtm.records import Cell, Record, dated, parts, short
from outcomes.exports.sdtm.standard import countries
from outcomes.exports.sdtm.subjects import Source, Subject, Texts, sessions_held
from outcomes.exports.sdtm.supplements import Supplement, rest_of, supplements
from participants.domain.clinical import INTERCURRENT
from trials.domain.protocol.shape import Protocol

SEXES = {"F": "F", "M": "M", "X": "UNDIFFERENTIATED"}
UNKNOWN_SEX = "U"
SCREEN_FAILURE, NOT_ASSIGNED, NOT_TREATED = "SCREEN FAILURE", "NOT ASSIGNED", "ASSIGNED, NOT TREATED"
MILESTONE, EVENT, OTHER = "PROTOCOL MILESTONE", "DISPOSITION EVENT", "OTHER EVENT"
PARTICIPATION, TRAINING = "STUDY PARTICIPATION", "STUDY TREATMENT"
UNBLINDED, TREATMENT_UNBLINDED = "unblinded", "TREATMENT UNBLINDED"
DEATH = "DEATH"
ENDED = (("died_on", DEATH, ""), ("withdrawn_on", "WITHDRAWAL BY SUBJECT", "withdrawn_reason"),
         ("lost_on", "LOST TO FOLLOW-UP", "lost_reason"), ("completed_on", "COMPLETED", ""))  # fmt: skip
# Why the training stopped, by the codes that the program gives and those of the shipped protocols; any other is the person's own decision.
STOPPED = {"died": DEATH, "lost": "LOST TO FOLLOW-UP", "no_benefit": "LACK OF EFFICACY", "pregnancy": "PREGNANCY", "other": "OTHER"}
HOUSE = {"died": "Death", "lost": "Lost to follow-up", "withdrawn": "Withdrawal"}
WITHDRAWN = "WITHDRAWAL BY SUBJECT"
EXCLUDED = {"not_meeting_criteria": SCREEN_FAILURE, "declined": WITHDRAWN, "other": "OTHER"}


def people(source: Source) -> dict[str, list[Record]]:
    found = [(subject, demographics(source, subject)) for subject in source.subjects.values()]
    extra = [line for subject in source.subjects.values() for line in _extra(source, subject)]
    events = [event for subject in source.subjects.values() for event in disposition(source, subject)]
    return {
        "DM": [row for _, row in found],
        "SUPPDM": supplements("DM", extra),
        "DS": events,
        "SUPPDS": supplements("DS", (*_scopes(source), *_long_terms(source))),
    }


def demographics(source: Source, subject: Subject) -> Record:
    """One row a consented person, screen failures too."""
    row = subject.row
    held = [session["held_on"] for session in sessions_held(source, row["trial_id"])]
    ended = subject.ended_on or subject.reached
    known = row["age"].isdecimal()
    return {
        "USUBJID": subject.usubjid,
        "SUBJID": row["trial_id"],
        "RFSTDTC": row["randomised_on"],
        "RFENDTC": ended.isoformat() if ended else "",
        "RFXSTDTC": min(held, default=""),
        "RFXENDTC": max(held, default=""),
        "RFICDTC": row["consented_on"],
        "RFPENDTC": source.told[row["trial_id"]],
        "DTHDTC": row["died_on"],
        "DTHFL": "Y" if row["died_on"] else "",
        "SITEID": row["site"],
        "AGE": int(row["age"]) if known else None,
        "AGEU": "YEARS" if known else "",
        "SEX": SEXES.get(row["sex"], UNKNOWN_SEX),
        **_arms(source, subject),
        "COUNTRY": country(source.protocol, row["site"]),
    }


def country(protocol: Protocol, site: str) -> str:
    """ISO 3166-1 alpha-3 of the site; where sites are not told apart, the trial's if it has one only."""
    lands = {each.code: countries.get(each.country, ("", ""))[0] for each in protocol.sites}
    alike = set(lands.values())
    return lands.get(site) or (alike.pop() if len(alike) == 1 else "")


def _arms(source: Source, subject: Subject) -> dict[str, Cell]:
    """The arm allocated and the arm received; a reason where either is not there. A control arm is received from the first day on."""
    row, names = subject.row, arms_of(source)
    if source.blinded:
        planned = actual = row["arm_dummy"]
    else:
        planned = row["arm"]
        control = bool(planned) and source.protocol.plan_of(planned) is None
        actual = row["arm_received"] or (planned if control else "")
    if not planned:
        return {"ARMNRS": SCREEN_FAILURE if _excluded_as(row) == SCREEN_FAILURE else NOT_ASSIGNED}
    found: dict[str, Cell] = {"ARMCD": planned, "ARM": names[planned]}
    return found | ({"ACTARMCD": actual, "ACTARM": names[actual]} if actual else {"ARMNRS": NOT_TREATED})


def disposition(source: Source, subject: Subject) -> Iterable[Record]:
    """Consent, randomisation, the end of training, the end of participation, and what else happened, by day."""
    rows = [*_milestones(subject), *_participation(source, subject)]
    if not source.blinded:
        rows += [*_training(source, subject), *_intercurrent(source, subject)]
    if subject.row["assessor_unblinded_on"]:
        rows.append(_event(subject, OTHER, "", TREATMENT_UNBLINDED, "Assessor unblinded", subject.row["assessor_unblinded_on"]))
    return sorted(rows, key=lambda row: str(row["DSSTDTC"]))


def _milestones(subject: Subject) -> Iterable[Record]:
    if subject.row["consented_on"]:
        yield _event(subject, MILESTONE, "", "INFORMED CONSENT OBTAINED", "Informed consent obtained", subject.row["consented_on"])
    if subject.randomised_on is not None:
        yield _event(subject, MILESTONE, "", "RANDOMIZED", "Randomized", subject.row["randomised_on"])


def _participation(source: Source, subject: Subject) -> Iterable[Record]:
    row, words = subject.row, words_of(source.protocol)
    ends = [(row[name], decode, row[why] if why else "") for name, decode, why in ENDED if row[name]]
    if row["screening_outcome"] == "excluded":
        ends = [(subject.left_screening_on, _excluded_as(row), row["exclusion_reason"])]
    if ends:
        on, decode, why = min(ends, key=lambda end: end[0])
        yield _event(subject, EVENT, PARTICIPATION, decode, words.get(why, why) or decode.capitalize(), on, spid="PART")
        if row["died_on"] and decode != DEATH:  # after participation had ended
            yield _event(subject, OTHER, "", DEATH, "Death", row["died_on"])


def _excluded_as(row: Texts) -> str:
    """Who met the criteria and would not, or could not be, randomised is no screen failure; empty for who is not excluded."""
    excluded = row["screening_outcome"] == "excluded"
    return EXCLUDED.get(row["exclusion_category"], SCREEN_FAILURE) if excluded else ""


def _training(source: Source, subject: Subject) -> Iterable[Record]:
    row = subject.row
    if not row["arm"] or source.protocol.plan_of(row["arm"]) is None:
        return
    why, words = row["intervention_stopped_reason"], words_of(source.protocol)
    if row["intervention_completed_on"]:
        yield _event(subject, EVENT, TRAINING, "COMPLETED", "Completed", row["intervention_completed_on"])
    elif row["intervention_stopped_on"]:
        decode = "NEVER DOSED" if row["received_allocated"] == "no" else STOPPED.get(why, WITHDRAWN)
        yield _event(subject, EVENT, TRAINING, decode, words.get(why, why) or decode.capitalize(), row["intervention_stopped_on"])


def _intercurrent(source: Source, subject: Subject) -> Iterable[Record]:
    """Intercurrent events that somebody recorded, and unblindings; others are told by the records that they are derived from."""
    for who, row in source.rows("deviation"):
        if who is subject and row["kind"] == "intercurrent_event" and (row["source"] == "recorded" or row["category"] == UNBLINDED):
            name = INTERCURRENT.get(row["category"], row["category"])
            decode = TREATMENT_UNBLINDED if row["category"] == UNBLINDED else short(name).upper()
            term = parts(_described(row) or name)[0]
            yield _event(subject, OTHER, "", decode, term, row["occurred_on"], spid=f"EVENT{row['dev_no']}")


def _described(row: Texts) -> str:
    return row.get("description", "") if row["source"] == "recorded" else ""


def _event(subject: Subject, category: str, part: str, decode: str, term: str, on: str, *, spid: str = "") -> Record:
    return {
        "USUBJID": subject.usubjid, "DSSPID": spid, "DSTERM": short(term), "DSDECOD": decode, "DSCAT": category, "DSSCAT": part,
        **dated(subject, "DS", start=on),
    }  # fmt: skip


def words_of(protocol: Protocol) -> dict[str, str]:
    """Words for the reasons that a protocol lists, and for those that the program gives."""
    listed = (*protocol.missed_reasons, *protocol.exclusion_reasons, *protocol.withdrawal_reasons)
    return HOUSE | {choice.code: choice.label for choice in listed} | {q.code: f"Criterion not met: {q.code}" for q in protocol.eligibility}


def _scopes(source: Source) -> Iterable[Supplement]:
    """What a withdrawn person took back."""
    for subject in source.subjects.values():
        ends = sorted(subject.row[name] for name, _, _ in ENDED if subject.row[name])
        if subject.row["withdrawn_scope"] and subject.row["withdrawn_on"] == ends[0]:
            yield Supplement(subject, "DSSPID", "PART", "DSSCOPE", "Scope of the Withdrawal", subject.row["withdrawn_scope"])


def _long_terms(source: Source) -> Iterable[Supplement]:
    """What of an intercurrent event's description does not go into its term."""
    for subject, row in source.rows("deviation"):
        if row["kind"] == "intercurrent_event":
            yield from rest_of(subject, "DSSPID", f"EVENT{row['dev_no']}", "DSTERM", "Term of the Disposition Event", _described(row))


def _extra(source: Source, subject: Subject) -> Iterable[Supplement]:
    """What DM has no variable for: the stratum as used, a band in place of an age, a sex beyond the list, the group drawn together."""
    row: Texts = subject.row
    told = {
        "STRATUM": ("Stratum as Used in Randomization", row["stratum"]),
        "AGEBAND": ("Age Band", "" if row["age"].isdecimal() else row["age"]),
        "SEXTOLD": ("Sex as Recorded", row["sex"] if row["sex"] not in ("", "F", "M") else ""),
        "GROUPCD": ("Group Randomized Together", row["group_code"]),
        "ASSGUESS": ("Assessor's Guess of the Arm", "" if source.blinded else row["assessor_guess"]),
    }
    for name, (label, value) in told.items():
        if value:
            yield Supplement(subject, "", "", name, label, value)
