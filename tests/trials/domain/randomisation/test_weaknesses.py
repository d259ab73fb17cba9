"""What is said of a weak choice, word for word and number by number, from figures that are given; and what keeps silent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib import import_module
from math import sqrt

import pytest

from tests.trials.domain.randomisation.test_counting import THREE, TWO, WIDE, scheme
from trials.domain.randomisation import Properties, Scheme
from trials.domain.randomisation.design.accrual import Accrual, Spread
from trials.domain.randomisation.design.figures import Figures
from trials.domain.randomisation.design.setting import Setting, Split
from trials.domain.randomisation.design.weaknesses import Weakness, weaknesses

rules = import_module("trials.domain.randomisation.design.weaknesses")  # the package has a function of that name
ALONE = Split("site", (("LIM", Fraction(1)),))
PAIR = Split("site", (("LIM", Fraction(1, 2)), ("DUB", Fraction(1, 2))))
SEX = {"sex": ["F", "M"]}
ONE = Setting(100, ALONE)
TWENTY = Split("ward", tuple((str(n), Fraction(1, 20)) for n in range(20)))


def found(of: Scheme, *, guesses: float | None = 0.7, drift: float | None = None, sd: float | None = None, most: float | None = None,
          places: int = 100, site: float | None = None) -> Figures:  # fmt: skip
    stream = None if sd is None and most is None else Properties(0.5, 0.0, None, sd, most)
    apart = Spread(0, 0, 0)
    accrual = None if site is None else Accrual(10, 0.5, apart, Spread(1, site, 9), apart)
    return Figures(of, places, guesses, 0.0, drift, stream, None, accrual, False, ())


@pytest.fixture
def knowing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the exact figures of the methods put beside a choice are: by class and bound, else nothing."""

    def known(**guesses: float) -> None:
        def exact(of: Scheme, setting: Setting) -> Figures:
            told = {"big_stick": "bound", "block_urn": "rounds", "permuted_blocks": "multipliers"}
            name = {"BigStick": "big_stick", "BlockUrn": "block_urn", "PermutedBlocks": "permuted_blocks"}[type(of).__name__]
            size = getattr(of, told[name])
            return found(of, guesses=guesses.get(f"{name}_{size[0] if isinstance(size, tuple) else size}"))

        monkeypatch.setattr(rules, "exact", exact)

    return known


BLOCKS = "Whoever recruits in an open-label trial knows the arms given. With permuted blocks of {} they guess 70\u00a0% of the next arms{}."


@pytest.mark.parametrize(
    ("of", "known", "sizes", "beside", "numbers"),
    [
        (scheme("permuted_blocks", multipliers=[3, 1, 2]), {"block_urn_3": 0.6, "big_stick_3": 0.555}, "2, 4 and 6",
         "; with the same bound it would be 56\u00a0% by big stick and 60\u00a0% by block urn", {"block_urn": 0.6, "big_stick": 0.555}),
        (scheme("permuted_blocks", {"A": 2, "B": 2}, multipliers=[3]), {"block_urn_3": 0.6, "big_stick_6": 0.5}, "12",
         "; with the same bound it would be 50\u00a0% by big stick and 60\u00a0% by block urn", {"block_urn": 0.6, "big_stick": 0.5}),
        (scheme("permuted_blocks", multipliers=[2]), {"big_stick_2": 0.5}, "4",
         "; with the same bound it would be 50\u00a0% by big stick", {"big_stick": 0.5}),
        (scheme("permuted_blocks", multipliers=[2]), {"block_urn_2": 0.6}, "4",
         "; with the same bound it would be 60\u00a0% by block urn", {"block_urn": 0.6}),
        (scheme("permuted_blocks", WIDE, multipliers=[2]), {"block_urn_2": 0.6, "big_stick_2": 0.5}, "6",
         "; with the same bound it would be 60\u00a0% by block urn", {"block_urn": 0.6}),
        (scheme("permuted_blocks", THREE, multipliers=[1]), {}, "3", "", {}),
    ],
)  # fmt: skip
def test_blocks_in_an_open_label_trial(knowing, of, known, sizes, beside, numbers) -> None:
    knowing(**known)
    told = list(rules._known_blocks(found(of), ONE))
    assert told == [Weakness("blocks_open_label", BLOCKS.format(sizes, beside), {"blocks": 0.7} | numbers)]
    assert list(rules._known_blocks(found(of), replace(ONE, open_label=False))) == []
    assert list(rules._known_blocks(found(of, guesses=None), ONE)) == []
    assert list(rules._known_blocks(found(scheme("simple")), ONE)) == []


def test_random_sizes_beside_the_longest_alone(knowing) -> None:
    knowing(permuted_blocks_3=0.725)
    of = scheme("permuted_blocks", WIDE, multipliers=[3, 1])
    assert list(rules._random_sizes(found(of), ONE)) == [
        Weakness(
            "random_sizes_no_help",
            "Drawing block sizes at random does not lower the share of right guesses: blocks of 3 and 9 give 70\u00a0%, blocks of 9 alone "
            "73\u00a0%. It only hides where a block ends.",
            {"random": 0.7, "longest": 0.725},
        )
    ]
    assert list(rules._random_sizes(found(of, guesses=None), ONE)) == []
    assert list(rules._random_sizes(found(scheme("permuted_blocks", multipliers=[3])), ONE)) == []
    assert list(rules._random_sizes(found(scheme("simple")), ONE)) == []
    knowing()
    assert list(rules._random_sizes(found(of), ONE)) == []


def test_what_is_easily_guessed() -> None:
    of = scheme("block_urn", WIDE, lambda_=1)
    told = list(rules._easy_guesses(found(of, guesses=2 / 3 + 0.15), ONE))
    assert told == [
        Weakness(
            "easy_to_guess",
            "Whoever knows the arms given guesses 82\u00a0% of the next ones, where nothing but the ratio gives 67\u00a0%.",
            {"guesses": 2 / 3 + 0.15, "coin": 2 / 3},
        )
    ]
    assert list(rules._easy_guesses(found(scheme("simple"), guesses=0.65), ONE)) != []
    for guesses, setting, method in ((0.81, ONE, of), (0.9, replace(ONE, open_label=False), of), (None, ONE, of),
                                     (0.9, ONE, scheme("permuted_blocks", multipliers=[1]))):  # fmt: skip
        assert list(rules._easy_guesses(found(method, guesses=guesses), setting)) == []


@pytest.mark.parametrize(("levels", "words"), [(1, "one factor"), (2, "two factors"), (3, None)])
def test_minimisation_over_few_factors(levels: int, words: str | None) -> None:
    factors = {f"f{n}": ["x", "y"] for n in range(levels)}
    told = list(rules._few_factors(found(scheme("minimisation", factors=factors, p="4/5")), ONE))
    sentence = (
        f"Minimisation over {words} is little more than a biased coin a level: whoever knows the arms and the levels guesses 70\u00a0% of "
        "the next arms. Stratify by so few factors instead."
    )
    assert told == ([] if words is None else [Weakness("few_factors", sentence, {"factors": float(levels), "guesses": 0.7})])
    assert list(rules._few_factors(found(scheme("minimisation", factors=SEX, p="4/5"), guesses=None), ONE)) == []
    assert list(rules._few_factors(found(scheme("simple")), ONE)) == []


def test_a_ratio_that_is_not_kept() -> None:
    of = scheme("biased_coin_minimisation", {"A": 1, "B": 2}, factors=SEX, p="4/5")
    steps = rules.first_steps(of, 1, 4)
    parts = [f"{int(step * 100 + 0.5)}\u00a0%" for step in steps]
    assert list(rules._ratio_lost(found(of), ONE)) == [
        Weakness(
            "ratio_not_kept",
            "Biased-coin minimisation does not keep an unequal ratio at every step: the chance of B should be 67\u00a0% each time, but is "
            f"{parts[0]}, {parts[1]}, {parts[2]} and {parts[3]} for the first four people. Permuted blocks keep it, and so does a "
            "block urn with lambda 1.",
            {"target": 2 / 3, "step_1": steps[0], "step_2": steps[1], "step_3": steps[2], "step_4": steps[3]},
        )
    ]
    assert list(rules._ratio_lost(found(scheme("biased_coin_minimisation", TWO, factors=SEX, p="4/5")), ONE)) == []
    assert list(rules._ratio_lost(found(scheme("simple", WIDE)), ONE)) == []


@pytest.mark.parametrize(("arms", "rounds", "strays"), [(WIDE, 1, False), (WIDE, 2, True), (THREE, 2, False), ({"A": 2, "B": 2}, 3, False)])
def test_a_block_urn_that_strays_from_its_ratio_is_told_and_no_other(arms, rounds: int, strays: bool) -> None:
    """Told where the law says so: the chance of the first arm at each step, over every history."""
    of = scheme("block_urn", arms, lambda_=rounds)
    target, histories, chances = Fraction(of.ratio[0], sum(of.ratio)), {(0,) * len(of.arms): Fraction(1)}, []
    for _ in range(6):
        then: dict[tuple[int, ...], Fraction] = {}
        chances.append(sum(share * of.law(counts)[0] for counts, share in histories.items()))
        for counts, share in histories.items():
            for k, chance in enumerate(of.law(counts)):
                if chance:
                    after = tuple(count + (k == arm) for arm, count in enumerate(counts))
                    then[after] = then.get(after, Fraction(0)) + share * chance
        histories = then
    assert any(chance != target for chance in chances) is strays
    told = list(rules._ratio_strays(found(of), ONE))
    assert [weakness.numbers for weakness in told] == strays * [{"lambda": 2.0}]
    assert [weakness.sentence for weakness in told] == strays * [
        "A block urn with lambda 2 keeps an unequal ratio in the totals, but not at every step: the chance of an arm strays from its share "
        "as balls come back. Permuted blocks keep it at every step, and so does a block urn with lambda 1."
    ]
    assert list(rules._ratio_strays(found(scheme("permuted_blocks", WIDE, multipliers=[2])), ONE)) == []


def test_the_first_steps_by_hand() -> None:
    """2:1 with p = 4/5: after one arm the imbalances of the next are known, so the law of each step is a sum over histories."""
    of = scheme("biased_coin_minimisation", WIDE, factors={"all": ["x"]}, p="4/5")
    histories = {(): Fraction(1)}
    for step in rules.first_steps(of, 0, 4):
        then: dict[tuple[str, ...], Fraction] = {}
        for history, share in histories.items():
            for arm, chance in of.probabilities([(arm, {"all": "x"}) for arm in history], {"all": "x"}).items():
                then[*history, arm] = share * chance
        assert step == pytest.approx(float(sum(share for history, share in then.items() if history[-1] == "A")), abs=1e-12)
        histories = then


def test_too_many_strata(monkeypatch: pytest.MonkeyPatch) -> None:
    together: list[float | None] = [4.0]
    asked = []

    def exact(of: Scheme, setting: Setting) -> Figures:
        asked.append(setting)
        return found(of, drift=together[0])

    monkeypatch.setattr(rules, "exact", exact)
    of, many = scheme("big_stick", bound=2), Setting(100, PAIR, (PAIR, TWENTY), "site")
    told = [
        Weakness(
            "too_many_strata",
            "40 strata for 100 people: the arms are kept even within each, but over all of them the difference has a standard deviation "
            "of 7.0; tossing a coin would give 10.0. Use fewer strata.",
            {"strata": 40.0, "sd": 7.0, "sd_coin": 10.0},
        )
    ]
    assert list(rules._too_many_strata(found(of, drift=7.0), many)) == told
    assert asked == [Setting(100, PAIR, (), None)]
    together[0] = 5.6
    assert list(rules._too_many_strata(found(of, drift=7.0), many)) == told
    together[0] = None
    assert list(rules._too_many_strata(found(of, drift=7.0), many)) == told
    assert len(list(rules._too_many_strata(found(of, drift=10 * 2 / 3), many))) == 1
    together[0] = 5.7
    assert list(rules._too_many_strata(found(of, drift=7.0), many)) == []
    together[0] = 1.0
    for method, drift, setting in ((of, 6.6, many), (of, None, many), (of, 9.0, ONE), (scheme("simple"), 9.0, many)):
        assert list(rules._too_many_strata(found(method, drift=drift), setting)) == []


def test_blocks_that_are_hardly_ever_filled() -> None:
    many = Setting(100, PAIR, (PAIR, TWENTY), "site")
    of = scheme("permuted_blocks", multipliers=[1, 2])
    assert list(rules._blocks_unfilled(found(of), many)) == [
        Weakness(
            "blocks_unfilled",
            "A stratum gets 2.5 people on average and a block has up to 4 places: most blocks are never filled, and only a filled block "
            "is even.",
            {"people": 2.5, "block": 4.0},
        )
    ]
    assert list(rules._blocks_unfilled(found(of), replace(many, people=160))) == []
    assert len(list(rules._blocks_unfilled(found(of), replace(many, people=159)))) == 1
    assert list(rules._blocks_unfilled(found(scheme("simple")), many)) == []


@pytest.mark.parametrize(
    ("arms", "what"),
    [
        (TWO, "60:40 or worse"),
        ({"A": 2, "B": 2}, "60:40 or worse"),
        ({"A": 3, "B": 1}, "an arm a fifth larger or smaller than planned, or worse,"),
        (THREE, "an arm a fifth larger or smaller than planned, or worse,"),
    ],
)
def test_simple_randomisation_of_few(monkeypatch: pytest.MonkeyPatch, arms: dict[str, int], what: str) -> None:
    asked, chance = [], [0.125]

    def uneven(people: int, share: Fraction) -> float:
        asked.append((people, share))
        return chance[0]

    monkeypatch.setattr(rules, "uneven", uneven)
    of = scheme("simple", arms)
    sentence = f"Simple randomisation of 100 people ends {what} with a chance of 13\u00a0%."
    assert list(rules._left_to_chance(found(of), ONE)) == [Weakness("simple_in_small_trial", sentence, {"chance": 0.125})]
    assert asked == [(100, Fraction(min(arms.values()), sum(arms.values())))]
    chance[0] = 0.05
    assert len(list(rules._left_to_chance(found(of), ONE))) == 1
    chance[0] = 0.0499
    assert list(rules._left_to_chance(found(of), ONE)) == []
    assert list(rules._left_to_chance(found(scheme("big_stick", bound=1)), ONE)) == []


def test_a_maximal_procedure_must_know_its_length() -> None:
    of = scheme("maximal", bound=2, length=100)
    assert list(rules._length_unknown(found(of), ONE)) == []
    for setting, mean in ((Setting(100, PAIR, (PAIR,), "site"), 50.0), (replace(ONE, people=99), 99.0)):
        assert list(rules._length_unknown(found(of), setting)) == [
            Weakness(
                "length_unknown",
                "The maximal procedure must know how many people come: it lays down 100 places, and a stratum gets about "
                f"{mean:.1f}. Where fewer come the end is uneven; where more come it begins again.",
                {"length": 100.0, "people": mean},
            )
        ]
    assert list(rules._length_unknown(found(scheme("simple")), replace(ONE, people=99))) == []


def test_efrons_coin_has_no_bound() -> None:
    of = scheme("efron", p="2/3")
    assert list(rules._no_bound(found(of, most=5.25), ONE)) == [
        Weakness(
            "no_bound",
            "Nothing bounds the difference under Efron's coin: among 100 people of a stratum it is expected to reach 5.2 at some time, "
            "and may go beyond. Big stick has a bound.",
            {"max_imbalance": 5.25},
        )
    ]
    for silent in (found(of), found(of, sd=1.0), found(scheme("big_stick", bound=1), most=5.0)):
        assert list(rules._no_bound(silent, ONE)) == []


def test_an_urn_drifts_in_a_large_stratum() -> None:
    of = scheme("urn", a=1, b=1)
    begins = "The urn pulls less and less, and ends up drawing as a coin does"
    after = f"{begins}: after 100 people the difference has a standard deviation of 5.8."
    assert list(rules._urn_drifts(found(of, sd=5.77), ONE)) == [Weakness("urn_drifts", after, {"people": 100.0, "sd": 5.77})]
    for unsaid in (found(of), found(of, most=3.0)):
        assert list(rules._urn_drifts(unsaid, ONE)) == [Weakness("urn_drifts", f"{begins}.", {"people": 100.0})]
    assert list(rules._urn_drifts(found(of, places=99), ONE)) == []
    assert list(rules._urn_drifts(found(scheme("simple")), ONE)) == []


def test_a_bound_so_wide_that_it_is_a_coin() -> None:
    of = scheme("big_stick", bound=30)
    assert list(rules._too_loose(found(of, sd=9.0), ONE)) == [
        Weakness(
            "too_loose",
            "So loose a choice is hardly more than a coin: after the 100 people of a stratum the difference has a standard deviation of "
            "9.0, a coin's 10.0.",
            {"sd": 9.0, "sd_coin": 10.0},
        )
    ]
    assert len(list(rules._too_loose(found(of, sd=0.95 * sqrt(8), places=8), ONE))) == 1
    silent = (
        found(of, sd=8.9), found(of, sd=3.0, places=7), found(of), found(of, most=9.0), found(scheme("simple"), sd=10.0),
        found(scheme("urn", a=1, b=1), sd=10.0),
    )  # fmt: skip
    for quiet in silent:
        assert list(rules._too_loose(quiet, ONE)) == []


def test_sites_that_nothing_keeps_even() -> None:
    of, two = scheme("big_stick", bound=2), Setting(100, PAIR)
    begins = "Nothing keeps the arms even at each of the 2 sites"
    assert list(rules._site_left_out(found(of), two)) == [Weakness("site_left_out", f"{begins}.", {"sites": 2.0})]
    simulated = f"{begins}: in one of ten simulated trials they differ at a site by 2.5 or more."
    assert list(rules._site_left_out(found(of, site=2.5), two)) == [
        Weakness("site_left_out", simulated, {"sites": 2.0, "worst_tenth": 2.5})
    ]
    empty = Split("site", (("LIM", Fraction(1)), ("DUB", Fraction(0))))
    for setting in (ONE, Setting(100, empty), Setting(100, PAIR, (PAIR,), "site")):
        assert list(rules._site_left_out(found(of), setting)) == []


def test_the_worst_for_an_open_label_trial_comes_first(knowing) -> None:
    knowing(block_urn_2=0.6, big_stick_2=0.5, permuted_blocks_2=0.7)
    of = scheme("permuted_blocks", multipliers=[1, 2])
    many = Setting(100, PAIR, (TWENTY,))
    codes = [weakness.code for weakness in weaknesses(found(of, drift=9.0, site=2.0), replace(many, people=60))]
    assert codes == ["blocks_open_label", "random_sizes_no_help", "too_many_strata", "blocks_unfilled", "site_left_out"]


def test_a_share_is_written_half_up_and_things_are_listed() -> None:
    assert [rules._percent(share) for share in (0.125, 0.1249, 0.0, 1.0)] == ["13\u00a0%", "12\u00a0%", "0\u00a0%", "100\u00a0%"]
    assert [rules._listed(things) for things in ([1], [1, 2], "abc")] == ["1", "1 and 2", "a, b and c"]
