"""Visits and their windows, the primary outcome, and what refers to questionnaires."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from trials.domain.protocol.faults import Finding, choose_from, finding
from trials.domain.protocol.shape import Protocol, Visit

DAYS = ("target_day", "opens_day", "closes_day")
CODES = ("visits[].code", "visits[].instruments")


def windows(protocol: Protocol) -> Iterator[Finding]:
    for row, visit in enumerate(protocol.visits, start=1):
        place = f"visits[{row}]"
        if visit.kind == "baseline":
            yield from _without_days(visit, place)
        else:
            yield from _with_days(visit, place, protocol.day0_lag_days)


def _without_days(visit: Visit, place: str) -> Iterator[Finding]:
    for key in DAYS:
        if getattr(visit, key) is not None:
            cure = "leave it out: baseline is open from screening to randomisation"
            yield finding(f"{place}.{key}", "is given for a baseline visit", cure, rests_on=(f"{place}.kind",))


def _with_days(visit: Visit, place: str, lag: int) -> Iterator[Finding]:
    kind = (f"{place}.kind",)
    for key in DAYS:
        if getattr(visit, key) is None:
            yield finding(f"{place}.{key}", "is missing", "give the day counted from day 0", rests_on=kind)
    if visit.target_day is None or visit.opens_day is None or visit.closes_day is None:
        return
    days = tuple(f"{place}.{key}" for key in DAYS)
    if visit.closes_day < visit.opens_day:
        problem = f"closes on day {visit.closes_day}, before it opens on day {visit.opens_day}"
        yield finding(f"{place}.closes_day", problem, f"use {visit.opens_day} or later", rests_on=days + kind)
    elif not visit.opens_day <= visit.target_day <= visit.closes_day:
        problem = f"{visit.target_day} lies outside the window {visit.opens_day} to {visit.closes_day}"
        yield finding(f"{place}.target_day", problem, "put it inside", rests_on=days + kind)
    if visit.opens_day < -lag:
        problem = f"opens on day {visit.opens_day}, before randomisation on day {-lag}"
        yield finding(f"{place}.opens_day", problem, f"use {-lag} or later", rests_on=("trial.day0_lag_days", *kind))


def overlaps(protocol: Protocol) -> Iterator[Finding]:
    """One questionnaire is due at one visit at a time, so that a record belongs to one visit only."""
    timed = [(row, visit) for row, visit in enumerate(protocol.visits, start=1) if visit.kind == "follow_up"]
    for (row, earlier), (other, later) in combinations(timed, 2):
        shared = sorted(set(earlier.instruments) & set(later.instruments))
        if shared and _meet(earlier, later):
            problem = f"overlaps the window of {earlier.code}, which asks {shared[0]} too"
            rests_on = (f"visits[{row}].{DAYS[1]}", f"visits[{row}].{DAYS[2]}")
            yield finding(f"visits[{other}]", problem, "move one of the windows", rests_on=rests_on)


def _meet(one: Visit, two: Visit) -> bool:
    if one.opens_day is None or one.closes_day is None or two.opens_day is None or two.closes_day is None:
        return False
    return one.opens_day <= two.closes_day and two.opens_day <= one.closes_day


def needs_visits(protocol: Protocol) -> Iterator[Finding]:
    kinds = [visit.kind for visit in protocol.visits]
    rests_on = ("visits[].kind",)
    if "baseline" not in kinds:
        yield finding("visits", "there is no baseline visit", 'add a [[visits]] with kind = "baseline"', rests_on=rests_on)
    if "follow_up" not in kinds:
        yield finding("visits", "there is no follow-up visit", 'add a [[visits]] with kind = "follow_up"', rests_on=rests_on)
    if protocol.primary is None:
        yield finding("primary", "is missing", "add [primary] with instrument, visit and rule")


def primary(protocol: Protocol) -> Iterator[Finding]:
    stated = protocol.primary
    if stated is None:
        return
    found = {visit.code: visit for visit in reversed(protocol.visits)}
    visit = found.get(stated.visit)
    follow_ups = [each for each in protocol.visits if each.kind == "follow_up"]
    if visit is None:
        cure = choose_from(stated.visit, [each.code for each in follow_ups])
        yield finding("primary.visit", f"there is no visit {stated.visit}", cure, rests_on=CODES)
    elif visit.kind == "baseline":
        yield finding("primary.visit", f"{stated.visit} is a baseline visit", "name a follow-up visit", rests_on=("visits[].kind",))
    elif stated.instrument not in visit.instruments:
        problem = f"{stated.instrument} is not asked at visit {visit.code}"
        yield finding("primary.instrument", problem, choose_from(stated.instrument, visit.instruments), rests_on=CODES)
    at_baseline = [each for each in protocol.visits if each.kind == "baseline"]
    if at_baseline and not any(stated.instrument in each.instruments for each in at_baseline):
        cure = "add it to the baseline visit: without it no change can be computed"
        yield finding("primary.instrument", f"{stated.instrument} is not asked at baseline", cure, rests_on=CODES)
    if stated.max_missing is not None:
        yield from _max_missing(stated.rule, stated.max_missing, sum(stated.instrument in each.instruments for each in follow_ups))


def _max_missing(rule: str, max_missing: int, points: int) -> Iterator[Finding]:
    if rule != "any_post_baseline":
        cure = 'leave it out, or set rule = "any_post_baseline"'
        yield finding("primary.max_missing", f"is given with rule {rule}", cure, rests_on=("primary.rule",))
    elif points and max_missing >= points:
        problem = f"{max_missing} of {points} time points may be missing"
        yield finding("primary.max_missing", problem, f"use at most {points - 1}", rests_on=("visits", "primary.instrument"))


def instruments_in_use(protocol: Protocol) -> Iterator[Finding]:
    used = asked(protocol)
    for place, named in (
        ("missing_rules", protocol.missing_rules),
        ("analysis.caseness", protocol.analysis.caseness),
        ("analysis.recovery", protocol.analysis.recovery),
    ):
        for name in named:
            if name not in used:
                yield finding(f"{place}.{name}", "is asked at no visit", choose_from(name, used), rests_on=CODES)


def alerts(protocol: Protocol) -> Iterator[Finding]:
    used = asked(protocol)
    for row, rule in enumerate(protocol.alerts, start=1):
        place = f"alerts[{row}]"
        if rule.instrument not in used:
            problem, cure = f"{rule.instrument} is asked at no visit", choose_from(rule.instrument, used)
            yield finding(f"{place}.instrument", problem, cure, rests_on=CODES)
        if (rule.instrument, rule.item) in [(other.instrument, other.item) for other in protocol.alerts[: row - 1]]:
            yield finding(f"{place}.item", f"item {rule.item} of {rule.instrument} stands there twice", "keep one of the two")
        if rule.urgent_at_least is not None and rule.urgent_at_least < rule.at_least:
            problem = f"{rule.urgent_at_least} is less than at_least {rule.at_least}"
            yield finding(f"{place}.urgent_at_least", problem, f"use {rule.at_least} or more", rests_on=(f"{place}.at_least",))
        if rule.urgent_contact_hours > rule.contact_hours:
            problem = f"{rule.urgent_contact_hours} hours are longer than contact_hours {rule.contact_hours}"
            cure = f"use at most {rule.contact_hours}"
            yield finding(f"{place}.urgent_contact_hours", problem, cure, rests_on=(f"{place}.contact_hours",))


def score_alerts(protocol: Protocol) -> Iterator[Finding]:
    used = asked(protocol)
    for row, rule in enumerate(protocol.score_alerts, start=1):
        place = f"score_alerts[{row}]"
        if rule.instrument not in used:
            problem, cure = f"{rule.instrument} is asked at no visit", choose_from(rule.instrument, used)
            yield finding(f"{place}.instrument", problem, cure, rests_on=CODES)
        if (rule.instrument, rule.measure) in [(other.instrument, other.measure) for other in protocol.score_alerts[: row - 1]]:
            yield finding(f"{place}.measure", f"the {rule.measure} of {rule.instrument} stands there twice", "keep one of the two")
        before = [v for v in protocol.visits if v.kind == "baseline" and rule.instrument in v.instruments]
        if rule.measure == "rise" and rule.instrument in used and not before:
            problem = f"{rule.instrument} is asked at no baseline visit, so nothing can rise above it"
            yield finding(f"{place}.measure", problem, 'ask it at a baseline visit, or use "total"', rests_on=CODES)


def asked(protocol: Protocol) -> list[str]:
    """Every questionnaire that some visit asks, in order of first use."""
    return list(dict.fromkeys(name for visit in protocol.visits for name in visit.instruments))
