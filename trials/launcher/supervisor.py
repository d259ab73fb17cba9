"""Keeps the processes of one installation alive, and ends all of them within six seconds of being told to.

A process that dies is started again after 1, 2, 4 ... 30 s; one that ran for a minute counts as well again.
Programs are stopped first, servers (PostgreSQL, Valkey) after them; both get a polite signal before they are killed.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from trials.launcher.processes import Plan, Process, tie
from trials.launcher.told import Unable, note

PROGRAMS_GONE_AFTER = 2.0
SERVERS_GONE_AFTER = 4.5
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
WELL_AFTER = 60.0
STEP = 0.05


class Stopped(Exception):
    """Someone asked the launcher to stop."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def pause_after(deaths: int) -> float:
    """Seconds before the next start of a process that died so many times before this one."""
    return min(FIRST_PAUSE * 2.0 ** min(deaths, 30), LONGEST_PAUSE)


@dataclass
class _Kept:
    process: Process
    started: float
    deaths: int = 0
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
            if kept.process.status is None or kept.process.plan.once:
                continue
            if kept.due is None:
                kept.deaths = 0 if now - kept.started > WELL_AFTER else kept.deaths
                kept.due = now + pause_after(kept.deaths)
                kept.process.kill()
                plan = kept.process.plan
                note(f"{name} ended with status {kept.process.status}; starting it again in {kept.due - now:.0f} s (log: {plan.log})")
            elif now >= kept.due:
                kept.process = Process(kept.process.plan)
                kept.started, kept.due, kept.deaths = now, None, kept.deaths + 1

    def run(self, plan: Plan) -> int:
        """Run a program to its end while the others are tended; its exit status."""
        process = self.start(plan)
        self.watch(until=lambda: process.status is not None)
        del self._kept[plan.name]
        return process.status or 0

    def run_in_front(self, command: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> int:
        """Run a command that owns the terminal; signals reach it, and it has the programs' time to end. Its exit status."""
        child = subprocess.Popen([*tie(signal.SIGTERM), *command], env=dict(environment), cwd=folder)
        told, killed_at = None, 0.0
        while child.poll() is None:
            try:
                self.tend()
            except Stopped as stopped:
                if stopped.signum == signal.SIGINT and sys.stdin is not None and sys.stdin.isatty():
                    self._asked = None  # the terminal has told the command already
                elif told is None:
                    told, killed_at = stopped.signum, time.monotonic() + PROGRAMS_GONE_AFTER
                    child.send_signal(signal.SIGTERM)
                elif time.monotonic() > killed_at:
                    child.kill()
            time.sleep(STEP)
        return 128 + told if told else child.returncode if child.returncode >= 0 else 128 - child.returncode

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
