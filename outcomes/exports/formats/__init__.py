"""Every format that the dataset can go out in beside CSV, found by looking: a file here with a `FORMAT` is one, listed nowhere else.

Each is made from the CSV files of the same bundle, in the same view and profile. The libraries come with the extra `export`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import MappingProxyType

from outcomes.exports.typed import About, Table

Files = dict[str, bytes]


@dataclass(frozen=True)
class Format:
    """`write` gives files by name, each the same bytes for the same tables; `packages` are what it imports."""

    code: str
    title: str
    packages: tuple[str, ...]
    write: Callable[[Sequence[Table], About], Files]

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of its packages are not installed."""
        return tuple(name for name in self.packages if find_spec(name) is None)


def _found() -> dict[str, Format]:
    modules = (import_module(f"{__name__}.{name}") for name in sorted(module.name for module in iter_modules(__path__)))
    return {module.FORMAT.code: module.FORMAT for module in modules}


def write_formats(wanted: Iterable[str], tables: Sequence[Table], about: About) -> Files:
    """The files of the formats asked for, by name. Raises KeyError for a format that there is not."""
    found: Files = {}
    for code in sorted(set(wanted)):
        found |= formats[code].write(tables, about)
    return found


def lacking(wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Title of a format -> the packages it lacks, for those that lack any."""
    return {formats[code].title: formats[code].missing for code in sorted(set(wanted)) if formats[code].missing}


formats: Mapping[str, Format] = MappingProxyType(_found())
