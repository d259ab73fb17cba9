"""The files: transport, Dataset-JSON and define.xml say the same of the same rows, in the same bytes each time."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

import pyreadstat
import pytest

from outcomes.exports.bundle import columns_in
from outcomes.exports.closed import bands_of
from outcomes.exports.formats import sdtm as writer
from outcomes.exports.sdtm.meanings import METHODS, method_of
from outcomes.exports.sdtm.records import Dataset
from outcomes.exports.sdtm.subjects import Source
from outcomes.exports.typed import About
from tests.outcomes import world
from tests.outcomes.reading import table_of

Found = dict[str, Dataset]
ODM, DEF = "{http://www.cdisc.org/ns/odm/v1.3}", "{http://www.cdisc.org/ns/def/v2.1}"


def written(source: Source, view: str) -> dict[str, bytes]:
    columns = {file: columns_in(view, file, bands_of(source.protocol)) for file in source.tables}
    tables = [table_of(file=file, columns=tuple(columns[file]), rows=rows) for file, rows in source.tables.items()]
    about = About(title="Limerick", stamp=world.AS_OF, codebook=b"", protocol=source.protocol, view=view)
    return writer.write(tables, about)


@pytest.fixture(scope="module")
def files(sources: Mapping[str, Source]) -> dict[str, dict[str, bytes]]:
    return {view: written(source, view) for view, source in sources.items()}


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_the_transport_files_say_what_the_rows_say(files, sdtm, view: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for name, each in sdtm[view].items():
        path = tmp_path / f"{name.lower()}.xpt"
        path.write_bytes(files[view][f"sdtm/{path.name}"])
        frame, meta = pyreadstat.read_xport(str(path), output_format="polars")
        assert (meta.table_name, meta.file_label) == (name, each.label)
        assert meta.column_names == [variable.name for variable in each.variables]
        assert meta.column_labels == [variable.label for variable in each.variables]
        back = [[None if cell is None or cell == "" else cell for cell in row] for row in frame.rows()]
        ours = [
            [None if cell is None or cell == "" else cell if isinstance(cell, str) else float(cell) for cell in row] for row in each.rows
        ]
        assert back == ours, name


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_dataset_json_says_what_the_rows_say(files, sdtm, view: str) -> None:  # type: ignore[no-untyped-def]
    for name, each in sdtm[view].items():
        told = json.loads(files[view][f"dataset_json/{name.lower()}.json"])
        assert (told["datasetJSONVersion"], told["name"], told["label"], told["records"]) == ("1.1.0", name, each.label, len(each.rows))
        assert [(c["name"], c["label"]) for c in told["columns"]] == [(v.name, v.label) for v in each.variables]
        assert told["rows"] == [[cell if cell is None or isinstance(cell, str) else float(cell) for cell in row] for row in each.rows]
        assert told["datasetJSONCreationDateTime"] == "2026-08-01T10:00:00+00:00"


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_define_xml_describes_every_variable_and_points_to_what_is_there(files, sdtm, view: str) -> None:  # type: ignore[no-untyped-def]
    root = ElementTree.fromstring(files[view]["sdtm/define.xml"])
    groups = {group.get("Name"): group for group in root.iter(f"{ODM}ItemGroupDef")}
    assert list(groups) == list(sdtm[view])
    items = {item.get("OID"): item for item in root.iter(f"{ODM}ItemDef")}
    for name, each in sdtm[view].items():
        refs = [ref.get("ItemOID") for ref in groups[name].iter(f"{ODM}ItemRef")]
        assert [items[oid].get("Name") for oid in refs] == [variable.name for variable in each.variables]
        leaf = groups[name].find(f"{DEF}leaf")
        assert leaf is not None
        assert f"sdtm/{leaf.get('{http://www.w3.org/1999/xlink}href')}" in files[view]
    lists = {one.get("OID") for one in root.iter(f"{ODM}CodeList")}
    assert {ref.get("CodeListOID") for ref in root.iter(f"{ODM}CodeListRef")} == lists
    methods = {one.get("OID") for one in root.iter(f"{ODM}MethodDef")}
    assert {ref.get("MethodOID") for ref in root.iter(f"{ODM}ItemRef")} - {None} == methods
    comments = {one.get("OID") for one in root.iter(f"{DEF}CommentDef")}
    named = {node.get(f"{DEF}CommentOID") for node in root.iter()} - {None}
    assert named == comments


def test_published_terms_carry_their_codes_and_ours_are_marked(files) -> None:  # type: ignore[no-untyped-def]
    root = ElementTree.fromstring(files["closed"]["sdtm/define.xml"])
    lists = {one.get("OID"): one for one in root.iter(f"{ODM}CodeList")}
    sex = {
        item.get("CodedValue"): [alias.get("Name") for alias in item.iter(f"{ODM}Alias")]
        for item in lists["CL.DM.SEX"].iter(f"{ODM}EnumeratedItem")
    }
    assert sex == {"F": ["C16576"], "M": ["C20197"], "U": ["C17998"], "UNDIFFERENTIATED": ["C45908"]}
    tests = {
        item.get("CodedValue"): [a.get("Name") for a in item.iter(f"{ODM}Alias")]
        for item in lists["CL.QS.QSTESTCD"].iter(f"{ODM}CodeListItem")
    }
    assert (tests["PHQ0101"], tests["GAD0208"], tests["QSALL"]) == (["C103705"], ["C163839"], [])


def test_the_page_is_made_of_the_document(files) -> None:  # type: ignore[no-untyped-def]
    page = files["closed"]["sdtm/define.html"].decode()
    assert "Adverse Events" in page
    assert "LIMERICK" in page


def test_the_same_cut_gives_the_same_bytes(files, sources) -> None:  # type: ignore[no-untyped-def]
    before = time.time()
    while int(time.time()) == int(before):
        time.sleep(0.05)
    assert written(sources["closed"], "closed") == files["closed"]


def test_no_byte_of_the_blinded_files_names_an_arm(files) -> None:  # type: ignore[no-untyped-def]
    for name, body in files["blinded"].items():
        assert not re.search(rb"\b(RET|WL|S01)\b|Wait-list|shoulder|STUDY TREATMENT\b", body), name
    assert b"Wait-list" in files["closed"]["sdtm/dm.xpt"]
    assert re.search(rb"\bRET\b", files["closed"]["dataset_json/dm.json"])


def test_a_public_export_tells_no_date_of_the_trial(sources) -> None:  # type: ignore[no-untyped-def]
    source: Source = sources["blinded"]
    tables = [table_of(file=file, columns=tuple(columns_in("blinded", file, bands_of(source.protocol))), rows=rows)
              for file, rows in source.tables.items()]  # fmt: skip
    about = About(title="t", stamp=world.AS_OF, codebook=b"", protocol=source.protocol, view="blinded", profile="public")
    told = json.loads(writer.write(tables, about)["dataset_json/ts.json"])
    parameters = {row[3]: row for row in told["rows"]}
    assert "DCUTDTC" not in parameters
    assert parameters["SSTDTC"][5:7] == ["", "MSK"]


def test_a_derived_variable_without_a_method_is_a_mistake_of_ours() -> None:
    assert [method_of("AE", "AESTDY"), method_of("DM", "AGE"), method_of("QS", "QSSEQ")] == ["DY", "AGE", "SEQ"]
    assert set(METHODS) >= {"DY", "SEQ", "LOBXFL"}
    with pytest.raises(KeyError, match="TERM"):
        method_of("AE", "AETERM")
