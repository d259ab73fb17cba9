"""The sealed side of a scheme: its seed, its method, and the streams of its strata. Nothing here is ever shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from trials import entropy, sealing
from trials.domain import randomisation
from trials.domain.randomisation import Scheme as Method
from trials.domain.randomisation import StreamState, record, scheme_from
from trials.domain.randomisation.commitment import Commitment, commit, configuration_digest, line
from trials.domain.randomisation.scheme import Draw
from trials.domain.randomisation.strata import every_key
from trials.domain.randomisation.stream import open_dummy_stream, open_stream
from trials.domain.randomisation.uploaded_list import Places, UploadedList, secret, unpack
from trials.models import Allocation, Scheme, Stratum

ORDERED = ("arms", "factors")


def fresh_seed(trial_code: str, version: int) -> bytes:
    """48 bytes that nobody has seen."""
    name = f"{trial_code}|{version}"
    return entropy.fresh("scheme seed, first part", name) + entropy.fresh("scheme seed, second part", name)[:16]


def upload_seed(trial_code: str, version: int, listed: Places, arms: Sequence[str]) -> bytes:
    """A fresh seed with the uploaded list behind it: one secret, sealed like every seed."""
    return secret(fresh_seed(trial_code, version), listed, arms)


def seal_seed(scheme: Scheme, seed: bytes) -> None:
    scheme.sealed_seed = sealing.seal(sealing.SEED, seed, context=_seed_context(scheme))


def seed_of(scheme: Scheme) -> bytes:
    return sealing.open_sealed(sealing.SEED, scheme.sealed_seed, context=_seed_context(scheme))


def method_of(scheme: Scheme) -> Method:
    return _read(json.dumps(scheme.table))


def is_uploaded(scheme: Scheme) -> bool:
    """Whether the arms stand in a list that came from elsewhere."""
    return isinstance(method_of(scheme), UploadedList)


def list_lengths(scheme: Scheme) -> dict[str, int]:
    """Stratum -> places of an uploaded list; empty where arms are drawn."""
    return {key: len(row) for key, row in unpack(seed_of(scheme), method_of(scheme).arms).items()} if is_uploaded(scheme) else {}


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
    state, dummy = open_stream(method, seed=seed, stratum=key), open_dummy_stream(method, seed=seed, stratum=key)
    stratum = Stratum(scheme=scheme, key=key, next_seq=1, last_seq=state.memory[1] if isinstance(method, UploadedList) else None)
    close(stratum, state, dummy)
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


def seal_draw(stratum: Stratum, seq: int, draw: Draw) -> bytes:
    """How one draw came about, sealed for its place."""
    told = record.to_bytes(draw, method_of(stratum.scheme))
    return sealing.seal(sealing.SEED, told, context=_draw_context(stratum, seq))


def open_draw(stratum: Stratum, seq: int, sealed: bytes) -> tuple[Mapping[str, Fraction], tuple[int, ...]]:
    """Probabilities and words of a draw. Raises CannotUnseal for another place's, ValueError for what is no record."""
    return record.from_bytes(sealing.open_sealed(sealing.SEED, sealed, context=_draw_context(stratum, seq)))


def _draw_context(stratum: Stratum, seq: int) -> str:
    return f"trials_allocation|{stratum.scheme.version}|{stratum.key}|{seq}"


def facts_of(allocation: Allocation) -> dict[str, object]:
    """What an allocation's digest covers: all that was decided, and the sealed record of the draw by its own digest."""
    scheme = allocation.scheme
    assert scheme is not None, "an allocation from elsewhere has no chain"
    return {
        "scheme": name_of(scheme), "stratum": allocation.stratum_key, "seq": allocation.seq, "unit": allocation.unit.trial_id,
        "factors": sorted([name, level] for name, level in allocation.factors.items()), "arm": allocation.arm,
        "dummy_arm": allocation.dummy_arm, "code": allocation.code, "at": allocation.at.astimezone(UTC).isoformat(),
        "protocol": allocation.protocol_digest, "drew": allocation.code_digest,
        "draw": hashlib.sha256(bytes(allocation.sealed_draw or b"")).hexdigest(), **_in_a_group(allocation),
    }  # fmt: skip


def _in_a_group(allocation: Allocation) -> dict[str, object]:
    """Empty for whoever was randomised alone, so that the digests of such trials stay what they are."""
    if allocation.group is None:
        return {}
    return {"group": allocation.group.code, "follows": allocation.follows.unit.trial_id if allocation.follows else ""}


def name_of(scheme: Scheme) -> str:
    """How a scheme is named outside this database."""
    return f"{scheme.trial.code}-{scheme.version}"


def commitment_of(scheme: Scheme, seed: bytes) -> Commitment:
    """Computed afresh: it is kept nowhere. Raises ValueError for more places than a commitment holds."""
    strata = every_key(dict(scheme.table["factors"]))
    return commit(name_of(scheme), method_of(scheme), seed, strata, scheme.places)


def line_of(scheme: Scheme) -> str:
    """The line that is published before the first participant."""
    covered = 0 if method_of(scheme).across_strata else len(every_key(dict(scheme.table["factors"])))
    return line(
        name_of(scheme), root=scheme.commitment, configuration=configuration_digest(scheme.table), code=scheme.code_digest,
        strata=covered, places=scheme.places if covered else 0,
    )  # fmt: skip


@lru_cache(maxsize=32)
def _read(kept_table: str) -> Method:
    return scheme_from(_unkept(json.loads(kept_table)))


def _unkept(table: Mapping[str, Any]) -> dict[str, Any]:
    return {**table, **{key: dict(table[key]) for key in ORDERED}}
