"""`./uplift backup FILE` and `restore FILE`: database, cuts and exports in one tar file; the keys only on request.

backup.json     what made it: version, kind, PostgreSQL major, time, SHA-256 of every other file
database.dump   pg_dump's custom format
cuts/ exports/ secrets/   the folders as they were
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trials.launcher import postgres
from trials.launcher.arguments import Wanted
from trials.launcher.folder import Folder, newer, version
from trials.launcher.installation import at_hand, folder_for, is_empty, last_line, opened_for_restore
from trials.launcher.processes import Plan
from trials.launcher.supervisor import Stopped, Supervisor
from trials.launcher.told import Misused, Unable, note, say

KEPT = ("cuts", "exports")
MEMBERS = ("backup.json", "database.dump", "cuts", "exports", "secrets")


def backup(wanted: Wanted) -> int:
    """Write the file (0600, whole or not at all) while the installation goes on working."""
    file = Path(wanted.words[0]).expanduser().absolute()
    if file.exists():
        raise Unable(f"{file} exists; a backup never writes over another file")
    if not file.parent.is_dir():
        raise Unable(f"{file.parent} is no folder")
    try:
        with at_hand(folder := folder_for("backup", wanted.data)) as (supervisor, environment):
            write(supervisor, folder, environment, file, with_keys=wanted.with_keys)
    except Stopped as stopped:
        return 128 + stopped.signum
    say(f"Backup written to {file}")
    if not wanted.with_keys:
        say(f"The keys in {folder.path / 'secrets'} are not in it: keep a copy of them apart.")
    return 0


def write(supervisor: Supervisor, folder: Folder, environment: Mapping[str, str], file: Path, *, with_keys: bool) -> None:
    """The backup itself. pg_dump sees one moment of the database; cuts and exports are only ever added to."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as place:
        dump = Path(place) / "database.dump"
        _postgres_program(
            supervisor, Path(place), "pg_dump", "--format=custom", "--file", str(dump), f"--dbname={environment['DATABASE_OWNER_URL']}"
        )
        taken = [(dump, "database.dump")] + [
            each for name in (*KEPT, *(["secrets"] if with_keys else [])) for each in _files(folder.room(name))
        ]
        facts = {
            "version": version(),
            "kind": folder.kind,
            "postgresql": postgres.major(postgres.binaries()),
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "with_keys": with_keys,
            "sha256": {name: _digest(path) for path, name in taken},
        }
        told = Path(place) / "backup.json"
        told.write_text(json.dumps(facts, indent=1))
        whole = Path(place) / "whole.tar"
        with open(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
            for path, name in [(told, "backup.json"), *taken]:
                tar.add(path, arcname=name, recursive=False)
            raw.flush()
        os.link(whole, file)  # refuses to replace a file that appeared meanwhile


def restore(wanted: Wanted) -> int:
    """Bring a backup back into an empty folder; whatever goes wrong leaves the folder as empty as it was."""
    file = Path(wanted.words[0]).expanduser().absolute()
    folder = folder_for("restore", wanted.data)
    if folder.made:
        raise Unable(f"{folder.path} holds an installation; restore needs an empty folder: name a new one with --data DIR")
    with tempfile.TemporaryDirectory(prefix="uplift-restore-") as place:
        facts = unpack(file, Path(place))
        try:
            with folder.locked() as ours, Supervisor() as supervisor:
                if not ours:
                    raise Unable(f"another command works on {folder.path}")
                _restore(supervisor, folder, Path(place), facts)
        except Stopped as stopped:
            return 128 + stopped.signum
    say(f"Restored the backup of {facts['at']} into {folder.path}")
    if not facts["with_keys"]:
        note(
            f"Put your copy of the keys into {folder.path / 'secrets'} before the first start: without them identities and seeds are lost."
        )
    return 0


def unpack(file: Path, place: Path) -> dict[str, Any]:
    """Take a backup apart and check it against its own digests; Unable for anything that is not a whole backup of ours."""
    try:
        with tarfile.open(file) as tar:
            members = tar.getmembers()
            if strangers := [m.name for m in members if not _is_ours(m)]:
                raise Misused(f"{file} is no backup of Uplift: it holds {strangers[0]!r}")
            for member in filter(tarfile.TarInfo.isfile, members):
                _take_out(tar, member, place)
        facts: dict[str, Any] = json.loads((place / "backup.json").read_text())
        digests = {name: _digest(place / name) for name in facts["sha256"]}
    except FileNotFoundError as missing:
        raise Misused(f"{missing.filename} does not exist" if not file.exists() else f"{file} is no whole backup of Uplift") from missing
    except (tarfile.TarError, OSError, ValueError, KeyError) as failed:
        raise Misused(f"{file} is no backup of Uplift ({failed})") from failed
    if digests != facts["sha256"]:
        wrong = next(name for name in digests if digests[name] != facts["sha256"][name])
        raise Unable(f"{file} is damaged: {wrong} is not what was written")
    if newer(facts["version"]):
        raise Unable(f"{file} was made by Uplift {facts['version']}, which is newer than this one ({version()})")
    return facts


def _is_ours(member: tarfile.TarInfo) -> bool:
    """A plain file or folder under one of our names. (Debian 12's tarfile has no filter that would check it.)"""
    parts = member.name.split("/")
    return (member.isfile() or member.isdir()) and parts[0] in MEMBERS and not {"", ".", ".."} & set(parts)


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> None:
    path = place / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    within = tar.extractfile(member)
    assert within is not None  # a plain file has contents
    with within, open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(within, file)


def _restore(supervisor: Supervisor, folder: Folder, place: Path, facts: dict[str, Any]) -> None:
    brought = {path.name for path in folder.path.iterdir()} - {"lock"}
    if brought - {"secrets"}:
        raise Unable(f"{folder.path} is not empty (there is {min(brought)}); restore needs an empty folder: name a new one with --data DIR")
    try:
        with opened_for_restore(supervisor, folder, facts["kind"]) as owner_url:
            if not is_empty(owner_url):
                raise Unable("the database of DATABASE_OWNER_URL is not empty; restore needs an empty one")
            _postgres_program(
                supervisor,
                place,
                *("pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={owner_url}", str(place / "database.dump")),
            )
        for name in (*KEPT, *(["secrets"] if facts["with_keys"] else [])):
            for path, member in _files(place / name):
                kept = folder.path / member
                kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copy2(path, kept)
        folder.mark_made(facts["kind"], facts["version"])
    except BaseException:
        for path in folder.path.iterdir():
            if path.name not in {"lock", *brought}:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def _files(folder: Path) -> list[tuple[Path, str]]:
    if not folder.is_dir():
        return []
    return [
        (path, f"{folder.name}/{path.relative_to(folder)}")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _postgres_program(supervisor: Supervisor, place: Path, name: str, *words: str) -> None:
    """Run one of PostgreSQL's programs to its end; a signal meanwhile ends it with everything else."""
    log = place / f"{name}.log"
    plan = Plan(name, [str(postgres.binaries() / name), *words], log, dict(os.environ), place, once=True)
    if supervisor.run(plan):
        raise Unable(f"{name} failed: {last_line(log)}")
