"""`randomisation_test --visit V --instrument I [--draws M] [--seed S] [--cut T] [--adjusted] [--side greater|less] [--json]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from outcomes.actions import randomisation_tests as tests
from outcomes.domain.randomisation_report import paragraph
from outcomes.domain.text import Unreadable, read
from outcomes.models import Report
from trials import clock
from trials.actors import Machine
from trials.domain.randomisation.retest import SIDES, TWO_SIDED
from trials.permissions import Refused


class Command(BaseCommand):
    help = "Test the arms by drawing them again with the allocator that drew them. Shows figures by arm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--visit", required=True, help="a visit after randomisation")
        parser.add_argument("--instrument", required=True, help="the questionnaire whose total is compared")
        parser.add_argument("--draws", type=int, default=tests.DRAWS, help=f"how many times the arms are drawn again ({tests.DRAWS:,})")
        parser.add_argument("--seed", default="", help="64 hexadecimal digits or more, to repeat an earlier test")
        parser.add_argument("--cut", help="instant like 2026-03-02T17:00:00Z; now, if left out")
        parser.add_argument("--adjusted", action="store_true", help="compare what the baseline score does not explain")
        parser.add_argument("--side", choices=SIDES, default=TWO_SIDED)
        parser.add_argument("--json", action="store_true", help="the whole result for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        shell, now = Machine("shell"), clock.now()
        try:
            report = tests.request_randomisation_test(
                visit=options["visit"], instrument=options["instrument"], adjusted=options["adjusted"], side=options["side"],
                draws=options["draws"], seed=options["seed"], cut_at=_instant(options["cut"]), by=shell, at=now,
            )  # fmt: skip
            while report.status in tests.UNDER_WAY:
                report = tests.compute(report, by=shell, at=now)
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        if report.status == Report.Status.FAILED:
            raise CommandError(report.failure)
        question, result = report.body["question"], report.body["result"]
        shown = {**question, **result}
        self.stdout.write(json.dumps(shown, indent=2, sort_keys=True) if options["json"] else paragraph(question, result))


def _instant(text: str | None) -> datetime | None:
    try:
        found = read(text or "", "instant")
    except Unreadable as cure:
        raise CommandError(f"--cut: {cure}") from None
    return found if isinstance(found, datetime) else None
