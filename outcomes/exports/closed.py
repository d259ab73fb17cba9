"""The closed view written out: every table streamed person by person, then what is derived from all of them."""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from outcomes.domain.case import Case
from outcomes.domain.facts import Person, Row
from outcomes.domain.summary import Summary
from outcomes.domain.tables import PERSON_FACTS, PERSON_TABLES, Tables, flow_of, person_tables
from outcomes.domain.text import instant
from outcomes.domain.trainers import Trainers
from outcomes.domain.training import Kept
from outcomes.exports.analysis import scripts
from outcomes.exports.blinded import pooled_reasons
from outcomes.exports.bundle import codebook, columns_in, csv_text, csv_writer, datapackage, json_bytes, manifest, row_text, view_columns
from outcomes.exports.columns import KEYS, columns_of
from outcomes.exports.digested import Digest, Digested, digests
from outcomes.exports.flow_svg import flow_svg
from outcomes.instruments import instruments
from trials.domain.protocol.shape import Protocol

__all__ = ["bands_of", "codes_of", "labels_of", "manifest_facts", "pooled_reasons", "rules_of", "write_closed", "write_summed"]

Summed = tuple[Person, Mapping[int, Kept] | None]


class Elsewhere(typing.Protocol):
    """Who writes some of the tables: told each person's rows of `files` as they come, and asked for the tables when all are through."""

    files: tuple[str, ...]

    def tell(self, person: Person, built: Tables, *, with_sets: bool) -> None: ...

    def write(self, file: str, out: Digested) -> int: ...


def write_closed(
    folder: Path, people: Iterable[Person], protocol: Protocol, as_of: datetime, *, providers: Iterable[Row], version: str
) -> None:
    """Every file of the closed, full bundle in `folder`. Raises `BrokenSum` naming whoever breaks the flow's sums."""
    write_summed(folder, ((person, None) for person in people), protocol, as_of, providers=providers, version=version)


def write_summed(
    path: Path, people: Iterable[Summed], protocol: Protocol, as_of: datetime, *, providers: Iterable[Row], version: str,
    elsewhere: Elsewhere | None = None,
) -> None:  # fmt: skip
    """The same of people with the sums of their sessions, or with their sets and None."""
    folder = _Folder(path)
    kept = _Kept(summary=Summary(protocol, instruments, as_of))
    _write_person_tables(folder, people, protocol, as_of, elsewhere, kept)
    bands = bands_of(protocol)
    seen = view_columns("closed", bands)
    for file, table in (("provider", kept.trainers.rows(providers)), ("visit_summary", kept.summary.rows())):
        folder.keep(f"{file}.csv", *csv_text(table, columns_of(file, bands=bands)))
    flow = flow_of(protocol, kept.people, kept.trainers)
    folder.keep("codebook.csv", *codebook(seen, rules_of(protocol), KEYS))
    folder.keep("protocol.toml", protocol.text.encode())
    for name, body in scripts(protocol).items():
        folder.keep(name, body)
    folder.keep("flow.json", json_bytes(flow))
    drawn = flow_svg(flow, title=f"{protocol.code}: flow of participants", as_of=instant(as_of), labels=labels_of(protocol))
    folder.keep("flow.svg", drawn)
    folder.keep("datapackage.json", datapackage(seen, KEYS, folder.written, name=f"{protocol.code}-closed", title=protocol.title))
    facts = manifest_facts(protocol, as_of, view="closed", profile="full", version=version)
    folder.keep("manifest.json", manifest(facts, folder.written, folder.rows))


class _Folder:
    """The files of a bundle as they are written: their digests, and the rows of tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.written: dict[str, Digest] = {}
        self.rows: dict[str, int] = {}

    def keep(self, name: str, body: bytes, rows: int | None = None) -> None:
        (self.path / name).write_bytes(body)
        self.written |= digests({name: body})
        if rows is not None:
            self.rows[name] = rows


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
    folder: _Folder, people: Iterable[Summed], protocol: Protocol, as_of: datetime, elsewhere: Elsewhere | None, kept: _Kept
) -> None:
    """Writes the tables that are keyed by person; keeps what the summaries need."""
    others = () if elsewhere is None else elsewhere.files
    with ExitStack() as stack:
        tables = {file: _TableFile(stack.enter_context(Digested(folder.path / f"{file}.csv")), file) for file in PERSON_TABLES}
        for person, sums in people:
            built = person_tables(Case(person, protocol, as_of), instruments, sums)
            if elsewhere is not None:
                elsewhere.tell(person, built, with_sets=sums is None)
            for file, rows in built.items():
                if file not in others:
                    tables[file].rows(rows)
            kept.see(built)
        for file, table in tables.items():
            if elsewhere is not None and file in others:
                table.count = elsewhere.write(file, table.out)
            folder.written[f"{file}.csv"], folder.rows[f"{file}.csv"] = table.out.digest(), table.count


class _TableFile:
    """One table on its way to its file: the header, then rows as they come."""

    def __init__(self, out: Digested, file: str) -> None:
        self.out, self.count = out, 0
        self._columns = columns_in("closed", file, ())
        self._writer = csv_writer(out)
        self._writer.writerow([column.name for column in self._columns])

    def rows(self, rows: list[Row]) -> None:
        self._writer.writerows(row_text(row, self._columns) for row in rows)
        self.count += len(rows)


@dataclass
class _Kept:
    """What flow and summaries are made of, once a person's rows are written: a few facts a person, two numbers a scored form."""

    summary: Summary
    trainers: Trainers = field(default_factory=Trainers)
    people: list[Row] = field(default_factory=list)

    def see(self, built: Tables) -> None:
        (person,) = built["participant"]
        self.people.append({name: person.get(name) for name in PERSON_FACTS})
        self.summary.see(person, built.get("assessment", ()))
        self.trainers.see(built.get("session", ()))
