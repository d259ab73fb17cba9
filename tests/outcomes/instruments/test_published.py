"""Every number that the reference gives for the PHQ and GAD family, one test a line of it; what can be walked through whole, is."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import permutations, product

import pytest

from outcomes.domain.change import Change, Total, compare
from outcomes.instruments import gad7, instruments, phq9

PHQ9, GAD7 = instruments["phq9"], instruments["gad7"]


def answers(*values: int | None) -> dict[str, int | None]:
    return {str(n): value for n, value in enumerate(values, start=1)}


def spread(total: int, n_items: int) -> list[int]:
    return [min(3, max(0, total - 3 * n)) for n in range(n_items)]


# 1.2 stem, options, difficulty item


@pytest.mark.parametrize("instrument", [PHQ9, GAD7], ids=lambda i: i.code)
def test_four_options_with_the_published_codes(instrument) -> None:
    wanted = [
        (0, "Not at all", "LA6568-5"), (1, "Several days", "LA6569-3"), (2, "More than half the days", "LA6570-1"),
        (3, "Nearly every day", "LA6571-9"),
    ]  # fmt: skip
    assert all([(o.value, o.label, o.loinc) for o in item.options] == wanted for item in instrument.scored_items)
    assert instrument.recall_days == 14


def test_the_two_stems() -> None:
    assert PHQ9.stem == "Over the last 2 weeks, how often have you been bothered by any of the following problems?"
    assert GAD7.stem == "Over the last 2 weeks, how often have you been bothered by the following problems?"


@pytest.mark.parametrize(("instrument", "number"), [(PHQ9, "10"), (GAD7, "8")], ids=["phq9", "gad7"])
def test_the_difficulty_item_is_asked_only_above_0_and_never_counts(instrument, number: str) -> None:
    item = instrument.item(number)
    assert (item.loinc, item.scored) == ("69722-7", False)
    zeros = dict.fromkeys((i.number for i in instrument.scored_items), 0)
    assert number not in [i.number for i in instrument.asked(zeros)]
    for other in zeros:
        assert number in [i.number for i in instrument.asked({**zeros, other: 1})]
    for value in range(4):
        assert instrument.score({**zeros, number: value}) == instrument.score(zeros)
    assert number not in instrument.missing({})


# 1.3 and 1.4 codes


def test_phq9_items_have_the_published_codes() -> None:
    loinc = ["44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8", "69722-7"]
    assert [item.loinc for item in PHQ9.items] == loinc
    assert [(i.cdisc.testcd, i.cdisc.nci) for i in PHQ9.items if i.cdisc] == [(f"PHQ01{n:02d}", f"C{103704 + n}") for n in range(1, 11)]
    assert (PHQ9.loinc_panel, PHQ9.loinc_total, PHQ9.cdisc_category) == ("44249-1", "44261-6", "PHQ-9")
    assert PHQ9.cdisc_total is not None
    assert (PHQ9.cdisc_total.testcd, PHQ9.cdisc_total.test, PHQ9.cdisc_total.nci) == ("PHQ0111", "PHQ01-Total Score", "C113887")
    assert "44262-4" not in repr(PHQ9)


def test_gad7_items_have_the_published_codes_of_both_versions() -> None:
    loinc = ["69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7", "69722-7"]
    assert [item.loinc for item in GAD7.items] == loinc
    first = [i.cdisc_earlier for i in GAD7.items]
    assert [(c.testcd, c.nci) for c in first if c] == [(f"GAD01{n:02d}", f"C{103564 + n}") for n in range(1, 9)]
    second = [i.cdisc for i in instruments["gad7_v2"].items]
    assert [(c.testcd, c.nci) for c in second if c] == [(f"GAD02{n:02d}", f"C{163831 + n}") for n in range(1, 8)]
    for old, new in zip(first, second, strict=False):
        assert old is not None
        assert new is not None
        assert new.test == old.test.replace("GAD01", "GAD02")
    assert (GAD7.loinc_panel, GAD7.loinc_total, GAD7.cdisc_category) == ("69737-5", "70274-6", "GAD-7 V2")
    assert repr(GAD7.cdisc_analysis_total) == repr(instruments["gad7_v2"].cdisc_analysis_total)
    assert GAD7.cdisc_analysis_total is not None
    assert (GAD7.cdisc_analysis_total.testcd, GAD7.cdisc_analysis_total.nci) == ("GAD02TS", "C172451")


# 1.6 bands


@pytest.mark.parametrize(
    ("code", "bands"),
    [
        ("phq9", {"minimal": (0, 4), "mild": (5, 9), "moderate": (10, 14), "moderately_severe": (15, 19), "severe": (20, 27)}),
        ("gad7", {"minimal": (0, 4), "mild": (5, 9), "moderate": (10, 14), "severe": (15, 21)}),
        ("phq_ads", {"minimal": (0, 9), "mild": (10, 19), "moderate": (20, 29), "severe": (30, 48)}),
        ("bdi2", {"minimal": (0, 13), "mild": (14, 19), "moderate": (20, 28), "severe": (29, 63)}),
    ],
)
def test_every_total_lies_in_its_published_band(code: str, bands: dict[str, tuple[int, int]]) -> None:
    instrument = instruments[code]
    for total in range(int(instrument.highest_total) + 1):
        score = instrument.score(answers(*spread(total, len(instrument.scored_items))))
        assert (score.total, score.severity) == (total, next(b for b, (low, high) in bands.items() if low <= total <= high))


def test_caseness_from_the_published_cuts() -> None:
    cases = {code: [t for t in range(28) if compare(_total(t), None, instruments[code].cuts).caseness] for code in ("phq9", "gad7")}
    assert (cases["phq9"][0], cases["gad7"][0]) == (10, 10)
    assert [instruments[code].cuts.caseness for code in ("phq8", "phq2", "gad2")] == [10, 3, 3]


# 1.7 missing items


def test_prorating_agrees_with_the_published_arithmetic_for_every_sum() -> None:
    """CMS D0300: the sum of eight x 9/8, of seven x 9/7, half-up; three or more missing cannot be scored."""
    for answered in range(10):
        for summed in range(3 * answered + 1):
            score = PHQ9.score(answers(*spread(summed, answered)))
            if answered < 7:
                assert (score.total, score.total_unrounded, score.severity) == (None, None, None)
                continue
            exact = Fraction(summed * 9, answered)
            assert score.total == (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
            assert score.total_unrounded is not None
            assert abs(Fraction(score.total_unrounded) - exact) <= Fraction(1, 20000)
            assert (score.n_answered, score.rule) == (answered, "cms_0300")


def test_rounding_is_half_up_where_python_would_round_to_even() -> None:
    assert [PHQ9.score(answers(*spread(s, 8))).total for s in (4, 12, 20)] == [5, 14, 23]
    assert [round(4.5), round(22.5)] == [4, 22]


@pytest.mark.parametrize("left_out", range(1, 10))
def test_whichever_item_is_missing_the_total_is_the_same(left_out: int) -> None:
    given = {str(n): 1 for n in range(1, 10) if n != left_out}
    assert (PHQ9.score(given).total, PHQ9.score(given).total_unrounded) == (9, Decimal(9))
    assert ("item9_missing" in PHQ9.score(given).flags) == (left_out == 9)


@pytest.mark.parametrize("rule", ["cms_0300", "prorate_max_2", "none"])
@pytest.mark.parametrize("value", [0, 3])
def test_a_missing_item_9_is_never_no_alert(rule: str, value: int) -> None:
    score = PHQ9.score(answers(*[value] * 8), rule)
    assert score.alerts == ()
    assert "item9_missing" in score.flags
    assert PHQ9.unchecked_items(answers(*[value] * 8)) == ("9",)


@pytest.mark.parametrize("missing", range(8))
def test_gad7_gives_no_total_with_anything_missing_unless_the_protocol_prorates(missing: int) -> None:
    given = answers(*[2] * (7 - missing))
    assert (GAD7.score(given).total, GAD7.score(given).rule) == (14 if missing == 0 else None, "none")
    assert GAD7.score(given, "prorate_max_2").total == (14 if missing <= 2 else None)


def test_gad7_prorates_by_seven_sixths_and_seven_fifths() -> None:
    for answered, share in ((6, Fraction(7, 6)), (5, Fraction(7, 5))):
        for summed in range(3 * answered + 1):
            exact = summed * share
            score = GAD7.score(answers(*spread(summed, answered)), "prorate_max_2")
            assert score.total == (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def test_a_missing_item_is_never_counted_as_0() -> None:
    assert GAD7.score({"1": 3}).total is None
    assert instruments["gad7_v2"].score(answers(3, 3, 3, 3, 3, 3)).total is None


# 1.8 the algorithm


def test_the_algorithm_over_every_pattern_of_presence() -> None:
    """Present from 2, item 9 from 1; core = item 1 or 2; five and more major, two to four other."""
    for pattern in product((False, True), repeat=9):
        given = answers(*[(1 if n == 9 else 2) if present else (0 if n == 9 else 1) for n, present in enumerate(pattern, start=1)])
        k, core = sum(pattern), pattern[0] or pattern[1]
        wanted = "major" if core and k >= 5 else "other" if core and k >= 2 else "neither"
        assert phq9.algorithm(given) == wanted
        assert PHQ9.computed(given) == {"algorithm": wanted}


def test_the_algorithm_is_undetermined_only_while_an_answer_can_change_it() -> None:
    whole = answers(2, 2, 2, 2, 2, 0, 0, 0, 0)
    for left_out in range(1, 10):
        given = {**whole, str(left_out): None}
        could = {phq9.algorithm({**given, str(left_out): value}) for value in range(4)}
        assert phq9.algorithm(given) == (could.pop() if len(could) == 1 else "undetermined")


# 1.9 item 9


@pytest.mark.parametrize("value", range(4))
def test_item_9_alone_alerts_from_1_and_urgently_from_2(value: int) -> None:
    raised = PHQ9.score({"9": value}).alerts
    assert [(a.item, a.value, a.urgent, a.contact_hours) for a in raised] == (
        [] if value == 0 else [("9", value, value >= 2, 4 if value >= 2 else 24)]
    )


# 1.10 change metrics


def _total(value: int | str) -> Total:
    exact = Decimal(value)
    return Total(rounded=int(exact + Decimal("0.5")), unrounded=exact)


@pytest.mark.parametrize(("code", "mcid", "reliable", "recovery"), [("phq9", 5, 6, 10), ("gad7", 4, 4, 8)], ids=["phq9", "gad7"])
def test_each_metric_over_every_pair_of_totals(code: str, mcid: int, reliable: int, recovery: int) -> None:
    instrument = instruments[code]
    for before, now in product(range(int(instrument.highest_total) + 1), repeat=2):
        drop = before - now
        assert instrument.cuts is not None
        assert compare(_total(now), _total(before), instrument.cuts) == Change(
            caseness=now >= 10,
            change=Decimal(now - before),
            response=None if before == 0 else 2 * now <= before,
            remission=None if before < 5 else now < 5,
            recovery=before >= recovery > now,
            mcid=drop >= mcid,
            reliable_change="improved" if drop >= reliable else "deteriorated" if -drop >= reliable else "none",
        )


def test_response_is_judged_on_unrounded_scores() -> None:
    assert PHQ9.cuts is not None
    assert compare(_total("6.75"), _total("13.5"), PHQ9.cuts).response is True
    assert compare(_total("6.8571"), _total("13.5"), PHQ9.cuts).response is False


# 1.11 and 7 the composite, published totals


def test_phq_ads_is_the_sum_of_the_two() -> None:
    ads = instruments["phq_ads"]
    for summed, anxious in product(range(0, 28, 3), range(0, 22, 3)):
        both = [*spread(summed, 9), *spread(anxious, 7)]
        score = ads.score(answers(*both))
        assert score.total == PHQ9.score(answers(*both[:9])).total + GAD7.score(answers(*both[9:])).total  # type: ignore[operator]
        assert {code: s.total for code, s in ads.subscores(answers(*both)).items()} == {"phq9": summed, "gad7": anxious}
    assert ads.highest_total == 48


def test_every_gad7_form_scores_its_sum() -> None:
    for row in product(range(4), repeat=7):
        given = {str(n): value for n, value in enumerate(row, start=1)}
        score = GAD7.score(given)
        assert (score.total, score.total_unrounded, score.alerts, score.flags) == (sum(row), Decimal(sum(row)), (), ())


def test_the_order_of_the_answers_does_not_matter() -> None:
    assert {PHQ9.score(answers(*row, 0)).total for row in set(permutations([0, 0, 1, 1, 2, 2, 3, 3]))} == {12}


# the interface


@pytest.mark.parametrize("instrument", [PHQ9, GAD7], ids=lambda i: i.code)
@pytest.mark.parametrize("value", [True, False, 1.0, 1.5, "1", "", Decimal(1), [1], {"a": 1}, 4, -1, 10**30], ids=repr)
def test_a_value_that_is_no_whole_number_on_the_scale_is_refused_naming_the_item(instrument, value: object) -> None:
    for item in instrument.items:
        with pytest.raises(ValueError, match=f"item {item.number}: "):
            instrument.score({item.number: value})


@pytest.mark.parametrize("number", ["0", "11", "09", "nine", "", 9, None, ("9",)], ids=repr)
@pytest.mark.parametrize("value", [1, None])
def test_an_unknown_key_is_refused_by_its_name_even_without_an_answer(number: object, value: int | None) -> None:
    with pytest.raises(ValueError, match="PHQ-9 has no item") as refusal:
        PHQ9.score({number: value})  # type: ignore[dict-item]
    assert repr(number) in str(refusal.value)


def test_the_score_has_the_promised_fields_in_the_promised_order() -> None:
    assert list(PHQ9.score({}).__dataclass_fields__) == [
        "total", "total_unrounded", "n_answered", "rule", "severity", "alerts", "flags",
    ]  # fmt: skip
    assert (PHQ9.default_rule, GAD7.default_rule) == ("cms_0300", "none")


def test_german_words_are_whole_and_keep_every_code_and_score() -> None:
    for code, module in (("phq9", phq9), ("gad7", gad7)):
        german = instruments[code].in_language("de")
        assert german is not None
        assert german.language == "de"
        assert german.stem == module.GERMAN.stem
        for own, theirs in zip(instruments[code].items, german.items, strict=True):
            assert (own.number, own.loinc, own.values, own.scored) == (theirs.number, theirs.loinc, theirs.values, theirs.scored)
            assert own.text != theirs.text
            assert [o.label for o in own.options] != [o.label for o in theirs.options]
        whole = dict.fromkeys((i.number for i in german.scored_items), 2)
        assert german.score(whole) == instruments[code].score(whole)
    assert german.in_language("de") is german
    assert instruments["phq9"].in_language("es") is None
