"""Which status `./uplift test --long` ends with, and what `demo --once` leaves."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from tests import plugin
from trials.launcher.folder import ROOT
from trials.launcher.testing import long_status


@pytest.mark.parametrize(
    ("done", "chosen", "status"),
    [
        ([0, 0], False, 0),
        ([0, 1], False, 1),
        ([2, 1], False, 2),
        ([5, 0], False, 5),
        ([5, 0], True, 0),
        ([0, 5], True, 0),
        ([5, 1], True, 1),
        ([5, 5], True, 5),
    ],
)
def test_both_lanes_must_pass_and_tests_that_were_chosen_may_be_in_one_alone(done: list[int], chosen: bool, status: int) -> None:
    assert long_status(done, chosen=chosen) == status


class Item:
    """As much of a test as the order of long forms asks for."""

    def __init__(self, name: str, mark: pytest.MarkDecorator | None) -> None:
        self.name = name
        self.mark = mark and mark.mark

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return self.mark if self.mark and self.mark.name == name else None


def test_the_longest_of_the_long_forms_begin_first(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = {"short": None, "unsaid": pytest.mark.long, "two": pytest.mark.long(minutes=2), "fifteen": pytest.mark.long(minutes=15)}
    items = [Item(name, mark) for name, mark in marks.items()]
    monkeypatch.setattr(pytestconfig.option, "long", True)
    monkeypatch.setattr(pytestconfig.hook, "pytest_deselected", lambda items: None)
    plugin.pytest_collection_modifyitems(pytestconfig, items)  # type: ignore[arg-type]
    assert [item.name for item in items] == ["fifteen", "two", "unsaid"]


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.long(minutes=5)
def test_the_demonstration_built_twice_is_the_same_to_the_last_byte(place: Path) -> None:
    built = []
    for name in ("first", "second"):
        subprocess.run([ROOT / "uplift", "demo", "--once", place / name], check=True, capture_output=True, timeout=900)
        built.append(digests(place / name))
    assert {name.split("/")[0] for name in built[0]} == {"closed", "blinded"}
    assert built[0] == built[1]
