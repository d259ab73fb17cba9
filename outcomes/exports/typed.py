"""The tables of a bundle as typed columns: what every format is written from, so that no format says more than the CSV does."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from outcomes.domain.text import Value, read
from outcomes.exports.columns import KEYS, Column
from trials.domain.protocol.shape import Protocol

ColumnsOf = Callable[[str], Sequence[Column]]
NUMERIC = ("integer", "ratio", "number", "kg", "minutes")
FLAG_WORDS = {0: "No", 1: "Yes"}


@dataclass(frozen=True)
class Table:
    """One table: its columns as the codebook has them, and its CSV file."""

    file: str
    columns: tuple[Column, ...]
    body: bytes

    @cached_property
    def rows(self) -> list[dict[str, str]]:
        """The rows as text; what reads the bytes itself never asks for them."""
        return csv_rows(self.body)

    def values(self, column: Column) -> list[Value]:
        """A column's values in the order of the rows; missing is None."""
        return [read(row[column.name], column.kind) for row in self.rows]

    def texts(self, column: Column) -> list[str]:
        return [row[column.name] for row in self.rows]

    @cached_property
    def words(self) -> Mapping[str, set[str]]:
        """What stands in each column whose words a codebook declares, from one pass over the rows."""
        told = [column.name for column in self.columns if column.values]
        said = self._said(told)
        return {name: {words[at] for words in said} for at, name in enumerate(told)}

    def _said(self, told: list[str]) -> set[tuple[str, ...]]:
        """The words of these columns that stand together somewhere, each combination once."""
        lines = csv.reader(_text(self.body))
        places = [at for at, name in enumerate(next(lines)) if name in told]
        return {tuple(map(line.__getitem__, places)) for line in lines}

    def codes(self, column: Column) -> dict[int, str]:
        """Numbers for the words of a coded column, and for 0 and 1 of a flag; empty where a column is not coded.

        Declared words first, in the codebook's order from 1; a word that no codebook knows follows, so that none is lost.
        """
        if column.kind == "flag":
            return dict(FLAG_WORDS)
        if column.kind not in ("text", "yes_no") or not column.values:
            return {}
        unknown = sorted(self.words[column.name] - {"", *column.values})
        return dict(enumerate((*column.values, *unknown), 1))


@dataclass(frozen=True)
class About:
    """What a format may say of the bundle in its headers: a title, and the instant that stands where a clock would.

    The protocol is for formats that describe the trial itself; in the blinded view nothing of it that tells arms apart goes out.
    """

    title: str
    stamp: datetime
    codebook: bytes
    protocol: Protocol
    view: str = "closed"
    profile: str = "full"


def tables_of(files: Mapping[str, bytes], columns_of: ColumnsOf) -> list[Table]:
    """The tables of a bundle's CSV files, in the contract's order."""
    return [_table(file, columns_of(file), files[f"{file}.csv"]) for file in KEYS if f"{file}.csv" in files]


def csv_rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(body)))


def _text(body: bytes) -> io.TextIOWrapper:
    """The text of a CSV file, decoded as it is read."""
    return io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline="")


def _table(file: str, columns: Iterable[Column], body: bytes) -> Table:
    return Table(file=file, columns=tuple(columns), body=body)
