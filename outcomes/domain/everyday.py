"""How like everyday training the sessions were: where, with what and with whom they were held, by arm.

What a reader needs to judge whether a result carries over to an ordinary gym (Template for Intervention Description, items 6 and 7; CERT
items 1, 4 and 12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from outcomes.domain.records import Phase, SessionRecord

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, kw_only=True)
class Held:
    """`sessions` of the arm's `of` sessions held had this value; `what`: setting, equipment, supervision, delivery or group size."""

    arm: str
    what: str
    value: str
    sessions: int
    of: int


def everyday(sessions: Iterable[tuple[str, SessionRecord]]) -> list[Held]:
    """Sessions held, deferred training left out, by arm in the order they come; values in the order of the alphabet."""
    found: dict[str, list[SessionRecord]] = {}
    for arm, session in sessions:
        if session.held and session.phase != Phase.DEFERRED:
            found.setdefault(arm, []).append(session)
    rows = []
    for arm, held in found.items():
        for what, values in _values(held).items():
            counts = Counter(value or NOT_RECORDED for value in values)
            rows += [Held(arm=arm, what=what, value=value, sessions=counts[value], of=len(held)) for value in sorted(counts)]
    return rows


def _values(held: list[SessionRecord]) -> dict[str, list[str]]:
    return {
        "setting": [s.setting for s in held],
        "equipment": [s.equipment for s in held],
        "supervision": [s.supervision for s in held],
        "delivery": [s.delivery for s in held],
        "group size": ["" if s.group_size is None else str(s.group_size) for s in held],
    }
