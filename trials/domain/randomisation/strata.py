"""Which stratum a person belongs to: the level of each stratification factor, and the key made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import product

from trials.domain.protocol.shape import Factor, Protocol

Levels = tuple[tuple[str, str], ...]
WHOLE_TRIAL = "all"
"""The key of the only stratum of a trial without factors."""


class NoLevel(ValueError):
    """A person cannot be placed in a stratum; `faults` has a sentence for each factor."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def levels(factors: Sequence[Factor], facts: Mapping[str, object]) -> Levels:
    """The level of every factor in declared order, read from `facts` by the factor's source ("site", "sex", "baseline:bmi").

    Numbers come as `Decimal`, `int` or text, never `float`. Raises NoLevel naming every factor without a level.
    """
    found: list[tuple[str, str]] = []
    faults: list[str] = []
    for factor in factors:
        try:
            found.append((factor.name, _level(factor, facts.get(factor.source))))
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise NoLevel(faults)
    return tuple(found)


def stratum_key(levels: Levels) -> str:
    """`site=LIM|sex=F`: readable, and different for different strata. Raises ValueError for marks that would blur it."""
    for name, level in levels:
        if not name or not level or "=" in name or "|" in name + level or not (name + level).isascii():
            raise ValueError(f"the level {level!r} of {name!r} cannot stand in a stratum key")
    return "|".join(f"{name}={level}" for name, level in levels) or WHOLE_TRIAL


def every_key(factors: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The keys of all strata that these factors (name -> levels) make, in declared order; one, for the whole trial, without any."""
    combinations = product(*([(name, level) for level in levels] for name, levels in factors.items()))
    return tuple(stratum_key(combination) for combination in combinations)


def places_needed(protocol: Protocol) -> dict[str, int]:
    """Stratum -> the places that an uploaded list must have: as many as may ever come there, and as many as are committed to."""
    names = [factor.name for factor in protocol.allocation.factors if factor.source == "site"]
    sites = tuple(site.code for site in protocol.sites)
    needed: dict[str, int] = {}
    for key in every_key({factor.name: factor.levels or sites for factor in protocol.allocation.factors}):
        levels = dict(part.split("=", 1) for part in key.split("|") if "=" in part)
        caps = [protocol.site(levels[name]).cap or protocol.sample_size for name in names]
        needed[key] = max(min([protocol.sample_size, *caps]), protocol.committed_places)
    return needed


def _level(factor: Factor, value: object) -> str:
    if value is None or value == "":
        raise ValueError(f"{factor.name} is not known")
    if factor.cuts:
        return factor.levels[sum(_number(factor, value) >= cut for cut in factor.cuts)]
    code = ("no", "yes")[value] if isinstance(value, bool) else str(value)
    if factor.levels and code not in factor.levels:
        raise ValueError(f"{factor.name} has no level {code!r}, only {', '.join(factor.levels)}")
    return code


def _number(factor: Factor, value: object) -> Decimal:
    try:
        number = Decimal(value) if isinstance(value, Decimal | int | str) and not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"{factor.name} must be an exact number")
    return number
