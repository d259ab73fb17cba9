"""Write the table of docs/performance.md from benchmarks/results.jsonl: `python -m benchmarks.render [--check]`."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks import JOBS
from benchmarks.result import RECORD

PAGE = RECORD.parent.parent / "docs/performance.md"
BEGIN, END = "<!-- rendered: begin -->", "<!-- rendered: end -->"
HEAD = (
    "| job | one operation | rows | ratio to the limit [range] | ms, limit | ms, ours | limit against itself | verdict | statements |",
    "| --- | --- | ---: | --- | ---: | ---: | --- | --- | ---: |",
)
GROWTH_HEAD = ("| job | grows with | sizes | ms, ours | ms, limit | exponent | promised |", "| --- | --- | --- | --- | --- | ---: | ---: |")


def rendered(lines: list[str]) -> str:
    """The tables, one row a recorded line: the full size where there is one, else the small."""
    told = _newest([json.loads(line) for line in lines])
    growths = [one for one in told if one["growth"]]
    parts = [*HEAD, *(_row(one) for one in told), "", "The limits: " + "; ".join(f"{one['job']}, {one['limit']}" for one in told) + ".", ""]
    parts += [*GROWTH_HEAD, *(_growth(one) for one in growths), "", *_notes(told), *_machines(told)]
    return "\n".join(parts) + "\n"


def _newest(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    chosen: dict[str, dict[str, Any]] = {}
    for one in sorted(told, key=lambda one: one["size"] == "full"):
        chosen[one["job"]] = one
    order = {job: place for place, job in enumerate(JOBS)}
    return sorted(chosen.values(), key=lambda one: (order.get(one["job"].split("_one")[0], len(order)), one["job"]))


def _row(one: dict[str, Any]) -> str:
    ratio, aa = one["ratio"], one["aa"]
    cells = [
        one["job"], one["unit"], f"{one['rows']:,}", f"**{ratio['median']:.2f}** [{ratio['low']:.2f}-{ratio['high']:.2f}]",
        f"{one['limit_ms']:.2f}", f"{one['subject_ms']:.2f}", f"{aa['median']:.2f} [{aa['low']:.2f}-{aa['high']:.2f}]", one["verdict"],
        "" if one["statements"] is None else str(one["statements"]),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _growth(one: dict[str, Any]) -> str:
    growth = one["growth"]
    listed = [
        ", ".join(f"{n:,}" for n in growth["sizes"]), *(", ".join(f"{ms:.1f}" for ms in growth[k]) for k in ("subject_ms", "limit_ms"))
    ]  # fmt: skip
    return f"| {one['job']} | {growth['of']} | {' | '.join(listed)} | {growth['slope']:.2f} | {growth['expected']} |"


def _notes(told: list[dict[str, Any]]) -> list[str]:
    said = {
        one["job"]: [f"{name.replace('_', ' ')} {value:,}" for name, value in sorted(one["notes"].items())] for one in told if one["notes"]
    }
    found = [f"- {job}: {', '.join(words)}" for job, words in said.items()]
    return ["Also counted:", "", *found, ""] if found else []


def _machines(told: list[dict[str, Any]]) -> list[str]:
    machines = [one["machine"] for one in told]
    one = machines[0]
    loads = sorted(m["load"] for m in machines)
    disks = sorted(m["fdatasync_ms"] for m in machines)
    versions = ", ".join(f"{name} {one[name.lower()]}" for name in ("Postgres", "Python", "Django", "psycopg", "fsync"))
    return [f"{one['cores']} cores, load {loads[0]} to {loads[-1]}, {disks[0]} to {disks[-1]} ms to keep 8 kB on the disk; {versions}."]


def page(text: str, tables: str) -> str:
    """The page with the part between the marks replaced. Raises ValueError for a page without marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n{tables}{END}{after}"


def main(words: list[str]) -> int:
    fresh = page(PAGE.read_text(), rendered(RECORD.read_text().splitlines()))
    if "--check" in words:
        return int(fresh != PAGE.read_text())
    PAGE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
