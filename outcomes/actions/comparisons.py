"""Two frozen cuts side by side: what changed, row by row, with who and why from the audit. For those who may export the closed view."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from outcomes.actions import exports
from outcomes.domain.cut_changes import RowChange, Step, row_changes, steps_behind
from outcomes.domain.text import instant
from outcomes.exports.bundle import csv_line
from outcomes.exports.columns import KEYS, columns_of
from outcomes.exports.views import read_rows
from outcomes.models import Cut
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Event
from trials.permissions import Refused

HEAD = ("file", "key", "change", "column", "before", "after", "step", "who", "at", "why")


@dataclass(frozen=True)
class Told:
    """A changed row and the recorded steps that can have changed it; none where time alone did."""

    change: RowChange
    steps: tuple[Step, ...]


@action
def compare_cuts(first_at: datetime, second_at: datetime, *, by: Actor, at: datetime) -> list[Told]:
    """Every row of the closed tables that differs between two cuts that were taken, the earlier one first."""
    exports.check_may_export(by, "closed")
    if first_at >= second_at:
        raise Refused("Name the earlier cut first.", code="bad_order", status=422)
    first, second = _taken(first_at), _taken(second_at)
    old, new = exports.frozen_files(first), exports.frozen_files(second)
    steps = _steps(first.at, second.at)
    found = []
    for file, key in KEYS.items():
        sources = {column.name: column.of for column in columns_of(file)}
        for change in row_changes(file, key, read_rows(old / f"{file}.csv"), read_rows(new / f"{file}.csv")):
            person = change.key[0] if key[0] == "trial_id" else ""
            found.append(Told(change, tuple(steps_behind(change, steps[person], sources))))
    detail = {"with": instant(second.at), "rows": len(found)}
    audit.record("cuts.compared", about=f"cut:{instant(first.at)}", by=by, at=at, detail=detail)
    return found


def as_csv(found: list[Told]) -> str:
    """One line a differing cell; steps, who, when and why are joined by `|` in the same order."""
    lines = [csv_line(HEAD)]
    for told in found:
        words = [(step.verb, step.actor, instant(step.at), step.reason) for step in told.steps]
        tail = ["|".join(each) for each in zip(*words, strict=True)] or [""] * 4
        head = (f"{told.change.file}.csv", "|".join(told.change.key), told.change.kind)
        lines += [csv_line((*head, cell.column, cell.before, cell.after, *tail)) for cell in told.change.cells]
    return "".join(lines)


def _taken(moment: datetime) -> Cut:
    cut = Cut.objects.filter(at=moment.replace(microsecond=0)).first()
    if cut is None:
        raise Refused(f"No cut was taken at {instant(moment)}.", code="no_such_cut", status=422)
    return cut


def _steps(after: datetime, until: datetime) -> dict[str, list[Step]]:
    """The steps between the cuts by whom they are about."""
    found: dict[str, list[Step]] = defaultdict(list)
    for event in Event.objects.filter(at__gt=after, at__lte=until).order_by("pk").iterator():
        subject = event.verb.split(".")[0]
        if subject == "record":
            subject = str(event.detail.get("table", "")).split("_", 1)[-1]
        found[event.about].append(Step(event.verb, subject, event.actor, event.at, event.reason))
    return found
