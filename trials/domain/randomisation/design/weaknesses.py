"""Where a choice of randomisation is weak in its setting, in plain words with the numbers. Nothing is said of a sound choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, sqrt

from trials.domain.randomisation.biased_coin_minimisation import BiasedCoinMinimisation
from trials.domain.randomisation.big_stick import BigStick
from trials.domain.randomisation.block_urn import BlockUrn
from trials.domain.randomisation.blocks import PermutedBlocks
from trials.domain.randomisation.design.figures import Figures, exact, uneven
from trials.domain.randomisation.design.setting import Setting
from trials.domain.randomisation.efron import Efron
from trials.domain.randomisation.maximal import Maximal
from trials.domain.randomisation.minimisation import Minimising
from trials.domain.randomisation.simple import Simple
from trials.domain.randomisation.urn import Urn

MUCH_TO_GUESS = 0.15
"""How far above a coin the guesses must lie to be called easy where arms are known: big stick 2 stays below, block urn 2 does not."""
LIKELY = 0.05
MOST_OF_A_COIN = 2 / 3
"""Of the standard deviation of simple randomisation: 60 strata of blocks of 4 lie above it in a trial of 100."""


@dataclass(frozen=True)
class Weakness:
    """`code` for programs, `sentence` for people, and the numbers that it rests on."""

    code: str
    sentence: str
    numbers: dict[str, float]


def weaknesses(found: Figures, setting: Setting) -> tuple[Weakness, ...]:
    """Every weakness of this choice, the worst for an open-label trial first."""
    guessing = (_known_blocks, _random_sizes, _easy_guesses, _few_factors, _ratio_lost, _ratio_strays)
    drifting = (_too_many_strata, _blocks_unfilled, _left_to_chance, _length_unknown, _no_bound, _urn_drifts, _too_loose, _site_left_out)
    return tuple(weakness for rule in (*guessing, *drifting) for weakness in rule(found, setting))


def _known_blocks(found: Figures, setting: Setting) -> Iterator[Weakness]:
    scheme = found.scheme
    if not isinstance(scheme, PermutedBlocks) or not setting.open_label or found.guesses is None:
        return
    rounds = max(scheme.multipliers)
    sizes = _listed(m * sum(scheme.ratio) for m in sorted(scheme.multipliers))
    numbers = {"blocks": found.guesses}
    urn = exact(BlockUrn(scheme.arms, scheme.ratio, rounds), setting).guesses
    others = [] if urn is None else [f"{_percent(urn)} by block urn"]
    numbers |= {} if urn is None else {"block_urn": urn}
    if scheme.two_equal_arms:
        stick = exact(BigStick(scheme.arms, scheme.ratio, rounds * scheme.ratio[0]), setting).guesses
        if stick is not None:
            others.insert(0, f"{_percent(stick)} by big stick")
            numbers["big_stick"] = stick
    compared = f"; with the same bound it would be {' and '.join(others)}" if others else ""
    yield Weakness(
        "blocks_open_label",
        f"Whoever recruits in an open-label trial knows the arms given. With permuted blocks of {sizes} they guess "
        f"{_percent(found.guesses)} of the next arms{compared}.",
        numbers,
    )


def _random_sizes(found: Figures, setting: Setting) -> Iterator[Weakness]:
    scheme = found.scheme
    if not isinstance(scheme, PermutedBlocks) or len(scheme.multipliers) == 1 or found.guesses is None:
        return
    longest = exact(PermutedBlocks(scheme.arms, scheme.ratio, (max(scheme.multipliers),)), setting)
    if longest.guesses is None:
        return
    sizes = _listed(m * sum(scheme.ratio) for m in sorted(scheme.multipliers))
    longest_size = max(scheme.multipliers) * sum(scheme.ratio)
    yield Weakness(
        "random_sizes_no_help",
        f"Drawing block sizes at random does not lower the share of right guesses: blocks of {sizes} give {_percent(found.guesses)}, "
        f"blocks of {longest_size} alone {_percent(longest.guesses)}. It only hides where a block ends.",
        {"random": found.guesses, "longest": longest.guesses},
    )


def _easy_guesses(found: Figures, setting: Setting) -> Iterator[Weakness]:
    if isinstance(found.scheme, PermutedBlocks) or not setting.open_label or found.guesses is None:
        return
    if found.guesses - found.coin >= MUCH_TO_GUESS:
        yield Weakness(
            "easy_to_guess",
            f"Whoever knows the arms given guesses {_percent(found.guesses)} of the next ones, where nothing but the ratio gives "
            f"{_percent(found.coin)}.",
            {"guesses": found.guesses, "coin": found.coin},
        )


def _few_factors(found: Figures, setting: Setting) -> Iterator[Weakness]:
    if not isinstance(found.scheme, Minimising) or len(found.scheme.factors) > 2 or found.guesses is None:
        return
    many = len(found.scheme.factors)
    yield Weakness(
        "few_factors",
        f"Minimisation over {'one factor' if many == 1 else 'two factors'} is little more than a biased coin a level: whoever knows the "
        f"arms and the levels guesses {_percent(found.guesses)} of the next arms. Stratify by so few factors instead.",
        {"factors": float(many), "guesses": found.guesses},
    )


def _ratio_lost(found: Figures, setting: Setting) -> Iterator[Weakness]:
    scheme = found.scheme
    if not isinstance(scheme, BiasedCoinMinimisation) or scheme.equal:
        return
    arm = scheme.ratio.index(max(scheme.ratio))
    steps = first_steps(scheme, arm, 4)
    target = scheme.ratio[arm] / sum(scheme.ratio)
    yield Weakness(
        "ratio_not_kept",
        f"Biased-coin minimisation does not keep an unequal ratio at every step: the chance of {scheme.arms[arm]} should be "
        f"{_percent(target)} each time, but is {_listed(_percent(step) for step in steps)} for the first four people. "
        "Permuted blocks keep it, and so does a block urn with lambda 1.",
        {"target": target, **{f"step_{place}": step for place, step in enumerate(steps, start=1)}},
    )


def _ratio_strays(found: Figures, setting: Setting) -> Iterator[Weakness]:
    scheme = found.scheme
    if not isinstance(scheme, BlockUrn) or scheme.equal or scheme.rounds == 1:
        return
    yield Weakness(
        "ratio_strays",
        f"A block urn with lambda {scheme.rounds} keeps an unequal ratio in the totals, but not at every step: the chance of an arm strays "
        "from its share as balls come back. Permuted blocks keep it at every step, and so does a block urn with lambda 1.",
        {"lambda": float(scheme.rounds)},
    )


def first_steps(scheme: BiasedCoinMinimisation, arm: int, steps: int) -> list[float]:
    """The chance of an arm at each of the first steps, everybody being alike: exact, from the law over all histories."""
    alike = replace(scheme, factors=(), weights=(), total_weight=Fraction(1))
    now: dict[tuple[int, ...], Fraction] = {(0,) * len(scheme.arms): Fraction(1)}
    found = []
    for _ in range(steps):
        then: dict[tuple[int, ...], Fraction] = {}
        reached = Fraction(0)
        for counts, share in now.items():
            law = alike.law(alike.scores(counts, {}))
            reached += share * law[arm]
            for k, chance in enumerate(law):
                after = tuple(count + (k == other) for other, count in enumerate(counts))
                then[after] = then.get(after, Fraction(0)) + share * chance
        found.append(float(reached))
        now = then
    return found


def _too_many_strata(found: Figures, setting: Setting) -> Iterator[Weakness]:
    coin = sqrt(setting.people)
    if isinstance(found.scheme, Simple) or setting.strata == 1 or found.drift is None or found.drift < MOST_OF_A_COIN * coin:
        return
    together = exact(found.scheme, replace(setting, factors=(), site_factor=None)).drift
    if together is not None and together > found.drift * 0.8:
        return
    yield Weakness(
        "too_many_strata",
        f"{setting.strata} strata for {setting.people} people: the arms are kept even within each, but over all of them the difference "
        f"has a standard deviation of {found.drift:.1f}; tossing a coin would give {coin:.1f}. Use fewer strata.",
        {"strata": float(setting.strata), "sd": found.drift, "sd_coin": coin},
    )


def _blocks_unfilled(found: Figures, setting: Setting) -> Iterator[Weakness]:
    scheme = found.scheme
    if not isinstance(scheme, PermutedBlocks):
        return
    longest = max(scheme.multipliers) * sum(scheme.ratio)
    if setting.people_a_stratum < longest:
        yield Weakness(
            "blocks_unfilled",
            f"A stratum gets {float(setting.people_a_stratum):.1f} people on average and a block has up to {longest} places: most blocks "
            "are never filled, and only a filled block is even.",
            {"people": float(setting.people_a_stratum), "block": float(longest)},
        )


def _left_to_chance(found: Figures, setting: Setting) -> Iterator[Weakness]:
    if not isinstance(found.scheme, Simple):
        return
    unit = gcd(*found.scheme.ratio)
    share = Fraction(min(found.scheme.ratio), sum(found.scheme.ratio))
    chance = uneven(setting.people, share)
    if chance < LIKELY:
        return
    even = sum(found.scheme.ratio) == 2 * unit
    what = "60:40 or worse" if even else "an arm a fifth larger or smaller than planned, or worse,"
    yield Weakness(
        "simple_in_small_trial",
        f"Simple randomisation of {setting.people} people ends {what} with a chance of {_percent(chance)}.",
        {"chance": chance},
    )


def _length_unknown(found: Figures, setting: Setting) -> Iterator[Weakness]:
    scheme = found.scheme
    if not isinstance(scheme, Maximal) or (setting.strata == 1 and scheme.length == setting.people):
        return
    yield Weakness(
        "length_unknown",
        f"The maximal procedure must know how many people come: it lays down {scheme.length} places, and a stratum gets about "
        f"{float(setting.people_a_stratum):.1f}. Where fewer come the end is uneven; where more come it begins again.",
        {"length": float(scheme.length), "people": float(setting.people_a_stratum)},
    )


def _no_bound(found: Figures, setting: Setting) -> Iterator[Weakness]:
    if isinstance(found.scheme, Efron) and found.stream is not None and found.stream.max_imbalance is not None:
        yield Weakness(
            "no_bound",
            f"Nothing bounds the difference under Efron's coin: among {found.places} people of a stratum it is expected to reach "
            f"{found.stream.max_imbalance:.1f} at some time, and may go beyond. Big stick has a bound.",
            {"max_imbalance": found.stream.max_imbalance},
        )


def _urn_drifts(found: Figures, setting: Setting) -> Iterator[Weakness]:
    if isinstance(found.scheme, Urn) and found.places >= 100:
        sd = None if found.stream is None else found.stream.sd_imbalance
        told = "" if sd is None else f": after {found.places} people the difference has a standard deviation of {sd:.1f}"
        numbers = {"people": float(found.places)} | ({} if sd is None else {"sd": sd})
        yield Weakness("urn_drifts", f"The urn pulls less and less, and ends up drawing as a coin does{told}.", numbers)


def _too_loose(found: Figures, setting: Setting) -> Iterator[Weakness]:
    sd = None if found.stream is None else found.stream.sd_imbalance
    if isinstance(found.scheme, Simple | Urn) or sd is None or found.places < 8 or sd < 0.9 * sqrt(found.places):
        return
    yield Weakness(
        "too_loose",
        f"So loose a choice is hardly more than a coin: after the {found.places} people of a stratum the difference has a standard "
        f"deviation of {sd:.1f}, a coin's {sqrt(found.places):.1f}.",
        {"sd": sd, "sd_coin": sqrt(found.places)},
    )


def _site_left_out(found: Figures, setting: Setting) -> Iterator[Weakness]:
    sites = sum(share > 0 for _, share in setting.sites.shares)
    if sites < 2 or setting.site_factor is not None:
        return
    numbers = {"sites": float(sites)} | ({} if found.accrual is None else {"worst_tenth": found.accrual.site.worst_tenth})
    told = (
        ""
        if found.accrual is None
        else f": in one of ten simulated trials they differ at a site by {found.accrual.site.worst_tenth:g} or more"
    )
    yield Weakness("site_left_out", f"Nothing keeps the arms even at each of the {sites} sites{told}.", numbers)


def _percent(share: float) -> str:
    """Half up, as pages write it."""
    return f"{int(share * 100 + 0.5)}\u00a0%"


def _listed(things: Iterable[object]) -> str:
    *rest, last = [str(thing) for thing in things]
    return f"{', '.join(rest)} and {last}" if rest else last
