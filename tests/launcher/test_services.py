"""A real PostgreSQL and a real Valkey: reachable by us alone, with the two roles, surviving a kill."""

from __future__ import annotations

import os
import signal
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from tests.launcher.test_supervisor import alive, wait_for
from trials.launcher import postgres, services
from trials.launcher.folder import Folder
from trials.launcher.supervisor import Supervisor
from trials.launcher.told import Misused, Unable


def sockets_of(addresses: dict[str, str]) -> Path:
    return Path(unquote(urlsplit(addresses["DATABASE_URL"]).netloc.split("@")[1]))


def ask_valkey(addresses: dict[str, str], command: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(addresses["REDIS_URL"].removeprefix("redis+socket://"))
        line.sendall(command.encode() + b"\r\n")
        return line.recv(4096)


def test_the_services_are_real_private_and_outlive_a_kill(place: Path) -> None:
    folder = Folder(place / "data")
    folder.make("test")
    with Supervisor() as supervisor, services.embedded(supervisor, folder, kind="test") as addresses:
        sockets = sockets_of(addresses)
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert len(str(sockets / ".s.PGSQL.5432")) < 107
        with psycopg.connect(addresses["DATABASE_OWNER_URL"], autocommit=True) as owner:
            owner.execute("CREATE TABLE kept (word text)")
            owner.execute("GRANT SELECT, INSERT ON kept TO uplift_app")
            assert owner.execute("SHOW listen_addresses").fetchone() == ("",)
            assert owner.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'uplift'").fetchone() == (
                "b",
                "C.UTF-8",
            )
        with psycopg.connect(addresses["DATABASE_URL"], autocommit=True) as app:
            app.execute("INSERT INTO kept VALUES ('told')")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("DELETE FROM kept")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("CREATE TABLE mine (word text)")
        assert ask_valkey(addresses, "SET bell rung") == b"+OK\r\n"
        assert ask_valkey(addresses, "CONFIG GET maxmemory-policy").endswith(b"noeviction\r\n")
        assert ask_valkey(addresses, "WAITAOF 1 0 1000").startswith(b"*2\r\n:1")

        os.kill(supervisor.pids()["postgres"], signal.SIGKILL)
        os.kill(supervisor.pids()["valkey"], signal.SIGKILL)
        for name in ("postgres", "valkey"):
            supervisor.wait_ready(name, within=20)
        with psycopg.connect(addresses["DATABASE_URL"]) as app:
            assert app.execute("SELECT word FROM kept").fetchall() == [("told",)]
        assert ask_valkey(addresses, "GET bell") == b"$4\r\nrung\r\n"
    assert not sockets.exists()


def test_a_session_that_outlives_a_killed_server_does_not_keep_the_next_one_from_starting(place: Path) -> None:
    """It is busy and finds out about the kill only when it next waits; until then it holds the memory that a new server needs."""
    folder = Folder(place / "data")
    folder.make("test")
    with (
        Supervisor() as supervisor,
        services.embedded(supervisor, folder, kind="test", durable=False) as addresses,
        ThreadPoolExecutor(1) as aside,
    ):
        busy = psycopg.connect(addresses["DATABASE_OWNER_URL"], autocommit=True)
        pid = busy.info.backend_pid
        rows = "generate_series(1, 10000)"
        asked = aside.submit(busy.execute, f"SELECT count(*) FROM {rows} a, {rows} b, {rows} c")
        wait_for(lambda: processor_ticks(pid) > 10, within=20)
        ours = postgres.Postgres(folder.room("pg"), sockets_of(addresses), folder.log("postgres"), postgres.binaries())
        assert ours.orphans() == set()  # as long as the server lives nobody touches its sessions
        os.kill(supervisor.pids()["postgres"], signal.SIGKILL)
        try:
            supervisor.wait_ready("postgres", within=20)
            with pytest.raises(psycopg.OperationalError):
                asked.result(10)
            assert (alive(pid), ours.orphans()) == (False, set())
        finally:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)  # else a failed test would wait for its end
        with psycopg.connect(addresses["DATABASE_URL"]) as app:
            assert app.execute("SELECT 1").fetchone() == (1,)


def processor_ticks(pid: int) -> int:
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))


def test_the_log_of_the_database_holds_no_values(place: Path) -> None:
    folder = Folder(place / "data")
    folder.make("test")
    with (
        Supervisor() as supervisor,
        services.embedded(supervisor, folder, kind="test", durable=False) as addresses,
        psycopg.connect(addresses["DATABASE_OWNER_URL"], autocommit=True) as owner,
    ):
        owner.execute("CREATE TABLE person (name text UNIQUE)")
        owner.execute("INSERT INTO person VALUES ('Niamh')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("INSERT INTO person VALUES ('Niamh')")
    log = folder.log("postgres").read_text()
    assert ("duplicate key value" in log, "Niamh" in log) == (True, False)


def test_root_without_user_namespaces_runs_it_as_another_user(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        assert postgres.disguise_for(place) == postgres.Disguise()
        return
    monkeypatch.setattr(postgres, "_namespaces_allowed", lambda: False)
    folder = Folder(place / "data")
    folder.make("test")
    with Supervisor() as supervisor, services.embedded(supervisor, folder, kind="test", durable=False) as addresses:
        assert folder.room("pg").stat().st_uid != 0
        with psycopg.connect(addresses["DATABASE_URL"]) as app:
            assert app.execute("SELECT current_user").fetchone() == ("app",)


def test_root_that_cannot_hide_does_not_open_folders_to_the_world(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        return
    monkeypatch.setattr(postgres, "_namespaces_allowed", lambda: False)
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    folder = Folder(closed / "data")
    folder.make("test")
    with (
        pytest.raises(Unable, match="cannot be reached by user"),
        Supervisor() as supervisor,
        services.embedded(supervisor, folder, kind="test"),
    ):
        pass
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_cluster_of_another_major_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("13\n")
    with pytest.raises(Unable, match=r"was made by PostgreSQL 13 and this installation brings \d+: take a backup"):
        postgres.check_major(tmp_path, postgres.binaries())


def test_with_three_addresses_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    assert services.elsewhere() == {}
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db/uplift")
    with pytest.raises(Misused, match="DATABASE_URL set but not DATABASE_OWNER_URL and REDIS_URL: set all three, or none"):
        services.elsewhere()
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://owner@db/uplift")
    monkeypatch.setenv("REDIS_URL", "redis://broker/0")
    assert services.elsewhere() == {
        "DATABASE_URL": "postgres://app@db/uplift",
        "DATABASE_OWNER_URL": "postgres://owner@db/uplift",
        "REDIS_URL": "redis://broker/0",
    }
