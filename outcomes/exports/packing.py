"""A bundle with more formats beside its CSV: the same tables again, and a manifest that lists every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from outcomes.exports.bundle import json_bytes
from outcomes.exports.formats import Files, write_formats
from outcomes.exports.typed import About, ColumnsOf, tables_of
from trials.domain.protocol.shape import Protocol


def with_formats(
    files: Files, wanted: Iterable[str], columns_of: ColumnsOf, *, title: str, stamp: datetime, protocol: Protocol
) -> Files:  # fmt: skip
    """`stamp` stands where a format's header has a clock, so that the same bundle gives the same bytes."""
    wanted = tuple(wanted)
    if not wanted:
        return files
    told = json.loads(files["manifest.json"])
    about = About(
        title=title, stamp=stamp, codebook=files["codebook.csv"], protocol=protocol, view=told["view"], profile=told["profile"]
    )  # fmt: skip
    more = write_formats(wanted, tables_of(files, columns_of), about)
    return files | more | {"manifest.json": _listing(files["manifest.json"], more)}


def _listing(manifest: bytes, more: Files) -> bytes:
    told = json.loads(manifest)
    listed = [*told["files"], *({"name": name, "sha256": hashlib.sha256(body).hexdigest()} for name, body in more.items())]
    return json_bytes(told | {"files": sorted(listed, key=lambda entry: str(entry["name"]))})
