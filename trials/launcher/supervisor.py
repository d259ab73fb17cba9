"""Keeps the processes of one installation alive, and ends all of them within six seconds of being told to.

A process that dies is started again after 1, 2, 4 ... 30 s; one that ran for a minute counts as well again.
Programs are stopped first, servers (PostgreSQL, Valkey) after them; both get a polite signal before they are killed.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from trials.launcher.processes import Plan, Process
from trials.launcher.told import Unable, note

PROGRAMS_GONE_AFTER = 2.5
SERVERS_GONE_AFTER = 5.0
LONGEST_PAUSE = 30.0
WELL_AFTER = 60.0
STEP = 0.05


class Stopped(Exception):
    """Someone asked the launcher to stop."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


@dataclass
class _Kept:
    process: Process
    started: float
    pause: float = 1.0
    due: float | None = None


class Supervisor:
    """Use as a context manager from the main thread; leaving it stops everything that was started."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._asked: int | None = None
        self._before: dict[int, object] = {}

    def __enter__(self) -> Supervisor:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signum == signal.SIGHUP and signal.getsignal(signum) == signal.SIG_IGN:
                continue  # started by nohup: outliving the terminal is what was asked for
            self._before[signum] = signal.signal(signum, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for signum, handler in self._before.items():
            signal.signal(signum, handler)  # type: ignore[arg-type]

    def _ask(self, signum: int, _frame: FrameType | None) -> None:
        self._asked = self._asked or signum

    def check(self) -> None:
        """Raise Stopped if a signal has come."""
        if self._asked is not None:
            raise Stopped(self._asked)

    def pids(self) -> dict[str, int]:
        return {name: kept.process.pid for name, kept in self._kept.items()}

    def start(self, plan: Plan) -> Process:
        """Start a process and keep it."""
        process = Process(plan)
        self._kept[plan.name] = _Kept(process, time.monotonic())
        return process

    def wait_ready(self, name: str, *, within: float) -> None:
        """Wait until the process says it is ready; one that dies meanwhile is started again, one that is late is an error."""
        end = time.monotonic() + within
        while not (self._kept[name].process.status is None and self._kept[name].process.plan.ready()):
            self.tend()
            if time.monotonic() > end:
                plan = self._kept[name].process.plan
                raise Unable(f"{name} did not answer within {within:.0f} s; its log is {plan.log}")
            time.sleep(STEP)

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Tend the processes until `until` says so or a signal comes (Stopped)."""
        while not until():
            self.tend()
            time.sleep(STEP * 2)

    def tend(self) -> None:
        """One look at every process: note the dead, start again those whose pause is over."""
        self.check()
        now = time.monotonic()
        for name, kept in self._kept.items():
            if kept.process.status is None:
                continue
            if kept.due is None:
                kept.pause = 1.0 if now - kept.started > WELL_AFTER else kept.pause
                kept.due = now + kept.pause
                kept.process.kill()
                note(f"{name} ended with status {kept.process.status}; starting it again in {kept.pause:.0f} s (log: {kept.process.plan.log})")
            elif now >= kept.due:
                kept.process = Process(kept.process.plan)
                kept.started, kept.due, kept.pause = now, None, min(kept.pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """End everything: programs first, then servers; what is left after its time is killed."""
        began = time.monotonic()
        everything = [kept.process for kept in self._kept.values()]
        _end([p for p in everything if not p.plan.server], by=began + PROGRAMS_GONE_AFTER)
        _end([p for p in everything if p.plan.server], by=began + SERVERS_GONE_AFTER)
        self._kept.clear()


def _end(processes: list[Process], *, by: float) -> None:
    for process in processes:
        process.ask(process.plan.stop_signal)
    while not all(p.gone for p in processes) and time.monotonic() < by:
        time.sleep(STEP)
    for process in processes:
        process.kill()
    while not all(p.gone for p in processes) and time.monotonic() < by + 0.5:
        time.sleep(STEP)
