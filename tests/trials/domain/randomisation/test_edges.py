"""Edges and exact sentences: the last number allowed, the first refused, and the words in which a scheme says no."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.trials.domain.randomisation.acceptance import SEX_AGE, THREE, TWO, blocks, scheme
from trials.domain.protocol.shape import Factor
from trials.domain.randomisation import NotExact, Scheme, StreamState, scheme_from
from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.life import MOVES, Status, may_move, mermaid, status
from trials.domain.randomisation.strata import NoLevel, every_key, levels
from trials.domain.randomisation.stream import open_dummy_stream, open_stream

SEED = bytes(range(32))
GOOD: dict[str, object] = {"method": "permuted_blocks", "arms": TWO, "multipliers": [2]}


def refusal(**table: object) -> str:
    with pytest.raises(ValueError) as refused:
        scheme_from({"arms": TWO, **table} if "method" in table else {**GOOD, **table})
    return str(refused.value)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"method": "big_stick", "arms": THREE, "bound": 3}, "big_stick needs two arms in equal ratio"),
        ({"method": "efron", "arms": THREE, "p": "2/3"}, "efron needs two arms in equal ratio"),
        ({"method": "maximal", "arms": {"A": 2, "B": 1}, "bound": 2, "length": 8}, "maximal needs two arms in equal ratio"),
        ({"method": "urn", "arms": {"A": 2, "B": 1}, "a": 1, "b": 1}, "urn keeps equal ratios only"),
        ({"method": "urn", "a": 0, "b": 0}, "a and b must not both be 0"),
        ({"method": "maximal", "bound": 2, "length": 7}, "length must be even, so that the sequence can end balanced"),
        ({"method": "maximal", "bound": 2, "length": 2002}, "length must be at most 2,000"),
        ({"method": "maximal", "bound": 2, "length": 2001}, "length must be at most 2,000"),
        ({"method": "maximal", "bound": 0, "length": 7}, "bound must be a whole number from 1 to 10,000, not 0"),
        (
            {"method": "minimisation", "arms": {"A": 2, "B": 1}, "factors": SEX_AGE, "p": "4/5"},
            "minimisation keeps equal ratios only: use biased_coin_minimisation, block_urn or permuted_blocks",
        ),
        ({"method": "efron", "p": "1/3"}, "p must be at least 1/2 and less than 1, not 1/3"),
        ({"method": "efron", "p": 0.75}, 'p must not be a float (0.75): write a whole number or a fraction as text, "4/5"'),
        ({"method": "efron", "p": "much"}, "p must be a number, not 'much'"),
        ({"method": "urn", "a": "-1/2", "b": 1}, "a must be at least 0, not -1/2"),
        ({"method": "urn", "a": -1, "b": 0}, "a must be at least 0, not -1"),
        ({"multipliers": [5001]}, "multipliers make a block of more than 10,000 places"),
        ({"multipliers": [10_001]}, "multipliers: place 1 must be a whole number from 1 to 10,000, not 10001"),
        ({"multipliers": [0]}, "multipliers: place 1 must be a whole number from 1 to 10,000, not 0"),
        ({"multipliers": [1, "3/2"]}, "multipliers: place 2 must be a whole number from 1 to 10,000, not 3/2"),
        ({"multipliers": [2, 2]}, "multipliers names a number twice"),
        ({"multipliers": []}, "multipliers must be a list of one or more whole numbers"),
        ({"arms": {"A": 4000, "B": 4000}, "multipliers": []}, "multipliers must be a list of one or more whole numbers"),
        ({"arms": {"A": 4000, "B": 4000}, "multipliers": [0]}, "multipliers: place 1 must be a whole number from 1 to 10,000, not 0"),
        ({"arms": {"A": 4000, "B": 4000}, "multipliers": ["x"]}, "multipliers: place 1 must be a number, not 'x'"),
        (
            {"method": "biased_coin_minimisation", "arms": {}, "factors": SEX_AGE, "p": "2/5"},
            "arms must map between 2 and 20 arm codes to whole numbers; p must be at least 1/2 and less than 1, not 2/5",
        ),
        ({"arms": {"A": 1}}, "arms must map between 2 and 20 arm codes to whole numbers"),
        ({"arms": {"A": 1, " ": 1}}, "arms: ' ' is not an arm code"),
        ({"arms": {"A": 1, "B": "x"}}, "arms: the ratio of B must be a number, not 'x'"),
        ({"factors": 3}, "factors must be a table or a list of tables"),
        ({"factors": 0}, "factors must be a table or a list of tables"),
        ({"factors": ""}, "factors must be a table or a list of tables"),
        ({"factors": 0.5}, "factors must be a table or a list of tables; factors must not hold a float (0.5)"),
        ({"factors": [{"name": "age", "cuts": [70, 70.5]}]}, "factors must not hold a float (70.5)"),
        ({"colour": 1}, "'colour' is not a key of this method"),
        ({"unit": "pair"}, "unit must be one of person, couple, cluster, not 'pair'"),
        ({"method": "minimisation", "factors": {}, "p": "4/5", "multipliers": None},
         "factors must map one or more factors to their levels; 'multipliers' is not a key of this method"),
    ],
)  # fmt: skip
def test_a_refusal_says_exactly_this(table, sentence):
    assert refusal(**table) == sentence


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"weights": 5}, "weights must map factors to numbers"),
        ({"weights": {"bmi": 1}}, "weights: 'bmi' is not a factor"),
        ({"weights": {"sex": "-1"}}, "weights: sex must be above 0"),
        ({"weights": {"sex": 0}}, "weights: sex must be above 0"),
        ({"weights": {"sex": 0.5}}, 'weights: sex must not be a float (0.5): write a whole number or a fraction as text, "4/5"'),
        ({"factors": {"sex": "MF"}}, "factors: sex must have a list of different levels in words"),
        ({"factors": {"sex": ["M", "M"]}}, "factors: sex must have a list of different levels in words"),
        ({"factors": {"sex": 5}}, "factors: sex must have a list of different levels in words"),
        ({"factors": {"sex": ["M", 1]}}, "factors: sex must have a list of different levels in words"),
        ({"factors": {1: ["F", "M"], "": ["Y", "O"]}}, "factors: 1 is not the name of a factor; factors: '' is not the name of a factor"),
        ({"factors": {"sex": ["M", ""]}}, "factors: sex must have a list of different levels in words"),
        ({"imbalance": "none"}, "imbalance must be one of range, variance, marginal_balance, not 'none'"),
        ({"ties": "coin"}, "ties must be one of rank, split, not 'coin'"),
        ({"rule": "worst", "ties": "coin"}, "rule must be one of best, rank, not 'worst'; ties must be one of rank, split, not 'coin'"),
        ({"rule": "rank", "p": None, "q": "2/3", "ties": 1}, "ties must be one of rank, split, not 1"),
        ({"treatment_total": "-1"}, "treatment_total must be at least 0, not -1"),
        ({"p": None, "rule": "rank", "q": 2}, "q must be at most 2, and leave something to chance"),
        ({"p": None, "rule": "rank", "q": "1/3"}, "q must be at least 1/2, not 1/3"),
        ({"p": None, "rule": "rank", "q": "3/4", "ties": "split"}, 'ties must be "rank" where every rank has its own probability'),
    ],
)
def test_minimisation_says_exactly_this(keys, sentence):
    table = {"method": "minimisation", "arms": TWO, "factors": SEX_AGE, "p": "4/5", **keys}
    with pytest.raises(ValueError) as refused:
        scheme_from({key: value for key, value in table.items() if value is not None})
    assert str(refused.value) == sentence


def test_three_ranked_arms_take_a_q_of_one_and_no_more():
    table = {"method": "minimisation", "arms": THREE, "factors": SEX_AGE, "rule": "rank"}
    assert scheme_from({**table, "q": 1}).chances == (Fraction(2, 3), Fraction(1, 3), Fraction(0))
    with pytest.raises(ValueError, match="^q must be at most 1, and leave something to chance$"):
        scheme_from({**table, "q": "10/9"})


def test_an_unknown_method_comes_first_and_every_other_fault_after_it():
    told = refusal(method="dice", arms={"A": 1.5, "B": 1}, multipliers=[{"x": 0.5}], colour=1)
    assert told.split("; ") == [
        "method must be one of simple, permuted_blocks, big_stick, block_urn, efron, urn, maximal, minimisation, "
        "biased_coin_minimisation, uploaded_list, not 'dice'",
        'arms: the ratio of A must not be a float (1.5): write a whole number or a fraction as text, "4/5"',
        "multipliers must not hold a float (0.5)",
        "'colour' is not a key of any method",
    ]


def test_the_unit_may_stand_in_the_table_of_any_method():
    for unit in (None, "person", "couple", "cluster"):
        assert scheme_from({**GOOD, "unit": unit}) == scheme_from(GOOD)
    assert refusal(method="dice", unit="couple") == refusal(method="dice")


def test_the_last_numbers_that_are_allowed():
    assert scheme("maximal", bound=2, length=2000).length == 2000
    assert scheme("big_stick", bound=10_000).bound == 10_000
    assert blocks(5000).multipliers == (5000,)
    assert len(scheme_from({**GOOD, "arms": {f"A{i}": 1 for i in range(20)}}).arms) == 20
    assert scheme("simple", {"A": 10_000, "B": 1}).ratio == (10_000, 1)
    assert scheme("efron", p="1/2").p == Fraction(1, 2)
    assert scheme("urn", a=0, b="1/999999999").b == Fraction(1, 999_999_999)


@pytest.mark.parametrize("ratio", ["0/1", "1/0", "1/00", "-1", "1.5.2", "1/-2", "", "1234567890"])
def test_numbers_that_are_not_written_as_numbers_are_refused(ratio):
    assert refusal(arms={"A": ratio, "B": 1}).startswith("arms: the ratio of A must be a ")


@pytest.mark.parametrize(("switch", "weight"), [(None, 0), (False, 0), (True, 1), ("1/2", Fraction(1, 2)), (0, 0), (3, 3)])
def test_the_treatment_total_is_a_switch_or_a_weight(switch, weight):
    table = {"method": "minimisation", "arms": TWO, "factors": SEX_AGE, "p": "4/5", "treatment_total": switch}
    assert scheme_from(table).total_weight == weight


def test_weights_are_1_where_none_is_given():
    table = {"method": "minimisation", "arms": TWO, "factors": SEX_AGE, "p": "4/5"}
    assert scheme_from({**table, "weights": {"age": "3/2"}}).weights == (1, Fraction(3, 2))
    assert scheme_from(table).weights == (1, 1)


@pytest.mark.parametrize("method", ["minimisation", "biased_coin_minimisation"])
def test_minimisation_says_why_it_has_no_figures(method):
    with pytest.raises(NotExact, match="^how predictable minimisation is depends on who comes, so it has no exact figures$"):
        scheme(method, factors=SEX_AGE, p="4/5").properties(10)


def test_several_sizes_say_why_they_have_no_law():
    with pytest.raises(NotExact, match="^with several block sizes the law of the next arm depends on sizes that nobody has seen$"):
        scheme("permuted_blocks", multipliers=[2, 3]).probabilities([], {})


@pytest.mark.parametrize(("arms", "cells"), [(TWO, 10), (THREE, 15)])
def test_minimisation_keeps_a_count_for_every_level_and_one_for_every_arm(arms, cells):
    of = scheme("minimisation", arms, factors=SEX_AGE, p="4/5")
    assert open_stream(of, seed=SEED, stratum="all").memory == (0,) * cells


def test_a_block_takes_a_word_for_its_size_and_one_a_place_at_most():
    assert (scheme("permuted_blocks", multipliers=[2, 3]).most_words, blocks(2).most_words) == (7, 5)


@pytest.mark.parametrize(("arms", "chances"), [(TWO, ("4/5", "1/5")), (THREE, ("4/5", "1/10", "1/10"))])
def test_every_rank_has_a_chance(arms, chances):
    assert scheme("minimisation", arms, factors=SEX_AGE, p="4/5").chances == tuple(map(Fraction, chances))


def test_only_blocks_are_a_list():
    with pytest.raises(ValueError, match="^only permuted blocks can be drawn as a list$"):
        scheme("simple").draw_list(SEED, "S", 4)


def test_a_choice_says_what_is_wrong():
    of: Scheme = scheme("simple")
    half = {"A": Fraction(1, 2), "B": Fraction(1, 2)}
    with pytest.raises(ValueError, match=r"^u must lie in \[0, 1\), not 1$"):
        of.choose(half, Fraction(1))
    for law in (
        {"A": Fraction(1)},
        {**half, "C": Fraction(0)},
        {"A": Fraction(1, 2), "B": Fraction(1, 3)},
        {"A": Fraction(2), "B": Fraction(-1)},
    ):
        with pytest.raises(ValueError, match="^probabilities must name every arm once and add up to 1$"):
            of.choose(law, Fraction(0))


def test_the_bytes_of_a_state():
    state = StreamState(bytes(range(72)), (1, 258))
    stored = b"uplift-stream-1\x00" + bytes(range(72)) + bytes(7) + b"\x01" + bytes(6) + b"\x01\x02"
    assert state.to_bytes() == stored
    assert StreamState.from_bytes(stored) == state
    assert StreamState.from_bytes(stored[:88]) == StreamState(bytes(range(72)), ())
    for length in (0, 15, 16, 87, 89, 95, 97, 103):
        with pytest.raises(ValueError, match="^this is not the state of a stream$"):
            StreamState.from_bytes(stored[:length])


def test_a_reseeded_generator_counts_its_requests_from_one():
    drbg = Drbg.instantiate(SEED)
    assert drbg.state()[64:] == (1).to_bytes(8, "big")
    drbg.generate(1)
    drbg.generate(100)
    assert drbg.state()[64:] == (3).to_bytes(8, "big")
    drbg.reseed(SEED)
    assert drbg.state()[64:] == (1).to_bytes(8, "big")


def test_the_last_request_before_a_reseed_is_served():
    assert len(Drbg(SEED, SEED, 1 << 48).generate(1)) == 1
    with pytest.raises(ValueError, match="^the generator has to be reseeded$"):
        Drbg(SEED, SEED, (1 << 48) + 1).generate(1)


def test_additional_input_and_nonce_are_mixed_in_as_the_standard_says():
    """SP 800-90A 10.1.2: additional input is one update before and one after; entropy, nonce and personalisation are one string."""
    mixed, by_hand = Drbg.instantiate(SEED), Drbg.instantiate(SEED)
    mixed.generate(8, b"more")
    by_hand._update(b"more")
    by_hand._value = by_hand._mac(by_hand._value)
    by_hand._update(b"more")
    assert mixed.state()[:64] == by_hand.state()[:64]
    assert Drbg.instantiate(SEED, b"no", b"nce").state() == Drbg.instantiate(SEED + b"nonce").state()
    one, other = Drbg.instantiate(SEED), Drbg.instantiate(SEED)
    one.reseed(SEED, b"x")
    other.reseed(SEED + b"x")
    assert one.state() == other.state() != Drbg.instantiate(SEED).state()


def test_a_sham_stream_and_a_real_one_of_the_marked_key_are_one():
    of = blocks(2)
    assert open_dummy_stream(of, seed=SEED, stratum="site=LIM") == open_stream(of, seed=SEED, stratum="dummy|site=LIM")


SEX = Factor(name="sex", source="sex", levels=("F", "M"))
AGE = Factor(name="age", source="age", cuts=(Decimal(70),), levels=("<70", ">=70"))


def test_every_fault_of_a_person_is_told_in_one_line():
    with pytest.raises(NoLevel) as refused:
        levels([SEX, AGE], {"sex": "X", "age": "old"})
    assert str(refused.value) == "sex has no level 'X', only F, M; age must be an exact number"
    with pytest.raises(NoLevel, match="^sex is not known; age is not known$"):
        levels([SEX, AGE], {})


def test_every_key_of_a_trials_strata():
    assert every_key({"sex": ["F", "M"], "site": ["LIM", "GAL"]}) == (
        "sex=F|site=LIM", "sex=F|site=GAL", "sex=M|site=LIM", "sex=M|site=GAL",
    )  # fmt: skip
    assert every_key({}) == ("all",)


def test_the_life_of_a_scheme():
    found = {
        (o, c, d): status(opened=o, closed=c, discarded=d)
        for o, c, d in [(False, False, False), (True, False, False), (True, True, False), (False, False, True)]
    }
    assert list(found.values()) == [Status.DRAWN, Status.OPEN, Status.CLOSED, Status.DISCARDED]
    moves = {(source, target) for source in Status for target in Status if may_move(source, target)}
    assert moves == {(Status.DRAWN, Status.OPEN), (Status.DRAWN, Status.DISCARDED), (Status.OPEN, Status.CLOSED)}
    assert mermaid() == (
        "stateDiagram-v2\n    [*] --> drawn: drawn by the statistician\n"
        + "".join(f"    {source} --> {target}: {why}\n" for source, target, why in MOVES)
    )
