"""Moves the clock of a demonstration or test database, for every process that reads it; a real trial's clock can't be moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from trials.actions import office
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("moment", help="2026-05-12T18:00:00Z, or `real`")

    def handle(self, *args: Any, moment: str, **options: Any) -> None:
        real = datetime.now(UTC)
        to = real if moment == "real" else parse_datetime(moment)
        if to is None or to.tzinfo is None:
            raise CommandError("Give the moment as 2026-05-12T18:00:00Z, with its zone.")
        try:
            office.set_clock(to, by=Machine("shell"), at=real)
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"The clock stands at {to.isoformat()}.")
