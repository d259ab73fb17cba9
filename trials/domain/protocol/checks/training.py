"""Session plans: who uses them, and whether every week is prescribed exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, pairwise

from trials.domain.protocol.faults import Finding, choose_from, finding
from trials.domain.protocol.shape import WEEKDAYS, Exercise, OpeningHours, Protocol, SessionPlan, Site, WeekDose

DAYS = 7
LEAST_RISE, MOST_RISE = Decimal("0.02"), Decimal("0.1")  # two_for_two: ACSM position stand 2009


def references(protocol: Protocol) -> Iterator[Finding]:
    used = set()
    for arm in protocol.arms:
        for key, name in (("plan", arm.plan), ("deferred_plan", arm.deferred_plan)):
            used.add(name)
            if name is not None and name not in protocol.plans:
                cure = choose_from(name, protocol.plans)
                yield finding(f"arms.{arm.code}.{key}", f"there is no [plans.{name}]", cure, rests_on=("plans",))
    for name in protocol.plans:
        if name not in used:
            yield finding(f"plans.{name}", "is used by no arm", "point an arm's plan to it or leave it out", rests_on=("arms",))


def plans(protocol: Protocol) -> Iterator[Finding]:
    for name, plan in protocol.plans.items():
        place = f"plans.{name}"
        if plan.per_week * (1 + plan.rest_days) > 7:
            problem = f"rest_days {plan.rest_days} does not fit between {plan.per_week} sessions a week"
            yield finding(f"{place}.rest_days", problem, f"use at most {7 // plan.per_week - 1}", rests_on=(f"{place}.per_week",))
        if plan.progression.rule == "two_for_two" and not LEAST_RISE <= plan.progression.max_increase <= MOST_RISE:
            problem = f"{plan.progression.max_increase} lies outside the 2 to 10 % of two_for_two"
            yield finding(f"{place}.progression.max_increase", problem, 'use "0.02" to "0.1"', rests_on=(f"{place}.progression.rule",))
        if plan.supervision != "group" and plan.group_size != 1:
            cure = 'set supervision = "group" or leave group_size out'
            problem = f"{plan.group_size} people train together without group supervision"
            yield finding(f"{place}.group_size", problem, cure, rests_on=(f"{place}.supervision",))
        if plan.supervision == "group" and plan.group_size < 2:
            cure = "give the number of people a session"
            yield finding(f"{place}.group_size", "a group of one is not a group", cure, rests_on=(f"{place}.supervision",))


def hours(protocol: Protocol) -> Iterator[Finding]:
    """Every site with opening hours has weekdays enough for every plan, with its rest days, week after week."""
    for row, site in enumerate(protocol.sites, start=1):
        for name, plan in protocol.plans.items():
            if not site.hours or plan.per_week * (1 + plan.rest_days) > DAYS or _fits(site, plan):
                continue
            problem = f"leave no room for the {plan.per_week} sessions of {plan.minutes} minutes a week of plans.{name}"
            rests_on = tuple(f"plans.{name}.{key}" for key in ("per_week", "rest_days", "minutes"))
            yield finding(f"sites[{row}].hours", problem, "open on more days or for longer", rests_on=rests_on)


def _fits(site: Site, plan: SessionPlan) -> bool:
    long_enough = {day for h in site.hours for day in h.days if _minutes(h) >= plan.minutes}
    open_days = [number for number, day in enumerate(WEEKDAYS) if day in long_enough]
    return any(
        all(later - earlier > plan.rest_days for earlier, later in pairwise((*days, days[0] + DAYS)))
        for days in combinations(open_days, plan.per_week)
    )


def _minutes(hours: OpeningHours) -> int:
    closes = hours.closes.hour * 60 + hours.closes.minute or 24 * 60
    return closes - hours.opens.hour * 60 - hours.opens.minute


def exercises(protocol: Protocol) -> Iterator[Finding]:
    for name, plan in protocol.plans.items():
        written = plan.exercises[: len(plan.exercises) - sum(code in protocol.library for code in plan.uses)]
        if not written and not plan.uses:
            cure = "list the exercises of a session, or name those of the library with uses"
            yield finding(f"plans.{name}.exercises", "is missing", cure)
        for row, exercise in enumerate(written, start=1):
            place = f"plans.{name}.exercises[{row}]"
            if exercise.code in [other.code for other in written[: row - 1]]:
                yield finding(f"{place}.code", f"{exercise.code} stands there twice", "give each exercise its own code")
            yield from _load_model(exercise, place)
        for row, code in enumerate(plan.uses, start=1):
            place, rests_on = f"plans.{name}.uses[{row}]", ("exercises",)
            if code not in protocol.library:
                yield finding(place, f"there is no [exercises.{code}]", choose_from(code, protocol.library), rests_on=rests_on)
            elif code in [exercise.code for exercise in written]:
                yield finding(place, f"{code} is written out in the plan too", "keep one of the two", rests_on=rests_on)
    for code, exercise in protocol.library.items():
        yield from _load_model(exercise, f"exercises.{code}")


def _load_model(exercise: Exercise, place: str) -> Iterator[Finding]:
    key, rests_on = f"{place}.bodyweight_fraction", (f"{place}.load_model",)
    if exercise.load_model == "bodyweight_fraction" and not exercise.bodyweight_fraction:
        yield finding(key, "is missing", 'give the share of body mass that is moved, such as "0.65"', rests_on=rests_on)
    if exercise.load_model != "bodyweight_fraction" and exercise.bodyweight_fraction is not None:
        yield finding(key, f"is given with load_model {exercise.load_model}", "leave it out", rests_on=rests_on)


def doses(protocol: Protocol) -> Iterator[Finding]:
    for name, plan in protocol.plans.items():
        place = f"plans.{name}.doses"
        for row, dose in enumerate(plan.doses, start=1):
            here = f"{place}[{row}]"
            if dose.to_week < dose.from_week:
                problem = f"{dose.to_week} lies before from_week {dose.from_week}"
                yield finding(f"{here}.to_week", problem, "give the last week", rests_on=(f"{here}.from_week",))
            if dose.reps_max < dose.reps_min:
                problem = f"{dose.reps_max} is fewer than reps_min {dose.reps_min}"
                yield finding(f"{here}.reps_max", problem, "give the most repetitions", rests_on=(f"{here}.reps_min",))
            yield from _targets(dose, plan, here)
            if plan.progression.rule == "percent_ramp" and dose.pct_1rm is None:
                cure = 'give the share of the one-repetition maximum, such as "0.7"'
                yield finding(f"{here}.pct_1rm", "is missing for a percent_ramp", cure, rests_on=(f"plans.{name}.progression",))
        if all(dose.from_week <= dose.to_week for dose in plan.doses):
            yield from _weeks(plan, name)


def _targets(dose: WeekDose, plan: SessionPlan, here: str) -> Iterator[Finding]:
    rests_on = (f"{here}.rpe", f"{here}.rir", f"plans.{plan.code}.progression")
    if dose.rpe is not None and dose.rir is not None:
        yield finding(f"{here}.rir", "is given beside rpe", "keep one of the two", rests_on=rests_on)
    if plan.progression.rule == "rir" and dose.rpe is None and dose.rir is None:
        yield finding(f"{here}.rir", "is missing for progression by rir", "give rir, such as 2, or rpe, such as 8", rests_on=rests_on)


def _weeks(plan: SessionPlan, name: str) -> Iterator[Finding]:
    """Each week from the first of familiarisation to the last of training has one dose."""
    place = f"plans.{name}.doses"
    rests_on = tuple(f"plans.{name}.{key}" for key in ("weeks", "familiarisation_weeks", "follow_up_weeks"))
    first, last = 1 - plan.familiarisation_weeks, plan.weeks + plan.follow_up_weeks
    prescribed = Counter(week for dose in plan.doses for week in range(dose.from_week, dose.to_week + 1))
    span = f"the plan runs from week {first} to {last}"
    for problem, weeks in (
        ("no dose for", [week for week in range(first, last + 1) if week not in prescribed]),
        ("more than one dose for", sorted(week for week, times in prescribed.items() if times > 1)),
        ("a dose outside the plan for", sorted(week for week in prescribed if not first <= week <= last)),
    ):
        if weeks:
            yield finding(place, f"{problem} week {runs(weeks)}", f"cover every week once: {span}", rests_on=rests_on)


def runs(weeks: list[int]) -> str:
    """Rising whole numbers as runs: [1, 2, 3, 7] is "1 to 3, 7"."""
    parts: list[list[int]] = []
    for week in weeks:
        if parts and week == parts[-1][-1] + 1:
            parts[-1].append(week)
        else:
            parts.append([week])
    return ", ".join(f"{part[0]} to {part[-1]}" if len(part) > 1 else str(part[0]) for part in parts)


def familiarisation(protocol: Protocol) -> Iterator[Finding]:
    """Day 0 comes after the longest familiarisation, since it is the same in every arm."""
    used = {arm.plan for arm in protocol.arms}
    longest = max((plan.familiarisation_weeks for name, plan in protocol.plans.items() if name in used), default=0)
    if protocol.day0_lag_days < 7 * longest:
        problem = f"{protocol.day0_lag_days} days are too few for {longest} weeks of familiarisation before day 0"
        yield finding("trial.day0_lag_days", problem, f"use at least {7 * longest}", rests_on=("arms", "plans"))


def fidelity(protocol: Protocol) -> Iterator[Finding]:
    if protocol.fidelity is not None and not protocol.fidelity.items:
        yield finding("fidelity.items", "is empty", "write a line for each thing that the observer looks at, code = words")
