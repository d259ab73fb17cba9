"""FITT adherence: how far frequency, intensity, time and type of what was done followed what was planned.

After Phys-Can, each part is a share 0-1, at most 1 a session: frequency = the session was held; intensity = mean of load done / load
planned over performed, unsubstituted, loaded sets; time = repetitions done / planned over the planned sets (sets x repetitions);
type = planned exercises done / planned. A session not held counts 0 in every part, so drop-outs score 0 for all that remains, unless the
rule leaves them out: the rule travels with every mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.records import DEFAULT_RULES, Rules, SessionRecord
from outcomes.domain.spread import mean
from outcomes.domain.sums import sums_for
from participants.domain.sums import ONE, ZERO, SessionSums

Summed = tuple[SessionRecord, SessionSums]


@dataclass(frozen=True, kw_only=True)
class Fitt:
    """Means over sessions, unrounded shares 0-1; None where nothing is known of any session held."""

    frequency: Decimal | None
    intensity: Decimal | None
    time: Decimal | None
    type: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Trained:
    """One person's sessions with their sums by (trial id, session number)."""

    arm: str
    sessions: tuple[SessionRecord, ...]
    sums: Mapping[tuple[str, int], SessionSums]


@dataclass(frozen=True, kw_only=True)
class FittWeek:
    """One arm in one trial week: the means over its due sessions, of how many sessions and people, and the rule for drop-outs."""

    arm: str
    week: int
    people: int
    sessions: int
    fitt: Fitt
    drop_outs: str


def in_dose(sessions: Iterable[SessionRecord], sums: Mapping[tuple[str, int], SessionSums], as_of: date, rules: Rules) -> list[Summed]:
    """The due sessions that the dose counts, each with its sums."""
    due = rules.due(list(sessions), as_of)
    if not rules.undelivered_count_as_zero:
        due = [s for s in due if rules.in_dose(s)]
    return [(s, sums_for(s, sums)) for s in due]


def fitt(due: Iterable[Summed], rules: Rules = DEFAULT_RULES) -> Fitt:
    """The four parts over due sessions. A held session without such a plan (no loads, say) is left out of that part alone."""
    known = list(due)
    attended_as = rules.attended_as
    return fitt_of([sums for session, sums in known if session.status in attended_as], of=len(known))


def fitt_of(held: Sequence[SessionSums], *, of: int) -> Fitt:
    """The four parts of `of` due sessions, of which these were held."""
    return Fitt(
        frequency=mean([ONE] * len(held) + [ZERO] * (of - len(held))),
        intensity=_part([sums.load_ratio for sums in held], of),
        time=_part([sums.reps_ratio for sums in held], of),
        type=_part([sums.type_ratio for sums in held], of),
    )


def fitt_by_week(trained: Iterable[Trained], *, as_of: date, rules: Rules = DEFAULT_RULES) -> tuple[FittWeek, ...]:
    """FITT by arm and trial week over all due sessions of the arm's people, in that order; sessions without a week are in none."""
    found: dict[tuple[str, int], list[Summed]] = {}
    for person in trained:
        for session, sums in in_dose(person.sessions, person.sums, as_of, rules):
            if session.week is not None:
                found.setdefault((person.arm, session.week), []).append((session, sums))
    return tuple(
        FittWeek(
            arm=arm,
            week=week,
            people=len({s.trial_id for s, _ in due}),
            sessions=len(due),
            fitt=fitt(due, rules),
            drop_outs=rules.drop_outs,
        )
        for (arm, week), due in sorted(found.items())
    )


def _part(ratios: list[Decimal | None], of: int) -> Decimal | None:
    known = [value for value in ratios if value is not None]
    if ratios and not known:
        return None
    return mean([*known, *[ZERO] * (of - len(ratios))])
