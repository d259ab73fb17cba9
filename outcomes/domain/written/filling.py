"""Checklist and facts to filled items: every feeder by its name, and which of them the blinded edition must not ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from outcomes.domain.written import from_data, from_protocol, from_training
from outcomes.domain.written.facts import Facts
from outcomes.domain.written.shape import Checklist, Filled, Found, Item, Lacking, Said, State

Feeder = Callable[[Facts], Iterator[Found]]


def _feeders(module: object) -> dict[str, Feeder]:
    name = getattr(module, "__name__")  # noqa: B009 - a module given as an object
    return {key: value for key, value in vars(module).items() if not key.startswith("_") and getattr(value, "__module__", "") == name}


CLOSED: Mapping[str, Feeder] = MappingProxyType(_feeders(from_training))
FEEDERS: Mapping[str, Feeder] = MappingProxyType({**_feeders(from_protocol), **_feeders(from_data), **CLOSED})


def fill(checklist: Checklist, facts: Facts) -> tuple[Filled, ...]:
    """Every item, in order. Raises KeyError for a feeder that nobody wrote."""
    return tuple(_filled(item, facts) for item in checklist.items)


def unrecorded(filled: Iterable[Filled]) -> tuple[str, ...]:
    """What was not recorded, each sentence once, in the order it was met."""
    return tuple(dict.fromkeys(lacking.text for one in filled for lacking in one.lacking))


def _filled(item: Item, facts: Facts) -> Filled:
    asked = [name for name in item.feeders if facts.by_arm or name not in CLOSED]
    found = [one for name in asked for one in FEEDERS[name](facts)]
    said = tuple(one for one in found if isinstance(one, Said))
    lacking = tuple(one for one in found if isinstance(one, Lacking))
    held = len(asked) < len(item.feeders)
    return Filled(item, _state(said, held=held), said, lacking, held)


def _state(said: tuple[Said, ...], *, held: bool) -> State:
    if any(one.data for one in said):
        return State.FED
    if said:
        return State.PROTOCOL
    return State.HELD if held else State.WRITE
