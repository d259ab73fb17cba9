"""Makes the three keys of a new trial: for contacts, for seeds, for Django. Existing keys are never touched."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

NAMES = ("identity", "seed", "django")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.UPLIFT_SECRETS
        there = [name for name in NAMES if (folder / f"{name}.key").exists()]
        if len(there) == len(NAMES):
            self.stdout.write("The keys are there already.")
            return
        if there:
            lost = ", ".join(name for name in NAMES if name not in there)
            raise CommandError(
                f"{folder} lacks the keys of {lost}. Put back the copies; a new key opens nothing that was sealed with the old."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in NAMES:
            path = os.open(folder / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(path, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        self.stdout.write(f"Keys made in {folder}. Copy these apart: without them identities and seeds are lost.")
