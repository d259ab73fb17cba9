"""`./uplift test` and `./uplift check`: the same environment, services of their own, nothing skipped in silence."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from trials.launcher import apt, clients, services
from trials.launcher.arguments import Wanted
from trials.launcher.folder import ROOT
from trials.launcher.supervisor import Stopped, Supervisor
from trials.launcher.told import Unable, note, say

WORKERS, LONG_WORKERS = "3", "2"  # on two cores: short tests wait a quarter of their time, long ones keep both busy
ONE_BY_ONE = ("--maxschedchunk", "1")  # long forms come longest first: a worker that is through takes the next one, never a handful
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")  # what a file shares is made once, and long files, which come first, spread out
SECOND_LANE = (
    "-m",
    "not browser",
    "--ignore-glob=tests/*/domain",
    "--ignore=tests/launcher",
    "--ignore=tests/chaos",
    "--ignore=tests/mutation",
)
# What the whole short form must have walked through, in per cent of lines and branches; files that are complete are not listed.
FLOORS = (("--skip-covered", "--fail-under=90"), ("--skip-covered", "--show-missing", "--include=*/domain/*", "--fail-under=100"))
NONE_CHOSEN = 5  # pytest's status when no test was selected
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PURE = ("trials/domain", "participants/domain", "outcomes/domain", "outcomes/instruments", "outcomes/checklists")


def test(wanted: Wanted) -> int:
    """Exit status of pytest; the whole short form must also keep the floors of coverage.

    --long runs the long forms, then what meets a server once more on the system's PostgreSQL and Redis.
    """
    browser = chromium()
    words = list(wanted.words)
    chosen = any(word == "-n" or word.startswith(("-n", "--numprocesses")) for word in words)
    short, long = ([] if chosen else ["-n", workers] for workers in (WORKERS, LONG_WORKERS))
    short += words if words else BY_FILE
    try:
        if not wanted.long:
            return _pytest(short, browser, measured=not words)
        say("Long forms")
        done = [_pytest(["--long", *ONE_BY_ONE, *long, *words], browser, more=clients.provide()), _second_lane(short, browser)]
    except Stopped as stopped:
        return 128 + stopped.signum
    return long_status(done, chosen=bool(wanted.words))


def long_status(done: list[int], *, chosen: bool) -> int:
    """The first fault of the two lanes; of tests that somebody chose, one lane may have none."""
    if chosen and set(done) != {NONE_CHOSEN}:
        done = [status for status in done if status != NONE_CHOSEN]
    return next((status for status in done if status), 0)


def _pytest(
    words: list[str], browser: Path, *, system: bool = False, measured: bool = False, more: Mapping[str, str] = MappingProxyType({})
) -> int:
    with Supervisor() as supervisor, services.temporary(supervisor, "test", system=system) as environment:
        given = {
            **environment,
            **more,
            "CHROMIUM": str(browser),
            "PATH": with_programs(environment),
            "COVERAGE_FILE": str(Path(environment["UPLIFT_DATA"]) / "coverage"),
        }

        def run(*words: str) -> int:
            return supervisor.run_in_front([sys.executable, "-m", *words], environment=given, folder=ROOT)

        if not measured:
            return run("pytest", *words)
        return run("pytest", "--cov", "--cov-report=", *words) or max(run("coverage", "report", *floor) for floor in FLOORS)


def _second_lane(words: list[str], browser: Path) -> int:
    """The short form on the PostgreSQL and Redis of the system, which are other versions and other builds.

    Pure cores, the launcher's own servers and what a browser shows do not depend on the server that the suite is given: they
    are left out, so that both lanes together keep to their time.
    """
    if services.elsewhere():
        say("Second lane: left out, the tests above ran on the servers named by DATABASE_URL and REDIS_URL")
        return 0
    _provide_by_apt({"postgres": ("postgresql-15", "postgresql"), "redis-server": ("redis-server",)})
    say("Second lane: the system's PostgreSQL and Redis")
    return _pytest([*SECOND_LANE, *words], browser, system=True)


def _provide_by_apt(wanted: Mapping[str, tuple[str, ...]]) -> None:
    from trials.launcher import postgres, valkey

    finders: dict[str, Callable[[], object]] = {"postgres": postgres.system_binaries, "redis-server": valkey.system_binary}
    for name, packages in wanted.items():
        if finders[name]() is None and not any(apt.install(package) for package in packages):
            raise Unable(f"the second lane needs the system's {name}: apt-get install {packages[0]}")


def chromium() -> Path:
    """The browser of the tests: $CHROMIUM, else the system's, else from apt when root; never none."""
    if given := os.environ.get("CHROMIUM"):
        if shutil.which(given) is None:
            raise Unable(f"CHROMIUM names {given}, which is no program")
        return Path(str(shutil.which(given)))
    if found := _browser_on_path():
        return found
    note("Installing Chromium ...")
    if apt.install("chromium") and (found := _browser_on_path()):
        return found
    raise Unable("the tests need Chromium: apt-get install chromium (as root), or set CHROMIUM to a browser's program")


def _browser_on_path() -> Path | None:
    return next((Path(there) for name in BROWSERS if (there := shutil.which(name))), None)


def check() -> int:
    """Run every check, tell each one's outcome, 1 if any failed. No fault hides behind an earlier one."""
    try:
        with Supervisor() as supervisor, services.temporary(supervisor, "test") as environment:
            given = {**environment, "PATH": with_programs(environment), "UPLIFT_BASE_URL": "https://uplift.example"}
            failed = [name for name, command in checks().items() if not _passes(supervisor, name, command, given)]
    except Stopped as stopped:
        return 128 + stopped.signum
    say(f"check: {', '.join(failed)} failed" if failed else "check: all passed")
    return 1 if failed else 0


def checks() -> dict[str, list[str]]:
    """What is checked, in this order."""
    python = sys.executable
    pure = [name for name in PURE if (ROOT / name).is_dir()]
    return {
        "style": [python, "-m", "ruff", "check", "."],
        "format": [python, "-m", "ruff", "format", "--check", "."],
        "types": [python, "-m", "mypy", "--strict", *pure],
        "imports": [str(Path(python).with_name("lint-imports"))],
        "migrations": [python, "manage.py", "makemigrations", "--check", "--dry-run"],
        "deployment": [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    }


def _passes(supervisor: Supervisor, name: str, command: list[str], environment: Mapping[str, str]) -> bool:
    began = time.monotonic()
    say(f"check: {name} ...")
    status = supervisor.run_in_front(command, environment=environment, folder=ROOT)
    supervisor.check()
    say(f"check: {name} {'passed' if status == 0 else f'FAILED (status {status})'} after {time.monotonic() - began:.1f} s")
    return status == 0


def with_programs(environment: Mapping[str, str]) -> str:
    """The PATH with the environment's own programs first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
