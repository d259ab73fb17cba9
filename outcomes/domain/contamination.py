"""Contamination: training outside the trial, and sessions or arms that a person was not allocated to, one entry an exposure.

| kind | what it is | from |
| --- | --- | --- |
| outside_training | exercise beside the trial, not over before randomisation; or typed in as an event | concomitant, deviation |
| other_arm | another arm given; or a session of the protocol held where the arm has no plan of sessions | deviation, session |

Deferred training, after the primary visit, is no exposure: it was promised. Everybody randomised counts, as randomised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from outcomes.domain.adherence import share
from outcomes.domain.case import Case
from outcomes.domain.facts import Row
from participants.domain.partial_dates import parse

OUTSIDE, OTHER_ARM = "outside_training", "other_arm"
KINDS = (OUTSIDE, OTHER_ARM)
TYPED = {"outside_ret": OUTSIDE, "wrong_arm": OTHER_ARM}


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """One entry of the ledger. Dates as recorded, perhaps only in part; minutes a week where frequency and length are known.

    `new`: began after randomisation; None where a date known in part cannot say.
    """

    trial_id: str
    arm: str
    kind: str
    since: str
    until: str
    minutes_per_week: Decimal | None
    new: bool | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Contaminated:
    """One arm: how many entries of a kind, of how many of its `of` randomised people, and that share (0-1)."""

    arm: str
    kind: str
    entries: int
    people: int
    of: int
    share: Decimal | None


def exposures(case: Case) -> tuple[Exposure, ...]:
    """What one randomised person was exposed to, by kind and day; nothing for somebody who is not randomised."""
    if case.randomised_on is None:
        return ()
    found = [*_outside(case), *_typed(case), *_sessions(case)]
    return tuple(sorted(found, key=lambda e: (e.kind, e.since, e.source)))


def by_arm(entries: Iterable[Exposure], randomised: Iterable[str]) -> tuple[Contaminated, ...]:
    """Both kinds for every arm, also where nobody was exposed. `randomised`: the arm of each person, one a person."""
    known, arms = list(entries), list(randomised)
    return tuple(_row(arm, kind, [e for e in known if (e.arm, e.kind) == (arm, kind)], arms) for arm in sorted(set(arms)) for kind in KINDS)


def _row(arm: str, kind: str, entries: Sequence[Exposure], arms: Sequence[str]) -> Contaminated:
    people, of = len({e.trial_id for e in entries}), arms.count(arm)
    return Contaminated(arm=arm, kind=kind, entries=len(entries), people=people, of=of, share=share(people, of))


def _outside(case: Case) -> Iterable[Exposure]:
    for care in case.person.concomitants:
        if care["kind"] == "exercise" and not _over(case, care.get("stopped_on")):
            yield _entry(case, OUTSIDE, care.get("started_on"), care.get("stopped_on"), f"concomitant/{care['con_no']}", _minutes(care))


def _typed(case: Case) -> Iterable[Exposure]:
    for one in case.person.deviations:
        kind = TYPED.get(str(one["category"]))
        if kind:
            yield _entry(case, kind, one["occurred_on"], None, f"deviation/{one['dev_no']}", None)


def _sessions(case: Case) -> Iterable[Exposure]:
    if case.plan is not None:
        return
    for session in case.person.sessions:
        if case.before_primary(session):
            yield _entry(case, OTHER_ARM, session.on, session.on, f"session/{session.session_no}", None)


def _entry(case: Case, kind: str, since: object, until: object, source: str, minutes: Decimal | None) -> Exposure:
    return Exposure(
        trial_id=case.person.trial_id,
        arm=case.person.arm,
        kind=kind,
        since=str(since or ""),
        until=str(until or ""),
        minutes_per_week=minutes,
        new=_new(case, str(since or "")),
        source=source,
    )


def _new(case: Case, since: str) -> bool | None:
    assert case.randomised_on is not None
    if not since:
        return None
    known = parse(since)
    if known.earliest > case.randomised_on:
        return True
    return False if known.latest <= case.randomised_on else None


def _over(case: Case, until: object) -> bool:
    """Whether it had certainly ended before randomisation."""
    return bool(until) and case.randomised_on is not None and parse(str(until)).latest < case.randomised_on


def _minutes(care: Row) -> Decimal | None:
    times, minutes = care.get("sessions_per_week"), care.get("minutes_per_session")
    return times * minutes if isinstance(times, Decimal) and isinstance(minutes, int) else None
