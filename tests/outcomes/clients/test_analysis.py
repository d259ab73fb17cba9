"""`analysis.R` and `analysis.py`, as they lie in the dataset, run on its CSV files alone and give our figures to eight digits."""

from __future__ import annotations

import csv
import io
import math
import shutil
from pathlib import Path

import pytest

from outcomes.domain.results import plan_of, tables
from outcomes.exports.blinded import values
from outcomes.exports.typed import Table
from tests.outcomes import world
from tests.outcomes.clients.conftest import Kind

pytestmark = pytest.mark.long
PROFILES = ("full", "limited", "public")
Key = tuple[str, ...]
Figures = dict[Key, float]


@pytest.fixture(scope="module")
def alone(laid_out: dict[Kind, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The closed datasets with nothing in them but the CSV files and the two programs."""
    found = {}
    for profile in PROFILES:
        found[profile] = tmp_path_factory.mktemp(profile)
        for path in laid_out["closed", profile].iterdir():
            if path.suffix in (".csv", ".R", ".py"):
                shutil.copy(path, found[profile])
    return found


def figures_of(printed: str) -> Figures:
    rows = list(csv.DictReader(io.StringIO(printed)))
    found = {
        tuple(row[name] for name in ("table", "arm", "visit", "instrument", "variable", "figure")): float(row["value"]) for row in rows
    }
    assert len(found) == len(rows), "a figure stands twice"
    return found


def ours(tables_of_kind: list[Table]) -> Figures:
    rows = {table.file: [values(row, table.columns) for row in table.rows] for table in tables_of_kind}
    lines = tables(plan_of(world.protocol()), rows["participant"], rows["baseline"], rows["assessment"])
    return {(x.table, x.arm, x.visit, x.instrument, x.variable, x.figure): float(x.value) for x in lines}


def agree(found: Figures, wanted: Figures) -> None:
    assert sorted(found) == sorted(wanted)
    apart = {key: (found[key], value) for key, value in wanted.items() if not math.isclose(found[key], value, rel_tol=1e-8, abs_tol=1e-10)}
    assert apart == {}


@pytest.mark.parametrize("profile", PROFILES)
def test_r_makes_our_tables(debian, alone: dict[str, Path], tables: dict[Kind, list[Table]], profile: str) -> None:  # type: ignore[no-untyped-def]
    agree(figures_of(debian("Rscript", "--vanilla", "analysis.R", folder=alone[profile])), ours(tables["closed", profile]))


@pytest.mark.parametrize("profile", PROFILES)
def test_statsmodels_makes_our_tables(validator, alone: dict[str, Path], tables: dict[Kind, list[Table]], profile: str) -> None:  # type: ignore[no-untyped-def]
    done = validator("python", "analysis.py", folder_of_run=alone[profile])
    assert done.returncode == 0, done.stderr[-3000:]
    agree(figures_of(done.stdout), ours(tables["closed", profile]))


def test_every_table_was_there_to_compare(tables: dict[Kind, list[Table]]) -> None:
    wanted = ours(tables["closed", "full"])
    counted = {name: sum(key[0] == name for key in wanted) for name in ("baseline", "visits", "adjusted", "effect", "risk")}
    assert counted["adjusted"] == 8
    assert min(counted["baseline"], counted["visits"]) > 60
    assert min(counted["effect"], counted["risk"]) >= 40


def test_a_score_that_was_changed_changes_the_figures(
    debian, alone: dict[str, Path], tables: dict[Kind, list[Table]], tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    """The comparison itself can fail: one total that is half a point higher is seen."""
    for path in alone["full"].iterdir():
        shutil.copy(path, tmp_path)
    path = tmp_path / "assessment.csv"
    head, *rows = list(csv.reader(io.StringIO(path.read_text())))
    row = next(r for r in rows if r[1:3] == ["week8", "gad7"] and r[head.index("total_unrounded")])
    row[head.index("total_unrounded")] = str(float(row[head.index("total_unrounded")]) + 0.5)
    with path.open("w", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows([head, *rows])
    with pytest.raises(AssertionError):
        agree(figures_of(debian("Rscript", "--vanilla", "analysis.R", folder=tmp_path)), ours(tables["closed", "full"]))
