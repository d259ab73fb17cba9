"""Names, labels, types, order and presence of variables against CDISC's own tables; nothing in ours was retyped."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from outcomes.exports.sdtm.records import Dataset, dataset
from outcomes.exports.sdtm.standard import codelists, countries, domains, paired, published

Found = dict[str, Dataset]
ADDED = {"FA": ["FALNKID"]}  # of the model, which the guide does not list in the domain


def guide(reference: Path) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    path = reference / "validators/sdtmig_3_4_variables.csv"
    for row in csv.DictReader(path.open(encoding="utf-8-sig", newline="")):
        found.setdefault(row["Dataset Name"], []).append(row)
    return {name: sorted(rows, key=lambda row: int(row["Variable Order"])) for name, rows in found.items()}


@pytest.mark.reference
def test_our_table_of_variables_is_the_guides(reference: Path) -> None:
    theirs = guide(reference)
    for name, domain in domains.items():
        ours = [v for v in domain.variables if v.name not in ADDED.get(name, ())]
        assert [(v.name, v.label, "Num" if v.numeric else "Char", v.role, v.core) for v in ours] == [
            (row["Variable Name"], row["Variable Label"], row["Type"], row["Role"], row["Core"]) for row in theirs[name]
        ], name
    path = reference / "validators/sdtmig_3_4_datasets.csv"
    labels = {row["Dataset Name"]: row for row in csv.DictReader(path.open(encoding="utf-8-sig", newline=""))}
    for name, domain in domains.items():
        told = domain.label, domain.observation_class, domain.structure
        assert told == (labels[name]["Dataset Label"], labels[name]["Class"], labels[name]["Structure"])


@pytest.mark.reference
@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_every_dataset_keeps_the_guides_order_and_has_what_is_required_and_expected(
    reference: Path, sdtm: Mapping[str, Found], view: str
) -> None:
    theirs = guide(reference)
    for name, each in sdtm[view].items():
        rows = theirs["SUPPQUAL" if name.startswith("SUPP") else name]
        order = [row["Variable Name"] for row in rows]
        ours = [v.name for v in each.variables if v.name not in ADDED.get(name, ())]
        assert ours == sorted(ours, key=order.index), name
        assert {row["Variable Name"] for row in rows if row["Core"] in ("Req", "Exp")} <= set(ours), name
        assert all(len(v.label) <= 40 and len(v.name) <= 8 for v in each.variables)


def test_the_link_of_findings_stands_after_the_sponsors_id(sdtm) -> None:  # type: ignore[no-untyped-def]
    names = [v.name for v in sdtm["closed"]["FA"].variables]
    assert names[names.index("FASPID") + 1] == "FALNKID"


def test_a_variable_that_the_guide_does_not_have_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="DMSPID"):
        dataset("DM", "T", [{"USUBJID": "T-1", "DMSPID": "1"}])


def test_numbers_count_a_subjects_rows() -> None:
    made = dataset("AE", "T", [{"USUBJID": "T-2", "AETERM": "a"}, {"USUBJID": "T-1", "AETERM": "b"}, {"USUBJID": "T-2", "AETERM": "c"}])
    assert list(zip(made.column("USUBJID"), made.column("AESEQ"), made.column("AETERM"), strict=True)) == [
        ("T-1", 1, "b"), ("T-2", 1, "a"), ("T-2", 2, "c"),
    ]  # fmt: skip


def test_terms_are_found_whatever_their_case_and_stay_in_capitals_where_there_are_none() -> None:
    assert [published("C71620", "KG"), published("C66729", "oral"), published("C66729", "by nose")] == ["kg", "ORAL", "BY NOSE"]
    assert paired("C66738", "C67152", "AGEMIN") == "Planned Minimum Age of Subjects"
    assert (codelists["C66731"].extensible, sorted(codelists["C66731"].terms)) == (False, ["F", "M", "U", "UNDIFFERENTIATED"])
    assert (len(countries), countries["IE"][0]) == (249, "IRL")
