"""Prints a minimal protocol that loads, for these arms and sites; the last arm is the control."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials.domain.protocol import BadProtocol, load
from trials.domain.protocol.writing import minimal


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--arms", required=True, help="codes with commas between, such as RET,WL")
        parser.add_argument("--sites", required=True, help="codes with commas between, such as S1,S2")

    def handle(self, *args: Any, arms: str, sites: str, **options: Any) -> None:
        text = minimal(_codes(arms), _codes(sites))
        try:
            load(text)
        except BadProtocol as bad:
            raise CommandError(str(bad)) from None
        self.stdout.write(text, ending="")


def _codes(given: str) -> list[str]:
    return [code.strip() for code in given.split(",")]
