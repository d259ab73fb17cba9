"""A view's bundle in a profile: its tables made anew, and whatever speaks of them (codebook, data package, flow, manifest) with them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from outcomes.domain.text import instant
from outcomes.exports.analysis import WRITTEN
from outcomes.exports.bundle import codebook, csv_line, datapackage, json_bytes, manifest
from outcomes.exports.closed import codes_of, labels_of, rules_of
from outcomes.exports.columns import KEYS
from outcomes.exports.digested import digests
from outcomes.exports.flow_svg import flow_svg
from outcomes.exports.profiles import Pseudonyms, Vocabulary, deidentify, flow_in, profile_columns
from outcomes.exports.typed import ColumnsOf, tables_of
from outcomes.exports.views import Files
from outcomes.instruments import instruments
from participants.domain.clinical import ACTIONS, OUTCOMES
from trials.domain.protocol.shape import Protocol

NO_STAMP = datetime(1980, 1, 1, tzinfo=UTC)  # in the place of the cut where no date may stand
KEPT_TEXTS = {"limited": ("protocol.toml", *WRITTEN), "public": tuple(WRITTEN)}
SAID = ("protocol_version", "protocol_digest", "view", "versions", "trial")


def columns_in_profile(columns_of: ColumnsOf, profile: str) -> ColumnsOf:
    return lambda file: profile_columns(columns_of(file), profile)


def stamp_in(profile: str, cut_at: datetime) -> datetime:
    """What stands where a file has a clock: the cut, and in the public profile no date of the trial."""
    return NO_STAMP if profile == "public" else cut_at


def in_profile(
    files: Files, profile: str, columns_of: ColumnsOf, protocol: Protocol, *, secret: bytes, cut_at: datetime
) -> Files:  # fmt: skip
    """The limited or the public bundle of a view's full one; `secret` is of this cut and kept apart."""
    told = json.loads(files["manifest.json"])
    names = Pseudonyms(secret, f"{profile}|{told['view']}")
    full = {table.file: (table.columns, [dict(row) for row in table.rows]) for table in tables_of(files, columns_of)}
    vocabulary = vocabulary_of(protocol)
    rows = deidentify(full, profile, pseudonyms=names, vocabulary=vocabulary)
    seen = columns_in_profile(columns_of, profile)
    made = {name: files[name] for name in KEPT_TEXTS[profile] if name in files}
    counts = {f"{file}.csv": len(found) for file, found in rows.items()}
    for file, found in rows.items():
        head = csv_line(column.name for column in seen(file))
        made[f"{file}.csv"] = (head + "".join(csv_line(row.values()) for row in found)).encode()
    present = [file for file in KEYS if file in rows]
    made["codebook.csv"], counts["codebook.csv"] = codebook(seen, rules_of(protocol), present)
    name = f"{protocol.code}-{told['view']}-{profile}"
    made["datapackage.json"] = datapackage(seen, present, digests(made), name=name, title=protocol.title)
    flow = flow_in(json.loads(files["flow.json"]), profile, vocabulary.reasons)
    labels = labels_of(protocol)
    words = labels if told["view"] == "closed" else {code: label for code, label in labels.items() if code in vocabulary.reasons}
    as_of = "the cut" if profile == "public" else instant(cut_at)
    made["flow.json"] = json_bytes(flow)
    made["flow.svg"] = flow_svg(flow, title=f"{protocol.code}: flow of participants", as_of=as_of, labels=words)
    facts = {name: told[name] for name in SAID} | {"profile": profile} | ({} if profile == "public" else {"cut": told["cut"]})
    made["manifest.json"] = manifest(facts, digests(made), counts)
    return made


def vocabulary_of(protocol: Protocol) -> Vocabulary:
    """Every code that the protocol, the questionnaires and the program's own lists know."""
    codes: set[str] = {"dont_know", "all", *(chr(ord("A") + i) for i in range(len(protocol.arms)))}
    codes.update(arm.code for arm in protocol.arms)
    codes.update(visit.code for visit in protocol.visits)
    codes.update(variable.code for variable in protocol.baseline)
    codes.update(exercise.code for plan in protocol.plans.values() for exercise in plan.exercises)
    codes.update(protocol.library, instruments, ACTIONS, OUTCOMES)
    codes.update(_items())
    choices = {v.code: frozenset(["yes", "no"] if v.type == "yes_no" else [c.code for c in v.choices]) for v in protocol.baseline}
    return Vocabulary(reasons=codes_of(protocol), codes=frozenset(codes), choices=choices)


def _items() -> Iterable[str]:
    for instrument in instruments.values():
        yield from (item.number for item in instrument.items)
        yield from (scale.code for scale in instrument.subscales)
        yield from (each.code for each in instrument.computations)
