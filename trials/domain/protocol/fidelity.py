"""What a protocol says about sessions that somebody watches: how many, and the checklist that is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """Sessions are drawn for observation at random; the observer says of each item whether the trainer did it."""

    share: Decimal  # of all supervised sessions, 0.01-1
    items: Mapping[str, str]  # code -> what the trainer does, in the order of the checklist
