"""A cut's dataset, the same bytes each time: `export_dataset --view closed|blinded --out DIR|FILE.zip [--cut T] [--format spss ...]`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outcomes.actions import exports
from outcomes.domain.text import Unreadable, instant, read
from outcomes.exports.formats import formats
from trials import clock
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = "Write the CONSORT dataset of a cut."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cut", help="instant like 2026-03-02T17:00:00Z; left out: the hard-locked cut, else now")
        parser.add_argument("--view", choices=exports.VIEWS, required=True)
        parser.add_argument("--profile", choices=exports.PROFILES, default="full")
        parser.add_argument("--format", choices=list(formats), action="append", default=[], help="beside CSV; may be given again")
        parser.add_argument("--out", type=Path, required=True, help="a folder, or a file ending in .zip")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        try:
            cut = instant_of(options["cut"], "--cut") if options["cut"] else exports.as_of_now(now)
            files = exports.export_dataset(
                cut, view=options["view"], profile=options["profile"], formats=options["format"], by=Machine("shell"), at=now
            )
            exports.write_out(files, options["out"])
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        self.stdout.write(f"{len(files)} files of the cut {instant(cut)}, {options['view']} view, written to {options['out']}.")


def instant_of(text: str, argument: str) -> datetime:
    """The instant of an argument; the command ends with the cure where it is none."""
    try:
        found = read(text, "instant")
    except Unreadable as cure:
        raise CommandError(f"{argument}: {cure}") from None
    if not isinstance(found, datetime):
        raise CommandError(f"{argument}: Write an instant like 2026-03-02T17:00:00Z.")
    return found
