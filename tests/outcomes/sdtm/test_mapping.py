"""What the small trial is as SDTM, told as whole values, and counted against the tables that it is made from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from outcomes.exports.sdtm.answers import interval
from outcomes.exports.sdtm.people import country
from outcomes.exports.sdtm.records import Cell, Dataset, parts
from outcomes.exports.sdtm.subjects import Source, Subject
from outcomes.exports.xpt import short_names
from tests.outcomes import world

Found = dict[str, Dataset]
Row = dict[str, Cell]


def rows(found: Found, name: str, who: str = "", **wanted: Cell) -> list[Row]:
    mine = [row for row in found[name].records() if not who or row["USUBJID"] == f"LIMERICK-{who}"]
    return [row for row in mine if all(row[key] == value for key, value in wanted.items())]


def some(found: Iterable[Mapping[str, Cell]], *names: str) -> list[tuple[Cell, ...]]:
    return [tuple(row[name] for name in names) for row in found]


def test_the_closed_view_has_every_domain_that_says_something(sdtm) -> None:  # type: ignore[no-untyped-def]
    assert list(sdtm["closed"]) == [
        "AE", "CM", "DM", "DS", "DV", "EC", "EX", "FA", "PR", "QS", "RELREC", "SE", "SUPPAE", "SUPPDM", "SUPPDS", "SUPPDV", "SUPPEC", "SUPPPR", "SV",
        "TA", "TE", "TI", "TS", "TV", "VS",
    ]  # fmt: skip
    assert all(each.rows for each in sdtm["closed"].values())


def test_the_blinded_view_has_nothing_that_only_one_arm_has(sdtm) -> None:  # type: ignore[no-untyped-def]
    found = sdtm["blinded"]
    assert {"EC", "EX", "FA", "DV", "SUPPDV", "SUPPEC", "RELREC"} & set(found) == set()
    told = "\n".join(str(cell) for each in found.values() for row in each.rows for cell in row)
    assert not re.search(r"\b(RET|WL|Wait-list|S01|TR\d\d)\b|shoulder|RESISTANCE EXERCISE TRAINING|STUDY TREATMENT", told)
    assert set(some(rows(found, "DM"), "ARMCD", "ACTARMCD", "RFXSTDTC")) == {("A", "A", ""), ("B", "B", ""), ("", "", "")}
    assert some(rows(found, "TS", TSPARMCD="TRT"), "TSVAL", "TSVALNF") == [("", "MSK")]
    assert sorted(set(some(rows(found, "TA"), "ARMCD", "ARM"))) == [("A", "Sham group A"), ("B", "Sham group B")]


def test_a_person_who_trained_is_told_as_allocated_received_and_exposed(sdtm) -> None:  # type: ignore[no-untyped-def]
    assert some(
        rows(sdtm["closed"], "DM", "P-001"), "RFSTDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "AGE", "SEX", "ARMCD", "ACTARMCD", "COUNTRY"
    ) == [("2026-03-02", "2026-03-03", "2026-05-15", "2026-02-25", 24, "F", "RET", "RET", "IRL")]  # fmt: skip


def test_dm_has_whoever_consented_and_says_why_there_is_no_arm(sdtm) -> None:  # type: ignore[no-untyped-def]
    assert some(rows(sdtm["closed"], "DM"), "SUBJID", "ARMCD", "ACTARMCD", "ARMNRS") == [
        ("P-001", "RET", "RET", ""),
        ("P-002", "WL", "WL", ""),
        ("P-003", "RET", "RET", ""),
        ("P-004", "RET", "RET", ""),
        ("P-005", "WL", "WL", ""),
        ("P-006", "RET", "", "ASSIGNED, NOT TREATED"),
        ("P-007", "RET", "RET", ""),
        ("P-011", "", "", "NOT ASSIGNED"),
    ]


def test_stopping_the_training_is_not_leaving_the_trial(sdtm) -> None:  # type: ignore[no-untyped-def]
    told = [(who, *row) for who in ("P-001", "P-003", "P-004", "P-005", "P-006") for row in some(
        rows(sdtm["closed"], "DS", who, DSCAT="DISPOSITION EVENT"), "DSSCAT", "DSDECOD", "DSTERM", "DSSTDTC")]  # fmt: skip
    assert told == [
        ("P-001", "STUDY TREATMENT", "COMPLETED", "Completed", "2026-05-15"),
        ("P-003", "STUDY TREATMENT", "WITHDRAWAL BY SUBJECT", "No time", "2026-04-14"),
        ("P-004", "STUDY PARTICIPATION", "WITHDRAWAL BY SUBJECT", "Too many questionnaires", "2026-03-12"),
        ("P-004", "STUDY TREATMENT", "WITHDRAWAL BY SUBJECT", "Too many questionnaires", "2026-03-12"),
        ("P-005", "STUDY PARTICIPATION", "LOST TO FOLLOW-UP", "Moved away", "2026-04-12"),
        ("P-006", "STUDY PARTICIPATION", "DEATH", "Death", "2026-03-04"),
        ("P-006", "STUDY TREATMENT", "NEVER DOSED", "Death", "2026-03-04"),
    ]


def test_consent_and_randomisation_are_milestones_of_everybody(sdtm) -> None:  # type: ignore[no-untyped-def]
    decodes = Counter(row["DSDECOD"] for row in rows(sdtm["closed"], "DS", DSCAT="PROTOCOL MILESTONE"))
    assert decodes == {"INFORMED CONSENT OBTAINED": 8, "RANDOMIZED": 7}
    consents = {row["USUBJID"]: row["DSSTDTC"] for row in rows(sdtm["closed"], "DS", DSDECOD="INFORMED CONSENT OBTAINED")}
    assert consents == {row["USUBJID"]: row["RFICDTC"] for row in rows(sdtm["closed"], "DM")}


def test_elements_follow_one_another_and_end_with_participation(sdtm) -> None:  # type: ignore[no-untyped-def]
    told = [row for who in ("P-002", "P-004", "P-011") for row in some(rows(sdtm["closed"], "SE", who), "ETCD", "SESTDTC", "SEENDTC")]
    assert told == [
        ("SCRN", "2026-02-25", "2026-03-02"), ("WL", "2026-03-02", "2026-05-31"), ("FUP", "2026-05-31", ""),
        ("SCRN", "2026-02-25", "2026-03-02"), ("RET", "2026-03-02", "2026-03-12"),
        ("SCRN", "2026-03-02", ""),
    ]  # fmt: skip


def test_a_missed_visit_has_a_reason_and_no_date_and_none_is_missed_after_the_end(sdtm) -> None:  # type: ignore[no-untyped-def]
    told = some(rows(sdtm["closed"], "SV", "P-002"), "VISITNUM", "VISITDY", "SVOCCUR", "SVREASOC", "SVSTDTC")
    assert told == [
        (1, None, "Y", "", "2026-02-28"), (2, 29, "N", "Not known", ""), (3, 50, "Y", "", "2026-04-22"), (4, 80, "Y", "", "2026-06-03"),
        (5, 106, "N", "Not known", ""),
    ]  # fmt: skip
    assert some(rows(sdtm["closed"], "SV", "P-005"), "VISITNUM", "SVOCCUR") == [(1, "Y"), (2, "N")]


def test_answers_are_told_in_words_and_numbers_and_the_difficulty_in_words_alone(sdtm) -> None:  # type: ignore[no-untyped-def]
    mine = rows(sdtm["closed"], "QS", "P-001", QSCAT="PHQ-9", VISITNUM=1)
    told = some(mine, "QSTESTCD", "QSORRES", "QSSTRESC", "QSSTRESN", "QSLOBXFL", "QSDRVFL", "QSDTC", "QSDY", "QSEVLINT")
    day = ("2026-02-27T12:00:00", -3, "-P2W")
    half = ("More than half the days", "2", 2, "Y", "", *day)
    assert told == [
        *((f"PHQ010{n}", *half) for n in range(1, 10)),
        ("PHQ0110", "Very difficult", "Very difficult", None, "Y", "", *day),
        ("PHQ0111", "18", "18", 18, "Y", "Y", *day),
    ]


def test_a_total_prorated_for_a_missing_item_is_not_tabulated(sdtm) -> None:  # type: ignore[no-untyped-def]
    mine = rows(sdtm["closed"], "QS", "P-001", QSCAT="PHQ-9", VISITNUM=2)
    assert "PHQ0111" not in [row["QSTESTCD"] for row in mine]
    gaps = [row for row in mine if row["QSSTAT"] == "NOT DONE"]
    assert some(gaps, "QSTESTCD", "QSORRES", "QSSTRESC", "QSSTRESN", "QSREASND") == [
        ("PHQ0109", "", "", None, "Skipped"), ("PHQ0110", "", "", None, "Skipped"),
    ]  # fmt: skip


def test_a_form_missed_whole_is_one_row(sdtm) -> None:  # type: ignore[no-untyped-def]
    mine = rows(sdtm["closed"], "QS", "P-002", VISITNUM=2)
    assert some(mine, "QSTESTCD", "QSTEST", "QSCAT", "QSSTAT", "QSREASND") == [
        ("QSALL", "Questionnaires", "GAD-7 V2", "NOT DONE", "Not known"), ("QSALL", "Questionnaires", "PHQ-9", "NOT DONE", "Not known"),
    ]  # fmt: skip


def test_each_item_answered_or_not_stands_once(sdtm, sources) -> None:  # type: ignore[no-untyped-def]
    for view in ("closed", "blinded"):
        mine = [row for _, row in sources[view].rows("item") if row["item"].isdecimal()]
        told = [row for row in rows(sdtm[view], "QS") if row["QSTESTCD"] != "QSALL" and not row["QSDRVFL"]]
        assert len(told) == len(mine) > 100
        assert sum(int(str(row["QSSTRESN"] or 0)) for row in told) == sum(
            int(row["value"] or 0) for row in mine if (row["instrument"], row["item"]) not in (("phq9", "10"), ("gad7", "8"))
        )


def test_sessions_done_are_exposure_and_what_was_missed_is_collected_with_its_reason(sdtm, sources) -> None:  # type: ignore[no-untyped-def]
    found = sdtm["closed"]
    sessions = [row for _, row in sources["closed"].rows("session") if row["phase"] != "deferred"]
    held = [row for row in sessions if row["status"] in ("attended", "made_up")]
    assert sum(Decimal(str(row["EXDOSE"])) for row in rows(found, "EX")) == sum(Decimal(row["minutes"]) for row in held) > 0
    assert len(rows(found, "EX")) == len(held)
    assert some(rows(found, "EX", "P-001")[:1], "EXTRT", "EXDOSE", "EXDOSU", "EXDOSFRQ", "EXLNKGRP", "EXSTDTC", "EXSTDY") == [
        ("RESISTANCE EXERCISE TRAINING", Decimal(55), "min", "ONCE", "TR01", "2026-03-03", 2),
    ]
    missed = rows(found, "EC", "P-001", ECOCCUR="N")
    assert {row["ECREASOC"] for row in missed} == {"Illness", "Cancelled by the site"}
    assert {(row["ECDOSE"], row["ECDOSU"]) for row in missed} == {(None, "")}
    done = rows(found, "EC", ECOCCUR="Y")
    assert {(row["ECREASOC"], row["ECDOSE"], row["ECDOSU"]) for row in done} == {("", 2, "SETS")}
    assert {row["QVAL"] for row in rows(found, "SUPPEC", QNAM="ECPLSETS")} == {"2"}
    assert [row["ECSTDTC"] for row in rows(found, "EC", "P-006")] == [], "nothing is missed after death"


def test_every_set_done_is_told_and_points_to_its_exercise_and_session(sdtm, sources) -> None:  # type: ignore[no-untyped-def]
    found = sdtm["closed"]
    deferred = {(row["trial_id"], row["session_no"]) for _, row in sources["closed"].rows("session") if row["phase"] == "deferred"}
    sets = [row for _, row in sources["closed"].rows("exercise_set")
            if int(row["done_reps"] or 0) and (row["trial_id"], row["session_no"]) not in deferred]  # fmt: skip
    assert len(rows(found, "FA", FATESTCD="REPS")) == len(sets) > 0
    assert sum(Decimal(str(row["FASTRESN"])) for row in rows(found, "FA", FATESTCD="LOAD")) == sum(
        Decimal(row["done_load_kg"]) for row in sets if row["done_load_kg"]
    )
    exercises = {(row["USUBJID"], row["ECLNKID"]): row["ECTRT"] for row in rows(found, "EC")}
    linked = [row for row in rows(found, "FA") if row["FALNKID"]]
    assert all(exercises[row["USUBJID"], row["FALNKID"]] == row["FAOBJ"] for row in linked)
    groups = {(row["USUBJID"], row["EXLNKGRP"]) for row in rows(found, "EX")}
    assert groups == {(row["USUBJID"], row["ECLNKGRP"]) for row in rows(found, "EC", ECOCCUR="Y")}
    assert some(rows(found, "RELREC"), "RDOMAIN", "IDVAR", "RELTYPE", "RELID") == [
        ("FA", "FALNKID", "MANY", "SETS"), ("EC", "ECLNKID", "ONE", "SETS"), ("EC", "ECLNKGRP", "MANY", "SESSION"),
        ("EX", "EXLNKGRP", "ONE", "SESSION"),
    ]  # fmt: skip


def test_deferred_training_is_no_exposure(sdtm) -> None:  # type: ignore[no-untyped-def]
    assert rows(sdtm["closed"], "EX", "P-002") == rows(sdtm["closed"], "EC", "P-002") == []
    told = some(rows(sdtm["closed"], "PR", "P-002"), "PRTRT", "PRCAT", "PRSTDTC", "PRSTDY", "PRDUR")
    assert told[:2] == [
        ("GYM, ON HER OWN", "EXERCISE OUTSIDE THE TRIAL", "2026-05", None, "PT45M"),
        ("RESISTANCE EXERCISE TRAINING", "DEFERRED TRAINING", "2026-06-02", 93, "PT55M"),
    ]
    assert len(told) == 4


def test_events_keep_our_words_beside_those_of_cdisc(sdtm) -> None:  # type: ignore[no-untyped-def]
    first = rows(sdtm["closed"], "AE", "P-001", AESPID="1")
    assert some(first, "AETERM", "AEDECOD", "AESEV", "AESER", "AEACN", "AEACNOTH", "AEREL", "AEOUT", "AEENRTPT", "AEENTPT") == [
        ("sore shoulder after bench press", "SORE SHOULDER AFTER BENCH PRESS", "MILD", "N", "DOSE REDUCED", "Training modified", "POSSIBLE",
         "RECOVERING/RESOLVING", "ONGOING", "2026-08-01"),
    ]  # fmt: skip
    assert some(rows(sdtm["closed"], "SUPPAE", "P-001", IDVARVAL="1"), "QNAM", "QVAL") == [
        ("AEELICIT", "session"), ("AEXPECT", "Y"), ("AESESSNO", "8"), ("AEAWARE", "2026-04-14"),
    ]  # fmt: skip
    assert some(rows(sdtm["blinded"], "AE"), "AETERM", "AEACN", "AEREL") == [("infection", "", "")]


def test_a_drug_with_a_start_known_in_part_has_no_study_day(sdtm) -> None:  # type: ignore[no-untyped-def]
    told = some(rows(sdtm["closed"], "CM"), "CMTRT", "CMDOSE", "CMDOSU", "CMDOSFRQ", "CMROUTE", "CMSTDTC", "CMSTDY", "CMENDTC", "CMENDY")
    assert told == [
        ("SERTRALINE", Decimal(50), "mg", "QD", "ORAL", "2025-11", None, "2026-04-20", 50),
        ("SERTRALINE", Decimal(100), "mg", "QD", "ORAL", "2026-04-20", 50, "", None),
    ]


def test_deviations_are_major_or_minor_once_judged_and_events_are_none(sdtm) -> None:  # type: ignore[no-untyped-def]
    told = some(rows(sdtm["closed"], "DV", "P-002"), "DVDECOD", "DVCAT", "DVTERM")
    assert told == [("ASSESSOR UNBLINDED", "MINOR", "seen at monitoring")]


def subject(on: date | None = date(2026, 3, 2)) -> Subject:
    return Subject({}, "T-1", on, None, date(2026, 5, 30), on)


@pytest.mark.parametrize(
    ("text", "day", "epoch"),
    [("2026-03-01", -1, "SCREENING"), ("2026-03-02", 1, "TREATMENT"), ("2026-03-03T09:00:00", 2, "TREATMENT"), ("2026-05-31", 91, "FOLLOW-UP"),
     ("2026-03", None, ""), ("", None, "")],
)  # fmt: skip
def test_there_is_no_day_0_and_an_epoch_only_for_whole_dates(text: str, day: int | None, epoch: str) -> None:
    assert (subject().study_day(text), subject().epoch(text)) == (day, epoch)


def test_who_is_not_randomised_has_no_study_day_and_is_in_screening() -> None:
    assert (subject(None).study_day("2026-03-02"), subject(None).epoch("2026-03-02")) == (None, "SCREENING")


def test_long_text_goes_on_in_pieces_of_200_bytes() -> None:
    text = "word " * 99 + "x" * 450
    assert [len(piece) for piece in parts(text)] == [199, 199, 94, 200, 200, 50]
    assert "".join(parts(text)).replace(" ", "") == text.replace(" ", "")
    assert parts("Žluťoučký – kůň") == ["Zlutoucky ? kun"]


def test_short_names_begin_with_a_letter_and_are_told_apart() -> None:
    assert short_names(["1rm test", "one_repetition", "one_repeated"], taken=("ONRPTTN",)) == {
        "1rm test": "X1RMTEST", "one_repetition": "ONRPTTN2", "one_repeated": "ONRPTD",
    }  # fmt: skip


@pytest.mark.parametrize(("days", "text"), [(14, "-P2W"), (7, "-P1W"), (30, "-P30D")])
def test_the_time_looked_back_on(days: int, text: str) -> None:
    assert interval(days) == text


def test_a_site_that_is_not_told_apart_is_in_the_country_of_all_or_in_none() -> None:
    protocol = world.protocol()
    first, second = protocol.sites
    abroad = replace(protocol, sites=(first, replace(second, country="DK")))
    assert [country(protocol, "?"), country(abroad, "?"), country(abroad, "DUB")] == ["IRL", "", "DNK"]


def test_rows_of_who_never_consented_are_left_out(sources) -> None:  # type: ignore[no-untyped-def]
    source: Source = sources["closed"]
    assert {row["trial_id"] for row in source.tables["participant"]} - set(source.subjects) == {"P-008", "P-009", "P-010"}
