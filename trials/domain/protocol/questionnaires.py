"""What a protocol may say of a questionnaire: the floor that has the questionnaires tells, and the loader holds the protocol to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """`items` that may raise an alert, missing `rules`, whether it comes to a total, and the questionnaires it `follows` from."""

    items: tuple[str, ...]
    rules: tuple[str, ...]
    has_total: bool = True
    follows: tuple[str, ...] = ()


Known = Collection[str] | Mapping[str, Questionnaire]


def told(instruments: Known) -> Mapping[str, Questionnaire]:
    """What is known beyond the names; nothing where only names are given."""
    return instruments if isinstance(instruments, Mapping) else {}
