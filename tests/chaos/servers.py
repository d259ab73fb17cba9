"""A PostgreSQL and a Valkey for tests to kill. The launcher's own supervisor keeps them, with shorter pauses than in life.

PostgreSQL keeps what it acknowledged, the broker nothing: losing its memory must cost nobody a message.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import dj_database_url
import pytest
from django.db import InterfaceError, OperationalError, connection

from tests import plugin
from trials.launcher import postgres, roles, services, supervisor, valkey
from trials.launcher.clones import Clones, with_name
from trials.launcher.postgres import Postgres
from trials.launcher.supervisor import Supervisor
from trials.launcher.valkey import Valkey

PAUSE = 0.5  # seconds that a dead server stays dead, where life has 1, 2, 4 ... 30
STARTS_WITHIN = 30.0
Answer = TypeVar("Answer")
PLANS = {"database": "postgres", "broker": "valkey"}


@dataclass
class Servers:
    """`kill` and `freeze` take "database" or "broker"."""

    supervisor: Supervisor
    database: str  # its address, as the restricted role
    broker: str
    log: Path
    owner: str = ""
    _killed: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def afresh(self, number: int) -> Iterator[Servers]:
        """The same two, with a database and a broker's room that nobody has used; the test's own connection goes to that database."""
        name, clones = f"wreck_{number}", Clones(self.owner)
        clones.clone(name, of=roles.DATABASE)
        address = with_name(self.database, name)
        with _spoken_to(address):
            yield replace(self, database=address, broker=f"{self.broker}?virtual_host={number}")

    def pid(self, name: str) -> int:
        return self.supervisor.pids()[PLANS[name]]

    def kill(self, name: str) -> None:
        """Without a warning: of PostgreSQL the postmaster alone, whose sessions find out by themselves."""
        self._killed[name] = self.pid(name)
        os.kill(self.pid(name), signal.SIGKILL)

    def is_dead(self, name: str) -> bool:
        return self._killed.get(name) == self.pid(name)

    def freeze(self, name: str) -> None:
        """It keeps its connections and says nothing more."""
        os.kill(self.pid(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGCONT)


@contextmanager
def standing() -> Iterator[Servers]:
    """Both, with the template's tables in the database; everything ends with the block."""
    with (
        tempfile.TemporaryDirectory(prefix="uplift-chaos-") as place,
        services.socket_folder() as sockets,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(supervisor, "FIRST_PAUSE", PAUSE)
        patch.setattr(supervisor, "LONGEST_PAUSE", PAUSE)
        here, programs = Path(place), postgres.binaries()
        here.chmod(0o711)  # PostgreSQL may have to run as another user
        postgres.make_cluster(here / "pg", programs, durable=False)
        database = Postgres(here / "pg", sockets, here / "postgres.log", programs)
        broker = Valkey(here, sockets, here / "valkey.log", valkey.binary(), durable=False)
        plans = [server.plan({**os.environ, "LC_ALL": "C.UTF-8"}) for server in (database, broker)]
        if plans[0].user:
            os.chown(sockets, *plans[0].user)
        with Supervisor() as keeper:
            for plan in plans:
                keeper.start(plan)
            for plan in plans:
                keeper.wait_ready(plan.name, within=STARTS_WITHIN)
            roles.provide(sockets)
            owner = roles.url(sockets, role="owner")
            _fill(owner, here / "template.dump", programs)
            yield Servers(keeper, roles.url(sockets, role="app"), f"redis+socket://{broker.socket}", database.log, owner)


def _fill(owner_url: str, dump: Path, programs: Path) -> None:
    """The template's tables, by way of a copy: nobody can clone a database that somebody is connected to."""
    copy = plugin.clone("dump")
    try:
        _run(programs / "pg_dump", "--format=custom", f"--file={dump}", f"--dbname={plugin.with_name(plugin.OWNER_URL, copy)}")
    finally:
        plugin.drop(copy)
    _run(programs / "pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={owner_url}", str(dump))


def _run(*words: object) -> None:
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@contextmanager
def _spoken_to(address: str) -> Iterator[None]:
    """The test's own connection goes to that database."""
    connection.close()
    before = dict(connection.settings_dict)
    wanted = dj_database_url.parse(address)
    connection.settings_dict.update({name: wanted[name] for name in ("HOST", "PORT", "NAME", "USER", "PASSWORD")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def asked(question: Callable[[], Answer]) -> Answer | None:
    """What the database answers; None while it is down or comes back."""
    try:
        return question()
    except (OperationalError, InterfaceError):
        connection.close()
        return None
