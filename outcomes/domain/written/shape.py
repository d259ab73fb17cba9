"""What a reporting checklist is, and what filling one of its items gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What an item was filled by. `held`: the data would tell an arm, so it is reported after unblinding."""

    FED = "fed"
    PROTOCOL = "protocol"
    WRITE = "write"
    HELD = "held"

    @property
    def words(self) -> str:
        return {
            State.FED: "fed by data", State.PROTOCOL: "from the protocol", State.WRITE: "write this",
            State.HELD: "reported after unblinding",
        }[self]  # fmt: skip


@dataclass(frozen=True)
class Item:
    """One item: its number in the source, its topic in our words, who feeds it, and what its authors write themselves."""

    number: str
    topic: str
    feeders: tuple[str, ...] = ()
    write: str = ""


@dataclass(frozen=True, kw_only=True)
class Checklist:
    """`source` is what the numbers are of; `count` is how many items the source counts (letters are parts of one)."""

    code: str
    order: int
    title: str
    source: str
    count: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Said:
    """A sentence that may stand in the report, and the record behind it; `data`: counted from records, else read in the protocol."""

    text: str
    record: str
    data: bool = True


@dataclass(frozen=True)
class Lacking:
    """What an item asks for and nobody recorded: a sentence."""

    text: str


Found = Said | Lacking


@dataclass(frozen=True)
class Filled:
    """An item with what was found for it; `held`: there is more, which is reported after unblinding."""

    item: Item
    state: State
    said: tuple[Said, ...]
    lacking: tuple[Lacking, ...]
    held: bool = False
