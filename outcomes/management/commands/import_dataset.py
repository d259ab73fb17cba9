"""`import_dataset DIR [--protocol FILE]`: a closed, full bundle into an empty trial, all or nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outcomes.actions import imports
from outcomes.exports.reading import BadBundle
from trials import clock
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = "Take a closed, full dataset bundle into an empty trial."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--protocol", type=Path, help="the protocol that rules; else the bundle's own")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = imports.read_folder(options["folder"])
            text = imports.read_protocol(options["protocol"]) if options["protocol"] else None
            people = imports.import_dataset(files, protocol_text=text, by=Machine("shell"), at=clock.now())
        except BadBundle as bad:
            for fault in bad.faults:
                self.stderr.write(str(fault))
            raise CommandError(f"{len(bad.faults)} faults; nothing was taken in.") from None
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        self.stdout.write(f"{people} people taken in. Randomisation stays closed until a scheme is opened.")
