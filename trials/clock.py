"""The one place that reads the time. Doors and tasks call `now()`; everything below takes `at`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from trials.models import Clock

KEPT = "SELECT kind, offset_seconds FROM trials_clock"  # written out, since every request of a demonstration asks for it
_real: set[str] = set()  # databases known to be real: their clock can never carry an offset


def now() -> datetime:
    """The present, in UTC; a database marked demo or test may stand at another moment."""
    from django.db import connection

    moment = datetime.now(UTC)
    name = connection.settings_dict["NAME"]
    if name in _real:
        return moment
    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        ((kind, offset_seconds),) = cursor.fetchall()
    if kind == Clock.Kind.REAL:
        _real.add(name)
        return moment
    return moment + timedelta(seconds=offset_seconds)
