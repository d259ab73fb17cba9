"""Acceptance tests of an allocator as functions of a seed; each raises OutOfRegion for draws that chance alone makes less than
once in a thousand million. They look at arms alone, through the public interface, so that a planted fault meets the same test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise, permutations, product

from trials.domain.randomisation import Scheme, StreamState, scheme_from
from trials.domain.randomisation.drbg import Drbg
from trials.domain.randomisation.stream import next_arm, open_stream

Z = 6.1094
CHI_SQUARE = {2: 41.45, 5: 50.69, 19: 81.56, 25: 92.78, 69: 164.15, 89: 193.58}
"""Two-sided normal and chi-square limits (by degrees of freedom) at a false alarm of 1e-9."""

TWO = {"A": 1, "B": 1}
THREE = {"A": 1, "B": 1, "C": 1}
SEX_AGE = {"sex": ["M", "F"], "age": ["Y", "O"]}


class OutOfRegion(AssertionError):
    """The draws lie where honest chance does not lead."""


def within(what: str, found: float, low: float, high: float) -> None:
    if not low <= found <= high:
        raise OutOfRegion(f"{what}: {found} lies outside {low} .. {high}")


def close(what: str, found: float, expected: float, deviation: float) -> None:
    within(what, found, expected - Z * deviation, expected + Z * deviation)


def even(what: str, seen: Sequence[Hashable], cells: Iterable[Hashable]) -> None:
    """Every cell is as likely as the others, and nothing else comes."""
    cells, counts = list(cells), Counter(seen)
    if not set(counts) <= set(cells):
        raise OutOfRegion(f"{what}: {set(counts) - set(cells)} cannot come")
    expected = len(seen) / len(cells)
    within(what, sum((counts[cell] - expected) ** 2 for cell in cells) / expected, 0, CHI_SQUARE[len(cells) - 1])


def scheme(method: str, arms: dict[str, int] | None = None, **keys: object) -> Scheme:
    return scheme_from({"method": method, "arms": arms or TWO, **{key.rstrip("_"): value for key, value in keys.items()}})


def blocks(multiplier: int, arms: dict[str, int] | None = None) -> Scheme:
    return scheme("permuted_blocks", arms, multipliers=[multiplier])


def block_list(of: Scheme, seed: bytes, size: int, count: int) -> list[str]:
    drawn = "".join(of.draw_list(seed, "acceptance", size * count))
    return [drawn[i : i + size] for i in range(0, len(drawn), size)]


def arms_of(of: Scheme, seed: bytes, length: int, stratum: str = "acceptance") -> Iterator[str]:
    state = open_stream(of, seed=seed, stratum=stratum)
    for _ in range(length):
        arm, state = next_arm(of, state)
        yield arm


def arrangements(ratio: Sequence[int]) -> list[str]:
    return sorted({"".join(order) for order in permutations("".join(arm * count for arm, count in zip("ABC", ratio, strict=False)))})


def fours(seed: bytes, count: int = 20_000) -> None:
    even("arrangements of four", block_list(blocks(2), seed, 4, count), arrangements((2, 2)))


def a_million_fours(seed: bytes) -> None:
    fours(seed, 1_000_000)


def a_million_of_six(seed: bytes) -> None:
    """What a byte modulo six would bend (43 of 256 against 42)."""
    drbg = Drbg.instantiate(seed)
    even("whole numbers below six", [drbg.below(6) for _ in range(1_000_000)], range(6))


class Fed(Drbg):
    """A generator that gives out the words it was handed."""

    def __init__(self, *words: int) -> None:
        self.words = list(words)

    def word(self) -> int:
        return self.words.pop(0)


def words_beyond_the_last_multiple(_: bytes) -> None:
    """Deterministic: the four words at and beyond the last full multiple of six are thrown away, the last one below is kept."""
    limit = 2**32 - 4
    for word in range(limit, 2**32):
        within(f"after {word}, which belongs to no full multiple of six", Fed(word, 7).below(6), 1, 1)
    within("the last word of a full multiple", Fed(limit - 1).below(6), 5, 5)


def sixes(seed: bytes) -> None:
    even("arrangements of six", block_list(blocks(3), seed, 6, 20_000), arrangements((3, 3)))


def eights(seed: bytes) -> None:
    even("arrangements of eight", block_list(blocks(4), seed, 8, 20_000), arrangements((4, 4)))


def sixes_of_three_arms(seed: bytes) -> None:
    even("arrangements of two of each of three", block_list(blocks(2, THREE), seed, 6, 20_000), arrangements((2, 2, 2)))


def neighbours(seed: bytes) -> None:
    """Each of 36,000 blocks tells nothing about the next."""
    drawn, cells = block_list(blocks(2), seed, 4, 36_001), arrangements((2, 2))
    pairs, first, second = Counter(pairwise(drawn)), Counter(drawn[:-1]), Counter(drawn[1:])
    for cell in cells:
        close(f"blocks {cell}", first[cell], 6000, (36_000 * 5 / 36) ** 0.5)
    expected = {(a, b): first[a] * second[b] / 36_000 for a, b in product(cells, repeat=2)}
    within("pairs of blocks", sum((pairs[pair] - e) ** 2 / e for pair, e in expected.items()), 0, CHI_SQUARE[25])


def sizes(seed: bytes) -> None:
    """Of two sizes each is chosen as often; a state at the fourth place tells the size by whether the block ends there."""
    of, short = scheme("permuted_blocks", multipliers=[2, 3]), 0
    state = open_stream(of, seed=seed, stratum="acceptance")
    for _ in range(10_000):
        _, state = next_arm(of, StreamState(state.drbg, (3,)))
        if state.memory == (0,):
            short += 1
        else:
            _, state = next_arm(of, StreamState(state.drbg, (5,)))
    within("blocks of four among 10,000 of four or six", short, 4695, 5305)


def places(seed: bytes) -> None:
    """At every place of a block each arm comes in its ratio."""
    for what, of, size, count, arm, low, high in (
        ("10,000 blocks of four", blocks(2), 4, 10_000, "A", 4695, 5305),
        ("100,000 blocks of four", blocks(2), 4, 100_000, "A", 49_034, 50_966),
        ("100,000 blocks of 2:1", blocks(1, {"A": 2, "B": 1}), 3, 100_000, "B", 32_425, 34_246),
    ):
        drawn = of.draw_list(seed, "acceptance", size * count)
        for place in range(size):
            within(f"{arm} at place {place + 1} of {what}", drawn[place::size].count(arm), low, high)


def symmetry(seed: bytes) -> None:
    """No arm is favoured in the long run, by a coin or a die."""
    drawn = Counter(arms_of(scheme("simple"), seed, 100_000))
    within("arm A of 100,000", drawn["A"], 49_034, 50_966)
    wide = Counter(arms_of(scheme("simple", {"A": 1, "B": 2, "C": 1}), seed, 10_000))
    statistic = sum((wide[arm] - share * 2500) ** 2 / (share * 2500) for arm, share in {"A": 1, "B": 2, "C": 1}.items())
    within("a die of 1:2:1", statistic, 0, CHI_SQUARE[2])


def _one_factor(arms: dict[str, int], **keys: object) -> Scheme:
    return scheme("minimisation", arms, factors={"all": ["x"]}, p="4/5", **keys)


def _drawn_at(of: Scheme, memory: tuple[int, ...], seed: bytes, count: int) -> Counter[str]:
    """The next arm at one and the same state, from as many generators."""
    newcomer, counts = {"all": "x", "sex": "M", "age": "Y"}, Counter[str]()
    for i in range(count):
        own = sha256(seed + i.to_bytes(4, "big")).digest()
        arm, _ = next_arm(of, StreamState(open_stream(of, seed=own, stratum="acceptance").drbg, memory), newcomer)
        counts[arm] += 1
    return counts


def preferred(seed: bytes) -> None:
    """The arm that would leave least imbalance is given with its p, no more and no less."""
    for what, of, memory in (
        ("range", _one_factor(TWO), (0, 1, 0, 1)),
        ("variance", _one_factor(TWO, imbalance="variance"), (3, 5, 3, 5)),
        ("biased coin", scheme("biased_coin_minimisation", factors={"all": ["x"]}, p="4/5"), (0, 1, 0, 1)),
        ("Efron", scheme("efron", p="4/5"), (0, 1)),
    ):
        within(f"the preferred arm by {what}", _drawn_at(of, memory, seed, 10_000)["A"], 7752, 8241)


def the_others_of_three(seed: bytes) -> None:
    drawn = _drawn_at(_one_factor(THREE), (0, 1, 1, 0, 1, 1), seed, 10_000)
    within("the preferred arm of three", drawn["A"], 7752, 8241)
    within("the second of three", drawn["B"], 822, 1188)
    within("the last of three", drawn["C"], 822, 1188)


def _minimising(arms: dict[str, int] = TWO, **keys: object) -> Scheme:
    return scheme("minimisation", arms, factors=SEX_AGE, p="4/5", **keys)


TIES: list[tuple[Scheme, tuple[int, ...]]] = [
    (scheme("simple"), (0, 0)),
    (blocks(2), (0,)),
    (scheme("permuted_blocks", multipliers=[2, 3]), (0,)),
    *[(of, memory) for memory in ((0, 0), (4, 4)) for of in (scheme("efron", p="4/5"), scheme("big_stick", bound=1), scheme("urn", a=0, b=1))],
    (scheme("block_urn", lambda_=3), (0, 0)),
    (scheme("block_urn", lambda_=3), (7, 7)),
    (scheme("maximal", bound=2, length=8), (0, 0)),
    (scheme("maximal", bound=2, length=8), (10, 10)),
    *[(_minimising(imbalance=imbalance), (0,) * 10) for imbalance in ("range", "variance", "marginal_balance")],
    (_minimising(), (2, 2, 7, 3, 4, 4, 5, 1, 9, 5)),
    (_minimising(ties="split"), (1, 0, 0, 1, 0, 1, 1, 0, 1, 1)),
    (_minimising(treatment_total=True), (2, 2, 3, 3, 4, 4, 1, 1, 5, 5)),
    (scheme("biased_coin_minimisation", factors=SEX_AGE, p="4/5"), (0,) * 10),
]  # fmt: skip
"""Two-arm schemes at states where no arm is preferred: the first participant, and later ones for whom all is even."""


def ties(seed: bytes) -> None:
    """The first participant, and everybody for whom all arms tie, gets either arm as often."""
    for of, memory in TIES:
        within(f"arm A at the tie {memory} of {type(of).__name__}", _drawn_at(of, memory, seed, 2_000)["A"], 864, 1136)


def ties_of_three(seed: bytes) -> None:
    for of, memory in ((_minimising(THREE), (0,) * 15), (scheme("block_urn", THREE, lambda_=2), (0,) * 3), (blocks(1, THREE), (0,))):
        drawn = _drawn_at(of, memory, seed, 2_000)
        for arm in THREE:
            close(f"arm {arm} at the tie {memory} of {type(of).__name__}", drawn[arm], 2000 / 3, (2000 * 2 / 9) ** 0.5)


def guesser(seed: bytes) -> None:
    """Someone who names the rarer arm so far, or tosses a coin, is right as often as computed."""
    for multiplier, count, low, high in ((2, 25_000, 0.70606, 0.71061), (3, 20_000, 0.68064, 0.68603)):
        drawn = blocks(multiplier).draw_list(seed, "guesser", 2 * multiplier * count)
        lead, right = 0, 0.0
        for arm in drawn:
            right += 0.5 if lead == 0 else (arm == "B") == (lead > 0)
            lead += 1 if arm == "A" else -1
        within(f"right guesses in {count} blocks of {2 * multiplier}", right / len(drawn), low, high)


def unlike_lists(seed: bytes) -> None:
    """1,000 lists of 100 places, by stratum and by neighbouring seeds: no two equal, and none like another moved along."""
    of, base = blocks(2), int.from_bytes(seed, "big")
    strata = ["".join(of.draw_list(seed, f"site=S{i}", 100)) for i in range(500)]
    seeds = ["".join(of.draw_list(((base + i + 1) % 2**256).to_bytes(32, "big"), "site=S0", 100)) for i in range(500)]
    within("different lists of 1,000", len({*strata, *seeds}), 1000, 1000)
    for what, lists in (("strata", strata), ("seeds", seeds)):
        for shift in range(9):
            same = sum(a == b for one, other in pairwise(lists) for a, b in zip(one[shift:], other, strict=False))
            close(f"places alike between {what}, {shift} along", same, 499 * (100 - shift) / 2, (499 * match_variance(shift)) ** 0.5)


def match_variance(shift: int, size: int = 4, length: int = 100) -> float:
    """Variance of the number of equal places of two independent lists: within a block two places correlate by -1/(size - 1)."""
    places = range(length - shift)
    alike = sum((i + shift) // size == (j + shift) // size and i // size == j // size for i in places for j in places if i != j)
    return (len(places) + alike / (size - 1) ** 2) / 4


BOUNDED: list[tuple[Scheme, int, int]] = [
    *[(blocks(multiplier), multiplier, 2 * multiplier) for multiplier in (1, 2, 3)],
    (scheme("permuted_blocks", multipliers=[2, 3]), 3, 0),
    *[(scheme("big_stick", bound=bound), bound, 0) for bound in (1, 2, 3, 4)],
    *[(scheme("block_urn", lambda_=rounds), rounds, 0) for rounds in (1, 2, 3)],
    *[(scheme("maximal", bound=bound, length=length), bound, length) for bound, length in ((1, 4), (2, 40), (3, 100))],
]
"""Two-arm schemes with their bound, and the length after which they are level again (0: none)."""


def bounds(seed: bytes) -> None:
    """No prefix leaves the bound, which is reached; what must end level does."""
    for of, bound, period in BOUNDED:
        lead, farthest = 0, 0
        for place, arm in enumerate(arms_of(of, seed, 3_000), start=1):
            lead += 1 if arm == "A" else -1
            farthest = max(farthest, abs(lead))
            if period and place % period == 0:
                within(f"the lead of {of} after {place}", lead, 0, 0)
        within(f"the farthest lead of {of}", farthest, bound, bound)
    for ratio in ((1, 1, 1), (2, 1), (3, 2, 1)):
        of = scheme("block_urn", dict(zip("ABC", ratio, strict=False)), lambda_=2)
        counts, most = dict.fromkeys(of.arms, 0), Fraction(0)
        for arm in arms_of(of, seed, 3_000):
            counts[arm] += 1
            rounds = min(counts[code] // share for code, share in zip(of.arms, ratio, strict=True))
            most = max(most, *(Fraction(counts[code], share) - rounds for code, share in zip(of.arms, ratio, strict=True)))
        within(f"rounds ahead in {of}", float(most), 2, 2)


SHORT: tuple[Callable[[bytes], None], ...] = (
    fours, words_beyond_the_last_multiple, sixes, eights, sixes_of_three_arms, neighbours, sizes, places, symmetry,
    preferred, the_others_of_three, ties, ties_of_three, guesser, unlike_lists, bounds,
)  # fmt: skip
LONG: tuple[Callable[[bytes], None], ...] = (a_million_fours, a_million_of_six)
