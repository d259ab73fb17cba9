"""Prints a one-time link for the first trial manager of an empty installation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from trials import clock
from trials.actions import staff
from trials.actors import Machine
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            invited = staff.first_manager(by=Machine("shell"), at=clock.now())
        except Refused as refusal:
            self.stdout.write(refusal.sentence)
            return
        self.stdout.write(f"First trial manager: open {settings.UPLIFT_BASE_URL}{invited.address}")
