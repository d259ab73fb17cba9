"""Bind a scheme before its first participant without showing anything: one digest, of which any one place can later be proved.

Every place of a stratum is a leaf of a Merkle tree (laid out as in RFC 6962 section 2.1: 00 before a leaf, 01 before a node, split
at the largest power of two below the size). A nonce that only the seed's holder can make hides each leaf, since two or three arms
are guessed at once. The first leaf holds the seed itself, so that with the seed everything can be replayed, whatever the method;
minimisation has that leaf alone, because its arms depend on who comes.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from trials.domain.randomisation.scheme import Scheme
from trials.domain.randomisation.stream import next_arm, open_stream

SPEC = "rct-nonce-v1"
MOST_LEAVES = 200_000


@dataclass(frozen=True)
class Proof:
    """One place of one stratum, its nonce, and the way from its leaf to the root."""

    scheme: str
    stratum: str
    seq: int
    arm: str
    nonce: bytes
    index: int
    size: int
    path: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The root that this proof leads to; it proves its place if that is the published one."""
        return root_from(leaf(self.nonce, slot(self.scheme, self.stratum, self.seq, self.arm)), self.index, self.size, self.path)


@dataclass(frozen=True)
class Commitment:
    """The leaves over the first `places` of every stratum, computed afresh from the seed and kept nowhere."""

    scheme: str
    strata: tuple[str, ...]
    places: int
    leaves: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        return root(self.leaves)


def commit(name: str, method: Scheme, seed: bytes, strata: Sequence[str], places: int) -> Commitment:
    """The commitment of a scheme: the seed, then the first `places` of each stratum in order (none for methods across strata).

    Raises ValueError for more than 200,000 leaves.
    """
    kept = () if method.across_strata else tuple(strata)
    if 1 + len(kept) * places > MOST_LEAVES:
        raise ValueError(f"{len(kept)} strata of {places} places are more than a commitment holds: {MOST_LEAVES:,}")
    leaves = [leaf(nonce_of(seed, "seed", 0), f"{name}|seed|{seed.hex()}")]
    for stratum in kept:
        leaves += [
            leaf(nonce_of(seed, stratum, seq), slot(name, stratum, seq, arm))
            for seq, arm in enumerate(_arms(method, seed, stratum, places), start=1)
        ]
    return Commitment(name, kept, places, tuple(leaves))


def prove(commitment: Commitment, method: Scheme, seed: bytes, stratum: str, seq: int) -> Proof:
    """Prove one place and show no other. Raises ValueError for a place that the commitment does not cover."""
    if stratum not in commitment.strata or not 1 <= seq <= commitment.places:
        raise ValueError(f"the commitment does not cover place {seq} of {stratum}")
    index = 1 + commitment.strata.index(stratum) * commitment.places + seq - 1
    arm = _arms(method, seed, stratum, seq)[-1]
    way = path(commitment.leaves, index)
    return Proof(commitment.scheme, stratum, seq, arm, nonce_of(seed, stratum, seq), index, len(commitment.leaves), way)


def nonce_of(seed: bytes, stratum: str, seq: int) -> bytes:
    """32 bytes that hide one leaf: HMAC-SHA256 under a key that is itself derived from the seed."""
    return hmac.digest(hmac.digest(seed, SPEC.encode(), sha256), f"{stratum}|{seq}".encode(), sha256)


def slot(scheme: str, stratum: str, seq: int, arm: str) -> str:
    """What a leaf says: `SCHEME1|SITE01|F|<70|1|B`."""
    return f"{scheme}|{stratum}|{seq}|{arm}"


def leaf(nonce: bytes, said: str) -> bytes:
    return sha256(b"\x00" + nonce + said.encode()).digest()


def list_commitment(nonce: bytes, stratum: str, arms: Iterable[str]) -> bytes:
    """One digest of a whole list: SHA-256 of nonce and the lines `stratum,seq,arm`."""
    lines = "".join(f"{stratum},{seq},{arm}\n" for seq, arm in enumerate(arms, start=1))
    return sha256(nonce + lines.encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle root of one leaf or more."""
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(root(leaves[:split]), root(leaves[split:]))


def path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The roots beside the way from a leaf up, the nearest first."""
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    if index < split:
        return (*path(leaves[:split], index), root(leaves[split:]))
    return (*path(leaves[split:], index - split), root(leaves[:split]))


def root_from(start: bytes, index: int, size: int, way: Sequence[bytes]) -> bytes:
    """The root that a leaf and its way lead to. Raises ValueError for a way that does not fit index and size, or a size beyond 200,000."""
    if not 0 <= index < size <= MOST_LEAVES or bool(way) != (size > 1):
        raise ValueError("the way does not fit a tree of this size")
    if size == 1:
        return start
    split, (*nearer, beside) = _split(size), way
    if index < split:
        return _node(root_from(start, index, split, nearer), beside)
    return _node(beside, root_from(start, index - split, size - split, nearer))


def configuration_digest(table: Mapping[str, object]) -> str:
    """SHA-256 of the table as canonical JSON, hexadecimal; arms and factors as lists of pairs, because their order counts."""
    return sha256(json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()).hexdigest()


def line(scheme: str, *, root: str, configuration: str, code: str, strata: int, places: int) -> str:
    """What is published before the first participant, in one line."""
    covers = f"strata={strata} places={places}"
    return f"uplift-randomisation-1 scheme={scheme} root={root} configuration={configuration} code={code} {covers}"


def read_line(text: str) -> dict[str, str]:
    """The parts of a published line by name. Raises ValueError for any other text."""
    parts = text.split()
    found = dict(part.split("=", 1) for part in parts if "=" in part)
    if parts[:1] != ["uplift-randomisation-1"] or not {"scheme", "root"} <= set(found):
        raise ValueError("this is not a published line of randomisation")
    return found


def proof_text(proof: Proof) -> dict[str, object]:
    """A proof as it is handed over: plain values, digests in hexadecimal."""
    return {
        "proof": "uplift-randomisation-1",
        "scheme": proof.scheme,
        "stratum": proof.stratum,
        "seq": proof.seq,
        "arm": proof.arm,
        "nonce": proof.nonce.hex(),
        "index": proof.index,
        "size": proof.size,
        "path": [step.hex() for step in proof.path],
    }


def read_proof(told: object) -> Proof:
    """Read `proof_text` back: texts, whole numbers, and digests of 32 bytes in hexadecimal. Raises ValueError for anything else."""
    if not isinstance(told, Mapping) or told.get("proof") != "uplift-randomisation-1":
        raise ValueError("this is not a proof of an allocation")
    try:
        scheme, stratum, arm = (_text(told[key]) for key in ("scheme", "stratum", "arm"))
        seq, index, size = (_whole(told[key]) for key in ("seq", "index", "size"))
        nonce, *way = (_digest(part) for part in (told["nonce"], *told["path"]))
        return Proof(scheme, stratum, seq, arm, nonce, index, size, tuple(way))
    except (KeyError, TypeError):
        raise ValueError("the proof lacks a part, or holds something else in its place") from None


def _text(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError
    return told


def _whole(told: object) -> int:
    if not isinstance(told, int) or isinstance(told, bool):
        raise TypeError
    return told


def _digest(told: object) -> bytes:
    if not re.fullmatch("[0-9a-f]{64}", _text(told)):
        raise TypeError
    return bytes.fromhex(_text(told))


def _arms(method: Scheme, seed: bytes, stratum: str, places: int) -> list[str]:
    state, arms = open_stream(method, seed=seed, stratum=stratum), []
    for _ in range(places):
        arm, state = next_arm(method, state)
        arms.append(arm)
    return arms


def _split(size: int) -> int:
    """The largest power of two below a size of 2 or more."""
    return 1 << (size - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
