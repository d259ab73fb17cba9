"""The data folder: who may use it, what made it, its keys, and where the services of the moment are.

DATA/pg  valkey  secrets  cuts  exports  logs  backups    VERSION  KIND  lock  users  running.json  migrated
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from trials.launcher.told import Misused, Unable

Kind = Literal["real", "demo", "test"]

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("pg", "valkey", "secrets", "cuts", "exports", "logs")
UNCLAIMED = {*ROOMS, "pg.new", "lock", "users", "KIND", "VERSION.new"} - {"pg"}  # what a start that was cut short may leave
KEYS = ("identity", "seed", "django")


@dataclass(frozen=True)
class Folder:
    """One installation's data folder."""

    path: Path

    @property
    def made(self) -> bool:
        """It is a data folder already."""
        return (self.path / "VERSION").exists()

    @property
    def kind(self) -> str:
        """real, demo or test, as it was made."""
        return (self.path / "KIND").read_text().strip()

    def room(self, name: str) -> Path:
        return self.path / name

    def log(self, name: str) -> Path:
        return self.path / "logs" / f"{name}.log"

    def make(self, kind: Kind, *, keys: bool = True) -> bool:
        """Make the folder (0700), its rooms, keys and marks, unless it exists; True if it is new. A folder with other things is refused.

        In a folder that exists a missing key is refused: a new one would not open what the old one closed. Without `keys` (a restore) the
        folder is not marked: it counts as made when the caller says so.
        """
        new = not self.made
        if new:
            self._check_unclaimed()
        _make_private(self.path)
        for name in ROOMS:
            if name != "pg":  # made whole by initdb, or not at all
                _make_private(self.path / name)
        if keys:
            self._make_keys(new=new)
        if new and keys:
            self.mark_made(kind, version())
        return new

    def _check_unclaimed(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise Misused(f"{self.path} is a file; --data needs a folder")
        strangers = {p.name for p in self.path.iterdir()} - UNCLAIMED if self.path.exists() else set()
        if strangers:
            raise Unable(f"{self.path} holds other things ({min(strangers)}) and is no data folder of Uplift: name an empty or a new one")

    def mark_made(self, kind: str, by: str) -> None:
        """From now on this is a data folder, of this kind, that no version older than `by` may open."""
        write_private(self.path / "KIND", kind + "\n")
        write_private(self.path / "VERSION", by + "\n")

    def check_usable(self, kind: Kind | None) -> None:
        """Refuse a folder of a newer version or of another kind."""
        if not self.made:
            return
        found = (self.path / "VERSION").read_text().strip()
        if _numbers(found) is None:
            raise Unable(f"{self.path}/VERSION says {found!r}, which is no version: the folder cannot be opened safely")
        if newer(found):
            raise Unable(
                f"{self.path} was last used by Uplift {found}, which is newer than this one ({version()}): use that version or a newer one"
            )
        if kind and kind != self.kind:
            there = {"demo": "the demonstration trial", "real": "a real installation"}.get(self.kind, f"a {self.kind} installation")
            raise Unable(f"{self.path} holds {there}: name another folder with --data DIR")

    def _make_keys(self, *, new: bool) -> None:
        missing = [name for name in KEYS if not self.key(name).exists()]
        if missing and not new:
            raise Unable(
                f"{self.key(missing[0])} is missing: put back your copy of the keys; without them identities and seeds cannot be opened"
            )
        for name in missing:
            write_private(self.key(name), new_key() + "\n")

    def key(self, name: str) -> Path:
        return self.path / "secrets" / f"{name}.key"

    @contextmanager
    def locked(self) -> Iterator[bool]:
        """Hold the folder's one lock; False if another process holds it. Nothing is touched in a folder that is not ours."""
        if not self.made:
            self._check_unclaimed()
        _make_private(self.path)
        with (self.path / "lock").open("a") as lock:
            held = _try_lock(lock.fileno(), fcntl.LOCK_EX)
            yield held
            if held:
                (self.path / "running.json").unlink(missing_ok=True)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Count as a user of the running services, so that a short command which started them waits before it stops them."""
        with (self.path / "users").open("a") as users:
            fcntl.flock(users.fileno(), fcntl.LOCK_SH)
            yield

    def others_are_done(self) -> bool:
        """True when no other command uses the services."""
        with (self.path / "users").open("a") as users:
            return _try_lock(users.fileno(), fcntl.LOCK_EX)

    def announce(self, facts: dict[str, Any]) -> None:
        """Say where the services are, for other commands on this folder."""
        write_private(self.path / "running.json", json.dumps(facts, indent=1) + "\n")

    def running(self, *, within: float) -> dict[str, Any]:
        """Where the services of the holder of the lock are; waits for a holder that is still starting."""
        end = time.monotonic() + within
        while True:
            try:
                return dict(json.loads((self.path / "running.json").read_text()))
            except (FileNotFoundError, json.JSONDecodeError):
                if time.monotonic() > end:
                    raise Unable(f"another command holds {self.path} and has no services to share; try again when it has ended") from None
                time.sleep(0.1)


def new_key() -> str:
    """32 random bytes in hexadecimal. Its name (key id) is a digest of it, kept with what it closes; older keys stay as NAME-*.key."""
    return secrets.token_hex(32)


def newer(other: str) -> bool:
    """True if that version is later than this copy's."""
    return (_numbers(other) or ()) > (_numbers(version()) or ())


def version() -> str:
    """This copy's version, from pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


def _numbers(text: str) -> tuple[int, ...] | None:
    return tuple(map(int, text.split("."))) if re.fullmatch(r"\d+(\.\d+)*", text) else None


def _make_private(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.stat().st_uid == os.geteuid():
            path.chmod(0o700)
    except OSError as failed:
        raise Unable(f"{path} cannot be made: {failed.strerror}") from failed


def _try_lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
