"""The training: planned exercises of planned sessions (EC), sessions done (EX), sets and ratings (FA).

EX holds what was received alone. A session or an exercise that was due and not done is EC with ECOCCUR = N and its reason, and has no
dose. Deferred training is not here. Repetitions have no unit; that of an exercise's dose, SETS, is ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outcomes.exports.sdtm.clinical import TRAINING
from outcomes.exports.sdtm.people import words_of
from outcomes.exports.sdtm.records import Cell, Record, dated, parts
from outcomes.exports.sdtm.subjects import DEFERRED, HELD, Source, Subject, Texts
from outcomes.exports.sdtm.supplements import Supplement, supplements
from outcomes.exports.xpt import short_names

CATEGORY = "RESISTANCE EXERCISE"
MISSED = ("missed", "cancelled_by_site", "not_delivered")
UNRECORDED = {
    "missed": "Missed, no reason recorded",
    "cancelled_by_site": "Cancelled by the site",
    "not_delivered": "Training had been stopped",
}
# What is found of a set: column -> test code, test, unit.
SET_TESTS = {
    "done_reps": ("REPS", "Repetitions Done", ""), "done_load_kg": ("LOAD", "Load Lifted", "kg"),
    "rpe": ("RPE", "Rating of Perceived Exertion", ""), "rir": ("RIR", "Repetitions in Reserve", ""),
}  # fmt: skip
INTENSITY, INTENSITY_NAME = "EXCINTSY", "Exercise Intensity"
DONE, NOT_DONE = "Y", "N"
ENDED_EARLY = "Session ended early"


def training(source: Source) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {"EC": [], "EX": [], "FA": []}
    planned: list[Supplement] = []
    sets: dict[tuple[str, str], list[Texts]] = {}
    for row in source.tables.get("exercise_set", ()):
        sets.setdefault((row["trial_id"], row["session_no"]), []).append(row)
    names = exercise_names(source)
    for subject, session in source.rows("session"):
        if session["phase"] == DEFERRED:
            continue
        own = sets.get((session["trial_id"], session["session_no"]), [])
        if session["status"] in HELD:
            found["EX"].append(_session(subject, session))
            found["FA"] += _rating(subject, session)
        if session["status"] in HELD or (session["status"] in MISSED and not subject.after_end(session["planned_on"])):
            planned += _planned(subject, session, own, names)
            found["EC"] += _exercises(source, subject, session, own, names)
            found["FA"] += _sets(subject, session, own, names)
    return found | {"SUPPEC": supplements("EC", planned)}


def exercise_names(source: Source) -> dict[str, tuple[str, str]]:
    """Exercise -> its name in capitals, and a short code for links."""
    labels = {e.code: e.label for plan in source.protocol.plans.values() for e in plan.exercises}
    labels |= {e.code: e.label for e in source.protocol.library.values()}
    used = dict.fromkeys(row["exercise"] for row in source.tables.get("exercise_set", ()))
    codes = short_names(dict.fromkeys((*labels, *used)))
    return {code: (parts((labels.get(code) or code).upper())[0], short) for code, short in codes.items()}


def session_code(session: Texts) -> str:
    """What links a session's rows; unlike the code of any member of staff."""
    return f"TR{int(session['session_no']):02d}"


def _link(session: Texts, number: str, short: str) -> str:
    return f"{session_code(session)}-{number}-{short}"


def _session(subject: Subject, session: Texts) -> Record:
    minutes: dict[str, Cell] = {"EXDOSE": Decimal(session["minutes"])} if session["minutes"] else {"EXDOSTXT": "NOT RECORDED"}
    return {
        "USUBJID": subject.usubjid, "EXSPID": session["session_no"], "EXLNKGRP": session_code(session), "EXTRT": TRAINING, "EXCAT":
        session["phase"].upper().replace("_", "-"), **minutes, "EXDOSU": "min", "EXDOSFRQ": "ONCE",
        "EXADJ": ENDED_EARLY if session["ended_early"] == "1" else "",
        **dated(subject, "EX", start=session["held_on"], end=session["held_on"]),
    }  # fmt: skip


def _exercises(source: Source, subject: Subject, session: Texts, sets: list[Texts], names: dict[str, tuple[str, str]]) -> Iterable[Record]:
    """One row an exercise of the session; the session itself where no exercise was laid out for it."""
    held = session["status"] in HELD
    on = session["held_on"] if held else session["planned_on"]
    common: dict[str, Cell] = {
        "USUBJID": subject.usubjid, "ECSPID": session["session_no"], "ECLNKGRP": session_code(session), "ECCAT": CATEGORY, "ECPRESP": "Y",
        **dated(subject, "EC", start=on, end=on),
    }  # fmt: skip
    if not sets and not held:
        yield common | {"ECTRT": TRAINING, "ECOCCUR": NOT_DONE, "ECREASOC": _why(source, session)}
    for (number, exercise), own in _by_exercise(sets).items():
        name, short = names[exercise]
        working = [row for row in own if row["set_kind"] == "working"]
        done = sum(int(row["done_reps"] or 0) > 0 for row in working)
        told = common | {"ECTRT": name, "ECLNKID": _link(session, number, short)}
        if held and done:
            yield told | {"ECOCCUR": DONE, "ECDOSE": done, "ECDOSU": "SETS"}
        else:
            yield told | {"ECOCCUR": NOT_DONE, "ECREASOC": "Exercise left out" if held else _why(source, session)}


def _planned(subject: Subject, session: Texts, sets: list[Texts], names: dict[str, tuple[str, str]]) -> Iterable[Supplement]:
    """How many working sets of an exercise were planned."""
    for (number, exercise), own in _by_exercise(sets).items():
        count = sum(row["set_kind"] == "working" and bool(row["planned_reps"]) for row in own)
        link = _link(session, number, names[exercise][1])
        yield Supplement(subject, "ECLNKID", link, "ECPLSETS", "Working Sets Planned", str(count))


def _by_exercise(sets: list[Texts]) -> dict[tuple[str, str], list[Texts]]:
    """The sets of each exercise of a session; what stood in for an exercise after some of its sets is one of its own."""
    found: dict[tuple[str, str], list[Texts]] = {}
    for row in sets:
        found.setdefault((row["exercise_no"], row["exercise"]), []).append(row)
    return found


def _why(source: Source, session: Texts) -> str:
    reason = session["reason"]
    return words_of(source.protocol).get(reason, reason) or UNRECORDED[session["status"]]


def _sets(subject: Subject, session: Texts, sets: list[Texts], names: dict[str, tuple[str, str]]) -> Iterable[Record]:
    """What was counted and rated of each set done."""
    if session["status"] not in HELD:
        return
    for row in sets:
        if not int(row["done_reps"] or 0):
            continue
        name, short = names[row["exercise"]]
        link = _link(session, row["exercise_no"], short)
        told = {
            "USUBJID": subject.usubjid,
            "FAGRPID": f"SET {row['set_no']}",
            "FASPID": session["session_no"],
            "FAOBJ": name,
            "FALNKID": link,
        }
        kind = {"FACAT": CATEGORY, "FASCAT": row["set_kind"].upper(), **dated(subject, "FA", collected=session["held_on"])}
        for column, (code, test, unit) in SET_TESTS.items():
            if row[column]:
                yield {**told, "FATESTCD": code, "FATEST": test, **kind, **_number(row[column], unit)}


def _rating(subject: Subject, session: Texts) -> Iterable[Record]:
    """How hard the whole session was, on its scale."""
    if session["session_rpe"]:
        told = {
            "USUBJID": subject.usubjid,
            "FASPID": session["session_no"],
            "FATESTCD": INTENSITY,
            "FATEST": INTENSITY_NAME,
            "FAOBJ": TRAINING,
        }
        kind = {"FACAT": CATEGORY, "FASCAT": session["rpe_scale"], **dated(subject, "FA", collected=session["held_on"])}
        yield {**told, **kind, **_number(session["session_rpe"], "")}


def _number(text: str, unit: str) -> dict[str, Cell]:
    return {"FAORRES": text, "FAORRESU": unit, "FASTRESC": text, "FASTRESN": Decimal(text), "FASTRESU": unit}
