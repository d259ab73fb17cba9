"""Place by place: the chain of leads against listing every sequence, what is too long to be exact, and a thousand allocations."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt

import pytest

from tests.trials.domain.randomisation.test_counting import THREE, WIDE, law, paths, scheme
from trials.domain.randomisation import NotExact, Scheme, lead, walk
from trials.domain.randomisation.lead import Lead
from trials.domain.randomisation.scheme import Course

TWO_EQUAL = {
    "simple": scheme("simple"),
    "twice two": scheme("simple", {"A": 2, "B": 2}),
    "blocks of 4": scheme("permuted_blocks", multipliers=[2]),
    "blocks of 6": scheme("permuted_blocks", multipliers=[3]),
    "blocks of 4 by ratio": scheme("permuted_blocks", {"A": 2, "B": 2}, multipliers=[1]),
    "big stick": scheme("big_stick", bound=2),
    "block urn": scheme("block_urn", lambda_=3),
    "efron": scheme("efron", p="2/3"),
    "urn": scheme("urn", a="1/2", b=1),
    "urn from nothing": scheme("urn", a=0, b="3/2"),
    "maximal": scheme("maximal", bound=2, length=6),
}


def listed(of: Scheme, n: int) -> tuple[Course, float]:
    """The same figures by listing every sequence with its probability."""
    every = [paths(of, done) for done in range(n + 1)]
    chances = [{path: max(law(of, path)) for path in shares} for shares in every[:-1]]
    apart = [{path: path.count("A") - path.count("B") for path in shares} for shares in every]
    course = Course(
        tuple(float(sum(share * chances[done][path] for path, share in every[done].items())) for done in range(n)),
        tuple(float(sum(share for path, share in every[done].items() if chances[done][path] == 1)) for done in range(n)),
        tuple(float(sum(share for path, share in every[done].items() if apart[done][path] == 0)) for done in range(1, n + 1)),
        tuple(float(sum(share * apart[done][path] ** 2 for path, share in every[done].items())) for done in range(1, n + 1)),
    )
    farthest = sum(
        share * max(abs(path[:done].count("A") - path[:done].count("B")) for done in range(n + 1)) for path, share in every[n].items()
    )
    return course, float(farthest)


@pytest.mark.parametrize("of", TWO_EQUAL.values(), ids=TWO_EQUAL)
def test_two_equal_arms_run_as_listing_every_sequence_says(of: Scheme) -> None:
    expected, farthest = listed(of, 8)
    found = of.course(8)
    for name in ("guesses", "forced", "balanced", "square"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=1e-12), name
    assert of.farthest(8) == pytest.approx(farthest, abs=1e-10)
    assert of.farthest(1) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    "of",
    [scheme("simple", WIDE), scheme("block_urn", WIDE, lambda_=2), scheme("urn", THREE, a=0, b=1), scheme("permuted_blocks", THREE, multipliers=[2])],
    ids=["simple 2:1", "block urn 2:1", "urn of three", "blocks of three"],
)  # fmt: skip
def test_other_arms_have_guesses_and_no_difference(of: Scheme) -> None:
    expected, _ = listed(of, 6)
    found = of.course(6)
    assert found.guesses == pytest.approx(expected.guesses, abs=1e-12)
    assert found.forced == pytest.approx(expected.forced, abs=1e-12)
    assert (found.balanced, found.square, of.farthest(6)) == (None, None, None)


@pytest.mark.parametrize("of", TWO_EQUAL.values(), ids=TWO_EQUAL)
def test_a_longer_course_begins_as_the_shorter_one(of: Scheme) -> None:
    short, long = of.course(5), of.course(9)
    assert (short.guesses, short.forced, short.balanced, short.square) == (
        long.guesses[:5],
        long.forced[:5],
        long.balanced[:5],
        long.square[:5],
    )
    assert of.course(5) == short


def test_several_sizes_drift_as_the_places_of_their_blocks_do() -> None:
    found = scheme("permuted_blocks", multipliers=[1, 2])
    balanced = Fraction(2, 3)  # after 2 places of a block of 4; a block of 2 has ended balanced
    assert found.course(2).square == pytest.approx((1, float(4 * (1 - balanced) / 2)), abs=1e-12)
    assert found.farthest(2) == pytest.approx(1 + float((1 - balanced) / 2), abs=1e-12)
    assert scheme("permuted_blocks", WIDE, multipliers=[1, 2]).farthest(2) is None


def test_a_fair_coin_drifts_as_far_by_reflection_as_by_the_chain() -> None:
    chain = Lead(lambda done, lead: 0.5)
    for n in (1, 2, 3, 10, 101, 400):
        assert scheme("simple").farthest(n) == pytest.approx(chain.farthest(n), abs=1e-9)
    assert scheme("simple", WIDE).farthest(10) is None


@pytest.mark.unmeasured
@pytest.mark.parametrize("of", [TWO_EQUAL[name] for name in ("simple", "urn", "efron", "maximal")])
def test_a_thousand_allocations_have_exact_figures(of: Scheme) -> None:
    found = of.properties(1000)
    assert 0.5 <= found.correct_guesses < 0.72
    assert found.sd_imbalance is not None
    assert found.max_imbalance is not None
    assert found.sd_imbalance <= sqrt(1000) + 1e-9
    assert 1 <= found.max_imbalance < 40


@pytest.mark.unmeasured
def test_a_thousand_from_the_law_of_each_method() -> None:
    assert scheme("simple").properties(1000).sd_imbalance == pytest.approx(sqrt(1000), abs=1e-9)
    assert scheme("urn", a=0, b=1).properties(1000).sd_imbalance == pytest.approx(sqrt(1000 / 3), abs=1e-9)
    assert scheme("efron", p="2/3").properties(1000).correct_guesses == pytest.approx(5 / 8, abs=1e-3)
    assert scheme("big_stick", bound=3).properties(1000).correct_guesses == pytest.approx(1 / 2 + 1 / 12, abs=1e-3)


TWENTY = {f"A{n}": 1 for n in range(20)}


@pytest.mark.parametrize(
    ("of", "n"),
    [
        (scheme("urn", TWENTY, a=0, b=1), 60),
        (scheme("block_urn", TWENTY, lambda_=3), 60),
        (scheme("permuted_blocks", TWENTY, multipliers=[2]), 60),
        (scheme("permuted_blocks", multipliers=[1, 2, 3, 4, 5, 6, 7, 8]), 100),
        (scheme("urn", THREE, a=0, b=1), 100),
        (scheme("simple"), 200),
        (scheme("big_stick", bound=10_000), 200),
    ],
)
def test_what_would_take_too_long_is_refused_in_a_sentence(of: Scheme, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MOST_WORK", walk.MOST_WORK // 50)
    monkeypatch.setattr(lead, "MOST_STATES", lead.MOST_STATES // 50)
    with pytest.raises(NotExact, match="exact figures would take too long"):
        of.properties(n)


def test_what_may_take_long_is_a_second_or_two() -> None:
    """On the machine it was measured on, one unit of work takes about a microsecond, one lead about five."""
    assert walk.MOST_WORK <= 2_000_000
    assert lead.MOST_STATES <= 400_000


def test_how_far_apart_can_take_too_long_where_the_guesses_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    of = scheme("permuted_blocks", multipliers=[1, 2])
    assert len(of.course(100).guesses) == 100
    monkeypatch.setattr(walk, "MOST_WORK", 1_500)
    with pytest.raises(NotExact, match="exact figures would take too long"):
        of.farthest(100)


@pytest.mark.parametrize("of", [*TWO_EQUAL.values(), scheme("urn", THREE, a=0, b=1)])
def test_figures_need_an_allocation(of: Scheme) -> None:
    with pytest.raises(ValueError, match="at least one allocation, not 0"):
        of.course(0)
