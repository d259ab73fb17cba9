"""The two programs that go out with the closed dataset: their settings are the protocol's, and they are the same bytes each time."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from outcomes.exports import analysis
from outcomes.exports.analysis import scripts
from tests.outcomes import world


def assigned(source: bytes) -> dict[str, object]:
    """Names that the program sets at its top to plain values."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def test_the_settings_are_the_protocols() -> None:
    found = assigned(scripts(world.protocol())["analysis.py"])
    assert {name: found[name] for name in ("ARMS", "REFERENCE", "PRIMARY", "FACTORS", "BASELINE_VISIT")} == {
        "ARMS": ["RET", "WL"], "REFERENCE": "WL", "PRIMARY": ["week8", "gad7"], "FACTORS": ["site", "sex"], "BASELINE_VISIT": "baseline",
    }  # fmt: skip
    assert (found["FORM_VISITS"][:3], found["FORM_INSTRUMENTS"][:3]) == (["baseline", "baseline", "week1"], ["phq9", "gad7", "phq9"])  # type: ignore[index]
    told = scripts(world.protocol())["analysis.R"].decode()
    assert 'ARMS <- c("RET", "WL")\nREFERENCE <- "WL"\nPRIMARY <- c("week8", "gad7")\nFACTORS <- c("site", "sex")\n' in told


def test_a_trial_without_a_primary_outcome_has_none_to_adjust() -> None:
    bare = scripts(replace(world.protocol(), primary=None))
    assert assigned(bare["analysis.py"])["PRIMARY"] == []
    assert "PRIMARY <- c()\n" in bare["analysis.R"].decode()


def test_the_same_protocol_gives_the_same_bytes_and_a_text_is_never_code() -> None:
    protocol = world.protocol()
    assert scripts(protocol) == scripts(protocol)
    odd = replace(protocol, arms=(replace(protocol.arms[0], code='A"); quit("'), *protocol.arms[1:]))
    assert assigned(scripts(odd)["analysis.py"])["ARMS"] == ['A"); quit("', "WL"]
    assert 'ARMS <- c("A\\"); quit(\\"", "WL")\n' in scripts(odd)["analysis.R"].decode()


def test_a_program_without_its_marks_is_not_sent_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in analysis.WRITTEN:
        (tmp_path / name).write_text("print(1)\n")
    monkeypatch.setattr(analysis, "SCRIPTS", tmp_path)
    with pytest.raises(ValueError, match="analysis.R must hold its settings once"):
        scripts(world.protocol())
