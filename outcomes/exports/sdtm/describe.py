"""What define.xml and Dataset-JSON say of a dataset alike: types, lengths, keys, identifiers, code lists, where a value comes from."""

from __future__ import annotations

from decimal import Decimal

from outcomes.exports.sdtm.records import Dataset
from outcomes.exports.sdtm.standard import Codelist, Variable, codelists

KEYS = {
    "DM": ("STUDYID", "USUBJID"), "TA": ("STUDYID", "ARMCD", "TAETORD"), "TE": ("STUDYID", "ETCD"), "TV": ("STUDYID", "VISITNUM"),
    "TI": ("STUDYID", "IETESTCD"), "TS": ("STUDYID", "TSPARMCD", "TSSEQ"), "SE": ("STUDYID", "USUBJID", "TAETORD"),
    "SV": ("STUDYID", "USUBJID", "VISITNUM"), "RELREC": ("STUDYID", "RDOMAIN", "IDVAR", "RELID"),
}  # fmt: skip
SUPPLEMENT_KEYS = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM")
# Code lists that are open or of another body: told by name, not listed.
NOT_LISTED = ("C66734", "C66738", "C67152", "C74559", "C103330", "C66741", "C67153", "C101832", "C101833", "C74456", "C99073")
DERIVED = ("SEQ", "DY", "STDY", "ENDY", "LOBXFL", "DRVFL")
ASSIGNED = (
    "STUDYID",
    "DOMAIN",
    "USUBJID",
    "EPOCH",
    "TESTCD",
    "TEST",
    "CAT",
    "SCAT",
    "DECOD",
    "LNKID",
    "LNKGRP",
    "GRPID",
    "STRESC",
    "STRESN",
)


def keys_of(each: Dataset) -> tuple[str, ...]:
    """What tells a dataset's rows apart."""
    if each.name.startswith("SUPP"):
        return SUPPLEMENT_KEYS
    return KEYS.get(each.name, ("STUDYID", "USUBJID", f"{each.name}SEQ"))


def item_oid(each: Dataset, variable: Variable) -> str:
    return f"IT.{each.name}.{variable.name}"


def data_type(each: Dataset, name: str) -> str:
    """Define-XML's data type: text, integer, float, or for dates what they are known to."""
    variable = next(v for v in each.variables if v.name == name)
    if variable.numeric:
        whole = all(not isinstance(cell, Decimal) or cell == cell.to_integral_value() for cell in each.column(name))
        return "integer" if whole else "float"
    if name.endswith("DTC"):
        told = [len(str(cell)) for cell in each.column(name) if cell]
        timed, partial = max(told, default=0) > len("2026-03-02"), min(told, default=10) < len("2026-03-02")
        return {(True, True): "incompleteDatetime", (True, False): "datetime", (False, True): "partialDate"}.get((timed, partial), "date")
    return "durationDatetime" if name.endswith(("DUR", "EVLINT")) else "text"


def length_of(each: Dataset, variable: Variable) -> int:
    """The longest value in bytes (digits of a number), at least 1."""
    return max((len(str(cell)) for cell in set(each.column(variable.name)) if cell not in (None, "")), default=1) or 1


def digits_of(each: Dataset, variable: Variable) -> int:
    """Decimals of the most exact value."""
    return max((-int(cell.as_tuple().exponent) for cell in each.column(variable.name) if isinstance(cell, Decimal)), default=0)


def codelist_of(each: Dataset, variable: Variable) -> Codelist | None:
    """The code list whose terms a variable's values are; of several the one that has them. None for open lists and free text."""
    if variable.name in ("DOMAIN", "RDOMAIN") or not variable.codelists:
        return None
    known = [codelists[code] for code in variable.codelists if code in codelists and code not in NOT_LISTED]
    used = {str(cell) for cell in each.column(variable.name) if cell not in (None, "")}
    fits = [one for one in known if one.terms and (used <= set(one.terms) or one.extensible)]
    return max(fits, key=lambda one: len(used & set(one.terms)), default=None) if used else None


def origin_of(each: Dataset, variable: Variable) -> tuple[str, str]:
    """Define-XML's origin and source of a variable's values."""
    stem = variable.name.removeprefix(each.name)
    if each.domain.observation_class == "Trial Design":
        return "Protocol", "Sponsor"
    if stem in DERIVED or variable.name in ("RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFPENDTC", "AGE"):
        return "Derived", "Sponsor"
    if stem in ASSIGNED or each.name in ("RELREC", "SE") or variable.name in ("VISITNUM", "VISIT", "VISITDY", "TAETORD", "RDOMAIN"):
        return "Assigned", "Sponsor"
    return "Collected", "Subject" if each.name in ("QS", "SC") else "Investigator"
