"""Who gets one arm by one draw: a person, a couple or a cluster."""

from __future__ import annotations

from collections.abc import Iterator

from trials.domain.protocol.faults import Finding, finding
from trials.domain.protocol.shape import CLUSTER, AllocationPlan, Protocol
from trials.domain.randomisation import UPLOADED

UNIT = ("allocation.unit",)


def units(protocol: Protocol) -> Iterator[Finding]:
    plan = protocol.allocation
    if "unit" in plan.parameters:
        yield finding("allocation.parameters.unit", "is no parameter of a method", "put unit under [allocation]")
    if plan.unit == CLUSTER:
        yield from _sizes(plan, protocol.sample_size)
    else:
        for name in ("smallest", "largest"):
            if getattr(plan, name) is not None:
                yield finding(
                    f"allocation.{name}", f"is given for a {plan.unit}", "leave it out: only clusters differ in size", rests_on=UNIT
                )
        if plan.latecomers == "join":
            cure = "leave it out: only a cluster can be joined after its draw"
            yield finding("allocation.latecomers", f"is given for a {plan.unit}", cure, rests_on=UNIT)
    if plan.by_group:
        yield from _supported(plan)
    elif plan.levels_of != "all":
        yield finding("allocation.levels_of", "is given for a person", "leave it out: a person has levels of their own", rests_on=UNIT)


def _sizes(plan: AllocationPlan, sample_size: int) -> Iterator[Finding]:
    for name in ("smallest", "largest"):
        if getattr(plan, name) is None:
            yield finding(f"allocation.{name}", "is missing for clusters", "give the fewest and the most members", rests_on=UNIT)
    if plan.smallest is None or plan.largest is None:
        return
    if plan.largest < plan.smallest:
        cure = "give the most members"
        yield finding(
            "allocation.largest", f"{plan.largest} is fewer than the smallest {plan.smallest}", cure, rests_on=("allocation.smallest",)
        )
    if plan.largest > sample_size:
        problem = f"{plan.largest} is more than the sample size {sample_size}"
        yield finding("allocation.largest", problem, "give a smaller number", rests_on=("trial.sample_size",))


def _supported(plan: AllocationPlan) -> Iterator[Finding]:
    if plan.method == UPLOADED:
        cure = "name a method that draws here, or randomise persons"
        yield finding(
            "allocation.method", f"an uploaded list gives a place to each person, never one to a {plan.unit}", cure, rests_on=UNIT
        )
    if plan.envelopes is not None:
        cure = f"leave it out: a {plan.unit} waits until the program can be reached"
        yield finding("allocation.envelopes", f"an envelope holds the arm of one person, never of a {plan.unit}", cure, rests_on=UNIT)
