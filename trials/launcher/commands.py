"""`./uplift manage COMMAND ...`: a shell command against the services of the folder."""

from __future__ import annotations

import sys
from pathlib import Path

from trials.launcher import services
from trials.launcher.arguments import Wanted
from trials.launcher.folder import ROOT
from trials.launcher.installation import at_hand, folder_for
from trials.launcher.supervisor import Stopped

OWNERS = ("migrate", "sqlmigrate", "dbshell")  # what the owner role does; everything else is done as the application role


def manage(wanted: Wanted) -> int:
    """Exit status of the command. It runs in the caller's folder, so that file names mean what was typed."""
    try:
        with at_hand(folder_for("manage", wanted.data)) as (supervisor, environment):
            environment = services.as_owner(environment) if wanted.words[0] in OWNERS else environment
            command = [sys.executable, str(ROOT / "manage.py"), *wanted.words]
            return supervisor.run_in_front(command, environment=environment, folder=Path.cwd())
    except Stopped as stopped:
        return 128 + stopped.signum
