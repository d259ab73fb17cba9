"""Every channel of the post, found by looking: a file here with a `CHANNEL` is one, and is listed nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from participants.post.shape import Channel


def _found() -> dict[str, Channel]:
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return {module.CHANNEL.code: module.CHANNEL for module in modules if hasattr(module, "CHANNEL")}


channels: Mapping[str, Channel] = MappingProxyType(_found())
