"""Checks a proof of one allocation against the published line. Needs neither database nor keys (exit code 1 if it does not hold)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials.domain.randomisation.commitment import read_line, read_proof


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("proof", type=Path, help="what prove_allocation printed")
        parser.add_argument("line", help="the line published before the first participant, in quotes")

    def handle(self, *args: Any, proof: Path, line: str, **options: Any) -> None:
        try:
            published, told = read_line(line), read_proof(json.loads(proof.read_text()))
            holds = told.scheme == published["scheme"] and told.root.hex() == published["root"]
        except OSError:
            raise CommandError(f"{proof.name} can't be read.") from None
        except ValueError as fault:
            raise CommandError(f"This can't be checked: {fault}.") from None
        if not holds:
            raise CommandError("The proof does not lead to the published root.")
        self.stdout.write(f"Place {told.seq} of {told.stratum} in scheme {told.scheme} is {told.arm}: fixed by the published line.")
