"""From the typed words to the right room: makes the environment, moves into its Python, does what was asked."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import NoReturn

from trials.launcher import arguments, environment
from trials.launcher.arguments import Wanted
from trials.launcher.told import Unable, note, say

INSIDE = "--inside-the-environment"


def main(words: list[str]) -> int:
    """Exit status: 0 done, 1 could not, 2 misused, else that of the command that was run."""
    if not words or words[0] in ("--help", "-h", "help"):
        say(arguments.USAGE.rstrip())
        return 0 if words else 2
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job has it ignored
    inside, words = words[0] == INSIDE, words[1:] if words[0] == INSIDE else words
    try:
        wanted = arguments.read(words)
        if not inside:
            enter(environment.provide("dev" if wanted.verb in ("test", "check") else environment.wanted()), words)
        return do(wanted)
    except Unable as refusal:
        note(f"uplift: {refusal}")
        return refusal.status
    except KeyboardInterrupt:
        return 130


def enter(python: Path, words: list[str]) -> NoReturn:
    """Go on in the environment's Python: the process keeps its id, so that a signal to it reaches the supervisor."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    try:
        os.execve(python, [str(python), str(Path(__file__).with_name("__main__.py")), INSIDE, *words], clean)  # noqa: S606
    except OSError as failed:
        raise Unable(f"{python} cannot be started: {failed.strerror}") from failed


def do(wanted: Wanted) -> int:
    """Import only what the verb needs: psycopg exists in the environment alone."""
    if wanted.verb in ("test", "check"):
        from trials.launcher import testing

        return testing.test(wanted) if wanted.verb == "test" else testing.check()
    if wanted.verb in ("demo", "run"):
        from trials.launcher import serving

        return serving.once(wanted) if wanted.once else serving.serve(wanted)
    if wanted.verb == "manage":
        from trials.launcher import commands

        return commands.manage(wanted)
    from trials.launcher import backup

    return backup.backup(wanted) if wanted.verb == "backup" else backup.restore(wanted)
