"""Small steps of the trial office itself."""

from __future__ import annotations

from datetime import datetime

from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Clock
from trials.permissions import Refused


@action
def set_clock(to: datetime, *, by: Actor, at: datetime) -> Clock:
    """A demonstration's clock stands at `to` from now on; `at` is the true time."""
    clock = Clock.objects.get()
    if clock.kind == Clock.Kind.REAL:
        raise Refused("The clock of a real trial can't be moved.", code="real_clock")
    clock.offset_seconds = round((to - at).total_seconds())
    clock.save(update_fields=["offset_seconds"])
    audit.record("clock.set", about="clock", by=by, at=at, detail={"offset_seconds": clock.offset_seconds})
    return clock
