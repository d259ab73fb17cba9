"""Run in a staged folder: mutmut makes the mutants, and each meets the tests that reach it in a forked copy of one pytest session.

The mutants, their names and the switch between them are mutmut's; only its runner, which starts a pytest session for every mutant, is
not used. The tests are collected once, and no test is run before the copies are made: neither collecting again nor anything computed
earlier stands between a mutant and its tests. Those that killed its neighbours come first, then the quickest, until one fails.
Writes found.json: how many were killed by a failure and how many by the clock, and every other with its change.
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import re
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol
from mutmut import __main__ as mutmut
from mutmut.configuration import config
from mutmut.mutation import trampoline
from mutmut.mutation.diff_apply import get_diff_for_mutant

PROCESSES = 2
BUDGET = 2.0
"""Processor seconds of tests that a mutant meets: of those that reach it the quickest, and those named after its file before others.
What only further ones would kill counts as alive."""
PATIENCE = 4.0  # under a mutant a test may take so many times the processor seconds that it took without, and half a second
MOST_MEMORY = 2 * 1024**3  # bytes of address space; a mutant that wants more fails
SURVIVED, KILLED, LOST, TIMED_OUT = 0, 1, 2, -signal.SIGPROF  # lost: the hunt itself broke, which counts as alive
QUIET = ("-q", "-s", "--no-header", "--assert=plain", "--tb=no", "-p", "no:cacheprovider", "-p", "no:terminalreporter")

Reached = dict[str, tuple[float, list[str]]]
"""Test -> seconds of processor, and the functions it reaches."""


def generate() -> list[str]:
    """The mutants' names; the mutated copy of the folder is there then, and is what Python imports."""
    mutmut.copy_src_dir()
    mutmut.copy_also_copy_files()
    mutmut.setup_source_paths()
    mutmut.create_mutants(PROCESSES)
    return [name for meta in sorted(Path("mutants").glob("**/*.meta")) for name in json.loads(meta.read_text())["exit_code_by_key"]]


class Hunt:
    """A pytest plug-in whose test loop is the hunt."""

    def __init__(self, mutants: list[str]) -> None:
        self.mutants = mutants
        self.fates: dict[str, int] = {}
        self.killers = mmap.mmap(-1, 4 * len(mutants))  # the place of the test that killed each, written by the copies
        self.kills: dict[str, Counter[str]] = defaultdict(Counter)  # function -> tests that killed mutants of it

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Failed("the tests can't be collected")
        items = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()  # what stands already isn't copied for the sake of looking it over
        reached = self._reached(items)
        by_function: dict[str, list[str]] = defaultdict(list)
        for test in sorted(reached, key=lambda test: reached[test][0]):
            for function in reached[test][1]:
                by_function[function].append(test)
        running: dict[int, int] = {}
        for number, mutant in enumerate(self.mutants):
            function = mutant.rpartition("__mutmut_")[0]
            own = re.compile(rf"/test_{function.rpartition('.')[0].rpartition('.')[2]}(_\w+)?\.py::")  # the tests named after the file
            tests = _affordable(sorted(by_function[function], key=lambda test, own=own: not own.search(test)), reached)
            tests.sort(key=lambda test: -self.kills[function][test])
            if len(running) == PROCESSES:
                self._await_one(running, session.items)
            running[_forked(lambda n=number, t=tests: self._meets(n, [(items[test], reached[test][0]) for test in t], session.items))] = (
                number
            )
        while running:
            self._await_one(running, session.items)
        return True

    def _await_one(self, running: dict[int, int], items: list[pytest.Item]) -> None:
        pid, status = os.wait()
        number, fate = running.pop(pid), os.waitstatus_to_exitcode(status)
        self.fates[self.mutants[number]] = fate if fate in (SURVIVED, LOST, TIMED_OUT) else KILLED  # by a failure, or it broke Python
        if fate == KILLED:
            killer = int.from_bytes(self.killers[4 * number : 4 * number + 4])
            self.kills[self.mutants[number].rpartition("__mutmut_")[0]][items[killer].nodeid] += 1

    def _meets(self, number: int, tests: list[tuple[pytest.Item, float]], items: list[pytest.Item]) -> int:
        """An endless loop ends the process by its timer, which counts processor seconds."""
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        switch_to(self.mutants[number])
        for item, seconds in tests:
            signal.setitimer(signal.ITIMER_PROF, 0.5 + PATIENCE * seconds)
            if _fails(item):
                self.killers[4 * number : 4 * number + 4] = items.index(item).to_bytes(4)
                return KILLED
        return SURVIVED

    def _reached(self, items: dict[str, pytest.Item]) -> Reached:
        """What each test reaches, found in a copy as well; every test must pass there, or take more than any mutant is given."""
        told, seen, late = Path("reached.json").absolute(), set[str](), list[bool]()

        def too_slow(*_: object) -> None:
            late.append(True)
            raise TooSlow

        def look() -> int:
            trampoline.record_trampoline_hit = lambda name, caller: seen.add(name)
            signal.signal(signal.SIGPROF, too_slow)
            switch_to("stats")
            found: Reached = {}
            for name, item in items.items():
                seen.clear()
                late.clear()
                began = time.process_time()
                signal.setitimer(signal.ITIMER_PROF, BUDGET)
                failed, took = _fails(item), time.process_time() - began
                signal.setitimer(signal.ITIMER_PROF, 0)
                if late:
                    print(f"{name} is too slow", flush=True)
                elif failed:
                    print(f"{name} fails without a mutation", file=sys.__stderr__, flush=True)
                    return LOST
                else:
                    found[name] = (took, sorted(seen))
            told.write_text(json.dumps(found))
            return 0

        os.waitpid(_forked(look, quiet=False), 0)
        return json.loads(told.read_text())


class TooSlow(BaseException):
    """Passes by whatever a test expects to be raised."""


def switch_to(mutant: str) -> None:
    """What mutmut's switch in every function reads: a variable, since looking into the environment at every call takes long."""
    trampoline.get_mutant_under_test = lambda: mutant


def _affordable(tests: list[str], reached: Reached) -> list[str]:
    """The first, and one at least."""
    spent = accumulate(reached[test][0] for test in tests)
    return [test for test, so_far in zip(tests, spent, strict=True) if so_far <= BUDGET] or tests[:1]


def _fails(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _forked(step: Callable[[], int], *, quiet: bool = True) -> int:
    """The pid of a copy of this process that does the step and ends with its answer."""
    pid = os.fork()
    if pid:
        return pid
    status = LOST
    try:
        if quiet:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
        status = step()
    finally:
        os._exit(status)


def others(fates: dict[str, int]) -> Iterator[dict[str, str]]:
    for name, fate in fates.items():
        if fate in (SURVIVED, LOST):
            path = name.rpartition(".")[0].replace(".", "/") + ".py"
            lines = [line for line in get_diff_for_mutant(name, path=path).splitlines() if not line.startswith(("---", "+++", "@@"))]
            was, becomes = (" ".join(line[1:].strip() for line in lines if line[0] == sign) for sign in "-+")
            yield {
                "module": path.removeprefix("trials/domain/randomisation/").removesuffix(".py"),
                "function": name.rpartition(".")[2],
                "was": was,
                "becomes": becomes,
            }


def main() -> int:
    mutants, tests = generate(), config().pytest_add_cli_args_test_selection
    switch_to("")
    hunt, folder = Hunt(mutants), Path.cwd()
    os.chdir("mutants")
    status = pytest.main([*QUIET, *config().pytest_add_cli_args, *tests], plugins=[hunt])
    os.chdir(folder)
    if status != pytest.ExitCode.OK or set(hunt.fates) != set(mutants):
        print(f"pytest ended with {status}; {len(hunt.fates)} of {len(mutants)} mutants were met", file=sys.stderr)
        return 1
    count = Counter(hunt.fates.values())
    Path("found.json").write_text(
        json.dumps(
            {"killed": count[KILLED], "timed_out": count[TIMED_OUT], "others": list(others(hunt.fates))}, indent=1, ensure_ascii=False
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
