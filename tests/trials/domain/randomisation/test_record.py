"""How a draw came about is written down whole, and the length of what is written tells nothing."""

from __future__ import annotations

from fractions import Fraction

import pytest

from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.record import from_bytes, to_bytes
from trials.domain.randomisation.scheme import Draw, StreamState
from trials.domain.randomisation.stream import next_arm, next_draw, open_stream

SEED = bytes(range(48))
TABLES = [
    {"method": "simple", "arms": {"A": 2, "B": 1}},
    {"method": "permuted_blocks", "arms": {"A": 1, "B": 1}, "multipliers": [2, 3]},
    {"method": "block_urn", "arms": {"A": 1, "B": 1, "C": 1}, "lambda": 2},
    {"method": "minimisation", "arms": {"A": 1, "B": 1}, "p": "4/5", "factors": {"sex": ["F", "M"]}},
]


@pytest.mark.parametrize("table", TABLES, ids=[str(t["method"]) for t in TABLES])
def test_a_draw_tells_how_it_came_about_and_always_at_the_same_length(table):
    scheme = scheme_from(table)
    state, lengths, history = open_stream(scheme, seed=SEED, stratum="sex=F"), set(), []
    for place in range(60):
        newcomer = {"sex": "FM"[place % 2]}
        draw = next_draw(scheme, state, newcomer)
        assert (draw.arm, draw.after) == next_arm(scheme, state, newcomer)
        assert draw.law[draw.arm] > 0
        assert sum(draw.law.values()) == 1
        assert draw.words
        stored = to_bytes(draw, scheme)
        lengths.add(len(stored))
        assert from_bytes(stored) == (draw.law, draw.words)
        if table["method"] != "permuted_blocks":
            assert draw.law == scheme.probabilities(history, newcomer)
        history.append((draw.arm, newcomer))
        state = draw.after
    assert len(lengths) == 1


def test_the_law_inside_a_block_is_what_is_left_of_it():
    scheme = scheme_from(TABLES[1])
    state, laws = open_stream(scheme, seed=bytes(range(32)), stratum="SITE01|F|<70"), []
    for _ in range(5):
        draw = next_draw(scheme, state)
        laws.append(draw.law["A"])
        state = draw.after
    assert laws == [Fraction(1, 2), Fraction(2, 3), Fraction(1), Fraction(1), Fraction(1, 2)]  # BBAA, then another block


def test_the_words_are_those_that_the_generator_gives_again():
    scheme = scheme_from(TABLES[0])
    state = open_stream(scheme, seed=SEED, stratum="all")
    draw = next_draw(scheme, state)
    assert draw.words == (Drbg.resume(state.drbg).word(),)


def test_more_words_than_expected_make_the_record_twice_as_long():
    scheme = scheme_from(TABLES[0])
    usual = next_draw(scheme, open_stream(scheme, seed=SEED, stratum="all"))
    many = Draw("A", StreamState(b"", ()), usual.law, tuple([4294967295] * 40))
    assert len(to_bytes(many, scheme)) % len(to_bytes(usual, scheme)) == 0
    assert from_bytes(to_bytes(many, scheme)) == (many.law, many.words)


@pytest.mark.parametrize(
    "stored", [b"", b"{", b"[]", b"{}", b'{"law": []}', b'{"law": {"A": "x"}, "words": []}', b'{"law": {}, "words": 1}', b"\xff"]
)
def test_what_is_no_record_is_refused(stored):
    with pytest.raises(ValueError):  # noqa: PT011
        from_bytes(stored)


def test_what_is_written_is_compact_json_and_blanks_after_it():
    scheme = scheme_from(TABLES[1])
    draw = Draw("A", StreamState(b"", ()), {"A": Fraction(1, 2), "B": Fraction(1, 2)}, (7, 4294967295))
    told = b'{"law":{"A":"1/2","B":"1/2"},"words":[7,4294967295]}'
    full = 64 + 2 * 73 + (7 + 4) * 11  # two arms of one letter; seven words at most for a block of 6, and four to spare
    assert to_bytes(draw, scheme) == told + b" " * (full - len(told))
    many = Draw("A", StreamState(b"", ()), draw.law, (4294967295,) * 40)
    assert len(to_bytes(many, scheme)) == 2 * full


@pytest.mark.parametrize("stored", [b"[]", b"{}", b'{"law": 5, "words": []}', b'{"law": {}, "words": 5}', b"\xff",
                                    b'{"law": {"A": "1/0"}, "words": []}', b'{"law": {}, "words": [Infinity]}'])  # fmt: skip
def test_another_thing_is_refused_in_a_sentence(stored):
    with pytest.raises(ValueError, match="^this is not the record of a draw$"):
        from_bytes(stored)
