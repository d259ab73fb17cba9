"""Opens randomisation under the protocol in force. The seed is made and sealed; nobody sees it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trials import clock
from trials.actions import allocation
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            scheme = allocation.open_scheme(by=Machine("shell"), at=clock.now())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"Randomisation is open, scheme {scheme.version}.")
