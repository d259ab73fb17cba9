"""One choice beside what the protocol has now and beside two methods to recommend, in the same trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from trials.domain.protocol import writing
from trials.domain.protocol.amending import faults_of_allocation
from trials.domain.protocol.faults import Fault
from trials.domain.protocol.shape import AllocationPlan, Factor, Protocol
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.big_stick import BigStick
from trials.domain.randomisation.block_urn import BlockUrn
from trials.domain.randomisation.blocks import PermutedBlocks
from trials.domain.randomisation.design.figures import Figures, figures
from trials.domain.randomisation.design.setting import Setting, planned
from trials.domain.randomisation.design.weaknesses import Weakness, weaknesses
from trials.domain.randomisation.maximal import Maximal
from trials.domain.randomisation.scheme import Scheme

USUAL_BOUND = 3
MOST_LEADS = 100_000
"""Bound times length of a maximal procedure: what is counted beforehand, each a number of as many digits as the length has places."""

Table = Mapping[str, object]


@dataclass(frozen=True)
class Column:
    """A method in the trial: what it is called, why it stands there ("chosen", "protocol", "recommended"), and its figures."""

    name: str
    place: str
    figures: Figures


@dataclass(frozen=True)
class Comparison:
    """The choice first. `text` is its `[allocation]` for a protocol file, `faults` what the loader would say of it there."""

    setting: Setting
    columns: tuple[Column, ...]
    weaknesses: tuple[Weakness, ...]
    text: str
    faults: tuple[Fault, ...]

    @property
    def chosen(self) -> Figures:
        return self.columns[0].figures


def candidates(protocol: Protocol) -> dict[str, Factor]:
    """What people can be stratified by: the protocol's factors, the site, the sex, and required variables with levels."""
    found = {factor.name: factor for factor in protocol.allocation.factors}
    taken = {factor.source for factor in found.values()}
    others = [Factor(name="site", source="site"), Factor(name="sex", source="sex", levels=("F", "M", "X"))]
    for variable in protocol.baseline:
        levels = tuple(choice.code for choice in variable.choices) if variable.type == "choice" else ("no", "yes")
        if variable.required and variable.type in ("choice", "yes_no"):
            others.append(Factor(name=variable.code, source=f"baseline:{variable.code}", levels=levels))
    return found | {factor.name: factor for factor in others if factor.source not in taken and factor.name not in found}


def check_choice(
    protocol: Protocol,
    *,
    method: str,
    parameters: Mapping[str, object],
    people: int,
    factors: Sequence[str],
    shares: Mapping[str, Sequence[Fraction]],
    open_label: bool,
) -> tuple[dict[str, object], Setting]:
    """The choice as an allocation table and a setting. Raises ValueError with every fault of method, parameters, factors and shares."""
    known = candidates(protocol)
    faults = [f"factors: {name!r} is none of {', '.join(known)}" for name in dict.fromkeys(factors) if name not in known]
    faults += [f"parameters: {key!r} does not belong there" for key in ("method", "arms", "factors") if key in parameters]
    chosen = [known[name] for name in known if name in factors]
    levels = {factor.name: factor.levels or tuple(site.code for site in protocol.sites) for factor in chosen}
    table = {**parameters, "method": method, "arms": arms_of(protocol), **({"factors": levels} if levels else {})}
    try:
        scheme = scheme_from(table)
        if isinstance(scheme, Maximal) and min(scheme.bound, scheme.length) * scheme.length > MOST_LEADS:
            faults.append(f"bound times length must be at most {MOST_LEADS:,} to be worked out here")
    except ValueError as fault:
        faults.append(str(fault))
    try:
        setting = planned(people, protocol.sites, chosen, shares, open_label=open_label)
    except ValueError as fault:
        faults.append(str(fault))
    if faults:
        raise ValueError("; ".join(faults))
    return table, setting


def compare(
    protocol: Protocol,
    *,
    method: str,
    parameters: Mapping[str, object],
    people: int,
    factors: Sequence[str],
    shares: Mapping[str, Sequence[Fraction]],
    open_label: bool,
) -> Comparison:
    """The choice with all that stands beside it. Raises ValueError as `check_choice` does."""
    table, setting = check_choice(
        protocol, method=method, parameters=parameters, people=people, factors=factors, shares=shares, open_label=open_label
    )
    found, known = figures(table, setting), candidates(protocol)
    chosen = tuple(known[split.name] for split in setting.factors)
    plan = replace(protocol.allocation, method=method, factors=chosen, parameters=dict(parameters))
    columns = [Column(name_of(table, found.scheme), "chosen", found), *_present(protocol, setting, shares, plan)]
    for other in recommended(found.scheme):
        beside = figures({**other, "arms": arms_of(protocol)}, setting)
        name = name_of(other, beside.scheme)
        if name not in [column.name for column in columns]:
            columns.append(Column(name, "recommended", beside))
    text = writing.allocation(plan)
    return Comparison(setting, tuple(columns), weaknesses(found, setting), text, faults_of_allocation(protocol, text, sample_size=people))


def arms_of(protocol: Protocol) -> dict[str, int]:
    return {arm.code: arm.ratio for arm in protocol.arms}


def recommended(scheme: Scheme) -> list[dict[str, object]]:
    """Two methods that an open-label trial is well served by, as tight as the choice where that has a bound."""
    bound = USUAL_BOUND
    if isinstance(scheme, PermutedBlocks):
        bound = max(scheme.multipliers)
    elif isinstance(scheme, BigStick):
        bound = scheme.bound
    elif isinstance(scheme, BlockUrn):
        bound = scheme.rounds
    bound = min(max(bound, 2), 10)
    urns: list[dict[str, object]] = [{"method": "block_urn", "lambda": bound + more} for more in (0, 1, 2)]
    sticks: list[dict[str, object]] = [{"method": "big_stick", "bound": bound + more} for more in (0, 1)]
    if not scheme.two_equal_arms:
        return [urn for urn in urns if not (isinstance(scheme, BlockUrn) and urn["lambda"] == scheme.rounds)][:2]
    return [sticks[isinstance(scheme, BigStick) and scheme.bound == bound], urns[isinstance(scheme, BlockUrn) and scheme.rounds == bound]]


def name_of(table: Table, scheme: Scheme) -> str:
    """A method with its parameters in a few words: "Big stick, bound 3", "Permuted blocks of 4 and 6"."""
    if isinstance(scheme, PermutedBlocks):
        return f"Permuted blocks of {' and '.join(str(m * sum(scheme.ratio)) for m in sorted(scheme.multipliers))}"
    told = [f"{key.replace('_', ' ')} {_told(held)}" for key, held in table.items() if key not in ("method", "arms", "factors")]
    return ", ".join([str(table["method"]).replace("_", " ").capitalize(), *told])


def _told(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {held}" for key, held in value.items())
    return str(value)


def _present(protocol: Protocol, setting: Setting, shares: Mapping[str, Sequence[Fraction]], plan: AllocationPlan) -> list[Column]:
    """The protocol's own allocation, among the same people; nothing where that is what was chosen."""
    now = protocol.allocation
    own = [factor.name for factor in now.factors]
    if (now.method, _plain(now.parameters), now.factors) == (plan.method, _plain(plan.parameters), plan.factors):
        return []
    kept = {name: held for name, held in shares.items() if name in own}
    where = planned(setting.people, protocol.sites, now.factors, kept, open_label=setting.open_label)
    table = protocol.allocation_table()
    found = figures(table, where)
    return [Column(name_of(table, found.scheme), "protocol", found)]


def _plain(parameters: Mapping[str, object]) -> dict[str, object]:
    return {key: list(held) if isinstance(held, tuple) else held for key, held in parameters.items()}
