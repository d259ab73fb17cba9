"""The log files of the installation: shown while something is loaded, and kept from growing without end."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

LARGEST = 50_000_000
LOOK_EVERY = 60.0


class Shown:
    """Gives each finished line of a growing file once; a progress bar's carriage return ends a line too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0

    def new_lines(self) -> list[str]:
        """The lines that were finished since the last look."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._at)
            new = file.read()
        finished = new[: max(new.rfind(b"\n"), new.rfind(b"\r")) + 1]
        self._at += len(finished)
        return [line for line in finished.decode(errors="replace").splitlines() if line]


class KeepSmall:
    """Called again and again, looks once a minute: a log over 50 MB is copied to NAME.log.1 and emptied. Always answers False."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next = 0.0

    def __call__(self) -> bool:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_EVERY
            for path in self._folder.glob("*.log"):
                if path.stat().st_size > LARGEST:
                    # Copied, not renamed: the processes hold the file open and append to it.
                    shutil.copyfile(path, path.with_name(path.name + ".1"))
                    with path.open("r+b") as file:
                        file.truncate()
        return False
