"""Reads of the trial office."""

from __future__ import annotations

from functools import lru_cache

from trials.domain.protocol import Protocol, load
from trials.models import ProtocolVersion, Trial
from trials.permissions import Refused


def trial() -> Trial:
    found = Trial.objects.first()
    if found is None:
        raise Refused("No protocol is loaded yet.", code="no_protocol", way_out=("Load a protocol", "/protocol/"))
    return found


@lru_cache(maxsize=32)
def _parsed(digest: str, text: str, made_by_import: bool) -> Protocol:
    return load(text)


def protocol_version_in_force() -> ProtocolVersion:
    found = ProtocolVersion.objects.first()
    if found is None:
        raise Refused("No protocol is loaded yet.", code="no_protocol", way_out=("Load a protocol", "/protocol/"))
    return found


def protocol_in_force() -> Protocol:
    """The newest protocol as loaded; one query, parsed once a process."""
    return read(protocol_version_in_force())


def read(version: ProtocolVersion) -> Protocol:
    return _parsed(version.digest, version.text, version.made_by_import)


def protocol_of(digest: str) -> Protocol:
    return read(ProtocolVersion.objects.get(digest=digest))
