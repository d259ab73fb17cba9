"""Makes the three keys of a new trial: for contacts, for seeds, for Django. Existing keys are never touched.

With --new-seed only a lost seed.key is made anew; seeds sealed with the lost one come back from two shares (restore_seed).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

NAMES = ("identity", "seed", "django")


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-seed", action="store_true", help="make a lost seed.key anew")

    def handle(self, *args: Any, new_seed: bool, **options: Any) -> None:
        folder = settings.UPLIFT_SECRETS
        there = [name for name in NAMES if (folder / f"{name}.key").exists()]
        if len(there) == len(NAMES):
            self.stdout.write("The keys are there already.")
            return
        if new_seed and "seed" not in there and there:
            _make(folder, ("seed",))
            self.stdout.write(f"A new seed.key was made in {folder}. Now bring the seeds back from two shares: manage.py restore_seed.")
            return
        if there:
            lost = ", ".join(name for name in NAMES if name not in there)
            raise CommandError(
                f"{folder} lacks the keys of {lost}. Put back the copies; a new key opens nothing that was sealed with the old."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(folder, NAMES)
        self.stdout.write(f"Keys made in {folder}. Copy these apart: without them identities and seeds are lost.")


def _make(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        path = os.open(folder / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(path, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
