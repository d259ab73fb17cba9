"""Every instrument file keeps the same contract; a new file is tested by being there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.domain.instrument import Example, Instrument, Item
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


def test_no_file_is_left_half_filled() -> None:
    assert [path.name for path in (ROOT / "outcomes" / "instruments").glob("*.py") if "FILL IN" in path.read_text()] == []


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


@pytest.mark.parametrize(
    ("code", "example"),
    [(code, example) for code, given in examples.items() for example in given],
    ids=[f"{code}-{n}" for code, given in examples.items() for n, _ in enumerate(given)],
)
def test_every_example_has_the_subscales_and_computed_values_that_its_file_says(code: str, example: Example) -> None:
    instrument = instruments[code]
    assert {scale: score.total for scale, score in instrument.subscores(example.answers).items()}.items() >= example.subscales.items()
    assert instrument.computed(example.answers).items() >= example.computed.items()


@EACH
def test_examples_show_the_whole_the_missing_and_every_part(instrument: Instrument) -> None:
    """An example with every scored item answered; of sub-scales, computed values and total at least one each that has a value."""
    given = examples[instrument.code]
    assert any(not instrument.missing(example.answers) for example in given)
    assert any(instrument.missing(example.answers) for example in given)
    assert {scale.code for scale in instrument.subscales} == {code for e in given for code, v in e.subscales.items() if v is not None}
    text = {each.code for each in instrument.computations if each.values}
    assert {c.code for c in instrument.computations} - text <= {code for e in given for code, v in e.computed.items() if v is not None}
    assert (instrument.scoring == "none") == all(example.total is None for example in given)


@EACH
def test_bands_cover_the_scale_without_gap_or_overlap(instrument: Instrument) -> None:
    bands = instrument.bands
    if bands:
        assert (bands[0].lowest, bands[-1].highest) == (instrument.lowest_total, instrument.highest_total)
        assert [after.lowest for _, after in pairwise(bands)] == [before.highest + 1 for before, _ in pairwise(bands)]
        assert instrument.scoring == "sum"


@EACH
def test_every_item_is_either_chosen_or_measured(instrument: Instrument) -> None:
    for item in instrument.items:
        assert bool(item.options) != (item.quantity is not None)
        assert len(set(item.values)) == len(item.values)
        if item.quantity is not None:
            assert item.quantity.low < item.quantity.high
            assert item.quantity.unit
            assert instrument.answered_by == "staff"
    if instrument.scoring == "value":
        assert [item.quantity is not None for item in instrument.scored_items] == [True]
        assert instrument.scored_items[0].quantity is not None
        assert instrument.scored_items[0].quantity.method


@EACH
def test_conditions_subscales_alerts_and_derivations_name_items_that_are_there(instrument: Instrument) -> None:
    numbers = [item.number for item in instrument.items]
    for item in instrument.items:
        if item.only_if is not None:
            assert numbers.index(item.only_if.item) < numbers.index(item.number)
    assert {number for scale in instrument.subscales for number in scale.items} <= set(numbers)
    for alert in instrument.alerts:
        assert alert.at_least in instrument.item(alert.item).values
        assert alert.source
    if instrument.derived_from is not None:
        assert set(instrument.derived_from) == {item.number for item in instrument.scored_items}
        for number, (source, theirs) in instrument.derived_from.items():
            assert instruments[source].item(theirs).values == instrument.item(number).values
            assert instruments[source].derived_from is None


@EACH
def test_words_are_whole_or_come_from_the_deployment(instrument: Instrument) -> None:
    """A file has all of its words or none of them, and says whose they are where it has them."""
    items = [bool(item.text) for item in instrument.items]
    labels = [bool(option.label) for item in instrument.items for option in item.options]
    assert set(items + labels) in ({True}, {False})
    if instrument.unworded:
        assert (instrument.stem, instrument.rights, instrument.source != "") == ("", "", True)
    elif any(item.options for item in instrument.items):
        assert instrument.rights
        assert instrument.stem
    for language in instrument.languages:
        worded = instrument.in_language(language)
        assert worded is not None
        assert (worded.language, worded.unworded) == (language, False)
    assert len(set(instrument.languages)) == len(instrument.languages)
    assert all(words.source for words in instrument.translations)


@EACH
def test_numbers_codes_and_rules_are_unique_and_the_default_exists(instrument: Instrument) -> None:
    for seen in (
        [item.number for item in instrument.items],
        [item.loinc for item in instrument.items if item.loinc],
        [item.cdisc.testcd for item in instrument.items if item.cdisc],
        [band.code for band in instrument.bands],
        [rule.code for rule in instrument.rules],
        [*[item.number for item in instrument.items], *[s.code for s in instrument.subscales], *[c.code for c in instrument.computations]],
    ):
        assert len(seen) == len(set(seen))
    assert instrument.rule(instrument.default_rule).code == instrument.default_rule
    assert examples[instrument.code]


@EACH
def test_codes_keep_their_shapes(instrument: Instrument) -> None:
    codes = [code for item in instrument.items for code in (item.cdisc, item.cdisc_earlier) if code]
    codes += [code for code in (instrument.cdisc_total, instrument.cdisc_total_earlier, instrument.cdisc_analysis_total) if code]
    for code in codes:
        assert re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", code.testcd)
        assert 0 < len(code.test) <= 40
        assert re.fullmatch(r"(C\d{5,6})?", code.nci)
    loinc = [item.loinc for item in instrument.items] + [instrument.loinc_panel, instrument.loinc_total]
    assert [code for code in loinc if code and not is_loinc(code)] == []


def is_loinc(code: str) -> bool:
    """Digits, a dash and the check digit: Luhn's, as LOINC computes it."""
    number, _, check = code.partition("-")
    doubled = [int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(number))]
    return check == str(-sum(d // 10 + d % 10 for d in doubled) % 10)


@EACH
def test_every_cut_names_its_source(instrument: Instrument) -> None:
    cuts = instrument.cuts
    if cuts is not None:
        named = {name for name in ("caseness", "recovery", "remission_below", "mcid", "reliable_change") if getattr(cuts, name) is not None}
        assert set(cuts.sources) == named
        assert all(cuts.sources.values())
        assert instrument.lowest_total == 0 or not cuts.response


@EACH
@pytest.mark.parametrize("value", [True, "1", 1.0, -1, 10_000, [], {}], ids=repr)
def test_a_wrong_answer_to_any_question_is_refused_by_name(instrument: Instrument, value: object) -> None:
    for item in instrument.items:
        if item.quantity is not None and not isinstance(value, bool) and value in ("1", 1.0):
            continue
        with pytest.raises(ValueError, match=f"^{re.escape(instrument.title)} item {re.escape(item.number)}: "):
            instrument.score({item.number: value})  # type: ignore[dict-item]


@EACH
@settings(derandomize=True, max_examples=40, database=None, deadline=None)
@given(data=st.data())
def test_totals_keep_to_their_scale_and_rise_with_the_points(instrument: Instrument, data: st.DataObject) -> None:
    """Any answers: a total within its bounds or none; order of keys, None and absence change nothing; more points never lower it."""
    numbers = [item.number for item in instrument.items]
    answers = {n: data.draw(st.none() | answer(instrument.item(n)), label=n) for n in numbers}
    rule = data.draw(st.sampled_from([rule.code for rule in instrument.rules]))
    score = instrument.score(answers, rule)
    assert score == instrument.score({n: v for n, v in reversed(answers.items()) if v is not None}, rule)
    assert score.n_answered == sum(answers[item.number] is not None for item in instrument.scored_items)
    assert (score.total is None) == (score.total_unrounded is None)
    if score.total_unrounded is not None:
        assert instrument.lowest_total <= score.total_unrounded <= instrument.highest_total
    assert (score.severity is None) == (score.total is None or not instrument.bands)
    item = instrument.item(data.draw(st.sampled_from([item.number for item in instrument.scored_items])))
    low, high = sorted((data.draw(answer(item)), data.draw(answer(item))), key=lambda value: item.points(item.read(value)))
    lower, higher = (instrument.score({**answers, item.number: value}, rule).total_unrounded for value in (low, high))
    assert (lower is None) == (higher is None)
    assert lower is None or higher is None or lower <= higher


def answer(item: Item) -> st.SearchStrategy[int | Decimal]:
    if item.quantity is None:
        return st.sampled_from(item.values)
    return st.decimals(item.quantity.low, item.quantity.high, places=item.quantity.decimals)


@EACH
@settings(derandomize=True, max_examples=30, database=None, deadline=None)
@given(data=st.data())
def test_what_is_kept_scores_as_what_was_given(instrument: Instrument, data: st.DataObject) -> None:
    given_ = {item.number: data.draw(answer(item)) for item in instrument.items if data.draw(st.booleans())}
    kept = {number: instrument.item(number).kept(value) for number, value in instrument.checked(given_).items()}
    assert json.loads(json.dumps(kept)) == kept
    assert instrument.score(kept) == instrument.score(given_)
    assert instrument.reached(kept).items() <= kept.items()
