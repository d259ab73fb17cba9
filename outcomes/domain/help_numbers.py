"""Numbers to call that nobody has tried for a year: a fault for staff. People in distress are shown them all the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

GOOD_FOR = 365  # days


class Checked(Protocol):
    @property
    def checked_on(self) -> date: ...


Line = TypeVar("Line", bound=Checked)


def grown_old(lines: Iterable[Line], today: date) -> list[Line]:
    """Those last checked more than 365 days ago, the oldest first."""
    return sorted((line for line in lines if (today - line.checked_on).days > GOOD_FOR), key=lambda line: line.checked_on)
