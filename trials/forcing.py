"""The allocator's test seam: in a database marked test, and nowhere else, units can be given arms that were not drawn.

The stream is drawn from all the same, so that whatever comes after is what would have come: two copies of a trial then differ in one
arm and in what follows from it, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.exceptions import ImproperlyConfigured

from trials.models import Clock

_given: ContextVar[Mapping[str, str] | None] = ContextVar("arms that a test gives, by trial id", default=None)


@contextmanager
def arms(given: Mapping[str, str]) -> Iterator[None]:
    """Whoever is allocated within gets the arm named here, by trial id; whoever is not named gets the one drawn."""
    token = _given.set(dict(given))
    try:
        yield
    finally:
        _given.reset(token)


def arm_of(trial_id: str, drawn: str) -> str:
    """The arm to write down. Raises ImproperlyConfigured where a test gives arms in a database that is not marked test."""
    given = _given.get()
    if given is None:
        return drawn
    if not Clock.objects.filter(kind=Clock.Kind.TEST).exists():
        raise ImproperlyConfigured("Arms can be given by hand in a database marked test only.")
    return given.get(trial_id, drawn)
