"""Write the closed dataset of a million rows: `exports.take_cut` against COPY of the same tables to files with their SHA-256."""

from __future__ import annotations

import csv
import hashlib
import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import psycopg

from benchmarks import ground, pairs
from benchmarks.ground import SHELL
from benchmarks.result import Growth, Result
from outcomes.actions import exports
from participants.models import ExerciseSet

SIZES = {"small": (3, 1, 8), "full": (2, 1, 229)}  # blocks, exports each, people (then x4, x16); 274 rows a person
FIRST_CUT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
TABLES = ("participant", "session", "exercise_set")
COPIES = {
    "participant": "SELECT u.trial_id, t.code AS site, p.screened_on, p.age, p.sex, a.arm, a.at FROM participants_participant p"
    " JOIN trials_unit u ON u.id = p.unit_id JOIN trials_site t ON t.id = u.site_id LEFT JOIN trials_allocation a ON a.unit_id = u.id"
    ' ORDER BY u.trial_id COLLATE "C"',
    "session": "SELECT u.trial_id, s.session_no, s.week, s.phase, s.planned_on, s.planned_at, s.closes_on, s.status, s.held_on,"
    " s.started_at, s.ended_at, s.paused_seconds, s.planned_minutes, s.delivery, s.supervision, s.group_size, s.setting, s.session_rpe,"
    " s.rpe_scale"
    " FROM participants_trainingsession s JOIN participants_enrolment e ON e.id = s.enrolment_id"
    ' JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id ORDER BY u.trial_id COLLATE "C", 2',
    "exercise_set": "SELECT u.trial_id, s.session_no, x.exercise_no, x.set_no, x.exercise, x.set_kind, x.planned_reps, x.planned_reps_max,"
    " x.planned_load_kg, x.done_reps, x.done_load_kg, x.sides, x.rpe, x.rir, x.load_model FROM participants_exerciseset x"
    " JOIN participants_trainingsession s ON s.id = x.session_id JOIN participants_enrolment e ON e.id = s.enrolment_id"
    " JOIN participants_participant p ON p.id = e.participant_id JOIN trials_unit u ON u.id = p.unit_id"
    ' ORDER BY u.trial_id COLLATE "C", 2, 3, 4',
}


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    people, measured, stored = 0, [], []
    instants = (FIRST_CUT + timedelta(minutes=n) for n in count())
    started_with = _peak_mb()
    with ground.raw() as raw, tempfile.TemporaryDirectory(prefix="uplift-copies-") as place:
        for wanted in (least, 4 * least, 16 * least):
            with ground.filling() as owner:
                ground.fill_trained(owner, site, wanted - people, first=people + 1, on=ground.AT.date(), arm=arm)
            people = wanted
            limit, subject = lambda: copied(raw, Path(place)), lambda: _cut(instants)
            measured.append(pairs.measure(limit, subject, blocks=blocks, each=each, warm=1 if wanted == least else 0))
            rows = _check(next(instants), Path(place))
            stored.append(rows)
    grown = round(_peak_mb() - started_with)
    growth = Growth("rows", tuple(stored), tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "1")
    notes = {"rows_a_second": round(1000 * stored[-1] / measured[-1].subject_ms), "people": people, "peak_memory_grew_mb": grown}
    limit_is = "COPY of participants, sessions and sets to files, with their SHA-256"
    return [Result("export", "export", limit_is, size, stored[-1], measured[-1], None, growth, notes)]


def _cut(instants: Iterator[datetime]) -> None:
    moment = next(instants)
    exports.take_cut(moment, by=SHELL, at=moment)
    shutil.rmtree(exports.folder_of(moment - timedelta(minutes=1)), ignore_errors=True)


def copied(raw: psycopg.Connection, place: Path) -> None:
    for name, query in COPIES.items():
        digest = hashlib.sha256()
        with (place / f"{name}.csv").open("wb") as handle, raw.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)") as copy:
            for block in copy:
                digest.update(block)
                handle.write(block)
            handle.flush()
            os.fdatasync(handle.fileno())


def _check(moment: datetime, copies: Path) -> int:
    """As many rows as are in the database and in the copies, and the same load lifted; answers the rows of all files."""
    exports.take_cut(moment, by=SHELL, at=moment)
    folder = exports.folder_of(moment)
    counted = {name: _rows(folder / f"{name}.csv") for name in TABLES}
    assert counted == {name: _rows(copies / f"{name}.csv") for name in TABLES}, counted
    assert counted["exercise_set"] == ExerciseSet.objects.count()
    assert _lifted(folder) == _lifted(copies), "the load lifted differs"
    return sum(_rows(path) for path in folder.glob("*.csv"))


def _rows(path: Path) -> int:
    with path.open("rb") as handle:
        return sum(1 for _ in handle) - 1


def _lifted(folder: Path) -> float:
    with (folder / "exercise_set.csv").open(newline="") as handle:
        return sum(int(row["done_reps"]) * float(row["done_load_kg"]) for row in csv.DictReader(handle))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
