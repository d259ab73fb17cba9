"""The sealed side of a scheme: its seed, its method, and the streams of its strata. Nothing here is ever shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from trials import entropy, sealing
from trials.domain import randomisation
from trials.domain.randomisation import Scheme as Method
from trials.domain.randomisation import StreamState, scheme_from
from trials.domain.randomisation.stream import open_dummy_stream, open_stream
from trials.models import Scheme, Stratum

ORDERED = ("arms", "factors")


def fresh_seed(trial_code: str, version: int) -> bytes:
    """48 bytes that nobody has seen."""
    name = f"{trial_code}|{version}"
    return entropy.fresh("scheme seed, first part", name) + entropy.fresh("scheme seed, second part", name)[:16]


def seal_seed(scheme: Scheme, seed: bytes) -> None:
    scheme.sealed_seed = sealing.seal(sealing.SEED, seed, context=_seed_context(scheme))


def seed_of(scheme: Scheme) -> bytes:
    return sealing.open_sealed(sealing.SEED, scheme.sealed_seed, context=_seed_context(scheme))


def method_of(scheme: Scheme) -> Method:
    return _read(json.dumps(scheme.table))


def table_of(scheme: Scheme) -> dict[str, Any]:
    """The allocation table with arms and factors in their declared order."""
    return _unkept(scheme.table)


def kept(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table as the database keeps it: arms and factors as lists, because jsonb forgets the order of keys and draws depend on it."""
    ordered = {key: [[name, held] for name, held in table[key].items()] for key in ORDERED}
    listed: dict[str, Any] = json.loads(json.dumps({**table, **ordered}))
    return listed


@lru_cache(maxsize=1)
def code_digest() -> str:
    """SHA-256 of the source files that draw, by name and content."""
    digest = hashlib.sha256()
    for path in sorted(Path(randomisation.__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\x00" + path.read_bytes() + b"\x00")
    return digest.hexdigest()


def new_stratum(scheme: Scheme, key: str) -> Stratum:
    """A stratum before its first allocation, not yet saved."""
    seed, method = seed_of(scheme), method_of(scheme)
    stratum = Stratum(scheme=scheme, key=key, next_seq=1)
    close(stratum, open_stream(method, seed=seed, stratum=key), open_dummy_stream(method, seed=seed, stratum=key))
    return stratum


def opened(stratum: Stratum) -> tuple[StreamState, StreamState]:
    """The stream and the sham stream as they stand at the stratum's next place."""
    real = sealing.open_sealed(sealing.SEED, stratum.sealed_state, context=_context(stratum, "state"))
    sham = sealing.open_sealed(sealing.SEED, stratum.sealed_dummy_state, context=_context(stratum, "dummy"))
    return StreamState.from_bytes(real), StreamState.from_bytes(sham)


def close(stratum: Stratum, state: StreamState, dummy: StreamState) -> None:
    """Seal both streams for the stratum's next place."""
    stratum.sealed_state = sealing.seal(sealing.SEED, state.to_bytes(), context=_context(stratum, "state"))
    stratum.sealed_dummy_state = sealing.seal(sealing.SEED, dummy.to_bytes(), context=_context(stratum, "dummy"))


def _seed_context(scheme: Scheme) -> str:
    return f"trials_scheme|{scheme.version}|seed"


def _context(stratum: Stratum, stream: str) -> str:
    """Bound to the place as well: a state put back by hand to an earlier one does not open."""
    return f"trials_stratum|{stratum.scheme.version}|{stratum.key}|{stream}|{stratum.next_seq}"


@lru_cache(maxsize=32)
def _read(kept_table: str) -> Method:
    return scheme_from(_unkept(json.loads(kept_table)))


def _unkept(table: Mapping[str, Any]) -> dict[str, Any]:
    return {**table, **{key: dict(table[key]) for key in ORDERED}}
