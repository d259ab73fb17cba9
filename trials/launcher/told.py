"""What the launcher says to the person at the terminal, and the one way it refuses."""

from __future__ import annotations

import sys


class Unable(Exception):
    """The launcher cannot go on; the text is one sentence for the person who typed the command."""

    def __init__(self, sentence: str, *, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


class Misused(Unable):
    """The command line or the environment asks for something that does not exist (exit status 2)."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, status=2)


def say(line: str) -> None:
    """Print a result line; a reader who has gone away does not stop the trial."""
    _write(sys.stdout, line)


def note(line: str) -> None:
    """Print a line of progress beside the results."""
    _write(sys.stderr, line)


def _write(stream: object, line: str) -> None:
    try:
        print(line, file=stream, flush=True)  # type: ignore[call-overload]
    except (OSError, ValueError):
        return
