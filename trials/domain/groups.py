"""Couples and clusters: who makes one up, and which levels count for the one draw that all its members get their arm by.

A group takes one place and counts once, whatever its size, in blocks as in minimisation: the unit of allocation is the group, and
what is kept even are the groups (Campbell et al. 2012, CONSORT extension to cluster randomised trials, BMJ 345:e5661). Caps and the
sample size count people.
"""

from __future__ import annotations

from collections.abc import Mapping

from trials.domain.protocol.shape import AllocationPlan
from trials.domain.randomisation.strata import Levels

PLURAL = {"couple": "couples", "cluster": "clusters"}


def too_many(plan: AllocationPlan, members: int) -> str:
    """Why a group can't have so many members, in one sentence; empty where it can."""
    most = plan.sizes[1]
    return f"A {plan.unit} has {most} people at most, and this would be {members}." if members > most else ""


def too_few(plan: AllocationPlan, members: int) -> str:
    """Why a group of so many members can't be randomised yet, in one sentence; empty where it can."""
    fewest, most = plan.sizes
    asked = f"{fewest} people" if fewest == most else f"{fewest} people or more"
    return f"A {plan.unit} is randomised with {asked}; this one has {members}." if members < fewest else ""


def unlike(levels: Mapping[str, Levels]) -> dict[str, str]:
    """Trial id -> a sentence, for each member whose levels are not those of the first; nobody where all agree."""
    (first, theirs), *others = levels.items()
    known, found = dict(theirs), {}
    for member, own in others:
        differs = [f"{name} {level}, not {known[name]}" for name, level in own if known[name] != level]
        if differs:
            found[member] = f"{member} is in another stratum than {first}: {', '.join(differs)}."
    return found
