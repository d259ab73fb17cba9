"""The chain of a stratum: every allocation carries the digest of the one before it, so none can be changed, left out or put between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

BEGINNING = "0" * 64
"""What stands before the first allocation of a stratum."""


def link(before: str, facts: Mapping[str, object]) -> str:
    """The digest of an allocation, hexadecimal: SHA-256 over the one before it and its facts as canonical JSON.

    `facts` are texts, whole numbers and lists of them, never floats.
    """
    told = json.dumps([before, facts], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(told.encode()).hexdigest()
