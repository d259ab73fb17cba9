"""What was asked before randomisation: characteristics (SC), height and mass (VS), diagnoses (MH)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from outcomes.exports.sdtm.records import LABEL, Cell, Record, dated, parts, short
from outcomes.exports.sdtm.standard import KNOWN_UNITS, codelists, paired, published
from outcomes.exports.sdtm.subjects import Source, Subject, Texts
from outcomes.exports.sdtm.supplements import Supplement, rest_of, supplements
from outcomes.exports.xpt import short_names
from trials.domain.protocol.shape import BaselineVariable, Protocol

# Baseline variables of the shipped protocols that CDISC has a test for.
VITAL = {"height_cm": "HEIGHT", "mass_kg": "WEIGHT", "weight_kg": "WEIGHT", "bmi": "BMI"}
UNITS = {"HEIGHT": "cm", "WEIGHT": "kg", "BMI": "kg/m2"}
CHARACTERISTIC = {"education": "EDULEVEL", "years_of_education": "EDUYRNUM", "marital_status": "MARISTAT", "handedness": "HANDDOM",
                  "gender": "GENIDENT"}  # fmt: skip
DIAGNOSIS, NOTHING = "diagnosis", ("none", "no")
BOTH, TWO = "both", ("gad", "depression")  # one answer of the shipped protocols that names two diagnoses
YES_NO = {"yes": "Y", "no": "N"}


def baseline(source: Source) -> dict[str, list[Record]]:
    variables = {variable.code: variable for variable in source.protocol.baseline}
    tests = characteristics(source.protocol)
    found: dict[str, list[Record]] = {"SC": [], "VS": [], "MH": []}
    typed: list[Supplement] = []
    for subject, row in source.rows("baseline"):
        variable = variables.get(row["variable"])
        if variable is None or not row["value"]:
            continue
        if variable.code in VITAL:
            found["VS"].append(_vital(subject, row))
        elif variable.code == DIAGNOSIS:
            found["MH"] += _diagnosis(subject, row, variable)
        else:
            found["SC"].append(_characteristic(subject, row, variable, tests[variable.code]))
            typed += rest_of(subject, "SCTESTCD", tests[variable.code][0], "SCTEXT", "Rest of the Answer", row["value"])
    _mark_last(found["VS"])
    return found | {"SUPPSC": supplements("SC", typed)}


def characteristics(protocol: Protocol) -> dict[str, tuple[str, str]]:
    """Variable -> test code and test: CDISC's where there is one, else the protocol's code and label."""
    left = [v for v in protocol.baseline if v.code not in VITAL and v.code != DIAGNOSIS]
    published = codelists["C74559"].terms
    own = short_names((v.code for v in left if v.code not in CHARACTERISTIC), taken=published)
    found: dict[str, tuple[str, str]] = {}
    used: set[str] = set()
    for variable in left:
        code = CHARACTERISTIC.get(variable.code, "") or own[variable.code]
        name = paired("C74559", "C103330", code) if code in published else short(variable.label, LABEL)
        found[variable.code] = code, name if name not in used else short(f"{code} {name}", LABEL)
        used.add(found[variable.code][1])
    return found


def _characteristic(subject: Subject, row: Texts, variable: BaselineVariable, test: tuple[str, str]) -> Record:
    words = {choice.code: choice.label for choice in variable.choices}
    told: dict[str, Cell] = {"USUBJID": subject.usubjid, "SCTESTCD": test[0], "SCTEST": test[1]}
    told |= dated(subject, "SC", collected=row["measured_on"])
    if variable.type == "number":
        unit = variable.unit if variable.unit.lower() not in KNOWN_UNITS else published("C71620", variable.unit)
        value = {"SCORRES": row["value"], "SCSTRESC": row["value"], "SCSTRESN": _number(row["value"])}
        return told | value | {"SCORRESU": unit, "SCSTRESU": unit}
    answer = YES_NO.get(row["value"], row["value"]) if variable.type == "yes_no" else words.get(row["value"], row["value"])
    answer = parts(answer)[0]
    return told | {"SCORRES": answer, "SCSTRESC": answer}


def _vital(subject: Subject, row: Texts) -> Record:
    test = VITAL[row["variable"]]
    unit = UNITS[test]
    return {
        "USUBJID": subject.usubjid, "VSTESTCD": test, "VSTEST": paired("C66741", "C67153", test), "VSORRES": row["value"], "VSORRESU": unit,
        "VSSTRESC": row["value"], "VSSTRESN": _number(row["value"]), "VSSTRESU": unit, **dated(subject, "VS", collected=row["measured_on"]),
    }  # fmt: skip


def _diagnosis(subject: Subject, row: Texts, variable: BaselineVariable) -> list[Record]:
    if row["value"] in NOTHING:
        return []
    words: Mapping[str, str] = {choice.code: choice.label for choice in variable.choices}
    named = TWO if row["value"] == BOTH and words.keys() >= set(TWO) else (row["value"],)
    on = _collected(subject, row["measured_on"])
    return [{"USUBJID": subject.usubjid, "MHTERM": words.get(code, code), **on} for code in named]


def _collected(subject: Subject, on: str) -> dict[str, Cell]:
    return {"MHDTC": on, "MHDY": subject.study_day(on)} if on else {}


def _mark_last(rows: list[Record]) -> None:
    """The one value of each test before randomisation is the last before exposure."""
    for number, row in enumerate(rows):
        day = row.get("VSDY")
        if isinstance(day, int) and day <= 1:
            rows[number] = {**row, "VSLOBXFL": "Y"}


def _number(text: str) -> Cell:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
