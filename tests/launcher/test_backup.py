"""What was backed up comes back whole, into an empty folder only; the keys travel on request."""

from __future__ import annotations

import json
import shutil
import stat
import tarfile
from pathlib import Path

import psycopg
import pytest

from trials.launcher import backup, services
from trials.launcher import folder as folders
from trials.launcher.arguments import Wanted
from trials.launcher.folder import KEYS, Folder
from trials.launcher.supervisor import Supervisor
from trials.launcher.told import Misused, Unable


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, Path, Path]:
    """An installation with a row, a cut and an export, and two backups of it: without and with the keys."""
    top = tmp_path_factory.mktemp("installation")
    for walked in (top, top.parent, top.parent.parent):
        walked.chmod(0o711)
    folder = Folder(top / "data")
    folder.make("real")
    (folder.room("cuts") / "C01").mkdir()
    (folder.room("cuts") / "C01" / "participants.csv").write_text("usubjid\nP-001\n")
    (folder.room("exports") / "report.json").write_text("{}")
    with pytest.MonkeyPatch.context() as patch, Supervisor() as supervisor:
        for name in services.ADDRESSES:
            patch.delenv(name, raising=False)
        with services.embedded(supervisor, folder, kind="real", durable=False) as addresses:
            with psycopg.connect(addresses["DATABASE_OWNER_URL"], autocommit=True) as owner:
                owner.execute("CREATE TABLE kept (word text)")
                owner.execute("CREATE FUNCTION told() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT word FROM public.kept'")
                owner.execute("GRANT CREATE ON SCHEMA public TO uplift_audit")
                owner.execute("ALTER FUNCTION told() OWNER TO uplift_audit")
                owner.execute("GRANT SELECT ON kept TO uplift_audit")
                owner.execute("INSERT INTO kept VALUES ('told')")
            environment = services.base_environment(folder.path, "real") | addresses
            backup.write(supervisor, folder, environment, top / "plain.tar", with_keys=False)
            backup.write(supervisor, folder, environment, top / "keys.tar", with_keys=True)
    return folder, top / "plain.tar", top / "keys.tar"


def restored(file: Path, into: Path) -> int:
    return backup.restore(Wanted("restore", (str(file),), data=into))


def test_everything_comes_back_into_an_empty_folder(made: tuple[Folder, Path, Path], place: Path) -> None:
    original, _plain, with_keys = made
    new = Folder(place / "new")
    assert restored(with_keys, new.path) == 0
    assert (new.kind, (new.path / "VERSION").read_text()) == ("real", folders.version() + "\n")
    assert (new.room("cuts") / "C01" / "participants.csv").read_text() == "usubjid\nP-001\n"
    assert (new.room("exports") / "report.json").read_text() == "{}"
    assert [new.key(name).read_text() for name in KEYS] == [original.key(name).read_text() for name in KEYS]
    assert [stat.S_IMODE(new.key(name).stat().st_mode) for name in KEYS] == [0o600] * 3
    with Supervisor() as supervisor, services.embedded(supervisor, new, kind="real", durable=False) as addresses:
        with psycopg.connect(addresses["DATABASE_URL"]) as app:
            assert app.execute("SELECT told()").fetchone() == ("told",)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("SELECT word FROM kept")
        with psycopg.connect(addresses["DATABASE_OWNER_URL"]) as owner:
            assert owner.execute("SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'told'").fetchone() == ("uplift_audit",)


def test_without_the_keys_the_folder_waits_for_your_copy(made: tuple[Folder, Path, Path], place: Path) -> None:
    _original, plain, _with_keys = made
    with tarfile.open(plain) as tar:
        assert [name for name in tar.getnames() if name.startswith("secrets")] == []
    new = Folder(place / "new")
    assert restored(plain, new.path) == 0
    assert list(new.room("secrets").iterdir()) == []
    with pytest.raises(Unable, match="put back your copy of the keys"):
        new.make("real")


def test_a_backup_is_private_and_says_what_made_it(made: tuple[Folder, Path, Path]) -> None:
    _original, plain, _with_keys = made
    assert stat.S_IMODE(plain.stat().st_mode) == 0o600
    with tarfile.open(plain) as tar:
        facts = json.load(tar.extractfile("backup.json"))  # type: ignore[arg-type]
    assert (facts["version"], facts["kind"], facts["with_keys"]) == (folders.version(), "real", False)
    assert sorted(facts["sha256"]) == ["cuts/C01/participants.csv", "database.dump", "exports/report.json"]


def test_a_folder_that_holds_something_is_refused(made: tuple[Folder, Path, Path], tmp_path: Path) -> None:
    original, plain, _with_keys = made
    with pytest.raises(Unable, match="holds an installation; restore needs an empty folder"):
        restored(plain, original.path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Unable, match=r"holds other things \(notes.txt\)"):
        restored(plain, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def rewritten(file: Path, into: Path, **changed: bytes) -> Path:
    """The same backup with some members replaced, unknown to its own digests."""
    with tarfile.open(file) as old:
        old.extractall(into / "parts")
    for name, content in changed.items():
        (into / "parts" / name.replace("__", ".")).write_bytes(content)
    with tarfile.open(into / "changed.tar", "w") as new:
        for part in sorted((into / "parts").iterdir()):
            new.add(part, arcname=part.name)
    shutil.rmtree(into / "parts")
    return into / "changed.tar"


def test_a_damaged_or_foreign_file_leaves_the_folder_empty(made: tuple[Folder, Path, Path], tmp_path: Path) -> None:
    _original, plain, _with_keys = made
    into = tmp_path / "new"
    with pytest.raises(Unable, match=r"is damaged: database.dump is not what was written"):
        restored(rewritten(plain, tmp_path, database__dump=b"half a dump"), into)
    with pytest.raises(Misused, match=r"is no backup of Uplift: it holds 'passwd'"):
        restored(rewritten(plain, tmp_path, passwd=b"root"), into)
    (tmp_path / "letter.tar").write_text("dear all")
    with pytest.raises(Misused, match="is no backup of Uplift"):
        restored(tmp_path / "letter.tar", into)
    with pytest.raises(Misused, match="does not exist"):
        restored(tmp_path / "nowhere.tar", into)
    assert not into.exists()


@pytest.mark.parametrize(
    ("name", "kind"), [("cuts/../../out", tarfile.REGTYPE), ("/cuts/out", tarfile.REGTYPE), ("cuts/out", tarfile.SYMTYPE)]
)
def test_a_file_that_would_leave_its_folder_is_refused(name: str, kind: bytes, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "sly.tar", "w") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    with pytest.raises(Misused, match="is no backup of Uplift: it holds"):
        restored(tmp_path / "sly.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_backup_of_a_newer_version_is_refused(made: tuple[Folder, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "version", lambda: "0.0.1")
    with pytest.raises(Unable, match="which is newer than this one"):
        restored(made[1], tmp_path / "new")


def test_a_restore_that_fails_leaves_nothing_behind(made: tuple[Folder, Path, Path], place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Unable("pg_restore failed: no room")

    monkeypatch.setattr(backup, "_postgres_program", fail)
    with pytest.raises(Unable, match="no room"):
        restored(made[1], place / "new")
    assert [p.name for p in (place / "new").iterdir()] == ["lock"]


def test_a_backup_never_writes_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "old.tar").write_text("the only copy")
    with pytest.raises(Unable, match="a backup never writes over another file"):
        backup.backup(Wanted("backup", (str(tmp_path / "old.tar"),)))
    assert (tmp_path / "old.tar").read_text() == "the only copy"
