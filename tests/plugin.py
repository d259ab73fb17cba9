"""Databases for tests: the owner migrates one template a run, each worker gets a clone, the suite connects as the application role.

The servers are there already: `./uplift test` starts them and sets DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL. This plugin is
loaded before Django reads its settings and points them at the worker's clone.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import coverage
import pytest

from tests import fresh
from trials.launcher.clones import Clones, with_name
from trials.launcher.told import Unable

gc.disable()  # until everything is collected (tests/quick.py): thousands of tests are made and none goes
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


def _needs(name: str) -> str:
    value = os.environ.get(f"UPLIFT_OUTER_{name}") or os.environ.get(name)
    if not value:
        raise pytest.UsageError(f"{name} is not set. Run the tests with ./uplift test, which starts the servers they need.")
    os.environ[f"UPLIFT_OUTER_{name}"] = value
    return value


APP_URL, OWNER_URL, REDIS_URL = (_needs(name) for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"))


CLONES = Clones(OWNER_URL)
try:
    TEMPLATE = CLONES.make_template(os.environ)
except Unable as fault:
    raise pytest.UsageError(str(fault)) from None


_made: list[str] = []


def clone(label: str, *, of: str | None = None) -> str:
    """A fresh copy of the template (about 20 ms); dropped at the end of the run."""
    name = f"t_{os.getpid()}_{label}_{len(_made)}"
    CLONES.clone(name, of=of or TEMPLATE)
    _made.append(name)
    return name


def drop(name: str) -> None:
    CLONES.drop(name)
    if name in _made:
        _made.remove(name)


DATABASE = clone(WORKER)
os.environ["DATABASE_URL"] = with_name(APP_URL, DATABASE)
os.environ["UPLIFT_DATABASE_KIND"] = "test"
os.environ["UPLIFT_TEST_ENTROPY"] = "tests"
os.environ.setdefault("UPLIFT_BASE_URL", "http://testserver")
os.environ.pop("UPLIFT_SMTP_URL", None)
_folder = tempfile.TemporaryDirectory(prefix="uplift-test-")
os.environ["UPLIFT_DATA"] = _folder.name
os.environ["UPLIFT_SECRETS"] = ""
_secrets = Path(_folder.name) / "secrets"
_secrets.mkdir(mode=0o700)
for _key in ("identity", "seed", "django"):
    (_secrets / f"{_key}.key").write_text(hashlib.sha256(f"tests {_key}".encode()).hexdigest() + "\n")
_base = REDIS_URL.split("?")[0].rstrip("/")
_number = int(WORKER.removeprefix("gw")) % 15 + 1
if REDIS_URL.startswith("redis+socket"):
    os.environ["REDIS_URL"] = f"{_base}?virtual_host={_number}"
else:
    os.environ["REDIS_URL"] = urlunsplit(urlsplit(REDIS_URL)._replace(path=f"/{_number}"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the long forms: more worlds, more rounds, more kills")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long forms run with --long alone; tests of the reference data need UPLIFT_REFERENCE, and fail without it under CI."""
    long_form = config.getoption("--long")
    have_reference = bool(os.environ.get("UPLIFT_REFERENCE"))
    left_out = [i for i in items if bool(i.get_closest_marker("long")) != long_form]
    if not have_reference and not os.environ.get("CI"):
        without = [i for i in items if i.get_closest_marker("reference") and i not in left_out]
        if without:
            sys.stderr.write(f"{len(without)} tests of the reference data are left out: UPLIFT_REFERENCE does not name its folder.\n")
        left_out += without
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [i for i in items if i not in left_out]
    if long_form:
        items.sort(key=_minutes, reverse=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Measuring makes a pure simulation two to four times as slow: `unmeasured` tests, and those that look at what a browser shows, add
    nothing that the floors need, so it stands still.

    A worker measures twice, once from its start and once for its master, so that everything that measures has to stop.
    """
    stopped: list[coverage.Coverage] = []
    goes_on = not any(item.get_closest_marker(marker) for marker in ("unmeasured", "browser"))
    while not goes_on and (measuring := coverage.Coverage.current()):
        measuring.stop()
        stopped.append(measuring)
    try:
        return (yield)
    finally:
        for measuring in reversed(stopped):
            measuring.start()


def _minutes(item: pytest.Item) -> float:
    """About how long a long form takes: the longest begin first, so that no worker is left with one at the end."""
    marker = item.get_closest_marker("long")
    return float(marker.kwargs.get("minutes", 0)) if marker else 0.0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--long"):
        terminalreporter.write_line(f"The long forms drew from a fresh seed; UPLIFT_TEST_SEED={fresh.told()} repeats them.")


def pytest_unconfigure() -> None:
    try:
        from django.db import connections

        connections.close_all()
    except Exception:  # settings never loaded
        pass
    for name in list(_made):
        drop(name)
    _folder.cleanup()
