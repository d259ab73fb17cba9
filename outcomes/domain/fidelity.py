"""Fidelity: how much of the checklist trainers did in the sessions that were drawn for observation, by arm and by trainer.

Supervised sessions of every phase that were held count. Share = items done / items judged; what did not apply is left out of both.
A session that was drawn and not watched says nothing about its trainer: it shows as the gap between `drawn` and `observed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outcomes.domain.adherence import share
from outcomes.domain.records import SessionRecord
from participants.domain.fidelity import DONE, NOT_DONE

ARM, TRAINER = "arm", "trainer"
Key = tuple[str, int]  # trial id, number of the session


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One arm, or one trainer in it. `sessions` held, of them `drawn` and `observed`; `judged` and `done` count items, `share` is 0-1."""

    arm: str
    kind: str
    name: str
    sessions: int
    drawn: int
    observed: int
    judged: int
    done: int
    share: Decimal | None


def fidelity(
    sessions: Iterable[tuple[str, SessionRecord]], *, draws: Callable[[str, int], bool], ratings: Mapping[Key, Mapping[str, str]]
) -> tuple[Observed, ...]:
    """Each arm and then its trainers, of (arm, session). A session with a checklist counts as drawn, whatever the share is now."""
    groups: dict[tuple[str, str, str], list[Key]] = {}
    for arm, session in sessions:
        if session.held and session.supervision != "none":
            key = session.trial_id, session.session_no
            for kind, name in ((ARM, arm), (TRAINER, session.trainer)):
                groups.setdefault((arm, kind, name), []).append(key)
    return tuple(_row(*group, keys, draws, ratings) for group, keys in sorted(groups.items()))


def _row(
    arm: str, kind: str, name: str, keys: list[Key], draws: Callable[[str, int], bool], ratings: Mapping[Key, Mapping[str, str]]
) -> Observed:
    verdicts = [verdict for key in keys for verdict in ratings.get(key, {}).values()]
    done = verdicts.count(DONE)
    judged = done + verdicts.count(NOT_DONE)
    return Observed(
        arm=arm,
        kind=kind,
        name=name,
        sessions=len(keys),
        drawn=sum(key in ratings or draws(*key) for key in keys),
        observed=sum(key in ratings for key in keys),
        judged=judged,
        done=done,
        share=share(done, judged),
    )
