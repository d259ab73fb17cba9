"""Chance for the long forms: one fresh seed a run, told at its end; UPLIFT_TEST_SEED repeats a run."""

from __future__ import annotations

import hashlib
import os
import secrets

os.environ.setdefault("UPLIFT_TEST_SEED", secrets.token_hex(32))  # the workers of one run inherit it


def told() -> str:
    """The run's seed in hex."""
    return os.environ["UPLIFT_TEST_SEED"]


def seed_of(label: str) -> bytes:
    """32 bytes of the run's seed for one test."""
    return hashlib.sha256(f"{told()}|{label}".encode()).digest()
