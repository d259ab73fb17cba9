"""A trial that randomises couples or clusters, and people who are ready to be gathered."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

from participants.models import Participant
from tests.cast import LIMERICK, hire, load_trial, open_randomisation, roomy
from tests.outcomes.actions.test_randomisation import complete
from tests.participants.people import consenting

COUPLES = 'unit = "couple"\n'
CLUSTERS = 'unit = "cluster"\nsmallest = 2\nlargest = 4\nlatecomers = "join"\n'


def by_group(lines: str, at: datetime, *, opened: bool = True, text: str | None = None) -> SimpleNamespace:
    """The Limerick trial with these lines in its allocation, its cast, and randomisation open."""
    load_trial(at=at, text=(text or roomy(LIMERICK.read_text())).replace("[allocation]\n", f"[allocation]\n{lines}", 1))
    cast = hire(at=at)
    if opened:
        open_randomisation(at=at)
    return cast


def ready(cast: SimpleNamespace, at: datetime, count: int) -> list[Participant]:
    """Women of the first site who have consented, with a complete baseline."""
    people = [consenting(cast.first, by=cast.coordinator, at=at) for _ in range(count)]
    for person in people:
        complete(person, by=cast.coordinator, at=at)
    return people


def ids(people: list[Participant]) -> list[str]:
    return [str(person) for person in people]
