"""The life of a scheme: drawn by one person, opened by another, closed; or discarded before anybody was randomised by it."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    DRAWN = "drawn"  # the seed is sealed; waits for the approval of a second person
    OPEN = "open"  # people are randomised
    CLOSED = "closed"  # nobody more; what was given stays
    DISCARDED = "discarded"  # never opened; kept with the reason


MOVES: tuple[tuple[Status, Status, str], ...] = (
    (Status.DRAWN, Status.OPEN, "approved by another person"),
    (Status.DRAWN, Status.DISCARDED, "discarded with a reason"),
    (Status.OPEN, Status.CLOSED, "closed with a reason"),
)


def status(*, opened: bool, closed: bool, discarded: bool) -> Status:
    """What the three marks of a scheme mean together."""
    if discarded:
        return Status.DISCARDED
    if closed:
        return Status.CLOSED
    return Status.OPEN if opened else Status.DRAWN


def may_move(source: Status, target: Status) -> bool:
    return any((source, target) == (before, after) for before, after, _ in MOVES)


def mermaid() -> str:
    """The state diagram of a scheme, drawn from the table of moves."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.DRAWN}: drawn by the statistician"]
    lines += [f"    {source} --> {target}: {why}" for source, target, why in MOVES]
    return "\n".join(lines) + "\n"
