"""Sealed bytes: AES-256-GCM under a key that lies outside the database, bound to the row they stand in.

A key file holds 64 hexadecimal digits. `seed.key` and `identity.key` seal; after a change of key the old one stays beside it as
`seed-<anything>.key` and still opens what it sealed. Layout: one byte of version, 8 of key id, 12 of nonce, ciphertext with tag.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

SEED, IDENTITY = "seed", "identity"

_VERSION = b"\x01"
_ID, _NONCE, _TAG = 8, 12, 16


class CannotUnseal(Exception):
    """The key is missing, or the bytes were changed, or they belong to another row."""


class NoKey(CannotUnseal):
    """The key that sealed the bytes is not in the folder of secrets."""


def seal(key: str, plain: bytes, *, context: str) -> bytes:
    """Seal bytes with today's key (`SEED` or `IDENTITY`) so that they open in this context alone.

    `context` names the row by something that never changes ("identity:7"). Raises CannotUnseal without a key.
    """
    secret = _secret(_path(key))
    nonce = secrets.token_bytes(_NONCE)
    head = _VERSION + _key_id(secret)
    return head + nonce + AESGCM(secret).encrypt(nonce, plain, _bound(head, key, context))


def open_sealed(key: str, sealed: bytes | memoryview, *, context: str) -> bytes:
    """Open what `seal` made with the same key and context. Raises CannotUnseal otherwise, never saying what was inside."""
    sealed = bytes(sealed)
    start = len(_VERSION) + _ID
    if len(sealed) < start + _NONCE + _TAG or not sealed.startswith(_VERSION):
        raise CannotUnseal(f"{context} does not hold sealed bytes.")
    head, nonce, closed = sealed[:start], sealed[start : start + _NONCE], sealed[start + _NONCE :]
    try:
        return AESGCM(_key(key, head[len(_VERSION) :])).decrypt(nonce, closed, _bound(head, key, context))
    except InvalidTag:
        raise CannotUnseal(f"{context} was changed outside Uplift, or belongs to another row.") from None


def _bound(head: bytes, key: str, context: str) -> bytes:
    return head + f"{key}|{context}".encode()


def _path(key: str) -> Path:
    return _file(str(settings.UPLIFT_SECRETS), key)


@lru_cache(maxsize=16)
def _file(folder: str, key: str) -> Path:
    return Path(folder) / f"{key}.key"


def _key(key: str, key_id: bytes) -> bytes:
    today = _secret(_path(key))
    if _key_id(today) == key_id:
        return today
    for path in sorted(_path(key).parent.glob(f"{key}-*.key")):
        secret = _secret(path)
        if _key_id(secret) == key_id:
            return secret
    raise NoKey(f"The {key} key with id {key_id.hex()} is not in the folder of secrets.")


def _key_id(secret: bytes) -> bytes:
    return hashlib.sha256(b"uplift key id" + secret).digest()[:_ID]


def _secret(path: Path) -> bytes:
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError):
        raise NoKey(f"{path.name} is missing from the folder of secrets, or is not 64 hexadecimal digits.") from None


@lru_cache(maxsize=16)
def _read(path: Path, changed: int) -> bytes:
    secret = bytes.fromhex(path.read_text().strip())
    if len(secret) != 32:
        raise ValueError
    return secret
