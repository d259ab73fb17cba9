"""What one measurement says: a JSON line for the record and a line for the reader."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg

from benchmarks.pairs import Pairs, slope

RECORD = Path(__file__).with_name("results.jsonl")


@dataclass(frozen=True)
class Growth:
    """The same operation with so much stored before; `slope` is the exponent, `expected` what the design promises."""

    of: str
    sizes: tuple[int, ...]
    subject_ms: tuple[float, ...]
    limit_ms: tuple[float, ...]
    expected: str

    @property
    def slope(self) -> float:
        return slope(self.sizes, self.subject_ms)


@dataclass(frozen=True)
class Result:
    """`unit` is what one operation is; `rows` is how much of it the job handles or stands on."""

    job: str
    unit: str
    limit: str
    size: str
    rows: int
    pairs: Pairs
    statements: int | None = None
    growth: Growth | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        return "noisy" if self.pairs.noisy else "steady"

    def line(self) -> str:
        p = self.pairs
        grows = "" if self.growth is None else f"; time grows with {self.growth.of} to the power {self.growth.slope}"
        return (
            f"{self.job}: {p.ratio.median:.2f} x the limit [{p.ratio.low:.2f}-{p.ratio.high:.2f}] a {self.unit}"
            f" ({p.subject_ms:.2f} ms against {p.limit_ms:.2f} ms; limit against itself {p.aa.median:.2f}"
            f" [{p.aa.low:.2f}-{p.aa.high:.2f}], {self.verdict}){grows}"
        )

    def json(self, facts: dict[str, Any]) -> str:
        growth = None if self.growth is None else {**asdict(self.growth), "slope": self.growth.slope}
        body = {
            "job": self.job, "size": self.size, "rows": self.rows, "unit": self.unit, "limit": self.limit,
            "ratio": asdict(self.pairs.ratio), "aa": asdict(self.pairs.aa), "verdict": self.verdict,
            "limit_ms": self.pairs.limit_ms, "subject_ms": self.pairs.subject_ms, "blocks": self.pairs.blocks, "each": self.pairs.each,
            "statements": self.statements, "growth": growth, "notes": self.notes, "machine": facts,
        }  # fmt: skip
        return json.dumps(body, sort_keys=True)


def machine(connection: psycopg.Connection) -> dict[str, Any]:
    """What the figures depend on: versions, cores, and how long this disk takes to keep 8 kB."""

    def shown(name: str) -> str:
        row = connection.execute(f"SHOW {name}").fetchone()  # type: ignore[call-overload]
        return str(row[0])

    return {
        "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": platform.python_version(), "django": version("django"),
        "psycopg": version("psycopg"), "postgres": shown("server_version"), "fsync": shown("fsync"),
        "synchronous_commit": shown("synchronous_commit"), "fdatasync_ms": fdatasync_ms(),
    }  # fmt: skip


def fdatasync_ms(times: int = 50) -> float:
    """Median milliseconds to write 8 kB and have it on the disk."""
    with tempfile.TemporaryFile() as handle:
        taken = []
        for _ in range(times):
            handle.write(b"\0" * 8192)
            handle.flush()
            began = perf_counter()
            os.fdatasync(handle.fileno())
            taken.append(1000 * (perf_counter() - began))
    return round(median(taken), 3)


def keep(lines: list[str], *, record: Path = RECORD) -> None:
    """The newest line of each job and size replaces the one before it."""
    kept = {_key(line): line for line in (record.read_text().splitlines() if record.exists() else [])}
    kept |= {_key(line): line for line in lines}
    record.write_text("".join(line + "\n" for _, line in sorted(kept.items())))


def _key(line: str) -> tuple[str, str]:
    told = json.loads(line)
    return told["job"], told["size"]
