"""The closed view written out: every table streamed person by person, then what is derived from all of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from outcomes.domain.case import Case
from outcomes.domain.consort import Flow
from outcomes.domain.facts import Person, Row
from outcomes.domain.summary import visit_summary
from outcomes.domain.tables import FORM_FACTS, PERSON_TABLES, SESSION_FACTS, consort_flow, person_tables, provider_rows
from outcomes.domain.text import instant
from outcomes.exports.analysis import scripts
from outcomes.exports.blinded import pooled_reasons
from outcomes.exports.bundle import codebook, columns_in, csv_text, datapackage, json_bytes, manifest, row_text, view_columns
from outcomes.exports.columns import KEYS, columns_of
from outcomes.exports.flow_svg import flow_svg
from outcomes.instruments import instruments
from trials.domain.protocol.shape import Protocol

__all__ = ["bands_of", "codes_of", "labels_of", "manifest_facts", "pooled_reasons", "rules_of", "write_closed"]


def write_closed(
    folder: Path, people: Iterable[Person], protocol: Protocol, as_of: datetime, *, providers: Iterable[Row], version: str
) -> None:
    """Every file of the closed, full bundle in `folder`. Raises `BrokenSum` naming whoever breaks the flow's sums."""
    rows, kept = _write_person_tables(folder, people, protocol, as_of)
    trained = provider_rows(providers, kept["session"])
    summary = visit_summary(kept["participant"], kept["assessment"], protocol=protocol, instruments=instruments, as_of=as_of)
    bands = bands_of(protocol)
    seen = view_columns("closed", bands)
    for file, table in (("provider", trained), ("visit_summary", summary)):
        body, rows[f"{file}.csv"] = csv_text(table, columns_of(file, bands=bands))
        (folder / f"{file}.csv").write_bytes(body)
    flow = consort_flow(protocol, kept)
    body, rows["codebook.csv"] = codebook(seen, rules_of(protocol), KEYS)
    (folder / "codebook.csv").write_bytes(body)
    (folder / "protocol.toml").write_bytes(protocol.text.encode())
    for name, body in scripts(protocol).items():
        (folder / name).write_bytes(body)
    _write_flow(folder, flow, protocol, as_of)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    files["datapackage.json"] = datapackage(seen, KEYS, files, name=f"{protocol.code}-closed", title=protocol.title)
    (folder / "datapackage.json").write_bytes(files["datapackage.json"])
    facts = manifest_facts(protocol, as_of, view="closed", profile="full", version=version)
    (folder / "manifest.json").write_bytes(manifest(facts, files, rows))


def manifest_facts(protocol: Protocol, as_of: datetime, *, view: str, profile: str, version: str) -> dict[str, Any]:
    return {
        "trial": protocol.code,
        "protocol_version": protocol.version,
        "protocol_digest": protocol.digest,
        "cut": instant(as_of),
        "view": view,
        "profile": profile,
        "versions": {"uplift": version},
    }


def bands_of(protocol: Protocol) -> tuple[str, ...]:
    """The severity bands of the protocol's questionnaires, in their order."""
    used = dict.fromkeys(code for visit in protocol.visits for code in visit.instruments)
    return tuple(dict.fromkeys(band.code for code in used if code in instruments for band in instruments[code].bands))


def codes_of(protocol: Protocol) -> frozenset[str]:
    """Every reason code that the protocol lists."""
    return frozenset(c.code for c in (*protocol.withdrawal_reasons, *protocol.missed_reasons, *protocol.exclusion_reasons))


def labels_of(protocol: Protocol) -> dict[str, str]:
    """Words for arms and reason codes."""
    listed = (*protocol.missed_reasons, *protocol.exclusion_reasons, *protocol.withdrawal_reasons)
    return {choice.code: choice.label for choice in listed} | {arm.code: arm.label or arm.code for arm in protocol.arms}


def rules_of(protocol: Protocol) -> dict[str, str]:
    """The protocol's own choices, for the codebook."""
    sets, primary = protocol.analysis, protocol.primary
    rules = {
        "adherence.attendance": "due sessions, "
        + ("those cancelled by the site included" if sets.site_cancelled_in_denominator else "those cancelled by the site left out"),
        "adherence.rdi": "undelivered sessions count as 0" if sets.rdi_includes_undelivered else "undelivered sessions left out",
        "assessment.psychotropic_changed": "ATC codes beginning with " + ", ".join(sets.psychotropic_atc),
    }
    rules["participant.per_protocol"] = (
        f"fas, primary outcome in window, no important deviation, attendance at least {sets.per_protocol_attendance}; control: no training "
        "or structured exercise before the primary visit"
    )
    if primary is not None:
        limit = "" if primary.max_missing is None else f", at most {primary.max_missing} time points missing"
        rules["participant.analysed_primary"] = f"{primary.instrument} at {primary.visit}: {primary.rule}{limit}"
    for name in ("caseness", "recovery"):
        cuts = getattr(sets, name)
        if cuts:
            rules[f"assessment.{name}"] = "cut " + ", ".join(f"{code} {cut}" for code, cut in sorted(cuts.items()))
    return rules


def _write_person_tables(
    folder: Path, people: Iterable[Person], protocol: Protocol, as_of: datetime
) -> tuple[dict[str, int], dict[str, list[Row]]]:
    """Writes the tables that are keyed by person; keeps what the summaries need."""
    counts: dict[str, int] = {}
    kept: dict[str, list[Row]] = {"participant": [], "assessment": [], "session": []}
    with ExitStack() as stack:
        writers = {}
        for file in PERSON_TABLES:
            handle = stack.enter_context((folder / f"{file}.csv").open("w", encoding="utf-8", newline=""))
            columns = columns_in("closed", file, ())
            writers[file] = csv.writer(handle, lineterminator="\n"), columns
            writers[file][0].writerow([column.name for column in columns])
            counts[f"{file}.csv"] = 0
        for person in people:
            built = person_tables(Case(person, protocol, as_of), instruments)
            for file, rows in built.items():
                writer, columns = writers[file]
                writer.writerows(row_text(row, columns) for row in rows)
                counts[f"{file}.csv"] += len(rows)
            _keep(kept, built)
    return counts, kept


def _keep(kept: dict[str, list[Row]], built: Mapping[str, list[Row]]) -> None:
    kept["participant"] += built["participant"]
    kept["assessment"] += [{name: row.get(name) for name in FORM_FACTS} for row in built.get("assessment", ())]
    kept["session"] += [{name: row[name] for name in SESSION_FACTS} for row in built.get("session", ())]


def _write_flow(folder: Path, flow: Flow, protocol: Protocol, as_of: datetime) -> None:
    (folder / "flow.json").write_bytes(json_bytes(flow))
    drawn = flow_svg(flow, title=f"{protocol.code}: flow of participants", as_of=instant(as_of), labels=labels_of(protocol))
    (folder / "flow.svg").write_bytes(drawn)
