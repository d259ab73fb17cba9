"""The limited and the public profile: who is in them can't be told, and what the analysis needs is still there."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars
import pytest

from outcomes.domain.consort import unsound
from outcomes.exports import kept_apart
from outcomes.exports.bundle import view_columns
from outcomes.exports.cells import ALL, merged_people
from outcomes.exports.closed import bands_of, write_closed
from outcomes.exports.columns import KEYS, columns_of
from outcomes.exports.formats import formats
from outcomes.exports.packing import with_formats
from outcomes.exports.profiled import columns_in_profile, in_profile, stamp_in
from outcomes.exports.profiles import (
    FREE,
    GROUPS,
    KNOWN,
    LISTS,
    REASONS,
    SITES,
    STAFF,
    WORDS,
    Pseudonyms,
    Vocabulary,
    deidentify,
    flow_in,
    profile_columns,
)
from outcomes.exports.views import blinded_files, closed_files, zipped
from tests.outcomes import world

SECRET = bytes(range(32))
NAMES = ("Niamh", "Byrne", "0851234567")
TYPED = "Niamh Byrne, 0851234567"
PLACES = [(view, profile) for view in ("closed", "blinded") for profile in ("limited", "public")]
Bundles = dict[tuple[str, str], dict[str, bytes]]


def people():  # type: ignore[no-untyped-def]
    """The small trial, with a name in everything that can be typed, and two of a great age."""
    first, second, third, *others = world.everybody()
    first = replace(
        first, age=93, baseline=(*first.baseline, {"variable": "note", "value": TYPED, "unit": TYPED, "measured_on": world.START}),
        sessions=tuple(replace(s, setting=TYPED, equipment=TYPED, reason=TYPED if s.status == "missed" else s.reason) for s in first.sessions),
        adverse_events=tuple(e | {"term": TYPED, "category": TYPED, "action": TYPED, "outcome": TYPED} for e in first.adverse_events),
        medications=tuple(m | dict.fromkeys(("drug", "indication", "unit", "frequency", "route", "change_reason"), TYPED) for m in first.medications),
        forms=tuple(replace(f, language=TYPED, respondent=TYPED) for f in first.forms), sets=tuple(replace(s, band=TYPED) for s in first.sets),
        alerts=tuple(a | {"risk_level": TYPED} for a in first.alerts),
    )  # fmt: skip
    second = replace(
        second, age=90, concomitants=tuple(c | {"description": TYPED} for c in second.concomitants),
        deviations=tuple(d | {"description": TYPED, "source_record": TYPED} for d in second.deviations),
    )  # fmt: skip
    third = replace(third, age=89, intervention_stopped_reason=TYPED, lost_on=world.day(70), lost_reason=TYPED)
    others = [replace(p, withdrawn_reason=TYPED) if p.withdrawn_on else p for p in others]
    others = [
        replace(p, exclusion_reason=TYPED, exclusion_reasons=(TYPED, "age")) if p.exclusion_reason == "no_time" else p for p in others
    ]
    return [first, second, third, *others]


PROVIDERS = [row | {"profession": TYPED, "qualification": TYPED} for row in world.PROVIDERS]


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("cut")
    write_closed(folder, people(), world.protocol(), world.AS_OF, providers=PROVIDERS, version="0.1.0")
    dummies = {p.trial_id: p.arm_dummy for p in people() if p.arm}
    return {"closed": closed_files(folder), "blinded": blinded_files(folder, world.protocol(), dummies=dummies, as_of=world.AS_OF)}


@pytest.fixture(scope="module")
def profiled(full: dict[str, dict[str, bytes]]) -> Bundles:
    return {(view, profile): made(full[view], view, profile) for view, profile in PLACES}


def made(files: dict[str, bytes], view: str, profile: str) -> dict[str, bytes]:
    seen = view_columns(view, bands_of(world.protocol()))
    found = in_profile(files, profile, seen, world.protocol(), secret=SECRET, cut_at=world.AS_OF)
    columns = columns_in_profile(seen, profile)
    return with_formats(found, formats, columns, title="Limerick", stamp=stamp_in(profile, world.AS_OF), protocol=world.protocol())


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def tables(files: dict[str, bytes]) -> dict[str, list[dict[str, str]]]:
    return {file: rows(files[f"{file}.csv"]) for file in KEYS if f"{file}.csv" in files}


def every_byte(files: dict[str, bytes]) -> dict[str, bytes]:
    """The archive's members as they lie and, where they are packed themselves, what is packed in them."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        for name in archive.namelist():
            body = archive.read(name)
            found[name] = name.encode() + b"\n" + body
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(body)) as packed:
                    found[f"{name} unpacked"] = b"\n".join(packed.read(part) for part in packed.namelist())
            if name.endswith(".parquet"):
                found[f"{name} unpacked"] = polars.read_parquet(io.BytesIO(body)).write_csv().encode()
    return found


def found_in(body: bytes, words: set[bytes]) -> list[bytes]:
    """Words as they are and as UTF-16."""
    return sorted(word for word in words if _stands_alone(word, body) or word.decode().encode("utf-16-le") in body)


def _stands_alone(word: bytes, body: bytes) -> bool:
    return word in body and bool(re.search(rb"(?<![A-Za-z0-9])" + re.escape(word) + rb"(?![A-Za-z0-9])", body))


def dates_of(files: dict[str, bytes]) -> set[bytes]:
    found = {day for body in files.values() for day in re.findall(rb"\d{4}-\d\d-\d\d", body)}
    days = {date.fromisoformat(day.decode()) for day in found}
    return found | {f"{day:%d%b%y}".upper().encode() for day in days} | {f"{day:%d %b %Y}".encode() for day in days} | {b"2026", b"2025"}


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_no_byte_of_the_public_archive_says_a_name_an_id_or_a_date(full, profiled: Bundles, view: str) -> None:  # type: ignore[no-untyped-def]
    ids = {p.trial_id.encode() for p in people()}
    words = ids | {name.encode() for name in NAMES} | dates_of(full["closed"]) | {b"S01", b"LIM", b"DUB", b"Physiotherapist"}
    assert (len(ids), len(words) > 80) == (11, True)
    for name, body in every_byte(profiled[view, "public"]).items():
        assert found_in(body, words) == [], name
    assert any(found_in(body, words) for body in every_byte(full[view]).values())


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_no_byte_of_the_limited_archive_says_a_name_or_an_id(profiled: Bundles, view: str) -> None:
    words = {p.trial_id.encode() for p in people()} | {name.encode() for name in NAMES} | {b"S01"}
    for name, body in every_byte(profiled[view, "limited"]).items():
        assert found_in(body, words) == [], name


@pytest.mark.parametrize(("view", "profile"), PLACES)
def test_every_table_keeps_its_rows_and_every_description_tells_the_same_columns(full, profiled: Bundles, view: str, profile: str) -> None:  # type: ignore[no-untyped-def]
    files = profiled[view, profile]
    before, after = tables(full[view]), tables(files)
    gone = {"provider", "safety_alert"} & set(before) if profile == "public" else set()
    assert {file: len(found) for file, found in after.items()} == {file: len(found) for file, found in before.items() if file not in gone}
    heads = {f"{file}.csv": files[f"{file}.csv"].decode().splitlines()[0].split(",") for file in after}
    told: dict[str, list[str]] = {}
    for row in rows(files["codebook.csv"]):
        told.setdefault(row["file"], []).append(row["column"])
    package = {r["path"]: [f["name"] for f in r["schema"]["fields"]] for r in json.loads(files["datapackage.json"])["resources"]}
    assert told == heads == package
    assert ("protocol.toml" in files) == (view == "closed" and profile == "limited")
    manifest = json.loads(files["manifest.json"])
    assert (manifest["profile"], "cut" in manifest) == (profile, profile == "limited")
    for file, found in after.items():
        keys = [tuple(int(r[k]) if k.endswith("_no") else r[k] for k in KEYS[file]) for r in found]
        assert keys == sorted(keys) or file == "visit_summary"
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("view", "profile"), PLACES)
def test_ids_are_new_random_and_the_same_in_every_table(full, profiled: Bundles, view: str, profile: str) -> None:  # type: ignore[no-untyped-def]
    names = Pseudonyms(SECRET, f"{profile}|{view}")
    new = {p.trial_id: names.id_of("person", p.trial_id) for p in people()}
    assert len(set(new.values())) == 11
    assert all(re.fullmatch("[2-9A-HJKMNP-TV-Z]{10}", code) for code in new.values())
    for file, found in tables(profiled[view, profile]).items():
        if found and "trial_id" in found[0]:
            before = Counter(new[r["trial_id"]] for r in tables(full[view])[file])
            assert Counter(r["trial_id"] for r in found) == before
    others = {(v, p, s): Pseudonyms(s, f"{p}|{v}").id_of("person", "P-001") for v, p in PLACES for s in (SECRET, bytes(32))}
    assert len(set(others.values())) == 8


def moments(row: dict[str, str], file: str) -> list[datetime]:
    kinds = {c.name: c.kind for c in columns_of(file)} if file != "visit_summary" else {}
    return [datetime.fromisoformat(row[n].replace("Z", "")) for n in row if kinds.get(n) in ("date", "instant") and row[n]]


@pytest.mark.parametrize("view", ["closed", "blinded"])
def test_all_dates_of_a_person_move_together_so_that_intervals_stay(full, profiled: Bundles, view: str) -> None:  # type: ignore[no-untyped-def]
    names = Pseudonyms(SECRET, f"public|{view}")
    shifts = {p.trial_id: names.shift_of(p.trial_id) for p in people()}
    assert len(set(shifts.values())) > 8
    assert all(timedelta(36_160) <= shift <= timedelta(36_890) for shift in shifts.values())
    after, compared = tables(profiled[view, "public"]), 0
    for file, found in tables(full[view]).items():
        for row in found if file in after and file not in ("provider", "visit_summary") else ():
            who = names.id_of("person", row["trial_id"])
            expected = sorted(m + shifts[row["trial_id"]] for m in moments(row, file))
            assert any(sorted(moments(r, file)) == expected for r in after[file] if r["trial_id"] == who), (file, row)
            compared += len(expected)
    assert compared > 150


def test_the_limited_profile_keeps_dates_sites_and_ages_up_to_89(full, profiled: Bundles) -> None:  # type: ignore[no-untyped-def]
    before, after = tables(full["closed"])["participant"], tables(profiled["closed", "limited"])["participant"]
    assert Counter(r["site"] for r in after) == Counter(r["site"] for r in before)
    assert Counter(r["screened_on"] for r in after) == Counter(r["screened_on"] for r in before)
    assert Counter(r["age"] for r in after) == {"": 2, "24": 4, "90+": 2, "89": 1, "55": 1, "31": 1}
    assert Counter(r["lost_reason"] for r in after) == {"": 9, "other": 1, "moved": 1}


def test_a_known_reason_stays_and_a_typed_one_is_other(profiled: Bundles) -> None:
    sessions = tables(profiled["closed", "limited"])["session"]
    assert {r["reason"] for r in sessions if r["status"] == "missed"} == {"illness", "other"}
    assert {r["category"] for r in tables(profiled["closed", "limited"])["adverse_event"]} == {"other"}


def test_the_public_profile_leaves_nobody_in_a_small_cell(profiled: Bundles) -> None:
    for view in ("closed", "blinded"):
        found = tables(profiled[view, "public"])["participant"]
        arm = "arm" if view == "closed" else "arm_dummy"
        cells = Counter((r["site"], r["age"], r["sex"], r[arm]) for r in found)
        of_arm = Counter(r[arm] for r in found)
        assert [cell for cell, n in cells.items() if n < 5 and not (cell[:3] == (ALL, "", "") and of_arm[cell[3]] < 5)] == []


def test_public_tables_merge_what_few_people_have(profiled: Bundles) -> None:
    after = tables(profiled["closed", "public"])
    assert {r["atc"] for r in after["medication"]} == {"other"}
    assert {r["exclusion_reason"] for r in after["participant"]} == {"", "other"}
    assert {r["exclusion_reasons"] for r in after["participant"]} == {""}
    for row in after["visit_summary"]:
        if int(row["n_scored"]) < 5:
            assert (row["mean"], row["sd"], row["min"], row["response_n"]) == ("", "", "", "")
        assert not [n for n in row if n.endswith("_n") and row[n] and 0 < int(row[n]) < 5]


@pytest.mark.parametrize(("view", "profile"), PLACES)
def test_the_flow_still_adds_up(profiled: Bundles, view: str, profile: str) -> None:
    flow = json.loads(profiled[view, profile]["flow.json"])
    assert unsound(flow) == []
    assert (flow["assessed"], flow["randomised"]) == (11, 7)
    assert (flow["first_randomised_on"] is None) == (profile == "public")
    reasons = flow["excluded"]["reasons"]
    assert sum(reasons.values()) == 2
    assert profile == "limited" or set(reasons) == {"other"}


def test_rare_reasons_are_merged_and_common_ones_stay() -> None:
    part = {"total": 12, "reasons": {"burden": 7, "moved": 2, "Niamh told us": 3}}
    flow = {"assessed": 12, "arms": {"RET": {"lost": part, "participants_per_site": [1], "participants_per_provider": [2]}}}
    lost = flow_in(flow, "public", ["burden", "moved"])["arms"]["RET"]  # type: ignore[index]
    assert lost == {
        "lost": {"total": 12, "reasons": {"burden": 7, "other": 5}},
        "participants_per_site": [],
        "participants_per_provider": [],
    }
    limited = flow_in(flow, "limited", ["burden", "moved"])["arms"]["RET"]["lost"]  # type: ignore[index]
    assert limited["reasons"] == {"burden": 7, "moved": 2, "other": 3}


def person(site: str, age: str, sex: str, arm: str, stratum: str = "") -> dict[str, str]:
    return {"site": site, "age": age, "sex": sex, "arm": arm, "stratum": stratum or f"site={site}|sex={sex}|grade=high"}


def told(found: list[dict[str, str]]) -> dict[tuple[str, str, str], int]:
    return dict(Counter((r["site"], r["age"], r["sex"]) for r in found))


@pytest.mark.parametrize(
    ("people", "cells"),
    [
        ([("A", "24", "F", "R")] * 5, {("A", "20-29", "F"): 5}),
        ([("A", "24", "F", "R")] * 3 + [("B", "29", "F", "R")] * 2, {(ALL, "20-29", "F"): 5}),
        ([("A", "24", "F", "R")] * 3 + [("B", "41", "F", "R")] * 2, {(ALL, "under 60", "F"): 5}),
        ([("A", "24", "F", "R")] * 3 + [("B", "90+", "F", "R")] * 2, {(ALL, "", "F"): 5}),
        ([("A", "24", "F", "R")] * 3 + [("B", "90+", "M", "R")] * 2, {(ALL, "", ""): 5}),
        ([("A", "24", "F", "R")] * 5 + [("A", "24", "M", "R")] * 1, {(ALL, "", ""): 6}),
        ([("A", "24", "F", "R")] * 6 + [("A", "24", "F", "W")] * 2, {("A", "20-29", "F"): 6, (ALL, "", ""): 2}),
        ([("A", "", "", "")] * 5, {("A", "", ""): 5}),
        ([], {}),
    ],
    ids=[
        "large",
        "site gives way",
        "age widens",
        "age gives way",
        "sex gives way",
        "joined by the next",
        "a small arm",
        "unknown",
        "nobody",
    ],
)
def test_small_cells_are_merged(people: list[tuple[str, str, str, str]], cells: dict[tuple[str, str, str], int]) -> None:
    assert told(merged_people([person(*each) for each in people])) == cells


def test_a_stratum_says_no_more_than_site_and_sex_do() -> None:
    kept = merged_people([person("A", "24", "F", "R")] * 5)
    merged = merged_people([person("A", "24", "F", "R")] * 3 + [person("B", "24", "F", "R")] * 2)
    assert {r["stratum"] for r in kept} == {"site=A|sex=F|grade=high"}
    assert {r["stratum"] for r in merged} == {"sex=F|grade=high"}


def test_a_name_was_planted_in_whatever_can_be_typed(full) -> None:  # type: ignore[no-untyped-def]
    """Without this the greps above would prove nothing."""
    planted = {f"{file}.{name}" for file, found in tables(full["closed"]).items() for row in found for name in row if TYPED in row[name]}
    assert FREE - planted == {"safety_alert.trigger"}
    assert planted - FREE == {
        "baseline.value", "adverse_event.category", "adverse_event.action", "adverse_event.outcome", "assessment.language",
        "assessment.respondent", "safety_alert.risk_level", "session.reason", "participant.exclusion_reason",
        "participant.exclusion_reasons", "participant.withdrawn_reason", "participant.lost_reason",
        "participant.intervention_stopped_reason",
    }  # fmt: skip


@pytest.mark.parametrize(("profile", "told"), [("limited", ["X1", "X1", ""]), ("public", ["", "", ""])])
def test_who_was_drawn_together_is_told_under_a_new_code_and_in_public_not_at_all(profile: str, told: list[str]) -> None:
    names = Pseudonyms(SECRET, profile)
    blank = dict.fromkeys((c.name for c in columns_of("participant")), "")
    people = [blank | {"trial_id": f"P-{n}", "group_code": code} for n, code in enumerate(("Byrne", "Byrne", ""))]
    known = Vocabulary(reasons=frozenset(), codes=frozenset(), choices={})
    found = deidentify({"participant": (columns_of("participant"), people)}, profile, pseudonyms=names, vocabulary=known)["participant"]
    code = {"X1": names.id_of("group", "Byrne"), "": ""}
    assert sorted(row["group_code"] for row in found) == sorted(code[word] for word in told)


def test_every_text_column_has_its_rule() -> None:
    """A new column is dropped, coded or known by decision, never by accident."""
    columns = [c for file in KEYS for c in columns_of(file)]
    open_texts = {f"{c.file}.{c.name}" for c in columns if c.kind in ("text", "list") and not c.values and c.name != "trial_id"}
    decided = FREE | STAFF | GROUPS | REASONS | set(LISTS) | WORDS | KNOWN | SITES | {"baseline.value", "participant.arm_dummy"}
    assert open_texts - decided == set()
    assert decided - open_texts == {"participant.arm_dummy"}


def test_two_exports_that_make_a_cuts_secret_at_once_have_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut, others = tmp_path / "20260801T100000Z", []

    def fresh(kind: str, natural_key: str) -> bytes:
        if not others:
            others.append(b"")
            others.append(kept_apart.secret_of(cut))
            return b"2" * 32
        return b"1" * 32

    monkeypatch.setattr(kept_apart.entropy, "fresh", fresh)
    assert kept_apart.secret_of(cut) == others[1] == kept_apart.secret_of(cut) == b"1" * 32
    assert [path.name for path in tmp_path.iterdir()] == ["20260801T100000Z.pseudonyms"]


def test_the_full_profile_has_every_column() -> None:
    columns = columns_of("participant")
    assert profile_columns(columns, "full") == columns
    assert [c.kind for c in profile_columns(columns, "public") if c.name == "age"] == ["text"]
