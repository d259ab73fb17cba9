"""Every method once more, from its definition alone: list, count, move balls. Slow, short, and sharing no line with the program.

An oracle answers the law of the next arm after a history of arm numbers, or None for a history that the method cannot make.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import permutations, product

Law = tuple[Fraction, ...]
Given = tuple[int, ...]
Oracle = Callable[[Given], Law | None]


def simple(*ratio: int) -> Oracle:
    """A die with as many sides as the ratio adds up to."""
    sides = [arm for arm, share in enumerate(ratio) for _ in range(share)]
    return lambda given: _shares(sides, len(ratio))


def permuted_blocks(*block: int) -> Oracle:
    """Write down every arrangement of a block; the law is a vote of those that begin as this block did."""
    places = [arm for arm, count in enumerate(block) for _ in range(count)]
    arrangements = sorted(set(permutations(places)))

    def law(given: Given) -> Law | None:
        done = len(given) - len(given) % len(places)
        if any(given[i : i + len(places)] not in arrangements for i in range(0, done, len(places))):
            return None
        begun = given[done:]
        return _shares([one[len(begun)] for one in arrangements if one[: len(begun)] == begun], len(block))

    return law


def maximal(bound: int, length: int) -> Oracle:
    """Write down every sequence that keeps the bound and ends balanced; the law is a vote of those that begin as this one did."""

    def leads(sequence: Sequence[int]) -> list[int]:
        return [sequence[:i].count(0) - sequence[:i].count(1) for i in range(1, len(sequence) + 1)]

    fine = {s for s in product((0, 1), repeat=length) if max(map(abs, leads(s))) <= bound and leads(s)[-1] == 0}

    def law(given: Given) -> Law | None:
        done = len(given) - len(given) % length
        if any(given[i : i + length] not in fine for i in range(0, done, length)):
            return None
        begun = given[done:]
        return _shares([one[len(begun)] for one in fine if one[: len(begun)] == begun], 2)

    return law


def block_urn(rounds: int, *ratio: int) -> Oracle:
    """Zhao & Weng 2011, literally: balls move from the active to the inactive urn, and a whole round goes back at once."""

    def law(given: Given) -> Law | None:
        active, inactive = [share * rounds for share in ratio], [0] * len(ratio)
        for arm in given:
            if not active[arm]:
                return None
            active[arm] -= 1
            inactive[arm] += 1
            if all(held >= share for held, share in zip(inactive, ratio, strict=True)):
                active = [held + share for held, share in zip(active, ratio, strict=True)]
                inactive = [held - share for held, share in zip(inactive, ratio, strict=True)]
        return tuple(Fraction(held, sum(active)) for held in active)

    return law


def urn(arms: int, a: Fraction | int, b: Fraction | int) -> Oracle:
    """Wei 1978, literally: a balls of each arm; after a draw, b balls of every other arm are put in."""

    def law(given: Given) -> Law | None:
        balls = [Fraction(a)] * arms
        for drawn in given:
            if sum(balls) and not balls[drawn]:
                return None
            balls = [held + (0 if arm == drawn else b) for arm, held in enumerate(balls)]
        return tuple(held / sum(balls) if sum(balls) else Fraction(1, arms) for held in balls)

    return law


def efron(p: Fraction) -> Oracle:
    def law(given: Given) -> Law:
        lead = given.count(0) - given.count(1)
        first = Fraction(1, 2) if lead == 0 else p if lead < 0 else 1 - p
        return first, 1 - first

    return law


def big_stick(bound: int) -> Oracle:
    def law(given: Given) -> Law | None:
        leads = [given[:i].count(0) - given[:i].count(1) for i in range(len(given) + 1)]
        if max(map(abs, leads)) > bound:
            return None
        first = Fraction(1, 2) if abs(leads[-1]) < bound else Fraction(int(leads[-1] < 0))
        return first, 1 - first

    return law


People = Sequence[Sequence[str]]
Measure = Callable[[list[Fraction]], Fraction]
MEASURES: dict[str, Measure] = {
    "range": lambda z: max(z) - min(z),
    "variance": lambda z: sum((one - sum(z) / len(z)) ** 2 for one in z) / (len(z) - 1),
    "marginal_balance": lambda z: sum(abs(one - other) for one in z for other in z) / 2 / ((len(z) - 1) * sum(z)),
}


def imbalances(given: Given, people: People, newcomer: Sequence[str], measure: str, weights: Sequence[int], ratio: Sequence[int]) -> Law:
    """G of every arm: give it to the newcomer, count who shares each level, divide by the ratio, measure, weigh, add."""
    scores = []
    for candidate in range(len(ratio)):
        total = Fraction(0)
        for place, (level, weight) in enumerate(zip(newcomer, weights, strict=True)):
            sharing = [arm for arm, person in zip(given, people, strict=True) if person[place] == level] + [candidate]
            total += weight * MEASURES[measure]([Fraction(sharing.count(arm), share) for arm, share in enumerate(ratio)])
        scores.append(total)
    return tuple(scores)


def ranked_at_random(scores: Sequence[Fraction], chances: Sequence[Fraction]) -> Law:
    """Of all orders of the arms keep those from least to most imbalance; each rank has its chance; take the mean."""
    orders = [o for o in permutations(range(len(scores))) if all(scores[a] <= scores[b] for a, b in zip(o, o[1:], strict=False))]
    return tuple(sum((chances[order.index(arm)] for order in orders), start=Fraction(0)) / len(orders) for arm in range(len(scores)))


def sequences(oracle: Oracle, n: int) -> Iterator[tuple[Given, Fraction]]:
    """Every sequence of n arms that can happen, with its probability."""
    begun: list[tuple[Given, Fraction]] = [((), Fraction(1))]
    for _ in range(n):
        begun = [(given + (arm,), share * p) for given, share in begun for arm, p in enumerate(_law(oracle, given)) if p]
    return iter(begun)


def _law(oracle: Oracle, given: Given) -> Law:
    law = oracle(given)
    assert law is not None
    return law


def figures(oracle: Oracle, arms: int, n: int, *, two_equal: bool) -> tuple[float | None, ...]:
    """CG, DA, EB, SD(D_n) and E max|D_i| by listing every sequence; the guesser names the likeliest arm."""
    law = cache(oracle)
    guesses = forced = balanced = spread = farthest = Fraction(0)
    for given, share in sequences(law, n):
        laws = [_law(law, given[:i]) for i in range(n)]
        leads = [given[:i].count(0) - given[:i].count(1) for i in range(1, n + 1)]
        guesses += share * sum(max(one) for one in laws)
        forced += share * sum(max(one) == 1 for one in laws)
        balanced += share * leads.count(0)
        spread += share * leads[-1] ** 2
        farthest += share * max(map(abs, leads))
    known = (float(guesses / n), float(forced / n))
    return (*known, float(balanced / n), float(spread) ** 0.5, float(farthest)) if two_equal else (*known, None, None, None)


def _shares(votes: Sequence[int], arms: int) -> Law | None:
    counts = Counter(votes)
    return tuple(Fraction(counts[arm], len(votes)) for arm in range(arms)) if votes else None
