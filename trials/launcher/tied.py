"""A process that ends when the one that started it ends, however that one ended.

As a script:  python tied.py SIGNAL PARENT USER COMMAND...            becomes COMMAND, bound to PARENT
              python tied.py SIGNAL PARENT USER -m MODULE ARGUMENT... runs a Python module, and binds what it forks as well
USER is `uid:gid` to become first (this forgets a bond, so it comes before binding), or `-`.
Linux only (prctl PR_SET_PDEATHSIG); elsewhere the command runs unbound.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1

if sys.platform == "linux":
    import ctypes

    _libc = ctypes.CDLL(None, use_errno=True)


def bind(signum: int, parent: int) -> None:
    """Ask for `signum` at the parent's death; if that has already happened, end now."""
    if sys.platform != "linux":
        return
    _libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(128 + signum)


def become(uid: int, gid: int) -> None:
    """Give up root for another user."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


class _Forks:
    """Binds forked children. The kernel counts the parent *thread*, so only forks of the main thread are bound."""

    parent = 0

    def before(self) -> None:
        self.parent = os.getpid() if threading.current_thread() is threading.main_thread() else 0

    def in_child(self) -> None:
        if self.parent:
            bind(signal.SIGKILL, self.parent)


def bind_forks() -> None:
    """From here on every child this process forks dies with it."""
    forks = _Forks()
    os.register_at_fork(before=forks.before, after_in_child=forks.in_child)


def main(arguments: list[str]) -> None:
    signum, parent, user, *command = arguments
    if user != "-":
        become(*map(int, user.split(":")))
    bind(int(signum), int(parent))
    if command[0] != "-m":
        os.execvp(command[0], command)  # noqa: S606
    import runpy

    bind_forks()
    sys.path[0] = os.getcwd()
    sys.argv = command[1:]
    runpy.run_module(command[1], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
