"""Every instrument of the house, found by looking: a file here with an `INSTRUMENT` is one, and is listed nowhere else.

`instruments["phq9"].score({"1": 2, "2": 0, ...}) -> Score`. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from outcomes.domain.instrument import Example, Instrument


def _found() -> dict[str, tuple[Instrument, tuple[Example, ...]]]:
    found: dict[str, tuple[Instrument, tuple[Example, ...]]] = {}
    for name in sorted(module.name for module in iter_modules(__path__)):
        module = import_module(f"{__name__}.{name}")
        found[module.INSTRUMENT.code] = (module.INSTRUMENT, module.EXAMPLES)
    return found


_FILES = _found()

instruments: Mapping[str, Instrument] = MappingProxyType({code: instrument for code, (instrument, _) in _FILES.items()})
examples: Mapping[str, tuple[Example, ...]] = MappingProxyType({code: given for code, (_, given) in _FILES.items()})
