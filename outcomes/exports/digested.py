"""Files whose length and SHA-256 are known when they are written: nothing is read again to be told in a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

KEPT_BYTES = 1 << 18


@dataclass(frozen=True)
class Digest:
    """What a manifest and a data package say of a file's bytes."""

    length: int
    sha256: str


def digests(files: Mapping[str, bytes]) -> dict[str, Digest]:
    """Of files in memory, by name."""
    return {name: Digest(len(body), hashlib.sha256(body).hexdigest()) for name, body in files.items()}


def sha256_of(path: Path) -> str:
    """Of a file as it lies, in hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Digested:
    """A file being written, a quarter of a megabyte at a time, with its digest."""

    def __init__(self, path: Path) -> None:
        self._handle = path.open("wb")
        self._sha256 = hashlib.sha256()
        self._kept = bytearray()
        self._length = 0

    def __enter__(self) -> Digested:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._send()
        self._handle.close()

    def write(self, text: str) -> None:
        self.add(text.encode())

    def add(self, body: bytes | memoryview) -> None:
        self._kept += body
        if len(self._kept) > KEPT_BYTES:
            self._send()

    def digest(self) -> Digest:
        """Of all that was written so far."""
        self._send()
        return Digest(self._length, self._sha256.hexdigest())

    def _send(self) -> None:
        self._length += len(self._kept)
        self._sha256.update(self._kept)
        self._handle.write(self._kept)
        self._kept.clear()
