"""Unseals the seeds and replays every allocation: arms, digests, commitment, counts. Every fault is named (exit code 1),
and what was drawn by other code than this is told by that code's digest.

Needs seed.key. Arms are printed only with --arms.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from trials import clock, replay, streams
from trials.actions import proof
from trials.actors import Machine
from trials.models import Allocation, Scheme


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--arms", action="store_true", help="say which arm stands where another was drawn")

    def handle(self, *args: Any, arms: bool, **options: Any) -> None:
        found = proof.verify_randomisation(by=Machine("shell"), at=clock.now())
        for fault in found:
            self.stdout.write(f"{fault.about}: {fault.what}{f' ({fault.arms})' if arms and fault.arms else ''}.")
        for digest, drew in replay.drawn_by_other_code().items():
            self.stdout.write(
                f"Drawn by other code (digest {digest}): {', '.join(drew)}; replayed by this code (digest {streams.code_digest()})."
            )
        looked_at = f"{Scheme.objects.count()} schemes, {Allocation.objects.exclude(scheme=None).count()} allocations"
        if found:
            self.stderr.write(f"{looked_at}: {len(found)} faults.")
            raise SystemExit(1)
        self.stdout.write(f"{looked_at}: every arm is the one that the sealed seeds stand for.")
