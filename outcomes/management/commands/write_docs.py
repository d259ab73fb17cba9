"""Writes the pages of docs/ that are generated from the code; with --check, says which are stale (exit code 1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from outcomes.documents import PAGES


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing")
        parser.add_argument("--to", type=Path, default=Path(settings.BASE_DIR) / "docs")

    def handle(self, *args: Any, check: bool, to: Path, **options: Any) -> None:
        stale = [name for name, page in PAGES.items() if not _is_fresh(to / name, page())]
        if check and stale:
            raise CommandError(f"stale: {', '.join(stale)}. Run python manage.py write_docs.")
        for name in stale:
            (to / name).write_text(PAGES[name](), encoding="utf-8")
            self.stdout.write(f"{to / name} written")


def _is_fresh(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
