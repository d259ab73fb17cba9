"""Streams against a second generator and the textbook's laws: what a seed and a stratum give is a promise to every later auditor."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from fractions import Fraction
from hashlib import sha256
from math import lcm

import pytest

from tests.trials.domain.randomisation import textbook
from tests.trials.domain.randomisation.acceptance import blocks, scheme
from tests.trials.domain.randomisation.test_oracles import CASES, FACTORS, NAMES, PEOPLE, biased_coin, chances
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.stream import envelope_arms, next_arm, open_stream

SEED = bytes(range(48))


def words(seed: bytes, personalisation: str) -> Iterator[int]:
    """HMAC_DRBG with SHA-256 (SP 800-90A 10.1.2), four bytes a request, no additional input."""
    key, value = bytes(32), b"\x01" * 32

    def mac(message: bytes) -> bytes:
        return hmac.new(key, message, sha256).digest()

    for mark in (b"\x00", b"\x01"):
        key = mac(value + mark + seed + personalisation.encode())
        value = mac(value)
    while True:
        value = mac(value)
        yield int.from_bytes(value[:4], "big")
        key = mac(value + b"\x00")
        value = mac(value)


def below(source: Iterator[int], n: int) -> int:
    """By rejection, of as many words as n - 1 needs."""
    count = 1
    while (1 << 32 * count) < n:
        count += 1
    while True:
        number = 0
        for _ in range(count):
            number = (number << 32) + next(source)
        if number < (1 << 32 * count) - (1 << 32 * count) % n:
            return number % n


def drawn_from(source: Iterator[int], law: textbook.Law) -> int:
    """u = j / d with d the common denominator; the first arm whose running sum exceeds u."""
    whole = lcm(*(p.denominator for p in law))
    u, reached = Fraction(below(source, whole), whole), Fraction(0)
    for arm, p in enumerate(law):
        reached += p
        if u < reached:
            return arm
    raise AssertionError("the law does not add up to 1")


LAWFUL = [(of, oracle, name) for (of, oracle, _), name in zip(CASES, NAMES, strict=True) if "PermutedBlocks" not in name]


@pytest.mark.parametrize(("of", "oracle"), [case[:2] for case in LAWFUL], ids=[case[2] for case in LAWFUL])
def test_a_stream_is_the_textbooks_law_drawn_with_a_second_generator(of, oracle):
    source, given = words(SEED, "rct-law-v1|site=LIM|sex=F"), ()
    state = open_stream(of, seed=SEED, stratum="site=LIM|sex=F")
    for _ in range(60):
        arm, state = next_arm(of, state)
        given += (drawn_from(source, oracle(given)),)
        assert arm == of.arms[given[-1]]


@pytest.mark.parametrize(("ratio", "multipliers"), [((1, 1), (2, 3)), ((1, 1, 1), (1, 2)), ((2, 1), (2,)), ((3, 2, 1), (1, 2, 3))])
def test_a_list_is_shuffled_with_a_second_generator(ratio, multipliers):
    of = scheme("permuted_blocks", dict(zip("ABC", ratio, strict=False)), multipliers=list(multipliers))
    source, places = words(SEED, "rct-list-v1|site=LIM"), []
    while len(places) < 100:
        m = multipliers[below(source, len(multipliers))] if len(multipliers) > 1 else multipliers[0]
        block = [arm for arm, share in zip("ABC", ratio, strict=False) for _ in range(share * m)]
        for i in range(len(block) - 1, 0, -1):
            j = below(source, i + 1)
            block[i], block[j] = block[j], block[i]
        places += block
    assert of.draw_list(SEED, "site=LIM", 100) == places


@pytest.mark.parametrize("imbalance", list(textbook.MEASURES))
@pytest.mark.parametrize("ratio", [(1, 1), (1, 1, 1), (3, 2, 1)])
@pytest.mark.parametrize("total", [0, 2])
def test_minimisation_is_the_textbooks_law_drawn_with_a_second_generator(imbalance, ratio, total):
    method = "minimisation" if len(set(ratio)) == 1 else "biased_coin_minimisation"
    arms = dict(zip("ABC", ratio, strict=False))
    of = scheme(method, arms, factors=FACTORS, weights={"age": 3}, imbalance=imbalance, p="4/5", treatment_total=total)
    source, state = words(SEED, "rct-law-v1|all"), open_stream(of, seed=SEED, stratum="all")
    given, came = (), []
    for i in range(60):
        newcomer = PEOPLE[i * i % 6]
        scores = textbook.imbalances(given, came, (*newcomer, "all"), imbalance, (1, 3, total), ratio)
        best = chances("best", Fraction(4, 5), len(ratio))
        law = textbook.ranked_at_random(scores, best) if method == "minimisation" else biased_coin(scores, ratio, Fraction(4, 5))
        arm, state = next_arm(of, state, dict(zip(FACTORS, newcomer, strict=True)))
        given += (drawn_from(source, law),)
        came.append((*newcomer, "all"))
        assert arm == of.arms[given[-1]]


def test_the_golden_list_in_blocks_and_its_commitment():
    """Blocks of 4, 6, 4, 4, 4, 4: 26 places for a list of 24; the digest hides behind its nonce."""
    of, seed = scheme("permuted_blocks", multipliers=[2, 3]), bytes(range(32))
    state, block, found = open_stream(of, seed=seed, stratum="SITE01|F|<70"), "", []
    while len(found) < 6:
        arm, state = next_arm(of, state)
        block += arm
        if state.memory == (0,):
            found.append(block)
            block = ""
    assert found == ["BBAA", "BAABBA", "BAAB", "BAAB", "BBAA", "ABBA"]
    whole = of.draw_list(seed, "SITE01|F|<70", 24)
    lines = "".join(f"SITE01|F|<70,{place},{arm}\n" for place, arm in enumerate(whole, start=1))
    assert "".join(found) == "".join(whole)
    assert sha256(b"\xaa" * 32 + lines.encode()).hexdigest() == "39ce911db324d73c7b67ddb9c9aebdda394816974488868ba66e53cf8d93a302"


@pytest.mark.parametrize(("of", "lengths"), [(case[0], {len(case[0].arms)}) for case in LAWFUL] + [(blocks(2), {1}), (blocks(5), {1})])
def test_a_state_has_one_length_at_every_place(of, lengths):
    state = open_stream(of, seed=SEED, stratum="S")
    found = set()
    for _ in range(20):
        found.add(len(state.to_bytes()))
        assert type(state).from_bytes(state.to_bytes()) == state
        _, state = next_arm(of, state)
    assert found == {16 + 72 + 8 * length for length in lengths}


def test_envelopes_come_from_streams_of_their_own_with_a_sham_beside_each():
    of = scheme_from({"method": "permuted_blocks", "arms": {"A": 1, "B": 1}, "multipliers": [2]})
    seed, key = bytes(range(48)), "site=LIM|sex=F"
    found = envelope_arms(of, seed=seed, site="LIM", stratum=key, count=8)
    own, sham = (of.draw_list(seed, name, 8) for name in (f"backup|LIM|{key}", f"dummy|backup|LIM|{key}"))
    assert found == list(zip(own, sham, strict=True))
    assert len({tuple(own), tuple(sham), tuple(of.draw_list(seed, key, 8)), tuple(of.draw_list(seed, f"dummy|{key}", 8))}) == 4
    assert envelope_arms(of, seed=seed, site="LIM", stratum=key, count=3) == found[:3]
    assert envelope_arms(of, seed=seed, site="DUB", stratum=key, count=8) != found


def test_a_method_that_waits_for_who_comes_has_no_envelopes():
    of = scheme_from({"method": "minimisation", "arms": {"A": 1, "B": 1}, "p": "4/5", "factors": {"sex": ["F", "M"]}})
    with pytest.raises(ValueError, match="^its arms depend on who comes, so none can be put into envelopes beforehand$"):
        envelope_arms(of, seed=bytes(48), site="LIM", stratum="all", count=1)
