"""The whole launcher on an empty folder: served, shared with other commands, backed up, stopped, migrated with a backup first."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.launcher.test_supervisor import alive, descends, wait_for
from trials.launcher import installation, services
from trials.launcher.folder import ROOT, Folder
from trials.launcher.processes import Plan
from trials.launcher.supervisor import Supervisor
from trials.launcher.told import Unable

LINK = re.compile(r"http://127\.0\.0\.1:\d+/\S{43,}")


def uplift(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "uplift"), *words], capture_output=True, text=True, cwd=cwd, env=bare_environment(), check=False, timeout=60
    )


def bare_environment() -> dict[str, str]:
    """What `env -i PATH=... HOME=...` leaves, and the interpreter of these tests.

    Of the tests' packages one lets gunicorn name its processes, over the memory in which their environment is read: not with SPT_NOENV.
    """
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "UPLIFT_PYTHON": sys.executable, "SPT_NOENV": "1"}


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, subprocess.Popen[str], list[str]]]:
    """`./uplift run` on an empty folder: the folder, the process and the lines it has printed."""
    place = tmp_path_factory.mktemp("real") / "data"
    printed = place.parent / "printed"
    with printed.open("w") as out:
        process = subprocess.Popen(
            [str(ROOT / "uplift"), "run", "--data", str(place), "--port", "0"], stdout=out, stderr=out, text=True, env=bare_environment()
        )
    try:
        wait_for(lambda: LINK.search(printed.read_text()) is not None, within=90)
        yield place, process, printed.read_text().splitlines()
    finally:
        process.terminate()
        process.wait(20)


Running = tuple[Path, subprocess.Popen[str], list[str]]


def test_a_first_start_says_what_to_keep_where_it_answers_and_whom_to_invite(at_work: Running) -> None:
    place, _process, lines = at_work
    keys, address, link = lines
    assert keys == f"The keys are in {place}/secrets: copy these apart: without them identities and seeds are lost."
    assert address.startswith("Uplift answers at http://127.0.0.1:")
    assert LINK.search(link)
    with urllib.request.urlopen(f"{address.split()[-1]}/healthz") as answer:
        assert answer.status == 200
    told = LINK.search(link)[0].rpartition("=")[2]  # type: ignore[index]
    logs = [path for path in place.rglob("*") if path.is_file() and path.suffix == ".log"]
    assert (len(logs) >= 5, [path.name for path in logs if told in path.read_text()]) == (True, [])


def test_the_programs_serve_as_the_application_role_and_never_hear_of_the_owner(at_work: Running) -> None:
    place, _process, _lines = at_work
    pids = Folder(place).running(within=0)["programs"]
    assert sorted(pids) == ["beat", "postgres", "valkey", "web", "worker"]
    for name in ("web", "worker", "beat"):
        told = Path(f"/proc/{pids[name]}/environ").read_text()
        assert ("DATABASE_URL=postgres://app@" in told, "owner@" in told) == (True, False)


def test_a_command_shares_the_running_services(at_work: Running, tmp_path: Path) -> None:
    place, _process, _lines = at_work
    done = uplift(
        "manage",
        "--data",
        str(place),
        "shell",
        "-v0",
        "-c",
        "from django.db import connection as c; c.ensure_connection(); print(c.connection.info.user)",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "app\n", "")
    assert uplift("backup", "b.tar", "--data", str(place), cwd=tmp_path).returncode == 0
    assert (tmp_path / "b.tar").exists()


def test_a_second_start_is_told_where_the_first_one_answers(at_work: Running) -> None:
    place, _process, lines = at_work
    done = uplift("run", "--data", str(place))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"uplift: {place} is in use: Uplift already answers at {lines[1].split()[-1]}\n"
    assert "holds a real installation" in uplift("demo", "--data", str(place)).stderr


def test_a_stop_leaves_nothing_behind(at_work: Running) -> None:
    place, process, _lines = at_work
    below = [int(pid) for pid in os.listdir("/proc") if pid.isdecimal() and descends(int(pid), process.pid)]
    sockets = Path(Folder(place).running(within=0)["addresses"]["REDIS_URL"].removeprefix("redis+socket://")).parent
    assert (len(below) > 10, sockets.is_dir()) == (True, True)
    process.send_signal(signal.SIGINT)
    wait_for(lambda: process.poll() is not None and not any(map(alive, below)), within=6)
    assert (process.returncode, sockets.exists(), (place / "running.json").exists()) == (0, False, False)


@pytest.fixture
def migrated(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Supervisor, Folder, dict[str, str], list[str]]]:
    """An open folder whose framework commands are only noted: `migrate --check` says that something is pending."""
    folder, ran = Folder(place / "data"), list[str]()
    folder.make("real")

    def run(_supervisor: Supervisor, _folder: Folder, environment: dict[str, str], *words: str) -> int:
        assert environment["DATABASE_URL"] == environment["DATABASE_OWNER_URL"]
        ran.append(" ".join(words[:2]))
        return 1 if "--check" in words else 0

    monkeypatch.setattr(installation, "manage", run)
    with Supervisor() as supervisor, services.embedded(supervisor, folder, kind="real", durable=False) as addresses:
        yield supervisor, folder, services.base_environment(folder.path, "real") | addresses, ran


def test_tables_with_people_in_them_are_backed_up_before_they_change(
    migrated: tuple[Supervisor, Folder, dict[str, str], list[str]],
) -> None:
    supervisor, folder, environment, ran = migrated
    installation.migrate(supervisor, folder, environment)
    assert (ran, (folder.path / "backups").exists()) == (["migrate --skip-checks"], False)

    installation.migrate(supervisor, folder, environment)
    assert ran == ["migrate --skip-checks"], "the same migrations are not looked at twice"

    with psycopg.connect(environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("CREATE TABLE django_migrations (id int)")
    (folder.path / "migrated").write_text("an older version's")
    installation.migrate(supervisor, folder, environment)
    assert ran == ["migrate --skip-checks", "migrate --check", "migrate --skip-checks"]
    assert [path.name[:7] for path in (folder.path / "backups").iterdir()] == ["before-"]


def test_a_short_command_waits_for_another_that_uses_its_services(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "manage", lambda *_: 0)
    folder = Folder(place / "data")
    user = ["sh", "-c", "exec 9>>users; flock -s 9; touch using; sleep 0.7; touch used"]
    with installation.at_hand(folder) as (supervisor, _environment):
        supervisor.start(Plan("user", user, folder.log("user"), dict(os.environ), folder.path, once=True))
        wait_for((folder.path / "using").exists, within=5)
        assert not (folder.path / "used").exists()
        began = time.monotonic()
    assert ((folder.path / "used").exists(), time.monotonic() - began > 0.3) == (True, True)


def test_migrations_that_fail_stop_the_start(
    migrated: tuple[Supervisor, Folder, dict[str, str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor, folder, environment, _ran = migrated
    monkeypatch.setattr(installation, "manage", lambda *_: 1)
    with pytest.raises(Unable, match="the tables could not be made: no word why"):
        installation.migrate(supervisor, folder, environment)
    assert not (folder.path / "migrated").exists()


def test_the_launcher_never_imports_the_framework() -> None:
    names = sorted(f"trials.launcher.{path.stem}" for path in (ROOT / "trials" / "launcher").glob("*.py") if not path.stem.startswith("__"))
    code = f"import sys, importlib; [importlib.import_module(name) for name in {names!r}]; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
