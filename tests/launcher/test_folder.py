"""The data folder: private, locked by one, and refused when another version or another kind made it."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from trials.launcher import folder as folders
from trials.launcher.folder import KEYS, Folder
from trials.launcher.told import Unable


def mode(path: Path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_a_new_folder_has_its_rooms_marks_and_keys_and_is_ours_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    assert folder.make("real") is True
    assert sorted(p.name for p in folder.path.iterdir()) == ["KIND", "VERSION", "cuts", "exports", "logs", "secrets", "valkey"]
    assert {mode(folder.path), *(mode(folder.room(name)) for name in ("secrets", "cuts", "exports", "logs", "valkey"))} == {"0o700"}
    assert [(mode(folder.key(name)), bool(re.fullmatch("[0-9a-f]{64}\n", folder.key(name).read_text()))) for name in KEYS] == [
        ("0o600", True)
    ] * 3
    assert len({folder.key(name).read_text() for name in KEYS}) == 3
    assert (folder.kind, (folder.path / "VERSION").read_text()) == ("real", folders.version() + "\n")


def test_opening_it_again_keeps_the_keys(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.make("demo")
    keys = [folder.key(name).read_text() for name in KEYS]
    assert folder.make("demo") is False
    assert [folder.key(name).read_text() for name in KEYS] == keys


def test_a_missing_key_is_asked_for_and_never_replaced(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.make("real")
    folder.key("seed").unlink()
    with pytest.raises(Unable, match=r"seed\.key is missing: put back your copy of the keys"):
        folder.make("real")
    assert not folder.key("seed").exists()


@pytest.mark.parametrize(
    ("found", "refusal"),
    [
        ("99.0.0", "was last used by Uplift 99.0.0, which is newer than this one (0.9.0): use that version or a newer one"),
        ("0.10", "was last used by Uplift 0.10, which is newer than this one (0.9.0): use that version or a newer one"),
        ("0.9.1", "was last used by Uplift 0.9.1, which is newer than this one (0.9.0): use that version or a newer one"),
        ("soon", "/VERSION says 'soon', which is no version: the folder cannot be opened safely"),
        ("", "/VERSION says '', which is no version: the folder cannot be opened safely"),
        ("0.9.0", None),
        ("0.8.7", None),
    ],
)
def test_a_folder_of_a_newer_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str, refusal: str | None) -> None:
    folder = Folder(tmp_path)
    folder.make("real")
    monkeypatch.setattr(folders, "version", lambda: "0.9.0")
    (tmp_path / "VERSION").write_text(found + "\n")
    if refusal is None:
        folder.check_usable("real")
        return
    with pytest.raises(Unable) as refused:
        folder.check_usable("real")
    assert str(refused.value).removeprefix(str(tmp_path)).strip() == refusal


def test_a_demonstration_is_not_opened_for_real_use(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.make("demo")
    folder.check_usable(None)
    with pytest.raises(Unable, match="holds the demonstration trial: name another folder with --data DIR"):
        folder.check_usable("real")


def test_a_folder_with_other_things_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    tmp_path.chmod(0o755)
    with pytest.raises(Unable, match=r"holds other things \(thesis.docx\)"), Folder(tmp_path).locked():
        pass
    assert (mode(tmp_path), [p.name for p in tmp_path.iterdir()]) == ("0o755", ["thesis.docx"])


def test_one_command_holds_the_folder_and_others_find_its_services(tmp_path: Path) -> None:
    folder, other = Folder(tmp_path), Folder(tmp_path)
    with folder.locked() as ours:
        with other.locked() as theirs:
            assert (ours, theirs) == (True, False)
        folder.announce({"pid": 7, "addresses": {}})
        assert other.running(within=0) == {"pid": 7, "addresses": {}}
        assert mode(tmp_path / "running.json") == "0o600"
    with pytest.raises(Unable, match="another command holds"):
        other.running(within=0)
    with other.locked() as now:
        assert now is True


def test_a_command_that_uses_the_services_is_waited_for(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.others_are_done() is True
    with Folder(tmp_path).used():
        assert folder.others_are_done() is False
    assert folder.others_are_done() is True
