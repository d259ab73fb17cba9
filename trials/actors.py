"""Who acts: a staff user, a participant or a machine. Each can say its name for the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    @property
    def actor(self) -> str: ...


@dataclass(frozen=True)
class Machine:
    """Beat, the worker or the shell. The shell may do whatever needs no named person."""

    name: str

    @property
    def actor(self) -> str:
        return f"machine:{self.name}"
