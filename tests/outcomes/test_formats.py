"""Every format is read back and says what the CSV says, in both views, in the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Iterable
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars
import pytest

from outcomes.exports import formats as house
from outcomes.exports.columns import KEYS, columns_of
from outcomes.exports.formats import formats, sas_v5
from outcomes.exports.frames import label_of, set_clock, value_labels
from tests.outcomes import world
from tests.outcomes.reading import VIEWS, pack, read_back, rows_of, sums, table_of, tables, texts_of

FOLDERS = {"spss": ".sav", "stata": ".dta", "sas_v8": ".xpt"}

ABOUT = house.About(title="t", stamp=world.AS_OF, codebook=b"file\nx\n", protocol=world.protocol())


def test_the_formats_are_those_of_the_files() -> None:
    assert list(formats) == ["parquet", "redcap", "sas_v5", "sas_v8", "sdtm", "spss", "stata", "xlsx"]
    assert [each.title for each in formats.values()] == [
        "Parquet",
        "REDCap",
        "SAS transport 5",
        "SAS transport 8",
        "CDISC SDTM",
        "SPSS",
        "Stata",
        "Excel workbook",
    ]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_statistical_package_reads_back_what_the_csv_says(packed, view: str, folder: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    suffix, coded = FOLDERS[folder], folder != "sas_v8"
    checked = 0
    for table in tables(packed[view], view):
        frame, meta = read_back(packed[view][f"{folder}/{table.file}{suffix}"], suffix, tmp_path)
        assert meta.column_names == [column.name for column in table.columns]
        assert meta.column_labels == [label_of(column)[: 80 if folder == "stata" else 256] for column in table.columns]
        assert texts_of(frame, table, coded=coded) == rows_of(table), table.file
        for name, expected, found in sums(table, frame):
            assert abs(expected - found) <= abs(expected) * Decimal("1e-12"), (table.file, name)
            checked += 1
        if coded:
            back = {name: {int(k): v for k, v in words.items()} for name, words in meta.variable_value_labels.items()}
            assert back == value_labels(table)
    assert checked > 20


@pytest.mark.parametrize("view", VIEWS)
def test_parquet_reads_back_with_its_types_and_without_empty_texts(packed, view: str) -> None:  # type: ignore[no-untyped-def]
    for table in tables(packed[view], view):
        frame = polars.read_parquet(io.BytesIO(packed[view][f"parquet/{table.file}.parquet"]))
        assert frame.columns == [column.name for column in table.columns]
        assert texts_of(frame, table, coded=False) == rows_of(table), table.file
        assert not any(frame[name].eq("").any() for name, kind in frame.schema.items() if kind == polars.String)
    people = polars.read_parquet(io.BytesIO(packed[view]["parquet/participant.parquet"]))
    assert (people.schema["screened_on"], people.schema["age"], people.schema["itt"]) == (polars.Date, polars.Int64, polars.Int8)


@pytest.mark.parametrize("view", VIEWS)
def test_transport_5_keeps_within_its_limits_and_names_csv_leads_back(packed, view: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    files = packed[view]
    names = list(csv.DictReader(io.StringIO(files["sas_v5/names.csv"].decode())))
    for table in tables(files, view):
        told = [row for row in names if row["file"] == f"{table.file}.csv"]
        frame, meta = read_back(files[f"sas_v5/{told[0]['member'].lower()}.xpt"], ".xpt", tmp_path)
        assert meta.table_name == told[0]["member"]
        assert meta.column_names == [row["variable"] for row in told]
        assert [row["label"] for row in told] == [label_of(column) for column in table.columns]
        assert meta.column_labels == [row["label"][:40].rstrip() for row in told]
        assert all(len(name) <= 8 and re.fullmatch("[A-Z][A-Z0-9]*", name) for name in meta.column_names)
        assert len(set(meta.column_names)) == len(meta.column_names)
        assert texts_of(frame, table, coded=False) == [[sas_v5.ascii_of(t) for t in row] for row in rows_of(table)]


def test_long_and_accented_text_goes_on_in_a_second_variable_and_is_counted(tmp_path: Path) -> None:
    columns = columns_of("adverse_event")
    long = "é" * 150 + "x" * 300
    row = dict.fromkeys((column.name for column in columns), "") | {"trial_id": "P-1", "ae_no": "1", "term": long}
    table = table_of(file="adverse_event", columns=columns, rows=[row])
    files = sas_v5.write([table], ABOUT)
    frame, _ = read_back(files["sas_v5/advrsvnt.xpt"], ".xpt", tmp_path)
    assert (frame["TERM"][0] + frame["TERM2"][0] + frame["TERM3"][0]) == "e" * 150 + "x" * 300
    told = [r for r in csv.DictReader(io.StringIO(files["sas_v5/names.csv"].decode())) if r["column"] == "term"]
    assert [(r["variable"], r["part"], r["values_rewritten_in_ascii"]) for r in told] == [
        ("TERM", "1", "1"), ("TERM2", "2", "1"), ("TERM3", "3", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["trial_id", "arm"], ["TRIALID", "ARM"]),
        (["sessions_attended", "sessions_attendee"], ["SSSNSTTN", "SSSNSTT2"]),
        ([f"reps_delivered_{n}" for n in "abcdefghijk"], ["RPSDLVRD", *(f"RPSDLVR{n}" for n in range(2, 10)), "RPSDLV10", "RPSDLV11"]),
    ],
    ids=["short already", "a clash", "two digits"],
)
def test_short_names_are_short_and_told_apart(names: list[str], short: list[str]) -> None:
    assert list(sas_v5.short_names(names).values()) == short
    assert list(sas_v5.short_names([*names, "added_at_the_end"]).values())[:-1] == short


def test_the_flags_get_their_labels_in_sas(packed) -> None:  # type: ignore[no-untyped-def]
    for folder, line in (
        ("sas_v8", "  modify participant; format randomised_ineligible itt"),
        ("sas_v5", "  modify PRTCPNT; format RNDMSDNL ITT"),
    ):
        program = packed["closed"][f"{folder}/labels.sas"].decode()
        assert "value yesno 0='No' 1='Yes';" in program
        assert line in program
        assert program.endswith("quit;\n")


def test_the_same_cut_gives_the_same_bytes_in_every_format(bundles, packed) -> None:  # type: ignore[no-untyped-def]
    before = time.time()
    while int(time.time()) // 1 == int(before):
        time.sleep(0.05)
    for view in VIEWS:
        again = pack(bundles[view], view)
        assert [name for name in again if again[name] != packed[view][name]] == []


def test_the_headers_say_the_cut_where_a_clock_would_stand(packed) -> None:  # type: ignore[no-untyped-def]
    files = packed["closed"]
    assert files["spss/participant.sav"][92:109] == b"01 Aug 2610:00:00"
    assert b"<timestamp>\x1101 Aug 2026 10:00</timestamp>" in files["stata/participant.dta"]
    for name in ("sas_v5/prtcpnt.xpt", "sas_v8/participant.xpt"):
        assert [files[name][at : at + 16] for at in (144, 160, 464, 480)] == [b"01AUG26:10:00:00"] * 4
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx/dataset.xlsx"]))
    assert {book.properties.created, book.properties.modified} == {world.AS_OF.replace(tzinfo=None)}
    packing = zipfile.ZipFile(io.BytesIO(files["xlsx/dataset.xlsx"]))
    assert {entry.date_time for entry in packing.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_bytes_that_are_no_clock_are_never_overwritten() -> None:
    body = bytearray(b"01 Aug 26 and more")
    with pytest.raises(ValueError, match="no clock at byte 4"):
        set_clock(body, 4, "99 AAA 99", "02 Sep 27")
    assert body == b"01 Aug 26 and more"


def test_the_manifest_lists_every_file_of_every_format(packed) -> None:  # type: ignore[no-untyped-def]
    for view in VIEWS:
        files = packed[view]
        listed = {entry["name"]: entry["sha256"] for entry in json.loads(files["manifest.json"])["files"]}
        assert listed == {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != "manifest.json"}
        assert list(listed) == sorted(listed)


def texts_in(body: bytes) -> bytes:
    """A file with whatever is packed in it."""
    if body[:2] != b"PK":
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return b"\n".join(packed.read(name) for name in packed.namelist())


def cells(frames: Iterable[polars.DataFrame]) -> str:
    return "\n".join(frame.write_csv() for frame in frames)


def test_no_format_of_the_blinded_view_says_more_than_its_csv(packed) -> None:  # type: ignore[no-untyped-def]
    files = packed["blinded"]
    told = {name: texts_in(body) for name, body in files.items()}
    parquets = [polars.read_parquet(io.BytesIO(body)) for name, body in files.items() if name.endswith(".parquet")]
    told["every parquet"] = cells(parquets).encode()
    for name, body in told.items():
        for word in (
            rb"\bRET\b",
            rb"\bWL\b",
            b"bench press",
            rb"\bS01\b",
            b"Physiotherapist",
            b"session_no",
            b"arm_received",
            rb"(?<!Standa)rdi",  # SDTM has a label "Standardized Disposition Term"
            b"volume_load",
        ):
            assert not re.search(word, body), (name, word)
    secret = [file for file in KEYS if f"{file}.csv" not in files]
    short = sas_v5.short_names(KEYS)
    assert not [name for name in files for file in secret if f"/{file}." in name or f"/{short[file].lower()}." in name]
    assert b"bench press" in texts_in(packed["closed"]["spss/adverse_event.sav"])


def test_a_word_that_no_codebook_knows_gets_a_code_after_the_known_ones() -> None:
    columns = columns_of("participant")
    sex = next(column for column in columns if column.name == "sex")
    rows = tuple(dict.fromkeys((c.name for c in columns), "") | {"sex": word} for word in ("X", "", "other", "F"))
    assert table_of(file="participant", columns=columns, rows=rows).codes(sex) == {1: "F", 2: "M", 3: "X", 4: "other"}


def test_instants_are_utc_in_every_format(packed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    frame, _ = read_back(packed["closed"]["stata/participant.dta"], ".dta", tmp_path)
    assert frame["randomised_at"][0] == world.at(world.START, 10).astimezone(UTC).replace(tzinfo=None)
