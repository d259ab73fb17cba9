"""The trial as planned: arms (TA), elements (TE), visits (TV), criteria (TI) and the summary (TS).

The blinded view has sham arms with the elements of any arm, and does not name the training (TSVALNF = MSK).
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.exports.sdtm.records import LABEL, Record, short
from outcomes.exports.sdtm.standard import IG, MODEL, TERMINOLOGY, codelists, countries, paired
from outcomes.exports.sdtm.subjects import FOLLOW_UP, SCREENING, TREATMENT, Source, treatment_days
from outcomes.exports.xpt import short_names
from trials.domain.protocol.shape import EligibilityQuestion, Protocol

SCREEN, AFTER = "SCRN", "FUP"
INCLUSION, EXCLUSION = "INCLUSION", "EXCLUSION"
PARAMETERS, PARAMETER_NAMES = "C66738", "C67152"
NO_YES = "C66742"


def arms_of(source: Source) -> dict[str, str]:
    """Code -> name of each arm, or of each sham arm."""
    arms = source.protocol.arms
    if source.blinded:
        letters = [chr(ord("A") + i) for i in range(len(arms))]
        return {letter: f"Sham group {letter}" for letter in letters}
    return {arm.code: short(arm.label or arm.code, LABEL) for arm in arms}


def elements_of(source: Source) -> dict[str, str]:
    """Arm -> code of its treatment element."""
    return short_names(arms_of(source), taken=(SCREEN, AFTER))


def course(source: Source, arm: str) -> list[tuple[str, str, str]]:
    """The elements of an arm in order: code, name, epoch."""
    names = arms_of(source)
    return [
        (SCREEN, "Screening", SCREENING),
        (elements_of(source)[arm], names[arm], TREATMENT),
        (AFTER, "Follow-up", FOLLOW_UP),
    ]


def visits_of(protocol: Protocol) -> dict[str, dict[str, str | int | Decimal | None]]:
    """Visit -> VISITNUM, VISIT and, where it has a day, VISITDY: days from randomisation, counted from 1."""
    labels = [visit.label or visit.code for visit in protocol.visits]
    found: dict[str, dict[str, str | int | Decimal | None]] = {}
    for number, visit in enumerate(protocol.visits, 1):
        label = visit.label or visit.code
        name = label if labels.count(label) == 1 else f"{label} ({visit.code})"
        day = None if visit.target_day is None else protocol.day0_lag_days + visit.target_day + 1
        found[visit.code] = {"VISITNUM": number, "VISIT": short(name), "VISITDY": day}
    return found


def trial_arms(source: Source) -> list[Record]:
    return [
        {
            "ARMCD": arm, "ARM": name, "TAETORD": order, "ETCD": code, "ELEMENT": element, "EPOCH": epoch,
            "TABRANCH": f"Randomized to {name}" if order == 1 else "",
        }
        for arm, name in arms_of(source).items()
        for order, (code, element, epoch) in enumerate(course(source, arm), 1)
    ]  # fmt: skip


def trial_elements(source: Source) -> list[Record]:
    protocol = source.protocol
    last = treatment_days(protocol) + 1
    rows: list[Record] = [
        {"ETCD": SCREEN, "ELEMENT": "Screening", "TESTRL": "Informed consent signed", "TEENRL": "Randomization"},
    ]
    for arm, name in arms_of(source).items():
        rule = f"Randomization to {name}"
        rows.append({"ETCD": elements_of(source)[arm], "ELEMENT": name, "TESTRL": rule, "TEDUR": f"P{last}D"})
    rows.append({"ETCD": AFTER, "ELEMENT": "Follow-up", "TESTRL": f"{last} days after randomization", "TEENRL": "Last visit of the trial"})
    return rows


def trial_visits(source: Source) -> list[Record]:
    rows: list[Record] = []
    for visit in source.protocol.visits:
        if visit.opens_day is None or visit.closes_day is None:
            start, end = "Informed consent signed", "Randomization"
        else:
            lag = source.protocol.day0_lag_days
            start = f"Window opens {lag + visit.opens_day} days after randomization"
            end = f"Window closes {lag + visit.closes_day} days after randomization"
        rows.append(visits_of(source.protocol)[visit.code] | {"TVSTRL": start, "TVENRL": end})
    return rows


def criteria_of(protocol: Protocol) -> dict[str, Record]:
    """Criterion -> its test code, test and category. What has to be answered with no is a criterion of exclusion."""
    codes = short_names(question.code for question in protocol.eligibility)
    return {
        question.code: {"IETESTCD": codes[question.code], "IETEST": short(_criterion(question)), "IECAT": _category(question)}
        for question in protocol.eligibility
    }


def trial_criteria(source: Source) -> list[Record]:
    return [criterion | {"TIVERS": source.protocol.version} for criterion in map(dict, criteria_of(source.protocol).values())]


def _category(question: EligibilityQuestion) -> str:
    return EXCLUSION if question.accepts == ("no",) else INCLUSION


def _criterion(question: EligibilityQuestion) -> str:
    if question.type != "number":
        return question.text
    limits = [f"at least {question.minimum}" if question.minimum is not None else "",
              f"at most {question.maximum}" if question.maximum is not None else ""]  # fmt: skip
    return f"{question.text}: {', '.join(limit for limit in limits if limit)}"


def trial_summary(source: Source) -> list[Record]:
    """One row a parameter that the protocol or the program answers; codes of the terms that CDISC lists."""
    rows: list[Record] = []
    for parameter, values in _summary(source).items():
        for number, (value, codelist) in enumerate(values, 1):
            row: dict[str, str | int | Decimal | None] = {
                "TSSEQ": number, "TSPARMCD": parameter, "TSPARM": paired(PARAMETERS, PARAMETER_NAMES, parameter),
            }  # fmt: skip
            rows.append(row | _value(value, codelist))
    return sorted(rows, key=lambda row: (str(row["TSPARMCD"]), int(str(row["TSSEQ"]))))


def _value(value: str, codelist: str) -> dict[str, str]:
    if codelist == "null":
        return {"TSVALNF": value}
    if codelist == "ISO 3166":
        return {"TSVAL": value, "TSVALCD": value, "TSVCDREF": "ISO 3166-1 Alpha-3"}
    if not codelist:
        return {"TSVAL": short(value)}
    return {"TSVAL": value, "TSVALCD": codelists[codelist].terms[value], "TSVCDREF": "CDISC CT", "TSVCDVER": TERMINOLOGY}


def _summary(source: Source) -> dict[str, list[tuple[str, str]]]:
    protocol = source.protocol
    days = max((visit.closes_day or 0 for visit in protocol.visits), default=0) + protocol.day0_lag_days
    label = {visit.code: visit.label or visit.code for visit in protocol.visits}
    found: dict[str, list[tuple[str, str]]] = {
        "ACTSUB": [(str(sum(s.randomised_on is not None for s in source.subjects.values())), "")],
        "ADAPT": [("N", NO_YES)],
        "ADDON": [("N", NO_YES)],
        "HLTSUBJI": [("N", NO_YES)],
        "INDIC": [("NA", "null")],
        "INTMODEL": [("PARALLEL", "C99076")],
        "INTTYPE": [("BEHAVIORAL THERAPY", "C99078")],
        "LENGTH": [(f"P{days}D", "")],
        "NARMS": [(str(len(protocol.arms)), "")],
        "OBJPRIM": [(f"Effect of resistance exercise training: {protocol.title}", "")],
        "PLANSUB": [(str(protocol.sample_size), "")],
        "RANDOM": [("Y", NO_YES)],
        "SDTIGVER": [(IG, "")],
        "SDTMVER": [(MODEL, "")],
        "SEXPOP": [("BOTH", "C66732")],
        "STYPE": [("INTERVENTIONAL", "C99077")],
        "TBLIND": [("OBSERVER BLIND" if protocol.blind_roles else "OPEN LABEL", "C66735")],
        "TCNTRL": [("NONE" if any(arm.control for arm in protocol.arms) else "ACTIVE", "C66785")],
        "TITLE": [(protocol.title, "")],
        "TPHASE": [("NOT APPLICABLE", "C66737")],
        "TTYPE": [("EFFICACY", "C66739")],
        **_ages(protocol),
        **_training(source),
    }
    if protocol.primary is not None:
        found["OUTMSPRI"] = [(f"{protocol.primary.instrument} at {label[protocol.primary.visit]}", "")]
    if protocol.sponsor:
        found["SPONSOR"] = [(protocol.sponsor, "")]
    if protocol.registration:
        found["REGID"] = [(protocol.registration, "")]
    if protocol.allocation.factors:
        found["STRATFCT"] = [(factor.name, "") for factor in protocol.allocation.factors]
    lands = sorted({countries[site.country][0] for site in protocol.sites if site.country in countries})
    return found | {"FCNTRY": [(land, "ISO 3166") for land in lands]} | _dates(source)


def _ages(protocol: Protocol) -> dict[str, list[tuple[str, str]]]:
    """The limits of the criterion about age; no limit is positive infinity above and none below."""
    asked = next((q for q in protocol.eligibility if q.code == "age" and q.type == "number"), None)
    low, high = (asked.minimum, asked.maximum) if asked else (None, None)
    return {
        "AGEMIN": [("NINF", "null") if low is None else (f"P{low}Y", "")],
        "AGEMAX": [("PINF", "null") if high is None else (f"P{high}Y", "")],
    }


def _training(source: Source) -> dict[str, list[tuple[str, str]]]:
    if source.blinded:
        return {"TRT": [("MSK", "null")], "RANDQT": [("MSK", "null")]}
    arms = source.protocol.arms
    trained = [arm for arm in arms if arm.plan is not None]
    share = Decimal(sum(arm.ratio for arm in trained)) / sum(arm.ratio for arm in arms)
    return {
        "TRT": [(short(arm.label or arm.code), "") for arm in trained] or [("NA", "null")],
        "RANDQT": [(format(share.quantize(Decimal("0.0001")).normalize(), "f"), "")],
    }


def _dates(source: Source) -> dict[str, list[tuple[str, str]]]:
    """The first consent and the cut: dates of the trial, which the public profile does not have."""
    if source.as_of is None:
        return {"SSTDTC": [("MSK", "null")]}
    first = min((subject.row["consented_on"] for subject in source.subjects.values() if subject.row["consented_on"]), default="")
    begun = [(first, "")] if first else [("NASK", "null")]
    return {"SSTDTC": begun, "DCUTDTC": [(source.as_of.isoformat(), "")], "DCUTDESC": [("Cut of the dataset", "")]}
