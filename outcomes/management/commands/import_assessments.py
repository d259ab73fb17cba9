"""`import_assessments FILE --instrument phq9 --items D1,...,D9 --visit NAME --on DATE`: answers of screened people, one a row."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outcomes.actions import screened
from outcomes.domain.text import Unreadable, read
from outcomes.exports.reading import BadBundle
from trials import clock
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = "Take the item answers of screened people (CSV or SAS transport) into an empty trial."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--instrument", required=True)
        parser.add_argument("--items", required=True, help="columns of the items in the instrument's order, joined by commas")
        parser.add_argument("--id", dest="id_column", help="column with the people's ids; numbered if left out")
        parser.add_argument("--missing", default="", help="codes for refused and don't know, joined by a comma, like 7,9")
        parser.add_argument("--visit", required=True)
        parser.add_argument("--on", required=True, help="the day on which they answered, like 2026-03-02")
        parser.add_argument("--site", help="the protocol's first site, if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = screened.import_assessments(
                options["file"],
                columns=screened.Columns(
                    instrument=options["instrument"],
                    items=tuple(part.strip() for part in options["items"].split(",")),
                    identity=options["id_column"],
                    missing=tuple(part.strip() for part in options["missing"].split(",") if part.strip()),
                ),
                visit=options["visit"], on=_day(options["on"]), site=options["site"], by=Machine("shell"), at=clock.now(),
            )  # fmt: skip
        except BadBundle as bad:
            for fault in bad.faults[:200]:
                self.stderr.write(str(fault))
            raise CommandError(f"{len(bad.faults)} faults; nothing was taken in.") from None
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        self.stdout.write(f"{done} people taken in.")


def _day(text: str) -> date:
    try:
        found = read(text, "date")
    except Unreadable as cure:
        raise CommandError(f"--on: {cure}") from None
    if not isinstance(found, date):
        raise CommandError("--on: Write a date like 2026-03-02.")
    return found
