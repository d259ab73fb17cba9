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
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import polars
import pyreadstat
import pytest

from outcomes.exports import formats as house
from outcomes.exports.bundle import columns_in
from outcomes.exports.closed import bands_of, write_closed
from outcomes.exports.columns import KEYS, Column, columns_of
from outcomes.exports.formats import formats, sas_v5, xlsx
from outcomes.exports.frames import label_of, set_clock, value_labels
from outcomes.exports.packing import with_formats
from outcomes.exports.typed import Table, tables_of
from outcomes.exports.views import blinded_files, closed_files
from tests.outcomes import world

PEOPLE = {p.trial_id: p.arm_dummy for p in world.everybody() if p.arm}
VIEWS = ("closed", "blinded")
READ = {".sav": pyreadstat.read_sav, ".dta": pyreadstat.read_dta, ".xpt": pyreadstat.read_xport}
FOLDERS = {"spss": ".sav", "stata": ".dta", "sas_v8": ".xpt"}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """The bundle in both views, CSV alone."""
    folder = tmp_path_factory.mktemp("cut")
    people = world.everybody()
    write_closed(folder, people, world.protocol(), world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    blinded = blinded_files(folder, world.protocol(), dummies=PEOPLE, as_of=world.AS_OF)
    return {"closed": closed_files(folder), "blinded": blinded}


@pytest.fixture(scope="module")
def packed(bundles: dict[str, dict[str, bytes]]) -> dict[str, dict[str, bytes]]:
    return {view: pack(files, view) for view, files in bundles.items()}


def columns_for(view: str):  # type: ignore[no-untyped-def]
    return lambda file: columns_in(view, file, bands_of(world.protocol()))


def pack(files: dict[str, bytes], view: str) -> dict[str, bytes]:
    return with_formats(files, formats, columns_for(view), title="Limerick", stamp=world.AS_OF)


def tables(files: dict[str, bytes], view: str) -> list[Table]:
    return tables_of(files, columns_for(view))


def read_back(body: bytes, suffix: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    path = tmp_path / f"back{suffix}"
    path.write_bytes(body)
    return READ[suffix](str(path), output_format="polars")


def as_text(value: object, column: Column, codes: dict[int, str]) -> str:
    """A value that came back, as the CSV writes it."""
    if value is None or value == "":
        return ""
    if column.kind == "flag":
        return str(int(value))  # type: ignore[call-overload]
    if codes and not isinstance(value, str):
        return codes[int(value)]  # type: ignore[call-overload]
    if isinstance(value, datetime):
        return value.date().isoformat() if column.kind == "date" else f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        text = format(Decimal(repr(value)).quantize(Decimal("0.0001")), "f").rstrip("0").rstrip(".")
        return text
    return str(value)


def texts_of(frame: polars.DataFrame, table: Table, *, coded: bool) -> list[list[str]]:
    """The rows of a frame as the CSV has them."""
    codes = {column.name: table.codes(column) if coded else {} for column in table.columns}
    series = [[as_text(v, c, codes[c.name]) for v in frame[:, i]] for i, c in enumerate(table.columns)]
    return [list(row) for row in zip(*series, strict=True)]


def rows_of(table: Table) -> list[list[str]]:
    return [[row[column.name] for column in table.columns] for row in table.rows]


def sums(table: Table, frame: polars.DataFrame) -> list[tuple[str, Decimal, Decimal]]:
    """Column, sum in the CSV, sum in the frame, of every column of numbers that has any."""
    found = []
    for i, column in enumerate(table.columns):
        texts = [text for text in table.texts(column) if text]
        if column.kind in ("integer", "ratio", "number", "kg", "minutes") and texts:
            back = sum((Decimal(repr(v)) for v in frame[:, i] if v is not None), Decimal(0))
            found.append((column.name, sum(map(Decimal, texts), Decimal(0)), back))
    return found


def test_the_formats_are_those_of_the_files() -> None:
    assert list(formats) == ["parquet", "redcap", "sas_v5", "sas_v8", "spss", "stata", "xlsx"]
    assert [each.title for each in formats.values()] == [
        "Parquet",
        "REDCap",
        "SAS transport 5",
        "SAS transport 8",
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
    table = Table(file="adverse_event", columns=columns, rows=(row,))
    files = sas_v5.write([table], house.About(title="t", stamp=world.AS_OF, codebook=b""))
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


@pytest.mark.parametrize("view", VIEWS)
def test_the_redcap_dictionary_is_one_and_the_records_fit_it(packed, view: str) -> None:  # type: ignore[no-untyped-def]
    files = packed[view]
    people = [table for table in tables(files, view) if table.columns[0].name == "trial_id"]
    fields = list(csv.DictReader(io.StringIO(files["redcap/dictionary.csv"].decode(), newline="")))
    assert (len(fields[0]), fields[0]["Variable / Field Name"], fields[0]["Field Type"]) == (18, "trial_id", "text")
    names = [field["Variable / Field Name"] for field in fields]
    assert names == ["trial_id", *(f"{t.file}_{c.name}" for t in people for c in t.columns[1:])]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name) for name in names)
    forms = [field["Form Name"] for field in fields]
    assert [form for n, form in enumerate(forms) if n == 0 or form != forms[n - 1]] == [table.file for table in people]
    records = list(csv.reader(io.StringIO(files["redcap/records.csv"].decode(), newline="")))
    assert records[0] == ["trial_id", "redcap_repeat_instrument", "redcap_repeat_instance", *names[1:]]
    by_name = {field["Variable / Field Name"]: field for field in fields}
    for record in records[1:]:
        filled = {name: text for name, text in zip(records[0][3:], record[3:], strict=True) if text}
        assert {by_name[name]["Form Name"] for name in filled} <= {record[1] or "participant", record[1] or "adherence"}
        for name, text in filled.items():
            assert fits(text, by_name[name]), (name, text)


def fits(text: str, field: dict[str, str]) -> bool:
    """Whether REDCap would take the text for the field."""
    if field["Field Type"] == "yesno":
        return text in ("0", "1")
    if field["Field Type"] == "dropdown":
        return text in [choice.split(", ")[0] for choice in field["Choices, Calculations, OR Slider Labels"].split(" | ")]
    forms = {"": r".*", "integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "date_ymd": r"\d{4}-\d\d-\d\d"}
    forms["datetime_seconds_ymd"] = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    return bool(re.fullmatch(forms[field["Text Validation Type OR Show Slider Number"]], text, re.S))


@pytest.mark.parametrize("view", VIEWS)
def test_the_redcap_records_say_what_the_csv_says(packed, view: str) -> None:  # type: ignore[no-untyped-def]
    files = packed[view]
    records = list(csv.DictReader(io.StringIO(files["redcap/records.csv"].decode(), newline="")))
    repeating = files["redcap/repeating.csv"].decode().split()[1:]
    for table in tables(files, view):
        names = [f"{table.file}_{column.name}" for column in table.columns[1:]]
        if table.columns[0].name != "trial_id":
            assert not set(names) & set(records[0])
            continue
        assert (table.file in repeating) == (KEYS[table.file] != ("trial_id",))
        own = [r for r in records if (r["redcap_repeat_instrument"] == table.file if table.file in repeating else any(r[n] for n in names))]
        back = [[r["trial_id"], *(r[n] for n in names)] for r in own]
        kinds = [column.kind for column in table.columns]
        assert [[f"{t[:10]}T{t[11:]}Z" if k == "instant" and t else t for t, k in zip(row, kinds, strict=True)] for row in back] == rows_of(
            table
        )
        if table.file in repeating:
            seen: dict[str, int] = {}
            for r in own:
                seen[r["trial_id"]] = seen.get(r["trial_id"], 0) + 1
                assert r["redcap_repeat_instance"] == str(seen[r["trial_id"]])


def sheet(book: openpyxl.Workbook, name: str) -> list[list[object]]:
    return [[cell.value for cell in row] for row in book[name].iter_rows()]


@pytest.mark.parametrize("view", VIEWS)
def test_the_workbook_has_every_table_and_the_codebook(packed, view: str) -> None:  # type: ignore[no-untyped-def]
    files = packed[view]
    book = openpyxl.load_workbook(io.BytesIO(files["xlsx/dataset.xlsx"]))
    assert book.sheetnames == [*(table.file for table in tables(files, view)), "codebook"]
    for table in tables(files, view):
        head, *rows = sheet(book, table.file)
        assert head == [column.name for column in table.columns]
        assert [[as_text(v, c, {}) for v, c in zip(row, table.columns, strict=True)] for row in rows] == rows_of(table)
        assert book[table.file].freeze_panes == "A2"
    told = [["" if v is None else str(v) for v in row] for row in sheet(book, "codebook")]
    assert told == list(csv.reader(io.StringIO(files["codebook.csv"].decode())))


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_text_like_a_formula_stays_a_quoted_text(text: str) -> None:
    columns = columns_of("adverse_event")
    row = dict.fromkeys((column.name for column in columns), "") | {"trial_id": "P-1", "ae_no": "1", "term": text}
    table = Table(file="adverse_event", columns=columns, rows=(row,))
    body = xlsx.write([table], house.About(title="t", stamp=world.AS_OF, codebook=b"file\nx\n"))["xlsx/dataset.xlsx"]
    cell = openpyxl.load_workbook(io.BytesIO(body))["adverse_event"]["D2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert str(cell.value).replace("_x000D_", "\r").strip() == text.strip()
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml")


def test_a_plain_text_is_not_quoted_and_what_a_cell_cannot_hold_is_told() -> None:
    columns = columns_of("adverse_event")
    row = dict.fromkeys((column.name for column in columns), "") | {"trial_id": "P-1", "category": "a\x01b", "term": "x" * 40_000}
    body = xlsx.write(
        [Table(file="adverse_event", columns=columns, rows=(row,))], house.About(title="t", stamp=world.AS_OF, codebook=b"file\nx\n")
    )["xlsx/dataset.xlsx"]
    cells = openpyxl.load_workbook(io.BytesIO(body))["adverse_event"]
    assert (cells["A2"].quotePrefix, cells["C2"].value) == (False, "a�b")
    assert (len(cells["D2"].value), cells["D2"].value[-22:]) == (32_767, "xxx [cut: see the CSV]")


def test_more_rows_than_a_sheet_holds_go_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "ROWS", 2)
    columns = columns_of("baseline")
    rows = tuple(dict.fromkeys((c.name for c in columns), "") | {"trial_id": f"P-{n}"} for n in range(5))
    body = xlsx.write(
        [Table(file="baseline", columns=columns, rows=rows)], house.About(title="t", stamp=world.AS_OF, codebook=b"file\nx\n")
    )
    book = openpyxl.load_workbook(io.BytesIO(body["xlsx/dataset.xlsx"]))
    assert book.sheetnames == ["baseline", "baseline 2", "baseline 3", "codebook"]
    assert [len(sheet(book, name)) for name in book.sheetnames] == [3, 3, 2, 2]
    assert sheet(book, "baseline 3")[1][0] == "P-4"


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
            b"rdi",
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
    assert Table(file="participant", columns=columns, rows=rows).codes(sex) == {1: "F", 2: "M", 3: "X", 4: "other"}


def test_instants_are_utc_in_every_format(packed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    frame, _ = read_back(packed["closed"]["stata/participant.dta"], ".dta", tmp_path)
    assert frame["randomised_at"][0] == world.at(world.START, 10).astimezone(UTC).replace(tzinfo=None)
