"""Loads a protocol file: the first makes the trial, each later one amends it. Every fault is printed (exit code 1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials import clock
from trials.actions import protocol as protocols
from trials.actors import Machine
from trials.domain.protocol import BadProtocol
from trials.domain.protocol.loader import read_text
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--reason", default="", help="why an amendment is made")

    def handle(self, *args: Any, file: Path, reason: str, **options: Any) -> None:
        try:
            version = protocols.load_protocol(read_text(file), reason=reason, by=Machine("shell"), at=clock.now())
        except BadProtocol as bad:
            raise CommandError(str(bad)) from None
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"{version.trial.code} version {version.version} is in force.")
