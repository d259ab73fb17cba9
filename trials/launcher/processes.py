"""One process of the installation: started bound to its parent, stopped politely, then killed with all it left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TIED = Path(__file__).with_name("tied.py")


@dataclass(frozen=True)
class Plan:
    """How a process is started and stopped. `before` are wrapper commands such as unshare; `user` is a numeric pair;
    a `server` outlives the programs at a stop; what runs `once` is not started again; `strays` are the process ids of what a dead
    one left behind outside its session, empty while it lives."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGKILL
    before: Sequence[str] = ()
    user: tuple[int, int] | None = None
    server: bool = False
    once: bool = False
    ready: Callable[[], bool] = field(default=lambda: True)
    strays: Callable[[], set[int]] = field(default=lambda: set())


class Process:
    """A running plan, in its own session so that everything it forks can be found again."""

    def __init__(self, plan: Plan) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("processes are started from the main thread: the kernel ties them to the starting thread")
        self.plan = plan
        self._child = _spawn(plan)
        self.pid = self._child.pid

    @property
    def status(self) -> int | None:
        """Exit status, or None while it runs."""
        return self._child.poll()

    @property
    def gone(self) -> bool:
        """Nothing of it is left, neither the process nor anything in its session, nor what strayed from there."""
        return self.status is not None and not self._left()

    def ask(self, signum: int) -> None:
        """Send the main process a signal, if it still runs."""
        if self.status is None:
            self._child.send_signal(signum)

    def kill(self) -> None:
        """End the process, everything it started that stayed in its session, and what strayed from there."""
        for pid in {self.pid, *self._left()} if self.status is None else self._left():
            _kill(pid)

    def _left(self) -> set[int]:
        return members(self.pid) | self.plan.strays()


def members(session: int) -> set[int]:
    """Process ids of a session that still run (zombies are not counted)."""
    if not Path("/proc/self/stat").exists():
        return set()
    return {pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _session_of(pid) == session}


def _session_of(pid: int) -> int | None:
    try:
        # The command name, in parentheses, may itself hold blanks and parentheses.
        state, _parent, _group, session = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:4]
    except (OSError, ValueError):
        return None
    return None if state in "ZX" else int(session)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _spawn(plan: Plan) -> subprocess.Popen[bytes]:
    with plan.log.open("ab") as log:
        return subprocess.Popen(
            [*plan.before, *tie(plan.orphan_signal, plan.user, module=plan.command[0] == "-m"), *plan.command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(plan.environment),
            cwd=plan.folder,
            start_new_session=True,
        )


def tie(signum: int, user: tuple[int, int] | None = None, *, module: bool = False) -> list[str]:
    """The words before a command that bind it to this process; one that is no Python module starts without site packages."""
    who = "-" if user is None else f"{user[0]}:{user[1]}"
    return [sys.executable, *([] if module else ["-I", "-S"]), str(TIED), str(int(signum)), str(os.getpid()), who]
