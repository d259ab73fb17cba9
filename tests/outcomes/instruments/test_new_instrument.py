"""The skeleton that `new_instrument` writes keeps the whole contract as it stands, so that filling it in is all there is to do."""

from __future__ import annotations

import importlib.util
import inspect
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import CommandError, call_command

from outcomes.domain.meaning import digests
from tests.outcomes.instruments import test_contract as contract


def written(folder: Path, code: str, *words: str) -> ModuleType:
    out = StringIO()
    call_command("new_instrument", code, *words, "--to", str(folder), stdout=out)
    assert "FILL IN" in out.getvalue()
    spec = importlib.util.spec_from_file_location(code, folder / f"{code}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "words",
    [[], ["--items", "5", "--options", "6", "--title", "Sleep"], ["--staff", "--items", "1", "--options", "2"], ["--measured", "mmol/L"]],
    ids=["as it comes", "longer", "by staff", "a measurement"],
)
def test_a_skeleton_keeps_the_contract(tmp_path: Path, monkeypatch, words: list[str]) -> None:
    made = written(tmp_path, "sleep", *words)
    instrument, code = made.INSTRUMENT, "sleep"
    monkeypatch.setattr(contract, "instruments", {code: instrument})
    monkeypatch.setattr(contract, "examples", {code: made.EXAMPLES})
    for example in made.EXAMPLES:
        contract.test_every_example_scores_as_its_file_says(code, example)
    whole = [
        f for name, f in vars(contract).items() if name.startswith("test_") and list(inspect.signature(f).parameters)[:1] == ["instrument"]
    ]
    assert len(whole) >= 9
    for check in whole:
        if list(inspect.signature(check).parameters) == ["instrument"]:
            check(instrument)
    assert (instrument.code, instrument.version, list(digests(instrument))) == ("sleep", "1", ["en"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Sleep"], "Sleep can't be a name"),
        (["_sleep"], "can't be a name"),
        (["../sleep"], "can't be a name"),
        (["sleep", "--items", "0"], "Give 1 to 200 items"),
        (["sleep", "--options", "1"], "Give 1 to 200 items"),
        (["sleep", "--title", 'a "b"'], "Leave quotation marks"),
    ],
)
def test_what_cannot_stand_is_refused_and_nothing_written(tmp_path: Path, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("new_instrument", *words, "--to", str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    written(tmp_path, "sleep", "--title", "A $title with CODE and COUNT")
    before = (tmp_path / "sleep.py").read_bytes()
    with pytest.raises(CommandError, match=r"sleep\.py is there already"):
        call_command("new_instrument", "sleep", "--to", str(tmp_path))
    assert (tmp_path / "sleep.py").read_bytes() == before
    assert b"A $title with CODE and COUNT" in before
