"""SAS transport version 5, which archives and regulators take: names of at most 8 letters, labels of 40, text of 200 bytes of ASCII.

`names.csv` tells each variable's column and its whole label. Text longer than 200 bytes goes on in further variables of its own;
letters outside ASCII lose their marks or become `?`, and `names.csv` says in how many values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outcomes.exports.bundle import csv_line
from outcomes.exports.formats import Files, Format
from outcomes.exports.frames import frame, label_of
from outcomes.exports.typed import About, Table
from outcomes.exports.xpt import TEXT, ascii_of, labels_program, short_names, transport

LABEL = 40
HEAD = ("member", "variable", "file", "column", "part", "label", "values_rewritten_in_ascii")


def write(tables: Sequence[Table], about: About) -> Files:
    members = short_names(table.file for table in tables)
    files: Files = {}
    told = [csv_line(HEAD)]
    flags: dict[str, list[str]] = {}
    for table in tables:
        member = members[table.file]
        body, lines, found = _one(table, member, about)
        files[f"sas_v5/{member.lower()}.xpt"] = body
        told += [csv_line((member, variable, f"{table.file}.csv", *line)) for variable, *line in lines]
        flags[member] = found
    return files | {"sas_v5/names.csv": "".join(told).encode(), "sas_v5/labels.sas": labels_program(flags)}


def _one(table: Table, member: str, about: About) -> tuple[bytes, list[tuple[str, ...]], list[str]]:
    """The member, a line of names.csv a variable, and its flags."""
    import polars

    data = frame(table, coded=False)
    plain = {name: {text: ascii_of(text) for text in data[name].unique()} for name, kind in data.schema.items() if kind == polars.String}
    parts = [(column, part) for column in table.columns for part in range(1, _parts(plain.get(column.name, {})) + 1)]
    names = short_names([_numbered(column.name, part) for column, part in parts])
    series, lines, labels = [], [], []
    for column, part in parts:
        name = names[_numbered(column.name, part)]
        one, changed, texts = data[column.name], 0, plain.get(column.name)
        if texts is not None and any(len(text) > TEXT or not text.isascii() for text in texts):
            changed = int(one.is_in([text for text in texts if not text.isascii()]).sum())
            pieces = {text: rewritten[TEXT * (part - 1) : TEXT * part] for text, rewritten in texts.items()}
            one = one.replace_strict(pieces, return_dtype=polars.String)
        series.append(one.alias(name))
        labels.append(label_of(column)[:LABEL].rstrip())
        lines.append((name, column.name, str(part), label_of(column), str(changed)))
    body = transport(polars.DataFrame(series), name=member, labels=labels, title=about.title, stamp=about.stamp, version=5)
    return body, lines, [names[_numbered(c.name, 1)] for c in table.columns if c.kind == "flag"]


def _numbered(name: str, part: int) -> str:
    return name if part == 1 else f"{name}_{part}"


def _parts(texts: Mapping[str, str]) -> int:
    longest = max(map(len, texts.values()), default=0)
    return max(1, -(-longest // TEXT))


FORMAT = Format(code="sas_v5", title="SAS transport 5", packages=("pyreadstat", "polars"), write=write)
