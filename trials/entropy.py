"""Every id, token and nonce that a viewer can meet comes from here.

In a database marked test a seed may be set; then a value depends on its kind and natural key alone, so that one more draw
elsewhere shifts nothing. A real database refuses such a seed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def fresh(kind: str, natural_key: str) -> bytes:
    """32 bytes that nobody can guess."""
    seed = settings.UPLIFT_TEST_ENTROPY
    if not seed:
        return secrets.token_bytes(32)
    if settings.UPLIFT_DATABASE_KIND == "real":
        raise ImproperlyConfigured("UPLIFT_TEST_ENTROPY is for tests and demonstrations only.")
    return hmac.new(seed.encode(), f"{kind}|{natural_key}".encode(), hashlib.sha256).digest()


def code(kind: str, natural_key: str, *, length: int = 10) -> str:
    """A code that people can read out: no 0, O, 1, I, L, U."""
    alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(fresh(kind, natural_key), "big")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        letters.append(alphabet[index])
    return "".join(letters)
