"""Every instrument file keeps the same contract; a new file is tested by being there."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from outcomes.domain.instrument import Example, Instrument
from outcomes.instruments import examples, instruments

ROOT = Path(__file__).resolve().parents[3]
EACH = pytest.mark.parametrize("instrument", instruments.values(), ids=list(instruments))


@pytest.mark.parametrize(
    ("code", "example"),
    [(code, example) for code, given in examples.items() for example in given],
    ids=[f"{code}-{n}" for code, given in examples.items() for n, _ in enumerate(given)],
)
def test_every_example_scores_as_its_file_says(code: str, example: Example) -> None:
    score = instruments[code].score(example.answers, rule=example.rule)
    assert (
        score.total,
        score.total_unrounded,
        score.n_answered,
        score.severity,
        len(score.alerts),
        score.flags,
        score.rule,
    ) == (
        example.total,
        example.total_unrounded,
        example.n_answered,
        example.severity,
        example.n_alerts,
        example.flags,
        example.rule or instruments[code].default_rule,
    )


def test_instruments_are_found_by_looking() -> None:
    files = {path.stem for path in (ROOT / "outcomes" / "instruments").glob("*.py")} - {"__init__"}
    assert set(instruments) == files
    assert {"phq9", "gad7"} <= files


def test_scoring_needs_nothing_but_the_standard_library() -> None:
    code = "from outcomes.instruments import instruments; print(instruments['phq9'].score({'9': 1}).alerts[0].item)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "9\n"


@EACH
def test_bands_cover_the_scale_without_gap_or_overlap(instrument: Instrument) -> None:
    bands = instrument.bands
    assert (bands[0].lowest, bands[-1].highest) == (0, instrument.highest_total)
    assert [after.lowest for _, after in pairwise(bands)] == [before.highest + 1 for before, _ in pairwise(bands)]


@EACH
def test_numbers_codes_and_rules_are_unique_and_the_default_exists(instrument: Instrument) -> None:
    for seen in (
        [item.number for item in instrument.items],
        [item.loinc for item in instrument.items],
        [item.cdisc.testcd for item in instrument.items if item.cdisc],
        [band.code for band in instrument.bands],
        [rule.code for rule in instrument.rules],
    ):
        assert len(seen) == len(set(seen))
    assert instrument.rule(instrument.default_rule).code == instrument.default_rule
    assert examples[instrument.code]


@EACH
def test_cdisc_codes_keep_their_lengths(instrument: Instrument) -> None:
    codes = [code for item in instrument.items for code in (item.cdisc, item.cdisc_earlier) if code]
    codes += [code for code in (instrument.cdisc_total, instrument.cdisc_total_earlier) if code]
    assert [c.testcd for c in codes if len(c.testcd) > 8 or len(c.test) > 40] == []


@EACH
def test_every_cut_names_its_source(instrument: Instrument) -> None:
    assert set(instrument.cuts.sources) == {"caseness", "recovery", "remission_below", "mcid", "reliable_change"}
    assert all(instrument.cuts.sources.values())
