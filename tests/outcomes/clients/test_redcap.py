"""linkml-redcap reads the data dictionary of every view and profile, and sees what is planted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outcomes.clients.conftest import KINDS, Kind

pytestmark = pytest.mark.long
CHECK = Path(__file__).with_name("check_dictionary.py")

PLANTED: dict[str, tuple[Callable[[str], str], str]] = {
    "a name that REDCap would refuse": (lambda body: body.replace("participant_site,", "Participant-Site,", 1), "Participant-Site"),
    "a type that there is not": (lambda body: body.replace(",dropdown,", ",choice,", 1), "choice"),
    "a validation that there is not": (lambda body: body.replace(",date_ymd,", ",date,", 1), "'date'"),
    "a column that is not REDCap's": (lambda body: body.replace("Field Note", "Note", 1), "the columns are not REDCap's"),
    "a field twice": (lambda body: body + body.rstrip("\n").rsplit("\n", 1)[1] + "\n", "stands twice"),
    "a form in two places": (lambda body: body + "late,participant,,text,Late,,,,,,,,,,,,,\n", "the rows of participant do not stand together"),
    "a label that is empty": (lambda body: body.replace(",text,Site,", ",text,,", 1), "field_label"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_the_dictionary_is_clean(validator, laid_out: dict[Kind, Path], kind: Kind) -> None:
    done = validator("python", CHECK, laid_out[kind] / "redcap/dictionary.csv")
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr[-2000:]


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_seen(validator, laid_out: dict[Kind, Path], tmp_path: Path, mistake: str) -> None:
    change, word = PLANTED[mistake]
    before = (laid_out["closed", "full"] / "redcap/dictionary.csv").read_bytes().decode()
    after = change(before)
    assert after != before
    path = tmp_path / "dictionary.csv"
    path.write_bytes(after.encode())
    done = validator("python", CHECK, path)
    assert done.returncode == 1, done.stderr[-2000:]
    assert word in done.stdout
