"""HMAC_DRBG with SHA-256 (NIST SP 800-90A rev. 1, section 10.1.2): the one source of chance in allocation.

The generator is a value: `state()` gives 72 bytes from which `Drbg.resume` goes on exactly where it stopped.
"""

from __future__ import annotations

import hmac
from collections.abc import MutableSequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")

STATE_BYTES = 72
_MOST_BYTES = 1 << 16  # SP 800-90A table 2: 2**19 bits a request
_MOST_REQUESTS = 1 << 48
_WORD_BITS = 32


class Drbg:
    """A deterministic stream of random bytes. Raises ValueError for less than 32 bytes of entropy.

    `words` are the 32-bit words drawn since it was started or resumed, rejected ones among them.
    """

    __slots__ = ("_counter", "_key", "_value", "words")

    def __init__(self, key: bytes, value: bytes, counter: int) -> None:
        self._key, self._value, self._counter = key, value, counter
        self.words: list[int] = []

    @classmethod
    def instantiate(cls, entropy: bytes, nonce: bytes = b"", personalisation: bytes = b"") -> Drbg:
        """Start a stream; a seed of 48 bytes or more covers the nonce as SP 800-90A 8.6.7 allows."""
        if len(entropy) < 32:
            raise ValueError(f"a seed needs at least 32 bytes, not {len(entropy)}")
        drbg = cls(b"\x00" * 32, b"\x01" * 32, 1)
        drbg._update(entropy + nonce + personalisation)
        return drbg

    @classmethod
    def resume(cls, state: bytes) -> Drbg:
        """Go on from `state()`. Raises ValueError for anything that is not 72 bytes with a counter of 1 or more."""
        counter = int.from_bytes(state[64:], "big")
        if len(state) != STATE_BYTES or counter < 1:
            raise ValueError("this is not the state of a generator")
        return cls(state[:32], state[32:64], counter)

    def state(self) -> bytes:
        """Key, value and counter, 72 bytes: a secret, since it holds all that will be drawn."""
        return self._key + self._value + self._counter.to_bytes(8, "big")

    def reseed(self, entropy: bytes, additional: bytes = b"") -> None:
        """Mix fresh entropy in."""
        self._update(entropy + additional)
        self._counter = 1

    def generate(self, count: int, additional: bytes = b"") -> bytes:
        """The next `count` bytes, at most 65,536 a call; ValueError beyond that or after 2**48 calls."""
        if not 0 < count <= _MOST_BYTES:
            raise ValueError(f"between 1 and {_MOST_BYTES} bytes a request, not {count}")
        if self._counter > _MOST_REQUESTS:
            raise ValueError("the generator has to be reseeded")
        if additional:
            self._update(additional)
        drawn = b""
        while len(drawn) < count:
            self._value = self._mac(self._value)
            drawn += self._value
        self._update(additional)
        self._counter += 1
        return drawn[:count]

    def word(self) -> int:
        """The next 32-bit word, big-endian."""
        drawn = int.from_bytes(self.generate(4), "big")
        self.words.append(drawn)
        return drawn

    def below(self, n: int) -> int:
        """A whole number 0 <= x < n, every one equally likely: words beyond the last full multiple of n are thrown away."""
        if n < 1:
            raise ValueError(f"nothing lies below {n}")
        words = max(1, -(-(n - 1).bit_length() // _WORD_BITS))
        limit = (1 << (_WORD_BITS * words)) // n * n
        while True:
            drawn = 0
            for _ in range(words):
                drawn = drawn << _WORD_BITS | self.word()
            if drawn < limit:
                return drawn % n

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put the items in an order of which every one is equally likely (Fisher-Yates, from the last place down)."""
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]

    def _mac(self, message: bytes) -> bytes:
        return hmac.digest(self._key, message, sha256)

    def _update(self, provided: bytes) -> None:
        for mark in (b"\x00", b"\x01") if provided else (b"\x00",):
            self._key = self._mac(self._value + mark + provided)
            self._value = self._mac(self._value)
