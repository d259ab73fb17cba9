"""What changed between two cuts, with who and why: `compare_cuts 2026-03-02T17:00:00Z 2026-06-01T09:00:00Z --out changes.csv`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outcomes.actions import comparisons
from outcomes.management.commands.export_dataset import instant_of
from trials import clock
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = "Write what changed between two cuts, row by row, with who and why from the audit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("first", help="instant of the earlier cut, like 2026-03-02T17:00:00Z")
        parser.add_argument("second", help="instant of the later cut")
        parser.add_argument("--out", type=Path, required=True, help="a CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        first, second = instant_of(options["first"], "first"), instant_of(options["second"], "second")
        try:
            found = comparisons.compare_cuts(first, second, by=Machine("shell"), at=clock.now())
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        options["out"].write_text(comparisons.as_csv(found), encoding="utf-8", newline="")
        self.stdout.write(f"{len(found)} rows differ; written to {options['out']}.")
