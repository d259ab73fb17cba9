"""What the long forms are given of other people's programs, and what they are told where one can't be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from trials.launcher import clients
from trials.launcher.told import Unable


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, list[str]]:
    """A machine on which every program stands; `asked` is what was asked of apt-get."""
    told: dict[str, list[str]] = {"there": list(clients.DEBIAN), "asked": []}
    monkeypatch.setattr(clients.shutil, "which", lambda name, path: f"/usr/bin/{name}" if name in told["there"] else None)
    monkeypatch.setattr(clients, "HELD_UP", {})
    monkeypatch.setattr(clients.apt, "install", lambda *packages: told["asked"].extend(packages) or True)
    monkeypatch.setattr(clients.environment, "provide", lambda packages: tmp_path / packages / "bin" / "python")
    return told


def test_nothing_is_installed_where_everything_stands(machine: dict[str, list[str]], tmp_path: Path) -> None:
    assert clients.provide() == {"UPLIFT_VALIDATORS": str(tmp_path / "validators" / "bin")}
    assert machine["asked"] == []


def test_what_is_missing_is_asked_of_debian_all_at_once(machine: dict[str, list[str]]) -> None:
    machine["there"] = ["khal"]
    clients.provide()
    assert machine["asked"] == ["r-base-core", "r-cran-haven", "r-cran-foreign", "pspp"]


def test_r_without_its_readers_is_not_all_of_it(machine: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "HELD_UP", {"Rscript": lambda path: False})
    clients.provide()
    assert machine["asked"] == ["r-base-core", "r-cran-haven", "r-cran-foreign"]


def test_where_there_are_no_validators_the_tests_are_told_why(machine: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(packages: str) -> Path:
        raise Unable("the packages of validators.txt could not be installed: no line")

    monkeypatch.setattr(clients.environment, "provide", refuse)
    assert clients.provide() == {"UPLIFT_NO_VALIDATORS": "the packages of validators.txt could not be installed: no line"}
