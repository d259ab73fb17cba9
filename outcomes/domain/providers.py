"""Who delivered the training: each trainer by arm, with what they are, and where delivery left the plan.

A session is `swapped` where somebody else held it than was planned to, and `before_trained` where its trainer's own training was later, or
no date of it is known at all. Sessions of every phase that were held count; those without a trainer stand under an empty code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from outcomes.domain.facts import Row
from outcomes.domain.records import SessionRecord


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """One trainer in one arm. `arms`: in how many arms this trainer held sessions at all."""

    arm: str
    trainer: str
    profession: str
    qualification: str
    trained_on: date | None
    people: int
    sessions: int
    swapped: int
    before_trained: int
    arms: int


def delivered(sessions: Iterable[tuple[str, SessionRecord]], providers: Iterable[Row]) -> tuple[Delivered, ...]:
    """One row an arm and trainer, in that order, of (arm, session) and what is known of each trainer (provider.csv's columns)."""
    known = {str(row["trainer"]): row for row in providers}
    held: dict[tuple[str, str], list[SessionRecord]] = {}
    for arm, session in sessions:
        if session.held:
            held.setdefault((arm, session.trainer), []).append(session)
    arms = {trainer: len({arm for arm, other in held if other == trainer}) for _, trainer in held}
    return tuple(_row(arm, trainer, found, known.get(trainer, {}), arms[trainer]) for (arm, trainer), found in sorted(held.items()))


def _row(arm: str, trainer: str, sessions: list[SessionRecord], known: Mapping[str, object], arms: int) -> Delivered:
    trained_on = known.get("trained_on")
    since = trained_on if isinstance(trained_on, date) else None
    return Delivered(
        arm=arm,
        trainer=trainer,
        profession=str(known.get("profession") or ""),
        qualification=str(known.get("qualification") or ""),
        trained_on=since,
        people=len({s.trial_id for s in sessions}),
        sessions=len(sessions),
        swapped=sum(bool(s.trainer_planned) and s.trainer_planned != s.trainer for s in sessions),
        before_trained=sum(since is None or s.on < since for s in sessions),
        arms=arms,
    )
