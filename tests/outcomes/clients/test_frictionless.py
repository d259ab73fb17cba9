"""frictionless reads the data package of every view and profile: types, words, keys; and it sees what is planted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outcomes.clients.conftest import KINDS, Files, Kind

pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_the_package_is_valid_and_every_row_was_read(validator, laid_out: dict[Kind, Path], bundles: dict[Kind, Files], kind: Kind) -> None:
    done = validator("frictionless", "validate", "datapackage.json", "--json", folder_of_run=laid_out[kind])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    told = json.loads(done.stdout)
    rows = {task["place"]: task["stats"]["rows"] for task in told["tasks"]}
    expected = {entry["name"]: entry["rows"] for entry in json.loads(bundles[kind]["manifest.json"])["files"] if "rows" in entry}
    del expected["codebook.csv"]
    assert (told["valid"], told["stats"]["errors"]) == (True, 0)
    assert rows == expected


def cell(body: str, line: int, column: str, value: str) -> str:
    """The table with another value in one cell; plain cells only."""
    lines = body.split("\n")
    cells = lines[line].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[line] = ",".join(cells)
    return "\n".join(lines)


PLANTED: dict[str, tuple[str, Callable[[str], str], str]] = {
    "a word that no list has": ("participant.csv", lambda body: cell(body, 1, "sex", "FEMALE"), "constraint-error"),
    "a day written the other way round": ("participant.csv", lambda body: cell(body, 1, "screened_on", "20/01/2025"), "type-error"),
    "a number that is none": ("session.csv", lambda body: cell(body, 1, "minutes", "an hour"), "type-error"),
    "a key twice": ("participant.csv", lambda body: body + body.rstrip("\n").rsplit("\n", 1)[1] + "\n", "primary-key"),
    "somebody who is not in the trial": ("baseline.csv", lambda body: cell(body, 1, "trial_id", "P-999"), "foreign-key"),
    "an item of a form that is not there": ("item.csv", lambda body: cell(body, 1, "visit", "week99"), "foreign-key"),
    "a key that is empty": ("assessment.csv", lambda body: cell(body, 1, "visit", ""), "constraint-error"),
    "a cell too many": ("item.csv", lambda body: body.replace("\n", ",more\n", 1), "extra-label"),
    "bytes that the package did not promise": ("item.csv", lambda body: body.replace("P-001", "P-002"), "hash-count"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_seen(validator, laid_out: dict[Kind, Path], tmp_path: Path, mistake: str) -> None:
    file, change, kind = PLANTED[mistake]
    for path in laid_out["closed", "full"].glob("*.csv"):
        shutil.copy(path, tmp_path)
    shutil.copy(laid_out["closed", "full"] / "datapackage.json", tmp_path)
    path = tmp_path / file
    path.write_bytes(change(path.read_bytes().decode()).encode())
    done = validator("frictionless", "validate", "datapackage.json", "--json", folder_of_run=tmp_path)
    assert done.returncode == 1, done.stderr
    kinds = {error["type"] for task in json.loads(done.stdout)["tasks"] if task["place"] == file for error in task["errors"]}
    assert kind in kinds
