"""Which choice is called weak: a method, its setting, and what is said of it."""

from __future__ import annotations

import pytest

from tests.trials.domain.randomisation.plans import AGE, ALONE, MANY, ONE, PAIR, SEX, setting
from tests.trials.domain.randomisation.test_counting import THREE, TWO, WIDE
from trials.domain.randomisation.design.figures import figures, figures_of
from trials.domain.randomisation.design.setting import Setting
from trials.domain.randomisation.design.weaknesses import first_steps, weaknesses

pytestmark = pytest.mark.usefixtures("sixty_runs")


def choice(method: str, arms: dict[str, int] | None = None, **keys: object) -> dict[str, object]:
    return {"method": method, "arms": arms or TWO, **{key.rstrip("_"): value for key, value in keys.items()}}


CHOICES = {
    "fixed blocks, open label": (choice("permuted_blocks", multipliers=[3]), setting(), {"blocks_open_label"}),
    "random blocks, open label": (choice("permuted_blocks", multipliers=[2, 3]), setting(), {"blocks_open_label", "random_sizes_no_help"}),
    "fixed blocks, masked": (choice("permuted_blocks", multipliers=[3]), setting(open_label=False), set()),
    "random blocks, masked": (choice("permuted_blocks", multipliers=[2, 3]), setting(open_label=False), {"random_sizes_no_help"}),
    "blocks 2:1": (choice("permuted_blocks", WIDE, multipliers=[2]), setting(), {"blocks_open_label"}),
    "blocks longer than a stratum": (choice("permuted_blocks", multipliers=[8]), setting(open_label=False), {"blocks_unfilled"}),
    "blocks as long as a stratum": (choice("permuted_blocks", multipliers=[8]), setting(64, open_label=False), set()),
    "big stick 3": (choice("big_stick", bound=3), setting(), set()),
    "big stick 2": (choice("big_stick", bound=2), setting(), set()),
    "big stick 1": (choice("big_stick", bound=1), setting(), {"easy_to_guess"}),
    "big stick 1, masked": (choice("big_stick", bound=1), setting(open_label=False), set()),
    "big stick 30": (choice("big_stick", bound=30), setting(), {"too_loose"}),
    "block urn 3": (choice("block_urn", lambda_=3), setting(), set()),
    "block urn 3 of three": (choice("block_urn", THREE, lambda_=3), setting(), set()),
    "block urn 3 at 2:1": (choice("block_urn", WIDE, lambda_=3), setting(), {"ratio_strays"}),
    "block urn 1": (choice("block_urn", lambda_=1), setting(), {"easy_to_guess"}),
    "simple, 60": (choice("simple"), setting(), {"simple_in_small_trial"}),
    "simple 2:1, 60": (choice("simple", WIDE), setting(), {"simple_in_small_trial"}),
    "simple, 100": (choice("simple"), setting(100), {"simple_in_small_trial"}),
    "simple, 200": (choice("simple"), setting(200), set()),
    "efron": (choice("efron", p="2/3"), setting(), {"no_bound"}),
    "efron, strong": (choice("efron", p="9/10"), setting(), {"no_bound", "easy_to_guess"}),
    "urn, small strata": (choice("urn", a=0, b=1), setting(), set()),
    "urn, large stratum": (choice("urn", a=0, b=1), setting(400), {"urn_drifts"}),
    "urn, large stratum of six arms": (choice("urn", {f"A{n}": 1 for n in range(6)}, a=0, b=1), setting(400), {"urn_drifts"}),
    "maximal over strata": (choice("maximal", bound=3, length=60), setting(), {"length_unknown"}),
    "maximal of the whole trial": (choice("maximal", bound=3, length=60), setting(60, (), sites=ONE), set()),
    "maximal of another length": (choice("maximal", bound=3, length=50), setting(60, (), sites=ONE), {"length_unknown"}),
    "too many strata": (choice("block_urn", lambda_=2), setting(100, MANY, open_label=False), {"too_many_strata"}),
    "as many, more people": (choice("block_urn", lambda_=2), setting(1000, MANY, open_label=False), set()),
    "efron in too many strata": (choice("efron", p="3/4"), setting(100, MANY, open_label=False), {"too_many_strata", "no_bound"}),
    "minimisation, one factor": (choice("minimisation", p="4/5"), setting(factors=(PAIR,)), {"few_factors", "easy_to_guess"}),
    "minimisation, two factors": (choice("minimisation", p="4/5"), setting(), {"few_factors", "easy_to_guess"}),
    "minimisation, three factors": (choice("minimisation", p="4/5"), setting(factors=(PAIR, SEX, AGE)), {"easy_to_guess"}),
    "minimisation, three factors, gentle": (choice("minimisation", p="13/20"), setting(factors=(PAIR, SEX, AGE)), set()),
    "minimisation, three factors, masked": (choice("minimisation", p="4/5"), setting(factors=(PAIR, SEX, AGE), open_label=False), set()),
    "minimisation of three arms": (choice("minimisation", THREE, rule="rank", q="1/2"), setting(factors=(PAIR, SEX, AGE)), set()),
    "biased coin 2:1": (choice("biased_coin_minimisation", WIDE, p="4/5"), setting(factors=(PAIR, SEX, AGE), open_label=False), {"ratio_not_kept"}),
    "biased coin 1:1": (choice("biased_coin_minimisation", p="13/20"), setting(factors=(PAIR, SEX, AGE)), set()),
    "no site": (choice("big_stick", bound=3), setting(factors=(SEX,)), {"site_left_out"}),
    "no site, one site": (choice("big_stick", bound=3), setting(factors=(SEX,), sites=ONE), set()),
}  # fmt: skip


@pytest.mark.unmeasured
@pytest.mark.parametrize(("table", "where", "codes"), CHOICES.values(), ids=CHOICES)
def test_a_weak_choice_is_told_and_a_sound_one_is_not(table: dict[str, object], where: Setting, codes: set[str]) -> None:
    told = weaknesses(figures(table, where), where)
    assert {weakness.code for weakness in told} == codes
    assert len(told) == len(codes)
    assert all(weakness.sentence.endswith(".") and weakness.numbers for weakness in told)


def test_the_guesses_of_blocks_stand_beside_the_methods_with_the_same_bound() -> None:
    found = figures(choice("permuted_blocks", multipliers=[3]), ALONE)
    told = {weakness.code: weakness for weakness in weaknesses(found, ALONE)}["blocks_open_label"]
    assert told.numbers == pytest.approx({"blocks": 0.68, "block_urn": 0.6304, "big_stick": 0.581111}, abs=5e-5)
    assert told.sentence == (
        "Whoever recruits in an open-label trial knows the arms given. With permuted blocks of 6 they guess 68\u00a0% of the next arms; "
        "with the same bound it would be 58\u00a0% by big stick and 63\u00a0% by block urn."
    )


def test_blocks_too_large_to_compare_are_told_alone() -> None:
    here = setting(1_001, (), sites=ONE)
    (told,) = weaknesses(figures(choice("permuted_blocks", multipliers=[2, 3]), here), here)
    assert (told.code, set(told.numbers)) == ("blocks_open_label", {"blocks"})
    assert told.sentence.endswith("they guess 69\u00a0% of the next arms.")


@pytest.mark.unmeasured
def test_random_sizes_stand_beside_the_longest_alone() -> None:
    long = setting(960, (), sites=ONE)
    told = {w.code: w for w in weaknesses(figures(choice("permuted_blocks", multipliers=[2, 3]), long), long)}["random_sizes_no_help"]
    assert told.numbers == pytest.approx({"random": 52 / 75, "longest": 41 / 60}, abs=1e-3)
    assert "blocks of 4 and 6 give 69\u00a0%, blocks of 6 alone 68\u00a0%" in told.sentence


def test_a_biased_coin_leaves_an_unequal_ratio_as_published() -> None:
    """Section 1.9: 9/10, 27/100, 387/500 at p = 0.8 and 2:1."""
    of = figures(choice("biased_coin_minimisation", WIDE, p="4/5"), setting()).scheme
    assert first_steps(of, 0, 3) == pytest.approx([9 / 10, 27 / 100, 387 / 500], abs=1e-12)
    told = {w.code: w for w in weaknesses(figures_of(of, setting()), setting())}["ratio_not_kept"]
    assert told.numbers["target"] == pytest.approx(2 / 3)
    assert "should be 67\u00a0% each time, but is 90\u00a0%, 27\u00a0%, 77\u00a0% and 87\u00a0% for the first four people" in told.sentence


def test_strata_are_told_with_the_drift_of_a_coin() -> None:
    here = setting(100, MANY, open_label=False)
    (told,) = weaknesses(figures(choice("big_stick", bound=3), here), here)
    assert (told.code, told.numbers["strata"], told.numbers["sd_coin"]) == ("too_many_strata", 72, 10)
    assert 20 / 3 < told.numbers["sd"] < 10
    assert told.sentence.startswith("72 strata for 100 people")
    assert "tossing a coin would give 10.0" in told.sentence


def test_a_small_trial_by_coin_is_told_with_its_chance() -> None:
    (told,) = weaknesses(figures(choice("simple"), ALONE), ALONE)
    assert told.numbers == {"chance": pytest.approx(0.056888, abs=5e-7)}
    assert told.sentence == "Simple randomisation of 100 people ends 60:40 or worse with a chance of 6\u00a0%."
    wide = weaknesses(figures(choice("simple", WIDE), ALONE), ALONE)
    assert "an arm a fifth larger or smaller than planned, or worse, with a chance" in wide[0].sentence
