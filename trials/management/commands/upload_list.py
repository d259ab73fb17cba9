"""Takes in the list of an independent statistician from a CSV file, seals it, and names it as uploaded by a person of the staff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials import clock, streams
from trials.actions import schemes
from trials.domain.randomisation.uploaded_list import BadList
from trials.models import User
from trials.permissions import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--uploaded-by", required=True, help="user name of the unblinded statistician")

    def handle(self, *args: Any, file: Path, uploaded_by: str, **options: Any) -> None:
        uploader = User.objects.filter(username=uploaded_by, is_active=True).first()
        if uploader is None:
            raise CommandError(f"Nobody on the staff has the user name {uploaded_by}.")
        try:
            scheme = schemes.upload_list(file.read_bytes(), by=uploader, at=clock.now())
        except OSError as unread:
            raise CommandError(f"The file can't be read: {unread.strerror}.") from None
        except BadList as bad:
            raise CommandError("\n".join(bad.faults)) from None
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"The list is sealed as scheme {scheme.version}: the trial manager approves it. Delete the file.")
        self.stdout.write(streams.line_of(scheme))
