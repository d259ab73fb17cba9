"""A frozen cut in a view: the closed bundle as it lies, the blinded one made from it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from outcomes.domain.consort import pooled
from outcomes.domain.text import instant
from outcomes.exports.blinded import FILES, blind, pooled_reasons, pooled_summary
from outcomes.exports.bundle import codebook, columns_in, csv_line, csv_text, datapackage, json_bytes, manifest, view_columns
from outcomes.exports.closed import bands_of, codes_of, labels_of, manifest_facts, rules_of
from outcomes.exports.columns import blinded_columns
from outcomes.exports.digested import digests
from outcomes.exports.flow_svg import flow_svg
from outcomes.instruments import instruments
from trials.domain.protocol.shape import Protocol

Files = dict[str, bytes]
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def closed_files(folder: Path) -> Files:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def blinded_files(folder: Path, protocol: Protocol, *, dummies: Mapping[str, str], as_of: datetime) -> Files:
    """The blinded bundle of a frozen cut; `dummies` is trial id -> sham arm code."""
    bands, codes = bands_of(protocol), codes_of(protocol)
    seen = view_columns("blinded", bands)
    labels = {arm.code: chr(ord("A") + i) for i, arm in enumerate(protocol.arms)}
    shams = {trial_id: labels[arm] for trial_id, arm in dummies.items()}
    files: Files = {}
    rows: dict[str, int] = {}
    for file in FILES:
        if file == "visit_summary":
            people, forms = read_rows(folder / "participant.csv"), read_rows(folder / "assessment.csv")
            table = pooled_summary(people, forms, protocol=protocol, instruments=instruments, as_of=as_of)
            files["visit_summary.csv"], rows["visit_summary.csv"] = csv_text(table, columns_in("blinded", file, bands))
            continue
        blinded = blind(file, read_rows(folder / f"{file}.csv"), bands=bands, dummies=shams, codes=codes)
        head = csv_line(column.name for column in blinded_columns(file, bands=bands))
        files[f"{file}.csv"] = (head + "".join(csv_line(row.values()) for row in blinded)).encode()
        rows[f"{file}.csv"] = len(blinded)
    flow = pooled_reasons(pooled(json.loads((folder / "flow.json").read_bytes())), codes)
    words = {code: label for code, label in labels_of(protocol).items() if code in codes}
    title = f"{protocol.code}: flow of participants"
    files["flow.json"] = json_bytes(flow)
    files["flow.svg"] = flow_svg(flow, title=title, as_of=instant(as_of), labels=words)
    files["codebook.csv"], rows["codebook.csv"] = codebook(seen, _blind_rules(protocol), FILES)
    files["datapackage.json"] = datapackage(seen, FILES, digests(files), name=f"{protocol.code}-blinded", title=protocol.title)
    version = json.loads((folder / "manifest.json").read_bytes())["versions"]["uplift"]
    facts = manifest_facts(protocol, as_of, view="blinded", profile="full", version=version)
    files["manifest.json"] = manifest(facts, digests(files), rows)
    return files


def read_rows(path: Path) -> list[dict[str, str]]:
    """A table of the bundle as text."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def listed(manifest_text: bytes) -> list[dict[str, str]]:
    """Name and SHA-256 of each file in a manifest."""
    found: list[dict[str, str]] = json.loads(manifest_text)["files"]
    return found


def zipped(files: Mapping[str, bytes]) -> bytes:
    """One archive, the same bytes for the same files: fixed clock, sorted names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return out.getvalue()


def _blind_rules(protocol: Protocol) -> dict[str, str]:
    return {key: rule for key, rule in rules_of(protocol).items() if key.split(".")[0] in FILES}
