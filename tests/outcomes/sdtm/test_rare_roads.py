"""The small trial with a fact changed that few trials have: what stands in for it in SDTM, told as whole values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from outcomes.exports.sdtm.build import datasets
from outcomes.exports.sdtm.describe import data_type
from outcomes.exports.sdtm.records import Cell, Dataset
from outcomes.exports.sdtm.subjects import Source, Texts

Row = dict[str, Cell]
Change = Callable[[Texts], Texts | None]


def told(source: Source, **tables: tuple[Texts, ...]) -> dict[str, Dataset]:
    """The datasets of the trial with some tables in the place of its own."""
    return {each.name: each for each in datasets(replace(source, tables={**source.tables, **tables}))}


def with_facts(source: Source, file: str, who: str, **facts: str) -> tuple[Texts, ...]:
    """A table in which the rows of a person have other facts."""
    return tuple(dict(row) | facts if row["trial_id"] == who else row for row in source.tables[file])


def of(found: Mapping[str, Dataset], name: str, who: str) -> list[Row]:
    return [row for row in found[name].records() if row["USUBJID"] == f"LIMERICK-{who}"] if name in found else []


def ended(found: Mapping[str, Dataset], who: str) -> list[tuple[Cell, ...]]:
    events = [row for row in of(found, "DS", who) if row["DSCAT"] != "PROTOCOL MILESTONE"]
    return [tuple(row[name] for name in ("DSCAT", "DSDECOD", "DSTERM", "DSSTDTC")) for row in events]


def test_what_stood_in_for_an_exercise_after_its_first_set_has_a_row_of_its_own(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    swapped = tuple(
        dict(row) | {"exercise": "leg_press", "substitute_for": "squat"}
        if (row["trial_id"], row["session_no"], row["exercise_no"], row["set_no"]) == ("P-001", "1", "1", "2")
        else row
        for row in source.tables["exercise_set"]
    )
    found = told(source, exercise_set=swapped)
    first = [row for row in of(found, "EC", "P-001") if row["ECLNKGRP"] == "TR01"][:3]
    assert [(row["ECTRT"], row["ECOCCUR"], row["ECDOSE"]) for row in first] == [
        ("BARBELL SQUAT", "Y", 1), ("LEG_PRESS", "Y", 1), ("DUMBBELL LUNGE", "Y", 2),
    ]  # fmt: skip
    exercises = {(row["USUBJID"], row["ECLNKID"]): row["ECTRT"] for row in found["EC"].records()}
    sets = [row for row in found["FA"].records() if row["FALNKID"]]
    assert {exercises.get((row["USUBJID"], row["FALNKID"])) == row["FAOBJ"] for row in sets} == {True}


REFUSED = {"screening_outcome": "excluded", "exclusion_category": "declined", "exclusion_reason": "no_time"}


@pytest.mark.parametrize(
    ("category", "reason", "armnrs", "decode", "term"),
    [
        ("not_meeting_criteria", "pregnant", "SCREEN FAILURE", "SCREEN FAILURE", "Criterion not met: pregnant"),
        ("declined", "no_time", "NOT ASSIGNED", "WITHDRAWAL BY SUBJECT", "No time"),
        ("other", "no_contact", "NOT ASSIGNED", "OTHER", "Could not be reached again"),
    ],
)
def test_who_would_not_be_randomised_is_no_screen_failure(
    sources: Mapping[str, Source], category: str, reason: str, armnrs: str, decode: str, term: str
) -> None:
    facts = {"screening_outcome": "excluded", "exclusion_category": category, "exclusion_reason": reason}
    found = told(sources["closed"], participant=with_facts(sources["closed"], "participant", "P-011", **facts))
    assert [row["ARMNRS"] for row in of(found, "DM", "P-011")] == [armnrs]
    assert ended(found, "P-011") == [("DISPOSITION EVENT", decode, term, "2026-03-02")]


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_who_withdraws_before_randomisation_leaves_on_that_day_and_the_scope_finds_its_row(
    sources: Mapping[str, Source], view: str
) -> None:
    facts = REFUSED | {"withdrawn_on": "2026-03-09", "withdrawn_reason": "no_time", "withdrawn_scope": "data"}
    found = told(sources[view], participant=with_facts(sources[view], "participant", "P-011", **facts))
    assert ended(found, "P-011") == [("DISPOSITION EVENT", "WITHDRAWAL BY SUBJECT", "No time", "2026-03-09")]
    assert [(row["ETCD"], row["SEENDTC"]) for row in of(found, "SE", "P-011")] == [("SCRN", "2026-03-09")]
    assert [row["RFPENDTC"] for row in of(found, "DM", "P-011")] == ["2026-03-09"]
    scopes = of(found, "SUPPDS", "P-011")
    assert [(row["IDVAR"], row["IDVARVAL"], row["QVAL"]) for row in scopes] == [("DSSPID", "PART", "data")]
    assert [row["DSDECOD"] for row in of(found, "DS", "P-011") if row["DSSPID"] == "PART"] == ["WITHDRAWAL BY SUBJECT"]


def test_participation_ends_no_earlier_than_the_last_thing_that_is_told(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    later = with_facts(source, "assessment", "P-011", completed_at="2026-03-05T12:00:00Z")
    event = with_facts(source, "adverse_event", "P-001", ended_on="2026-07-20", ongoing="0")
    drug = with_facts(source, "medication", "P-001", stopped_on="2027-01-01")  # after the cut: planned, and not told of yet
    found = told(source, assessment=later, adverse_event=event, medication=drug)
    assert [(row["RFICDTC"], row["RFPENDTC"]) for row in of(found, "DM", "P-011")] == [("2026-03-02", "2026-03-05")]
    assert [row["RFPENDTC"] for row in of(found, "DM", "P-001")] == ["2026-07-20"]
    assert max(str(row["QSDTC"])[:10] for row in of(found, "QS", "P-011")) == "2026-03-05"


def test_a_death_after_participation_had_ended_is_told_beside_its_end(sources: Mapping[str, Source]) -> None:
    found = told(sources["blinded"], participant=with_facts(sources["blinded"], "participant", "P-005", died_on="2026-06-01"))
    assert [row for row in ended(found, "P-005") if row[1] != "TREATMENT UNBLINDED"] == [
        ("DISPOSITION EVENT", "LOST TO FOLLOW-UP", "Moved away", "2026-04-12"), ("OTHER EVENT", "DEATH", "Death", "2026-06-01"),
    ]  # fmt: skip
    assert [(row["DTHFL"], row["DTHDTC"]) for row in of(found, "DM", "P-005")] == [("Y", "2026-06-01")]


def test_an_unblinding_is_told_in_the_closed_view(sources: Mapping[str, Source]) -> None:
    unblinded = {view: [row for row in ended(told(source), "P-005") if row[1] == "TREATMENT UNBLINDED"] for view, source in sources.items()}
    assert unblinded == {
        "closed": [("OTHER EVENT", "TREATMENT UNBLINDED", "Unblinded", "2026-04-07"),
                   ("OTHER EVENT", "TREATMENT UNBLINDED", "Assessor unblinded", "2026-04-08")],
        "blinded": [("OTHER EVENT", "TREATMENT UNBLINDED", "Assessor unblinded", "2026-04-08")],
    }  # fmt: skip


def test_what_began_before_consent_is_in_no_epoch(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    changed = {
        file: with_facts(source, file, who, started_on="2026-02-01")
        for file, who in (("medication", "P-001"), ("concomitant", "P-002"), ("adverse_event", "P-001"))
    }
    found = told(source, **changed)
    assert [(row["CMSTDTC"], row["CMSTDY"], row.get("EPOCH", "")) for row in of(found, "CM", "P-001")] == [("2026-02-01", -29, "")] * 2
    assert [(row["PRSTDTC"], row["EPOCH"]) for row in of(found, "PR", "P-002")][0] == ("2026-02-01", "")
    assert {row.get("EPOCH", "") for row in of(found, "AE", "P-001")} == {""}
    on_the_day = told(source, medication=with_facts(source, "medication", "P-001", started_on="2026-02-25"))
    assert {row["EPOCH"] for row in of(on_the_day, "CM", "P-001")} == {"SCREENING"}


def test_a_mass_of_the_baseline_and_of_a_form_are_not_both_the_last_before_exposure(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    first = source.protocol.visits[0]
    weighed = replace(source.protocol, visits=(replace(first, instruments=("body_mass",)), *source.protocol.visits[1:]))
    like = next(row for row in source.tables["assessment"] if (row["trial_id"], row["visit"]) == ("P-001", "baseline"))
    form = dict(like) | {"instrument": "body_mass", "completed_at": "2026-02-28T12:00:00Z"}
    item = {"trial_id": "P-001", "visit": "baseline", "instrument": "body_mass", "item": "1", "value": "65", "missing_code": ""}
    tables = {"assessment": (*source.tables["assessment"], form), "item": (*source.tables["item"], item)}
    found = told(replace(source, protocol=weighed), **tables)
    mass = [row for row in of(found, "VS", "P-001") if row["VSTESTCD"] == "WEIGHT"]
    assert sorted((str(row["VSDTC"]), str(row["VSSTRESC"]), row["VSLOBXFL"]) for row in mass) == [
        ("2026-02-27", "64.5", ""), ("2026-02-28T12:00:00", "65", "Y"),
    ]  # fmt: skip


def test_a_visit_out_of_its_window_is_no_deviation_unless_somebody_recorded_it(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    derived = [row for row in source.tables["deviation"] if row["category"] == "out_of_window"]
    assert derived
    assert "OUT OF WINDOW" not in told(source)["DV"].column("DVDECOD")
    recorded = tuple(dict(row) | {"source": "recorded"} for row in source.tables["deviation"])
    assert told(source, deviation=recorded)["DV"].column("DVDECOD").count("OUT OF WINDOW") == len(derived)


@pytest.mark.parametrize(
    ("started", "kind"),
    [(("2025-11", "2026-04-20"), "partialDate"), (("2025-11-02", "2026-04-20"), "date"), (("2025", "2026-04-20T08:00"), "incompleteDatetime"),
     (("2026-04-20T08:00", "2026-04-20"), "datetime")],
)  # fmt: skip
def test_define_xml_says_that_dates_are_known_in_part(sources: Mapping[str, Source], started: tuple[str, str], kind: str) -> None:
    rows = [dict(row) for row in sources["closed"].tables["medication"]]
    found = told(sources["closed"], medication=tuple(row | {"started_on": on} for row, on in zip(rows, started, strict=True)))
    assert data_type(found["CM"], "CMSTDTC") == kind


def test_nobody_who_was_randomised_is_left_out_for_want_of_a_day_of_consent(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    found = told(source, participant=with_facts(source, "participant", "P-001", consented_on=""))
    assert [(row["ARMCD"], row["RFICDTC"], row["RFSTDTC"]) for row in of(found, "DM", "P-001")] == [("RET", "", "2026-03-02")]
    assert [(row["ETCD"], row["SESTDTC"]) for row in of(found, "SE", "P-001")][:2] == [("SCRN", "2026-02-23"), ("RET", "2026-03-02")]
    assert [row["DSDECOD"] for row in of(found, "DS", "P-001")][0] == "RANDOMIZED"
    assert of(found, "EX", "P-001") == of(told(source), "EX", "P-001") != []
    first = [row["TSVAL"] for row in found["TS"].records() if row["TSPARMCD"] == "SSTDTC"]
    assert first == ["2026-02-25"]


def test_where_a_site_is_not_told_apart_an_answer_has_its_day_and_no_hour(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    late = with_facts(source, "assessment", "P-001", completed_at="2026-04-19T23:30:00Z", target_on="2026-04-20", days_from_target="0")
    here = told(source, assessment=late)
    anywhere = told(source, assessment=late, participant=with_facts(source, "participant", "P-001", site="QX7"))
    assert {row["QSDTC"] for row in of(here, "QS", "P-001") if row["QSDTC"]} == {"2026-04-20T00:30:00"}
    assert {row["QSDTC"] for row in of(anywhere, "QS", "P-001") if row["QSDTC"]} == {"2026-04-20"}


def test_a_number_asked_at_the_baseline_has_its_unit(sources: Mapping[str, Source]) -> None:
    rows = [{"trial_id": "P-001", "variable": code, "value": value, "unit": "", "measured_on": "2026-02-27"}
            for code, value in (("activity", "3"), ("expectancy", "7"), ("years_of_education", "12"))]  # fmt: skip
    source = sources["closed"]
    schooling = replace(source.protocol.baseline[-1], code="years_of_education", type="number", unit="years")
    found = told(replace(source, protocol=replace(source.protocol, baseline=(*source.protocol.baseline, schooling))), baseline=tuple(rows))
    assert [tuple(row[name] for name in ("SCTESTCD", "SCORRES", "SCORRESU", "SCSTRESU")) for row in of(found, "SC", "P-001")] == [
        ("ACTIVITY", "3", "days a week", "days a week"), ("EXPCTNCY", "7", "", ""), ("EDUYRNUM", "12", "YEARS", "YEARS"),
    ]  # fmt: skip


def test_the_tenth_value_of_a_parameter_stands_after_the_ninth(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    sites = tuple(
        replace(source.protocol.sites[0], code=land, country=land) for land in ("AT", "BE", "BG", "CZ", "DE", "DK", "ES", "FI", "FR", "IE")
    )
    found = told(replace(source, protocol=replace(source.protocol, sites=sites)))
    assert [row["TSSEQ"] for row in found["TS"].records() if row["TSPARMCD"] == "FCNTRY"] == list(range(1, 11))


def test_whoever_has_both_diagnoses_has_two_rows(sources: Mapping[str, Source]) -> None:
    source = sources["closed"]
    rows = tuple(
        {"trial_id": who, "variable": "diagnosis", "value": value, "unit": "", "measured_on": "2026-02-27"}
        for who, value in (("P-001", "both"), ("P-002", "gad"), ("P-003", "none"))
    )
    found = told(source, baseline=rows)
    assert [(row["USUBJID"], row["MHSEQ"], row["MHTERM"], row["MHDTC"]) for row in found["MH"].records()] == [
        ("LIMERICK-P-001", 1, "Generalised anxiety disorder", "2026-02-27"), ("LIMERICK-P-001", 2, "Depressive disorder", "2026-02-27"),
        ("LIMERICK-P-002", 1, "Generalised anxiety disorder", "2026-02-27"),
    ]  # fmt: skip


def test_no_text_of_more_than_200_letters_loses_its_end(sources: Mapping[str, Source]) -> None:
    source, text = sources["closed"], " ".join(f"word{n:03d}" for n in range(60))
    event = {**source.tables["deviation"][0], "trial_id": "P-001", "dev_no": "7", "kind": "intercurrent_event", "category": "injury",
             "source": "recorded", "description": text}  # fmt: skip
    asked = replace(source.protocol.baseline[-1], code="remarks", label="Remarks", type="text", choices=())
    answer = {"trial_id": "P-001", "variable": "remarks", "value": text, "unit": "", "measured_on": "2026-02-27"}
    found = told(
        replace(source, protocol=replace(source.protocol, baseline=(*source.protocol.baseline, asked))),
        deviation=(*source.tables["deviation"], event),
        baseline=(answer,),
        medication=with_facts(source, "medication", "P-001", change_reason=text),
    )
    for name, variable, link in (("DS", "DSTERM", "DSSPID"), ("CM", "CMADJ", "CMSPID"), ("SC", "SCORRES", "SCTESTCD")):
        row = next(row for row in of(found, name, "P-001") if str(row[variable]).startswith("word000"))
        rest = [more for more in of(found, f"SUPP{name}", "P-001") if (more["IDVAR"], more["IDVARVAL"]) == (link, row[link])]
        assert " ".join([str(row[variable]), *(str(more["QVAL"]) for more in rest)]) == text, name
        assert all(len(str(more["QNAM"])) <= 8 and len(str(more["QLABEL"])) <= 40 for more in rest)
