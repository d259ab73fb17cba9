"""Reads a protocol file and prints a summary, or every fault with what would be right (exit code 1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from trials.actions.protocol import known_instruments
from trials.domain.protocol import BadProtocol, Protocol, load


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            protocol = load(file, instruments=known_instruments())
        except BadProtocol as bad:
            self.stdout.write("\n".join(str(fault) for fault in bad.faults))
            self.stderr.write(f"{file.name}: {_faults(len(bad.faults))}. Rows are counted from 1.")
            raise SystemExit(1) from None
        self.stdout.write(summary(protocol))


def summary(protocol: Protocol) -> str:
    """What a protocol says, in a few lines."""
    ratio = ":".join(str(arm.ratio) for arm in protocol.arms)
    factors = ", ".join(factor.name for factor in protocol.allocation.factors) or "nothing"
    lines = [
        f"{protocol.code} version {protocol.version}: {protocol.title}",
        f"arms          {', '.join(arm.code for arm in protocol.arms)} ({ratio}), {protocol.sample_size} to be randomised",
        f"allocation    {protocol.allocation.method}, stratified by {factors}",
        f"sites         {', '.join(f'{site.code} ({site.timezone})' for site in protocol.sites)}",
        *(f"plan          {name}: {plan.weeks} weeks, {plan.per_week} a week" for name, plan in protocol.plans.items()),
        f"visits        {', '.join(visit.code for visit in protocol.visits)}",
    ]
    if protocol.primary is not None:
        lines.append(f"primary       {protocol.primary.instrument} at {protocol.primary.visit}, {protocol.primary.rule}")
    return "\n".join([*lines, f"blind         {', '.join(protocol.blind_roles)}", f"digest        {protocol.digest}"])


def _faults(number: int) -> str:
    return "1 fault" if number == 1 else f"{number} faults"
