"""The Python environment is made once for a lock, and made again when the lock changes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from trials.launcher import environment
from trials.launcher.folder import ROOT
from trials.launcher.told import Unable


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been installed; nothing is."""
    (tmp_path / "requirements").mkdir()
    for name in ("runtime.txt", "export.txt", "report.txt", "dev.txt", "validators.txt"):
        (tmp_path / "requirements" / name).write_text(f"{name}==1\n")
    monkeypatch.setattr(environment, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setenv("UPLIFT_VENV", str(tmp_path / "venv"))
    monkeypatch.delenv("UPLIFT_PYTHON", raising=False)
    installed: list[str] = []

    def install(python: Path, lock: Path) -> None:
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text("")
        installed.append(lock.name)

    monkeypatch.setattr(environment, "_same_python", lambda python: python.exists())
    monkeypatch.setattr(environment, "_make_empty", lambda venv: None)
    monkeypatch.setattr(environment, "_install", install)
    (tmp_path / "venv").mkdir()
    return installed


def test_a_second_start_installs_nothing(made: list[str], tmp_path: Path) -> None:
    assert [environment.provide("runtime"), environment.provide("runtime")] == [tmp_path / "venv" / "bin" / "python"] * 2
    assert made == ["runtime.txt"]


def test_the_tests_packages_hold_the_runtime_ones_too(made: list[str]) -> None:
    environment.provide("dev")
    environment.provide("runtime")
    environment.provide("report")
    assert made == ["dev.txt"]


def test_the_validators_stand_apart_inside_the_environment(made: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.provide("dev")
    assert environment.provide("validators") == tmp_path / "venv" / "validators" / "bin" / "python"
    assert (environment.provide("validators"), environment.provide("dev"), made)[2] == ["dev.txt", "validators.txt"]
    monkeypatch.setenv("UPLIFT_PYTHON", sys.executable)
    assert environment.provide("validators") == tmp_path / "venv" / "validators" / "bin" / "python"


def test_the_packages_of_the_export_formats_come_where_they_are_asked_for(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPLIFT_EXTRA", raising=False)
    assert environment.wanted() == "runtime"
    environment.provide("runtime")
    monkeypatch.setenv("UPLIFT_EXTRA", "export")
    assert environment.wanted() == "export"
    environment.provide("export")
    environment.provide("runtime")
    assert made == ["runtime.txt", "export.txt"]
    monkeypatch.setenv("UPLIFT_EXTRA", "report")
    environment.provide(environment.wanted())
    environment.provide("export")
    assert made == ["runtime.txt", "export.txt", "report.txt"]
    monkeypatch.setenv("UPLIFT_EXTRA", "everything")
    with pytest.raises(Unable, match="UPLIFT_EXTRA is everything: there are the extras export and report, which holds export"):
        environment.wanted()


def test_a_changed_lock_is_installed(made: list[str], tmp_path: Path) -> None:
    environment.provide("runtime")
    (tmp_path / "requirements" / "runtime.txt").write_text("runtime.txt==2\n")
    environment.provide("runtime")
    assert made == ["runtime.txt", "runtime.txt"]


def test_an_interpreter_of_your_own_is_taken_as_it_is(made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLIFT_PYTHON", sys.executable)
    assert (environment.provide("dev"), made) == (Path(sys.executable), [])


def test_a_python_without_venv_is_answered_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment.os, "geteuid", lambda: 1000)
    monkeypatch.delenv("UPLIFT_PYTHON", raising=False)
    monkeypatch.setenv("UPLIFT_VENV", str(tmp_path / "venv"))
    with pytest.raises(Unable, match=r"python3 has no venv module: ask an administrator for the package python3\.\d+-venv"):
        environment.provide("runtime")


def test_where_uv_fails_pip_installs_with_the_same_hashes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[str] = []

    def run(command: list[object], **_: object) -> subprocess.CompletedProcess[str]:
        ran.append(" ".join(Path(str(word)).name for word in command))
        return subprocess.CompletedProcess([], 2 if "--system-certs" in command else 0, "", "invalid peer certificate")

    monkeypatch.setattr(environment, "_run", run)
    environment._install(tmp_path / "python", tmp_path / "runtime.txt")
    assert ran == [
        "python -m pip --disable-pip-version-check --no-input install --quiet --require-hashes -r installer.txt",
        "uv --system-certs pip sync --require-hashes --python python runtime.txt",
        "python -m pip --disable-pip-version-check --no-input install --require-hashes -r runtime.txt",
    ]


@pytest.mark.parametrize("lock", ["runtime.txt", "export.txt", "report.txt", "dev.txt", "installer.txt"])
def test_every_package_of_a_lock_has_hashes_and_no_index_is_named(lock: str) -> None:
    text = (Path(environment.ROOT) / "requirements" / lock).read_text()
    packages = [block for block in text.replace("\\\n", " ").splitlines() if block and not block.lstrip().startswith("#")]
    assert [block.split()[0] for block in packages if "--hash=sha256:" not in block] == []
    assert ("--index-url" in text, "://" in text) == (False, False)


def test_every_setting_that_the_launcher_reads_is_documented() -> None:
    sources = [path.read_text() for path in sorted(ROOT.glob("trials/launcher/*.py"))]
    read = {name for text in sources for name in re.findall(r'environ[^\n]*"(UPLIFT_[A-Z_]+)"', text)}
    documented = (ROOT / "docs/settings.md").read_text()
    assert read >= {name for name, _ in environment.SETTINGS}
    assert [name for name in sorted(read) if f"| `{name}` |" not in documented] == []
