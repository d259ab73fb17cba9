"""One installation at work: its folder opened, its services running, its tables as this version wants them."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from trials.launcher import roles, services
from trials.launcher.folder import ROOT, Folder, Kind, version
from trials.launcher.processes import Plan
from trials.launcher.supervisor import Supervisor
from trials.launcher.told import Unable, note

BY_DEFAULT: dict[str, Path] = {"demo": ROOT / "data" / "demo", "run": ROOT / "data" / "trial"}


def folder_for(verb: str, given: Path | None) -> Folder:
    """The folder named, else the verb's own; other verbs take the one that is at work, the real one first, and say so."""
    named = given or (Path(os.environ["UPLIFT_DATA"]).absolute() if os.environ.get("UPLIFT_DATA") else None)
    if named or verb in BY_DEFAULT:
        return Folder(named or BY_DEFAULT[verb])
    known = [Folder(BY_DEFAULT["run"]), Folder(BY_DEFAULT["demo"])]
    at_work = [folder for folder in known if (folder.path / "running.json").exists()]
    made = [folder for folder in known if folder.made]
    chosen = (at_work or made or known)[0]
    note(f"Data folder: {chosen.path}")
    return chosen


@contextmanager
def at_hand(folder: Folder, *, wait_for_others: bool = True) -> Iterator[tuple[Supervisor, dict[str, str]]]:
    """The services of the folder for one command: those that run, else started for it and stopped after it."""
    folder.check_usable(None)
    with folder.locked() as ours, Supervisor() as supervisor:
        if not ours:
            facts = folder.running(within=services.STARTS_WITHIN)
            with folder.used():
                yield supervisor, services.base_environment(folder.path, folder.kind) | facts["addresses"]
            return
        with opened(supervisor, folder, "real") as environment:
            yield supervisor, environment
            if wait_for_others and not folder.others_are_done():
                note("Another command uses these services; waiting for it ...")
                supervisor.watch(until=folder.others_are_done)


@contextmanager
def opened(supervisor: Supervisor, folder: Folder, kind: Kind) -> Iterator[dict[str, str]]:
    """Make or open the folder (its lock must be held), start the services, migrate, and tell other commands where they are."""
    given = services.elsewhere()
    services.sweep(folder)
    new = folder.make(kind)
    if new and kind == "real":
        note(f"The keys are in {folder.path / 'secrets'}: copy these apart: without them identities and seeds are lost.")
    if given:
        roles.check_elsewhere(given["DATABASE_OWNER_URL"], given["DATABASE_URL"])
        environment = services.base_environment(folder.path, folder.kind) | given
        migrate(supervisor, folder, environment, always=True)
        folder.announce({"pid": os.getpid(), "addresses": given})
        yield environment
        return
    with services.embedded(supervisor, folder, kind=folder.kind) as addresses:
        environment = services.base_environment(folder.path, folder.kind) | addresses
        migrate(supervisor, folder, environment)
        folder.announce({"pid": os.getpid(), "addresses": addresses})
        yield environment


@contextmanager
def opened_for_restore(supervisor: Supervisor, folder: Folder, kind: Kind) -> Iterator[str]:
    """Rooms, roles and an empty database, nothing migrated and no keys made; gives the owner's address."""
    given = services.elsewhere()
    folder.make(kind, keys=False)
    if given:
        roles.check_elsewhere(given["DATABASE_OWNER_URL"], given["DATABASE_URL"])
        yield given["DATABASE_OWNER_URL"]
        return
    with services.embedded(supervisor, folder, kind=kind) as addresses:
        yield addresses["DATABASE_OWNER_URL"]


def migrate(supervisor: Supervisor, folder: Folder, environment: Mapping[str, str], *, always: bool = False) -> None:
    """Bring the tables to this version as the owner role; tables with people in them are backed up first."""
    mark, wanted = folder.path / "migrated", digest_of_migrations()
    if not always and mark.exists() and mark.read_text() == wanted:
        return
    as_owner = services.as_owner(environment)
    if not is_empty(environment["DATABASE_OWNER_URL"]) and manage(supervisor, folder, as_owner, "migrate", "--check", "--skip-checks"):
        from trials.launcher.backup import write

        kept = folder.path / "backups" / f"before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        write(supervisor, folder, environment, kept, with_keys=False)
        note(f"The tables change with this version; the backup before that is {kept}")
    if manage(supervisor, folder, as_owner, "migrate", "--skip-checks", "--verbosity", "1", "--no-input"):
        raise Unable(f"the tables could not be made: {last_line(folder.log('manage'))} (log: {folder.log('manage')})")
    mark.write_text(wanted)
    folder.mark_made(folder.kind, version())


def manage(supervisor: Supervisor, folder: Folder, environment: Mapping[str, str], *words: str) -> int:
    """Run one of the framework's commands in the background of the launcher; its output goes to logs/manage.log."""
    return supervisor.run(manage_plan(folder, environment, *words))


def manage_plan(folder: Folder, environment: Mapping[str, str], *words: str, name: str = "manage") -> Plan:
    return Plan(
        name=name,
        command=[sys.executable, str(ROOT / "manage.py"), *words],
        log=folder.log(name),
        environment=environment,
        folder=ROOT,
        once=True,
    )


def is_empty(owner_url: str) -> bool:
    """True for a database in which nothing was ever migrated."""
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        return connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,)


def digest_of_migrations() -> str:
    """What decides the tables: our migration files and the locked packages that bring their own."""
    told = hashlib.sha256((ROOT / "requirements" / "runtime.txt").read_bytes())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        told.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return told.hexdigest()


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1].strip() if lines else "no word why"
