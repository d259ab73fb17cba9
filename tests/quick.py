"""What tests would pay for again and again and none is about: strong passwords, the list of static files, the collector of garbage."""

from __future__ import annotations

import gc

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from whitenoise.middleware import WhiteNoiseMiddleware


class Weak(Argon2PasswordHasher):
    """As the installation keeps passwords, but with the least work; the installation's own hasher reads what this one wrote."""

    time_cost, memory_cost, parallelism = 1, 8, 1


def passwords() -> None:
    settings.PASSWORD_HASHERS = [f"{Weak.__module__}.{Weak.__qualname__}"]


def static_files() -> None:
    """A server lists them once, when it starts; a test has a server of its own with every client that it makes."""
    listed, kept = WhiteNoiseMiddleware.add_files_from_finders, {}

    def once(self: WhiteNoiseMiddleware) -> None:
        if not kept:
            listed(self)
            kept.update(self.files)
        self.files = dict(kept)

    WhiteNoiseMiddleware.add_files_from_finders = once


def collected() -> None:
    """Garbage is collected again. What came before stays to the end of the run: it need not be gone through again and again."""
    gc.freeze()
    gc.enable()
