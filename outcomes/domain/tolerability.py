"""How training was tolerated, as exercise oncology reports it: what was missed, reduced, shortened or stopped, for health or otherwise.

Metrics after Nilsen et al. 2018 and Fairman et al. 2020: missed sessions, episodes of one or two missed in a row, interruptions of three
or more, dose modification (a session held with fewer sets or repetitions or less load than planned), pre-session modification (the
prescription reduced or re-sequenced before the session began), early termination, and permanent discontinuation. Every one is split by
the class of its reason. A run of missed sessions is for health where at least one of them was; else not for health where one was; else
the site's; else of unknown reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal

from outcomes.domain.adherence import INTERRUPTION_FROM, missed_runs, share
from outcomes.domain.fitt import in_dose
from outcomes.domain.records import DEFAULT_RULES, ReasonClass, Rules, SessionRecord, SetRecord, Status
from participants.domain.sums import SessionSums, sums_of


@dataclass(frozen=True, kw_only=True)
class Split:
    """A count and its parts by class of reason; `unknown` where none was given. The parts add up to the total."""

    total: int = 0
    health: int = 0
    non_health: int = 0
    site: int = 0
    unknown: int = 0

    def __add__(self, other: Split) -> Split:
        return Split(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """One person: sessions (or runs of them) of each kind among the due ones; `discontinued` counts 1 for who stopped for good."""

    missed: Split
    missed_episodes: Split
    interruptions: Split
    modified: Split
    modified_before: Split
    ended_early: Split
    discontinued: Split


@dataclass(frozen=True, kw_only=True)
class ToleranceRow:
    """One line of a group's table: how often a thing happened, to how many of `of` people, and to what share of them (0-1).

    `people` splits by class too: somebody with two classes counts in both, so only `total` counts each person once.
    """

    metric: str
    times: Split
    people: Split
    of: int
    share: Decimal | None


def tolerance(
    sessions: Iterable[SessionRecord],
    sets: Iterable[SetRecord],
    *,
    as_of: date,
    rules: Rules = DEFAULT_RULES,
    stopped_for: str | None = None,
) -> Tolerance:
    """What one person's due sessions at `as_of` (a site date) say of tolerance.

    `stopped_for` is the class of the reason why training was stopped for good, empty where none was given; None: no stop was recorded,
    and only sessions not delivered tell of one.
    """
    return tolerance_from_sums(sessions, sums_of(sets), as_of=as_of, rules=rules, stopped_for=stopped_for)


def tolerance_from_sums(
    sessions: Iterable[SessionRecord],
    sums: Mapping[tuple[str, int], SessionSums],
    *,
    as_of: date,
    rules: Rules = DEFAULT_RULES,
    stopped_for: str | None = None,
) -> Tolerance:
    """The same counts from per-session sums, whoever added them up."""
    known = list(sessions)
    due = rules.due(known, as_of)
    runs = missed_runs(due, rules)
    held = [(s, x) for s, x in in_dose(known, sums, as_of, rules) if rules.attended(s)]
    undelivered = [s for s in known if s.phase == rules.phase and s.status == Status.NOT_DELIVERED]
    stopped = [stopped_for or _of_run(undelivered)] if undelivered or stopped_for is not None else []
    return Tolerance(
        missed=_split(s.reason_class for s in due if rules.missed(s)),
        missed_episodes=_split(_of_run(run) for run in runs if len(run) < INTERRUPTION_FROM),
        interruptions=_split(_of_run(run) for run in runs if len(run) >= INTERRUPTION_FROM),
        modified=_split(s.modified_reason_class or s.reason_class for s, x in held if x.reduced),
        modified_before=_split(s.modified_reason_class or s.reason_class for s, _ in held if s.modified_before),
        ended_early=_split(s.ended_early_reason_class or s.reason_class for s, _ in held if s.ended_early),
        discontinued=_split(stopped),
    )


def tolerability(people: Iterable[Tolerance]) -> tuple[ToleranceRow, ...]:
    """A group's table, one row a metric. The denominator is everybody given: those allocated to training (Fairman et al. 2020)."""
    known = list(people)
    return tuple(_row(f.name, known) for f in fields(Tolerance))


def _row(metric: str, people: list[Tolerance]) -> ToleranceRow:
    found: list[Split] = [getattr(person, metric) for person in people]
    affected = sum((_once(split) for split in found), Split())
    return ToleranceRow(metric=metric, times=sum(found, Split()), people=affected, of=len(people), share=share(affected.total, len(people)))


def _once(split: Split) -> Split:
    return Split(**{f.name: min(getattr(split, f.name), 1) for f in fields(split)})


def _split(classes: Iterable[str]) -> Split:
    known = list(classes)
    parts = {one.value: known.count(one) for one in ReasonClass}
    return Split(total=len(known), unknown=len(known) - sum(parts.values()), **parts)


def _of_run(run: Iterable[SessionRecord]) -> str:
    classes = {s.reason_class for s in run}
    return next((one.value for one in ReasonClass if one in classes), "")
