"""What an instrument is declared with: measured quantities, conditions, reversed items, sub-scales, computed values, words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from outcomes.domain.change import Change, Total, compare
from outcomes.domain.forms import following
from outcomes.domain.instrument import Computed, Condition, Cuts, Instrument, Item, MissingRule, Option, Quantity, Subscale, Words, numbered
from outcomes.instruments import instruments
from tests.outcomes import world

KG = Quantity(unit="kg", low=Decimal(20), high=Decimal(300), decimals=1)
SCALE = tuple(Option(value=v, label=f"answer {v}") for v in range(1, 5))


def of(*items: Item, **more: object) -> Instrument:
    return Instrument(code="made", title="Made up", version="1", stem="stem", items=items, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "kept"), [("62.5", "62.5"), (62, "62.0"), (62.5, "62.5"), (Decimal("62.50"), "62.5"), (" 300 ", "300.0"), ("20", "20.0")]
)
def test_a_measured_value_is_kept_with_its_decimals(given: object, kept: str) -> None:
    item = Item(number="1", text="Mass", quantity=KG)
    assert item.kept(item.read(given)) == kept
    assert item.label_of(given) == f"{kept} kg"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("62.55", "62.55 has more than 1 decimals"),
        ("heavy", "'heavy' is not a number"),
        ("", "'' is not a number"),
        ("1e3", "'1e3' is not a number"),
        ("62,5", "'62,5' is not a number"),
        ("NaN", "'NaN' is not a number"),
        ("١٢٣", "'١٢٣' is not a number"),
        (float("inf"), "'inf' is not a number"),
        (True, "'True' is not a number"),
        ([62], "'[62]' is not a number"),
        ("9" * 5000, f"'{'9' * 40}' is not a number"),
        (19.9, "19.9 is not between 20 and 300 kg"),
        (301, "301 is not between 20 and 300 kg"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_measured_value_is_refused_in_words(given: object, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        of(Item(number="1", text="Mass", quantity=KG)).checked({"1": given})  # type: ignore[dict-item]
    assert str(refusal.value) == f"Made up item 1: {sentence}"


def test_whole_numbers_are_asked_for_where_no_decimals_are_kept() -> None:
    with pytest.raises(ValueError, match=r"62\.5 is not a whole number"):
        Quantity(unit="mmHg", low=Decimal(20), high=Decimal(300)).read("62.5")


def test_the_total_of_a_measurement_is_its_one_value() -> None:
    found = of(Item(number="1", text="Mass", quantity=KG), Item(number="2", text="Other", quantity=KG, scored=False), scoring="value")
    score = found.score({"1": "62.5", "2": "70"})
    assert (score.total, score.total_unrounded, score.n_answered, score.severity, score.flags) == (63, Decimal("62.5"), 1, None, ())
    assert (found.lowest_total, found.highest_total) == (20, 300)


def test_a_reversed_item_counts_from_the_other_end() -> None:
    found = of(Item(number="1", text="calm", options=SCALE, reversed=True), Item(number="2", text="tense", options=SCALE))
    assert [found.score(numbered(*pair)).total for pair in ((4, 1), (1, 4), (1, 1), (2, 3))] == [2, 8, 5, 6]
    assert (found.lowest_total, found.highest_total) == (2, 8)


def test_prorating_takes_the_points_of_a_reversed_item() -> None:
    rule = MissingRule(code="half", max_missing=1, label="one missing")
    found = of(*(Item(number=str(n), text="calm", options=SCALE, reversed=True) for n in (1, 2)), rules=(rule,), default_rule="half")
    assert found.score({"1": 1}).total == 8


BRANCHING = of(
    Item(number="1", text="gate", options=(Option(value=0, label="no"), Option(value=1, label="yes"))),
    Item(number="2", text="after yes", options=SCALE, only_if=Condition(item="1")),
    Item(number="3", text="always", options=SCALE),
    scoring="none",
)


@pytest.mark.parametrize(
    ("given", "asked", "missing"),
    [
        ({}, "13", "13"),
        ({"1": 0}, "13", "3"),
        ({"1": 1}, "123", "23"),
        ({"1": 1, "2": 4, "3": 1}, "123", ""),
        ({"1": 0, "2": 4}, "13", "3"),
    ],
)
def test_an_item_waits_for_the_answer_it_hangs_on(given: dict[str, int], asked: str, missing: str) -> None:
    assert [item.number for item in BRANCHING.asked(given)] == list(asked)
    assert BRANCHING.missing(given) == tuple(missing)
    assert BRANCHING.score(given).flags == (("not_answered",) if not given else ("incomplete",) if missing else ())
    assert BRANCHING.score(given).total is None


def test_an_answer_whose_condition_is_gone_is_not_kept() -> None:
    assert BRANCHING.reached({"1": 0, "2": 4, "3": 1}) == {"1": 0, "3": 1}
    assert BRANCHING.reached({"1": 1, "2": 4, "3": None}) == {"1": 1, "2": 4}


def test_a_subscale_has_its_own_total_and_its_own_rule() -> None:
    items = [Item(number=str(n), text="t", options=SCALE) for n in range(1, 5)]
    found = of(
        *items, scoring="none",
        subscales=(
            Subscale(code="a", title="A", items=("1", "2")), Subscale(code="b", title="B", items=("3", "4"), max_missing=1),
        ),
    )  # fmt: skip
    scores = found.subscores(numbered(1, 2, 3))
    assert [(s.total, s.total_unrounded, s.n_answered, s.rule) for s in scores.values()] == [
        (3, Decimal(3), 2, "none"), (6, Decimal(6), 1, "prorate_max_1"),
    ]  # fmt: skip
    assert [s.total for s in found.subscores({"1": 1}).values()] == [None, None]


def test_a_computed_value_follows_from_the_checked_answers() -> None:
    found = of(
        Item(number="1", text="Mass", quantity=KG), computations=(Computed(code="twice", label="x", of=lambda g: Decimal(g["1"]) * 2),)
    )
    assert found.computed({"1": "30.5"}) == {"twice": Decimal(61)}


def test_words_replace_words_and_nothing_else() -> None:
    bare = of(Item(number="1", options=(Option(value=0), Option(value=1))), Item(number="2", text="", quantity=KG))
    assert (bare.unworded, bare.languages, bare.in_language("en")) == (True, (), None)
    words = Words(language="de", stem="Stamm", items={"1": "eins", "2": "zwei"}, options={0: "nein", 1: "ja"}, rights="Rechte")
    worded = bare.worded(words)
    assert (worded.language, worded.stem, worded.rights, worded.unworded) == ("de", "Stamm", "Rechte", False)
    assert worded.item("1").label_of(1) == "ja"
    with pytest.raises(ValueError, match="Made up in de: item 2 has no words; there is no item 3"):
        bare.worded(Words(language="de", stem="", items={"1": "eins", "3": "drei"}, options={0: "nein", 1: "ja"}))


def test_a_form_that_follows_from_others_is_as_whole_as_they_are() -> None:
    ads = instruments["phq_ads"]
    phq = world.form("baseline", "phq9", world.START, dict.fromkeys(map(str, range(1, 10)), 1))
    gad = world.form("baseline", "gad7", world.START, dict.fromkeys(map(str, range(1, 8)), 2), mode="paper")
    assert following(ads, "baseline", {}) is None
    assert following(ads, "week8", {("baseline", "phq9"): phq}) is None
    half = following(ads, "baseline", {("baseline", "phq9"): phq})
    both = following(ads, "baseline", {("baseline", "phq9"): phq, ("baseline", "gad7"): gad})
    draft = following(ads, "baseline", {("baseline", "phq9"): phq, ("baseline", "gad7"): replace(gad, sent=False, completed_at=None)})
    assert half is not None
    assert both is not None
    assert draft is not None
    assert [(f.sent, f.completed_at, f.mode, ads.score(f.answers).total) for f in (half, both, draft)] == [
        (False, None, "web", None), (True, phq.completed_at, "", 23), (False, None, "", 23),
    ]  # fmt: skip


def test_without_cuts_there_is_only_the_change_itself() -> None:
    before, now = (Total(rounded=int(v), unrounded=Decimal(v)) for v in (60, 30))
    assert compare(now, before, Cuts(response=False)) == Change(change=Decimal(-30))
    assert compare(now, before, Cuts()) == Change(change=Decimal(-30), response=True)
    assert compare(now, None, Cuts(response=False)) == Change()
    assert compare(now, before, Cuts(caseness=40).replaced(recovery=40)) == Change(
        caseness=False, change=Decimal(-30), response=True, recovery=True
    )
