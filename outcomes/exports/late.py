"""Answers that participants gave after the lock: kept and alerted like all others, and left out of the data until the lock is lifted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, JSONField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce

from outcomes.models import Assessment
from trials.models import LockStep, RowVersion

OWN = ("answers", "missing", "not_done_reason", "language", "instrument_version", "mode")
TIMES = ("sent_at", "completed_at", "entered_at")  # empty of a draft


def late_forms() -> QuerySet[Assessment]:
    """The forms that a participant wrote to after the lock in force; none while the data are open."""
    return Assessment.objects.filter(Exists(_written_late()))


def as_locked() -> Case:
    """For each form: null where nobody wrote to it late, else the row as it stood at the lock, {} where there was none yet."""
    before = _versions().filter(at__lt=Subquery(_since())).order_by("-pk").values("new")[:1]
    held = Coalesce(Subquery(before), Value({}, JSONField()), output_field=JSONField())
    is_open = ~Exists(LockStep.objects.soft_lock_in_force())  # asked first: an open trial looks no row up
    return Case(When(is_open, then=None), When(Exists(_written_late()), then=held), default=None, output_field=JSONField())


def undone(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of forms without what came late: as they stood at the lock, and nothing of those that were not begun by then."""
    for row in rows:
        kept = row.get("as_locked")
        if kept is None:
            yield row
        elif kept:
            yield row | {f"f_{name}": kept[name] for name in OWN} | {f"f_{name}": _moment(kept[name]) for name in TIMES}


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def _since() -> QuerySet[Any]:
    return LockStep.objects.soft_lock_in_force().values("at")[:1]


def _versions() -> QuerySet[RowVersion]:
    return RowVersion.objects.filter(table_name="outcomes_assessment", row_id=Cast(OuterRef("pk"), CharField()))


def _written_late() -> QuerySet[RowVersion]:
    return _versions().filter(actor__startswith="participant:", at__gte=Subquery(_since()))
