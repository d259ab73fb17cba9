"""Draws a scheme as one named person and approves it as another: the same two steps as on the page, with the same checks."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from trials import clock
from trials.actions import schemes
from trials.models import User
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drawn-by", required=True, help="user name of the unblinded statistician")
        parser.add_argument("--approved-by", required=True, help="user name of the trial manager")

    def handle(self, *args: Any, drawn_by: str, approved_by: str, **options: Any) -> None:
        drawer, approver = _user(drawn_by), _user(approved_by)
        try:
            with transaction.atomic():
                schemes.draw_scheme(by=drawer, at=clock.now())
                scheme = schemes.approve_scheme(by=approver, at=clock.now())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"Randomisation is open, scheme {scheme.version}.")


def _user(username: str) -> User:
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"Nobody on the staff has the user name {username}.")
    return found
