"""`import_dataset DIR [--columns FILE] [--protocol FILE] [--dry-run]`: a closed, full bundle into an empty trial, all or nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from outcomes.actions import imports
from outcomes.exports.reading import BadBundle
from trials import clock
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = "Take a closed, full dataset bundle into an empty trial."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--columns", type=Path, help="a column map (TOML) by which CSV files of another program become the dataset's")
        parser.add_argument("--protocol", type=Path, help="the protocol that rules; else the bundle's own")
        parser.add_argument("--dry-run", action="store_true", help="go through all of it, tell every fault, and take nothing in")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = imports.read_folder(options["folder"])
            if options["columns"]:
                files = imports.read_by_columns(files, options["columns"])
            text = imports.read_protocol(options["protocol"]) if options["protocol"] else None
            with transaction.atomic():
                people = imports.import_dataset(files, protocol_text=text, by=Machine("shell"), at=clock.now())
                transaction.set_rollback(options["dry_run"])
        except BadBundle as bad:
            for fault in bad.faults:
                self.stderr.write(str(fault))
            raise CommandError(f"{len(bad.faults)} faults; nothing was taken in.") from None
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        if options["dry_run"]:
            self.stdout.write(f"No fault: {people} people can be taken in. Nothing was written.")
            return
        self.stdout.write(f"{people} people taken in. Randomisation stays closed until a scheme is opened.")
