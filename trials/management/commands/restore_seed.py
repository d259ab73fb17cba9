"""Brings a seed back from two shares and seals it with today's seed.key, as two named people who both type their passwords.

Shares and passwords are asked for, never given as arguments, where histories and lists of processes would show them.
"""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials import clock
from trials.actions import escrow
from trials.models import User
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="user name of the first person")
        parser.add_argument("--with", dest="colleague", required=True, help="user name of the second person")

    def handle(self, *args: Any, by: str, colleague: str, **options: Any) -> None:
        actor = User.objects.filter(username__iexact=by, is_active=True).first()
        if actor is None:
            raise CommandError(f"Nobody on the staff has the user name {by}.")
        try:
            restored = escrow.restore_seed(
                _asked("First share: "), _asked("Second share: "), password=_asked(f"Password of {by}: "), colleague=colleague,
                colleague_password=_asked(f"Password of {colleague}: "), by=actor, at=clock.now(),
            )  # fmt: skip
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"The seed of scheme {restored.scheme.version} is back and sealed with today's key. Now: verify_randomisation.")


def _asked(prompt: str) -> str:
    """A line that the screen does not show; from a pipe, the next line."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
