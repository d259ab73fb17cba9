"""A bundle of the whole world, taken at one cut, and its tables read as rows; the fixtures stand in `tests/outcomes/conftest.py`."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from outcomes.actions import exports
from tests.outcomes import world
from trials.actors import Machine

SHELL = Machine("shell")
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
CLOSED = [
    "adherence.csv", "adverse_event.csv", "analysis.R", "analysis.py", "assessment.csv", "baseline.csv", "codebook.csv", "concomitant.csv",
    "datapackage.json",
    "deviation.csv", "exercise_set.csv", "flow.json", "flow.svg", "item.csv", "manifest.json", "medication.csv", "participant.csv",
    "protocol.toml", "provider.csv", "safety_alert.csv", "session.csv", "strength_test.csv", "visit_summary.csv",
]  # fmt: skip
BLINDED = [
    "adverse_event.csv", "assessment.csv", "baseline.csv", "codebook.csv", "concomitant.csv", "datapackage.json", "flow.json", "flow.svg",
    "item.csv", "manifest.json", "medication.csv", "participant.csv", "visit_summary.csv",
]  # fmt: skip


def export(view: str = "closed", cut: datetime = world.AS_OF, **more: object) -> dict[str, bytes]:
    return exports.export_dataset(cut, view=view, **{"by": SHELL, "at": NOW} | more)  # type: ignore[arg-type]


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))
