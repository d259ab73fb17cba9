"""A seed in three shares of which any two give it back and one tells nothing: SLIP-39, Shamir's scheme with a checksum, in words.

The shares of an issue follow from the seed and the number of the issue, so each can be shown to its own keeper on another day while
none is ever kept. The published commitment binds the seed in the same measure: whoever could try out all seeds could test them
against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from shamir_mnemonic import shamir
from shamir_mnemonic.share import Share
from shamir_mnemonic.utils import MnemonicError

from trials.domain.randomisation.drbg import Drbg

SPEC = "uplift-escrow-1"
SHARES, NEEDED = 3, 2
SEED_BYTES = 48
_one_at_a_time = Lock()


class NoSeed(Exception):
    """The two shares give no seed; the sentence says why and repeats no word of them."""


@dataclass(frozen=True)
class Joined:
    """What two shares gave: the seed, and which of the three they were."""

    seed: bytes
    numbers: tuple[int, int]


def split(seed: bytes, issue: str) -> tuple[str, ...]:
    """Three shares of a seed of 48 bytes, 46 words each: the same seed and issue give the same three, another issue three others."""
    chance = Drbg.instantiate(seed, personalisation=f"{SPEC}|{issue}".encode())
    identifier = int.from_bytes(chance.generate(2), "big") >> 1
    closed = shamir.EncryptedMasterSecret.from_master_secret(seed, b"", identifier, extendable=True, iteration_exponent=0)
    with _chance_from(chance.generate):
        (group,) = shamir.split_ems(1, [(NEEDED, SHARES)], closed)
    return tuple(share.mnemonic() for share in group)


def join(first: str, second: str) -> Joined:
    """The seed that two shares give, however they are spaced, numbered or capitalised. Raises NoSeed for anything else."""
    shares = [_read(first, "first"), _read(second, "second")]
    if shares[0].index == shares[1].index and shares[0].identifier == shares[1].identifier:
        raise NoSeed("The two are one and the same share: two different ones are needed.")
    if shares[0].common_parameters() != shares[1].common_parameters():
        raise NoSeed("The two shares were not issued together: take two of the same issue.")
    try:
        seed = shamir.combine_mnemonics([share.mnemonic() for share in shares])
    except MnemonicError:
        raise NoSeed("The two shares don't fit together: one of them is not what was issued.") from None
    low, high = sorted(share.index + 1 for share in shares)
    return Joined(seed, (low, high))


def fingerprint(share: str) -> str:
    """SHA-256 of a share, hexadecimal: tells whether a paper holds it, and nothing of what it holds."""
    return sha256(f"{SPEC}|{' '.join(words(share))}".encode()).hexdigest()


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _read(text: str, which: str) -> Share:
    try:
        share = Share.from_mnemonic(" ".join(words(text)))
    except MnemonicError:
        raise NoSeed(f"A word of the {which} share is wrong, missing or out of order: compare it with the paper.") from None
    form = (share.extendable, share.iteration_exponent, share.group_count, share.member_threshold, len(share.value))
    if form != (True, 0, 1, NEEDED, SEED_BYTES) or share.index >= SHARES:  # read before anything is worked out from it
        raise NoSeed(f"The {which} share was not made by this program.")
    return share


@contextmanager
def _chance_from(source: Callable[[int], bytes]) -> Iterator[None]:
    """The library draws from a source that it lets be set, one for the whole process: so one split at a time."""
    with _one_at_a_time:
        before, shamir.RANDOM_BYTES = shamir.RANDOM_BYTES, source
        try:
            yield
        finally:
            shamir.RANDOM_BYTES = before


def numbered(share: str) -> Sequence[tuple[int, str]]:
    """The words of a share with their numbers, as they are printed."""
    return list(enumerate(words(share), start=1))
