"""The lock of a trial's data: open, soft-locked, hard-locked by two signatures; and its unblinding, once, under the hard lock.

A signature shows the printed name, the time and what it means (21 CFR 11.50).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from trials.domain.roles import Role


class State(StrEnum):
    OPEN = "open"  # everything is recorded
    SOFT = "soft"  # nothing new; corrections with a reason, by an investigator or the trial manager
    HARD = "hard"  # nothing at all; the signed cut is the data


class Move(StrEnum):
    SOFT_LOCK = "soft_locked"
    LIFT = "lifted"
    HARD_LOCK = "hard_locked"
    UNLOCK = "unlocked"
    UNBLIND = "unblinded"  # changes who sees arms, not what may be written


MOVES: tuple[tuple[State, State, Move, str], ...] = (
    (State.OPEN, State.SOFT, Move.SOFT_LOCK, "soft-locked with a reason"),
    (State.SOFT, State.OPEN, Move.LIFT, "lifted with a reason, unless unblinded"),
    (State.SOFT, State.HARD, Move.HARD_LOCK, "signed by two people"),
    (State.HARD, State.SOFT, Move.UNLOCK, "unlocked with a reason, signed by two people"),
    (State.HARD, State.HARD, Move.UNBLIND, "trial unblinded with a reason, once"),
)


class Side(StrEnum):
    CONDUCT = "conduct"
    STATISTICS = "statistics"


SIDES: dict[Side, tuple[Role, ...]] = {
    Side.CONDUCT: (Role.PI, Role.MANAGER),
    Side.STATISTICS: (Role.BLINDED_STATISTICIAN, Role.UNBLINDED_STATISTICIAN),
}
SIDE_CHOICES = tuple((side.value, side.value) for side in Side)
MEANINGS: dict[tuple[Move, Side], str] = {
    (Move.HARD_LOCK, Side.CONDUCT): "I have reviewed this cut: the trial's data are complete and correct, and I lock them.",
    (Move.HARD_LOCK, Side.STATISTICS): "I have checked this cut: it is ready for analysis, and I lock it.",
    (Move.UNLOCK, Side.CONDUCT): "I approve that the locked data are opened to corrections, for the reason given.",
    (Move.UNLOCK, Side.STATISTICS): "I know that the analysis must be made anew after this, and approve the reason given.",
}
SIGNED = (Move.HARD_LOCK, Move.UNLOCK)


@dataclass(frozen=True)
class Standing:
    """What holds now: whether the data may be written, and whether the trial was ever unblinded."""

    state: State = State.OPEN
    unblinded: bool = False


def standing(moves: Iterable[str]) -> Standing:
    """What the moves so far come to, in their order. Raises ValueError for one that could not have been made."""
    now = Standing()
    for move in moves:
        why = why_not(now, Move(move))
        if why:
            raise ValueError(why)
        now = Standing(_target(now.state, Move(move)) or now.state, now.unblinded or move == Move.UNBLIND)
    return now


def why_not(now: Standing, move: Move) -> str:
    """Why this move can't be made now, in a sentence; empty where it can."""
    if move is Move.UNBLIND and now.unblinded:
        return "The trial was unblinded already."
    if move is Move.LIFT and now.unblinded:
        return "The trial was unblinded: its data stay locked, and corrections need a reason."
    if _target(now.state, move) is not None:
        return ""
    return {
        State.OPEN: "The data are not locked.",
        State.SOFT: "The data are soft-locked." if move is Move.SOFT_LOCK else "The data are not hard-locked.",
        State.HARD: "The data are hard-locked: two people unlock them first." if move is Move.LIFT else "The data are hard-locked.",
    }[now.state]


def side_of(role: Role) -> Side | None:
    return next((side for side, roles in SIDES.items() if role in roles), None)


def signing_role(held: Iterable[Role], signed: Iterable[str]) -> Role | None:
    """The role in which somebody signs: of a side that nobody signed for yet; None where they hold none such."""
    taken, mine = set(signed), set(held)
    return next((role for side, roles in SIDES.items() if side not in taken for role in roles if role in mine), None)


def complete(signed: Iterable[str]) -> bool:
    """Whether both sides have signed."""
    return set(SIDES) <= set(signed)


def mermaid() -> str:
    """The state diagram of the lock, drawn from the table of moves."""
    lines = ["stateDiagram-v2", f"    [*] --> {State.OPEN}: protocol loaded"]
    lines += [f"    {source} --> {target}: {why}" for source, target, _, why in MOVES]
    return "\n".join(lines) + "\n"


def _target(source: State, move: Move) -> State | None:
    return next((after for before, after, made, _ in MOVES if (before, made) == (source, move)), None)
