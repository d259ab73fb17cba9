"""Arms, allocation, strata and sites."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from math import prod

from trials.domain.protocol.faults import Finding, choose_from, finding
from trials.domain.protocol.shape import BaselineVariable, Factor, Protocol, Site
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.commitment import MOST_LEAVES

SEXES = ("F", "M", "X")
RESERVED_ARMS = ("all", "concealed", "pooled")
CODES_OF_BASELINE = ("baseline[].code", "baseline[].type", "baseline[].required", "baseline[].choices")


def arms(protocol: Protocol) -> Iterator[Finding]:
    if not 2 <= len(protocol.arms) <= 20:
        yield finding("arms", f"needs 2 to 20 arms, not {len(protocol.arms)}", "declare each as [arms.CODE]", rests_on=("arms",))
    folded = [arm.code.casefold() for arm in protocol.arms]
    for row, arm in enumerate(protocol.arms):
        place = f"arms.{arm.code}"
        if folded[row] in RESERVED_ARMS:
            yield finding(place, "is a word that stands for concealed or pooled arms", "choose another code")
        if folded[row] in folded[:row]:
            yield finding(place, "differs from another arm only in capitals", "choose codes that nobody can confuse")
        if arm.deferred_plan is not None and not arm.control:
            yield finding(f"{place}.deferred_plan", "is given to an arm that is not a control", "set control = true or leave it out")
        if arm.deferred_plan is not None and arm.plan is not None:
            yield finding(f"{place}.deferred_plan", "is given beside a plan", "keep one of plan and deferred_plan")


def needs_sessions(protocol: Protocol) -> Iterator[Finding]:
    if not any(arm.plan for arm in protocol.arms):
        yield finding("arms", "no arm has a session plan", "point an arm's plan to a table [plans.name]", rests_on=("arms", "plans"))


def allocation(protocol: Protocol) -> Iterator[Finding]:
    """The method itself judges its parameters and the ratio."""
    if len(protocol.arms) < 2:
        return
    try:
        scheme_from(protocol.allocation_table())
    except ValueError as error:
        for sentence in str(error).split("; "):
            cure = f"give {protocol.allocation.method} what it needs under [allocation.parameters]"
            yield finding("allocation.parameters", sentence, cure, rests_on=("allocation.method", "arms"))


def factors(protocol: Protocol) -> Iterator[Finding]:
    variables = {variable.code: variable for variable in protocol.baseline}
    for row, factor in enumerate(protocol.allocation.factors, start=1):
        place = f"allocation.factors[{row}]"
        earlier = protocol.allocation.factors[: row - 1]
        if factor.name in [other.name for other in earlier]:
            yield finding(f"{place}.name", f"{factor.name} stands there twice", "name each factor once")
        if factor.source in [other.source for other in earlier]:
            yield finding(f"{place}.source", f"{factor.source} is stratified by twice", "keep one of the two factors")
        if factor.source == "site":
            yield from _without_levels(factor, place)
        elif factor.source == "sex":
            yield from _listed_levels(factor, place)
            yield from _sexes(factor, place)
        else:
            yield from _from_baseline(factor, place, variables)


def _without_levels(factor: Factor, place: str) -> Iterator[Finding]:
    for name in ("cuts", "levels"):
        if getattr(factor, name):
            yield finding(f"{place}.{name}", "is given for the site", "leave it out: every site is a level", rests_on=(f"{place}.source",))


def _from_baseline(factor: Factor, place: str, variables: dict[str, BaselineVariable]) -> Iterator[Finding]:
    name = factor.source.removeprefix("baseline:")
    variable = variables.get(name)
    if variable is None:
        problem, cure = f"baseline variable {name} is not declared", choose_from(name, variables)
        yield finding(f"{place}.source", problem, cure, rests_on=CODES_OF_BASELINE)
        return
    if not variable.required:
        cure = "set required = true there: nobody can be placed in a stratum without it"
        yield finding(f"{place}.source", f"baseline variable {name} is not required", cure, rests_on=CODES_OF_BASELINE)
    if variable.type == "number":
        yield from _cut_levels(factor, place, variable)
    elif variable.type == "text":
        cure = "stratify by a number, a choice or a yes_no"
        yield finding(f"{place}.source", f"baseline variable {name} is free text", cure, rests_on=CODES_OF_BASELINE)
    else:
        known = [choice.code for choice in variable.choices] if variable.type == "choice" else ["no", "yes"]
        yield from _listed_levels(factor, place, known)


def _cut_levels(factor: Factor, place: str, variable: BaselineVariable) -> Iterator[Finding]:
    spoiled = (f"{place}.source", f"{place}.levels", f"{place}.cuts", *CODES_OF_BASELINE)
    if not factor.cuts:
        yield finding(f"{place}.cuts", "is missing for a number", 'give the cut-points, such as ["30"]', rests_on=spoiled)
        return
    if any(low >= high for low, high in pairwise(factor.cuts)):
        yield finding(f"{place}.cuts", "does not rise", "list the cut-points from low to high, each once")
    if len(factor.levels) != len(factor.cuts) + 1:
        problem = f"has {len(factor.levels)} codes for {len(factor.cuts)} cut-points"
        yield finding(f"{place}.levels", problem, f"give {len(factor.cuts) + 1}, from low to high", rests_on=spoiled)
    for cut in factor.cuts:
        below = variable.minimum is not None and cut <= variable.minimum
        above = variable.maximum is not None and cut > variable.maximum
        if below or above:
            problem = f"{cut} lies outside the plausible range of {variable.code}, so that a level stays empty"
            yield finding(f"{place}.cuts", problem, "move it inside", rests_on=spoiled)


def _sexes(factor: Factor, place: str) -> Iterator[Finding]:
    for row, level in enumerate(factor.levels, start=1):
        if level not in SEXES:
            cure = f"use some of {', '.join(SEXES)}"
            yield finding(f"{place}.levels[{row}]", f"{level} is not recorded as a sex", cure, rests_on=(f"{place}.source",))


def _listed_levels(factor: Factor, place: str, known: list[str] | None = None) -> Iterator[Finding]:
    spoiled = (f"{place}.source", *CODES_OF_BASELINE)
    if factor.cuts:
        yield finding(f"{place}.cuts", "is given for something that is not a number", "leave it out", rests_on=spoiled)
    if len(factor.levels) < 2:
        yield finding(f"{place}.levels", f"has {len(factor.levels)} codes", "give at least two", rests_on=spoiled)
    elif known is not None and sorted(factor.levels) != sorted(known):
        yield finding(f"{place}.levels", "differs from the choices of that variable", f"list {', '.join(known)}", rests_on=spoiled)


def strata(protocol: Protocol) -> Iterator[Finding]:
    cells = prod(_cells(factor, len(protocol.sites)) for factor in protocol.allocation.factors)
    if cells > protocol.sample_size:
        problem = f"make {cells} strata for {protocol.sample_size} people"
        rests_on = ("sites", "trial.sample_size", "baseline")
        yield finding("allocation.factors", problem, "use fewer factors or levels: most strata would stay empty", rests_on=rests_on)


def commitment(protocol: Protocol) -> Iterator[Finding]:
    cells = prod(_cells(factor, len(protocol.sites)) for factor in protocol.allocation.factors)
    if cells <= protocol.sample_size and cells * protocol.committed_places >= MOST_LEAVES:
        problem = f"{protocol.committed_places} places of {cells} strata are more than the {MOST_LEAVES - 1:,} that a commitment covers"
        rests_on = ("sites", "trial.sample_size", "baseline", "allocation.factors")
        yield finding("allocation.places", problem, "give a smaller number of places", rests_on=rests_on)


def _cells(factor: Factor, sites: int) -> int:
    return max(1, sites if factor.source == "site" else len(factor.levels))


def sites(protocol: Protocol) -> Iterator[Finding]:
    for row, site in enumerate(protocol.sites, start=1):
        place = f"sites[{row}]"
        if site.code.casefold() in [other.code.casefold() for other in protocol.sites[: row - 1]]:
            yield finding(f"{place}.code", f"{site.code} stands there twice", "give each site its own code")
        for nth, closure in enumerate(site.closures, start=1):
            here = f"{place}.closures[{nth}]"
            if closure.last < closure.first:
                problem = f"{closure.last} lies before its first day {closure.first}"
                yield finding(f"{here}.last", problem, "give the last day closed", rests_on=(f"{here}.first",))
            elif any(closure.first <= other.last and other.first <= closure.last for other in site.closures[: nth - 1]):
                yield finding(here, "overlaps an earlier closure of this site", "join the two")
        if site.cap is not None and site.target is not None and site.cap < site.target:
            cure = "raise the cap or lower the target"
            yield finding(f"{place}.cap", f"{site.cap} lies below the target {site.target}", cure, rests_on=(f"{place}.target",))
        yield from _hours(site, f"{place}.hours")
    caps = [site.cap for site in protocol.sites if site.cap is not None]
    if caps and len(caps) == len(protocol.sites) and sum(caps) < protocol.sample_size:
        problem = f"the sites' caps add up to {sum(caps)}, fewer than the sample size {protocol.sample_size}"
        yield finding("sites", problem, "raise the caps or lower trial.sample_size", rests_on=("trial.sample_size",))
    targets = [site.target for site in protocol.sites if site.target is not None]
    if targets and len(targets) == len(protocol.sites) and sum(targets) < protocol.sample_size:
        problem = f"the sites' targets add up to {sum(targets)}, fewer than the sample size {protocol.sample_size}"
        yield finding("sites", problem, "raise the targets or lower trial.sample_size", rests_on=("trial.sample_size",))


def _hours(site: Site, place: str) -> Iterator[Finding]:
    spans = [(h.opens, time.max if h.closes == time(0) else h.closes) for h in site.hours]
    for nth, (hours, (opens, closes)) in enumerate(zip(site.hours, spans, strict=True), start=1):
        here = f"{place}[{nth}]"
        earlier = zip(site.hours[: nth - 1], spans, strict=False)
        if closes <= opens:
            problem = f"{closes:%H:%M} is not after opens {opens:%H:%M}"
            yield finding(f"{here}.closes", problem, 'give a later time, or "00:00" for midnight', rests_on=(f"{here}.opens",))
        elif any(set(hours.days) & set(other.days) and opens < ends and begins < closes for other, (begins, ends) in earlier):
            yield finding(here, "overlaps earlier hours of this site on the same weekday", "join the two")
