"""Prints, as JSON, the proof that one participant's arm was fixed before the first participant came. It tells that arm and no other."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials import clock
from trials.actions import proof
from trials.actors import Machine
from trials.domain.randomisation.commitment import proof_text
from trials.models import Unit
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("trial_id")

    def handle(self, *args: Any, trial_id: str, **options: Any) -> None:
        unit = Unit.objects.select_related("site").filter(trial_id=trial_id).first()
        if unit is None:
            raise CommandError(f"Nobody has the trial id {trial_id}.")
        try:
            made = proof.prove_allocation(unit, by=Machine("shell"), at=clock.now())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(json.dumps(proof_text(made), indent=2))
