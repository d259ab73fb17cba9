"""The way of one person into the trial, as one status and one table of moves; and the four ways it can end.

Withdrawal, death, loss and stopping the training are facts beside the status: they overlap, they may come in any order, and
a randomised person stays randomised whatever happens afterwards (intention to treat).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    SCREENED = "screened"  # assessed, answers incomplete
    EXCLUDED = "excluded"
    ELIGIBLE = "eligible"
    CONSENTED = "consented"
    RANDOMISED = "randomised"


STATUS_CHOICES = tuple((status.value, status.value) for status in Status)


@dataclass(frozen=True)
class Move:
    source: Status
    target: Status
    why: str


MOVES: tuple[Move, ...] = (
    Move(Status.SCREENED, Status.ELIGIBLE, "all criteria met"),
    Move(Status.SCREENED, Status.EXCLUDED, "criterion not met, declined or other"),
    Move(Status.ELIGIBLE, Status.CONSENTED, "consent signed"),
    Move(Status.ELIGIBLE, Status.EXCLUDED, "declined, other or answers corrected"),
    Move(Status.ELIGIBLE, Status.SCREENED, "answers corrected"),
    Move(Status.CONSENTED, Status.RANDOMISED, "baseline complete"),
    Move(Status.CONSENTED, Status.EXCLUDED, "declined, other or answers corrected"),
    Move(Status.CONSENTED, Status.ELIGIBLE, "consent voided"),
    Move(Status.EXCLUDED, Status.ELIGIBLE, "answers corrected"),
    Move(Status.EXCLUDED, Status.SCREENED, "answers corrected"),
)


class NoSuchMove(ValueError):
    """The journey has no step from one status to the other."""


def may_move(source: Status, target: Status) -> bool:
    return any(m.source is source and m.target is target for m in MOVES)


def move(source: Status, target: Status) -> Status:
    """The new status; raises `NoSuchMove` unless the table holds the step."""
    if not may_move(source, target):
        raise NoSuchMove(f"No step leads from {source} to {target}.")
    return target


class Scope(StrEnum):
    """How far a withdrawal reaches; each scope includes the ones before it."""

    CONTACT = "contact"
    DATA = "data"
    ALL = "all"

    @property
    def sentence(self) -> str:
        return _SCOPES[self]

    def reaches_beyond(self, other: Scope) -> bool:
        order = tuple(Scope)
        return order.index(self) > order.index(other)


_SCOPES = {
    Scope.CONTACT: "No messages, visits or sessions; routine records may still be read; data are kept.",
    Scope.DATA: "No contact and no further data collection; data so far are kept.",
    Scope.ALL: "No contact, no further data, and the data so far are left out of later datasets.",
}


@dataclass(frozen=True)
class Endings:
    """The four facts that end a person's part, and what they leave allowed."""

    withdrawn: Scope | None = None
    died: bool = False
    lost: bool = False
    training_stopped: bool = False

    @property
    def participation_ended(self) -> bool:
        """Withdrawal, death and loss end participation; stopping the training alone never does."""
        return self.withdrawn is not None or self.died or self.lost

    @property
    def may_be_contacted(self) -> bool:
        return not self.participation_ended

    @property
    def may_collect(self) -> bool:
        """Whether new data may be recorded; routine records may still be read after a withdrawal of contact."""
        return self.withdrawn in (None, Scope.CONTACT)

    @property
    def may_train(self) -> bool:
        return not (self.participation_ended or self.training_stopped)


def mermaid() -> str:
    """The state diagram of the journey, drawn from the table of moves."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.SCREENED}: first call"]
    lines += [f"    {m.source} --> {m.target}: {m.why}" for m in MOVES]
    return "\n".join(lines) + "\n"


def states_page() -> str:
    """`docs/states.md`: the diagram and the rules of the endings, in Markdown."""
    scopes = "\n".join(f"- `{scope}`: {scope.sentence}" for scope in Scope)
    return (
        "# States of a participant\n\n"
        "Generated from `participants/domain/journey.py`.\n\n"
        f"```mermaid\n{mermaid()}```\n\n"
        "A randomised person stays randomised. Withdrawal, death, loss to follow-up and stopping the training are four separate\n"
        "facts beside the status. A withdrawal has a scope, which can widen and never narrows:\n\n"
        f"{scopes}\n"
    )
