"""The dataset in every view and profile, with every format, and the programs of other people that read it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from outcomes.exports.bundle import view_columns
from outcomes.exports.closed import bands_of, write_closed
from outcomes.exports.formats import formats
from outcomes.exports.packing import with_formats
from outcomes.exports.profiled import columns_in_profile, in_profile, stamp_in
from outcomes.exports.profiles import PROFILES
from outcomes.exports.typed import Table, tables_of
from outcomes.exports.views import blinded_files, closed_files
from tests.outcomes import crowd, world

Files = dict[str, bytes]
Kind = tuple[str, str]
KINDS: tuple[Kind, ...] = tuple((view, profile) for view in ("closed", "blinded") for profile in PROFILES)
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
PLAIN = {"PATH": SYSTEM, "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
GOT_BY = {"Rscript": "r-base-core r-cran-haven r-cran-foreign", "pspp": "pspp"}


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Files]:
    """View and profile -> the files of a cut of sixty-one people, with every format."""
    folder = tmp_path_factory.mktemp("cut")
    people, protocol = crowd.everybody(), world.protocol()
    write_closed(folder, people, protocol, world.AS_OF, providers=world.PROVIDERS, version="0.1.0")
    dummies = {p.trial_id: p.arm_dummy for p in people if p.arm}
    views = {"closed": closed_files(folder), "blinded": blinded_files(folder, protocol, dummies=dummies, as_of=world.AS_OF)}
    found = {}
    for view, profile in KINDS:
        files, seen = views[view], view_columns(view, bands_of(protocol))
        if profile != "full":
            files = in_profile(files, profile, seen, protocol, secret=bytes(32), cut_at=world.AS_OF)
        columns = columns_in_profile(seen, profile)
        found[view, profile] = with_formats(
            files, formats, columns, title="Limerick", protocol=protocol, stamp=stamp_in(profile, world.AS_OF)
        )
    return found


@pytest.fixture(scope="session")
def laid_out(bundles: dict[Kind, Files], tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    """The same, as folders."""
    found = {}
    for kind, files in bundles.items():
        found[kind] = tmp_path_factory.mktemp("-".join(kind))
        for name, body in files.items():
            (found[kind] / name).parent.mkdir(exist_ok=True)
            (found[kind] / name).write_bytes(body)
    return found


@pytest.fixture(scope="session")
def tables(bundles: dict[Kind, Files]) -> dict[Kind, list[Table]]:
    bands = bands_of(world.protocol())
    return {
        (view, profile): tables_of(files, columns_in_profile(view_columns(view, bands), profile))
        for (view, profile), files in bundles.items()
    }


@pytest.fixture(scope="session")
def debian() -> Callable[..., str]:
    """Runs a program of Debian's and gives what it printed. A missing one fails, with its cure."""

    def run(program: str, *words: object, folder: Path | None = None) -> str:
        found = shutil.which(program, path=SYSTEM)
        assert found, f"the long form reads the dataset with Debian's {program}: apt-get install {GOT_BY[program]}"
        done = subprocess.run(
            [found, *map(str, words)], cwd=folder, env=PLAIN, capture_output=True, text=True, check=False, timeout=300
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def validator() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program of the validators' environment. Where there is none the test fails and says why."""
    folder = os.environ.get("UPLIFT_VALIDATORS")
    why = os.environ.get("UPLIFT_NO_VALIDATORS", "./uplift test --long makes the environment that they stand in")

    def run(program: str, *words: object, folder_of_run: Path | None = None) -> subprocess.CompletedProcess[str]:
        assert folder, f"the long form validates the dataset with {program}: {why}"
        path = Path(folder) / program
        assert path.is_file(), f"{path} is not there: requirements/validators.txt must hold it"
        plain = {**PLAIN, "PATH": f"{folder}:{SYSTEM}", **{k: v for k, v in os.environ.items() if k.startswith("OPENBLAS")}}
        return subprocess.run(
            [str(path), *map(str, words)], cwd=folder_of_run, env=plain, capture_output=True, text=True, check=False, timeout=300
        )  # fmt: skip

    return run
