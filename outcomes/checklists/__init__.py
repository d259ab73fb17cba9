"""Every reporting checklist, found by looking: a file here with a `CHECKLIST` is one, and is listed nowhere else.

Numbers are those of the source that each file cites; topics are our own words. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from outcomes.domain.written.shape import Checklist


def _found() -> dict[str, Checklist]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return {found.code: found for found in sorted((module.CHECKLIST for module in modules), key=lambda c: c.order)}


checklists: Mapping[str, Checklist] = MappingProxyType(_found())
