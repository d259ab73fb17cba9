"""Every list of codes in the house, found by looking: enumerations in domain and models, and code -> words tables in domain."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from types import ModuleType

from outcomes.documents.comments import behind
from trials.domain.roles import Permission, Role

FLOORS = ("trials", "participants", "outcomes")
ROOMS = ("domain", "models")
ELSEWHERE: tuple[type, ...] = (Role, Permission)


@dataclass(frozen=True)
class WordList:
    name: str
    places: str
    codes: tuple[tuple[str, str], ...]


def word_lists() -> list[WordList]:
    """Each list once: one that a domain and a model both write down is named with both places."""
    kept: dict[tuple[tuple[str, str], ...], WordList] = {}
    for module in _modules():
        for found in (*_enumerations(module), *_tables(module)):
            earlier = kept.get(found.codes)
            kept[found.codes] = replace(earlier, places=f"{earlier.places}, {found.places}") if earlier else found
    return list(kept.values())


def _modules() -> Iterator[ModuleType]:
    for floor in FLOORS:
        for room in ROOMS:
            package = importlib.import_module(f"{floor}.{room}")
            for found in sorted(pkgutil.walk_packages(package.__path__, package.__name__ + "."), key=lambda m: m.name):
                yield importlib.import_module(found.name)


def _enumerations(module: ModuleType) -> Iterator[WordList]:
    for cls in _classes(module):
        if issubclass(cls, Enum) and issubclass(cls, str) and cls not in ELSEWHERE:
            said = behind(cls)
            codes = tuple((str(member.value), _words(member, said.get(member.name, ""))) for member in cls)
            yield WordList(cls.__qualname__.replace(".", " "), _place(module), codes)


def _classes(module: ModuleType) -> Iterator[type]:
    """The module's own classes and those written inside them."""
    for cls in vars(module).values():
        if inspect.isclass(cls) and cls.__module__ == module.__name__:
            yield cls
            yield from (inner for inner in vars(cls).values() if inspect.isclass(inner) and inner.__module__ == module.__name__)


def _words(member: Enum, comment: str) -> str:
    """The words that the code itself has for a member, else the comment behind it."""
    words = next((getattr(member, name) for name in ("sentence", "label") if name in vars(type(member))), "")
    return str(words) or comment


def _tables(module: ModuleType) -> Iterator[WordList]:
    for name, value in vars(module).items():
        if name.isupper() and not name.startswith("_") and isinstance(value, dict) and value and all(map(_is_coded, value.items())):
            yield WordList(name, _place(module), tuple(value.items()))


def _is_coded(pair: tuple[object, object]) -> bool:
    return all(isinstance(half, str) and not isinstance(half, Enum) for half in pair)


def _place(module: ModuleType) -> str:
    path = module.__name__.replace(".", "/")
    return f"`{path}/__init__.py`" if hasattr(module, "__path__") else f"`{path}.py`"
