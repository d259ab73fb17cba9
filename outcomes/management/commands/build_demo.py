"""Builds the demonstration trial in an empty demo database, through the real actions; prints its logins."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from outcomes.actions import exports
from outcomes.demonstration.story import Story
from trials import clock
from trials.actors import Machine
from trials.domain.roles import Role
from trials.models import Clock, Trial
from trials.pages.access import DEMO_PASSWORD

FIXED = "2026-05-15T18:00:00Z"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until", help="the demonstration's last moment, 2026-05-15T18:00:00Z; default: now")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--once", metavar="DIR", help="at the fixed date, with the fixed seed; writes DIR/closed and DIR/blinded")
        parser.add_argument("--no-logins", action="store_true", help="nobody gets a password")

    def handle(self, *args: Any, until: str | None, seed: int, once: str | None, no_logins: bool, **options: Any) -> None:
        if Clock.objects.get().kind == Clock.Kind.REAL:
            raise CommandError("This is a real trial's database; a demonstration is built in one made by `demo`.")
        if Trial.objects.exists():
            self.stdout.write("The demonstration is built already.")
            return
        until, no_logins = (FIXED, True) if once else (until, no_logins)
        ends = clock.now() if until is None else parse_datetime(until)
        if ends is None or ends.tzinfo is None:
            raise CommandError("Give --until as 2026-05-15T18:00:00Z, with its zone.")
        text = (Path(settings.BASE_DIR) / "trials/protocols/limerick.toml").read_text()
        names = [] if no_logins else [role.value for role in Role] + ["coordinator2", "trainer2", "assessor2"]
        told = self._told()
        story = Story(seed=seed, ends=ends.astimezone(UTC), text=text, passwords=dict.fromkeys(names, DEMO_PASSWORD), told=told)
        story.run()
        told(1, 1)
        if once:
            for view in ("closed", "blinded"):
                files = exports.export_dataset(story.ends, view=view, by=Machine("shell"), at=clock.now())
                exports.write_out(files, Path(once) / view)
        for name in names:
            self.stdout.write(f"{name:24} password {DEMO_PASSWORD}")

    def _told(self) -> Any:
        started, last = datetime.now(UTC), -1

        def told(done: int, total: int) -> None:
            nonlocal last
            share = 100 * max(0, done) // total
            if share > last and share % 5 == 0:
                last = share
                sys.stderr.write(f"\rBuilding the demonstration: {share} %")
                if share >= 100:
                    sys.stderr.write(f" in {(datetime.now(UTC) - started).total_seconds():.0f} s\n")
                sys.stderr.flush()

        return told
