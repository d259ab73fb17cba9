"""The next load of an exercise, from the sets of its last session.

Double progression is the rule of the Limerick trials (Gordon 2020): when every planned set reached the top of its repetition range at a
load, the load rises by up to 5 % for the next session, else it is held. Loads are rounded down to what the equipment can carry; where its
smallest step is more than the limit, the load is held and a repetition added. Loads are kilograms of external mass moved a repetition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from trials.domain.protocol.shape import Progression

DOUBLE, RAMP, HOLD = "double_progression", "percent_ramp", "hold"


@dataclass(frozen=True, kw_only=True)
class DoneSet:
    """One planned working set of an exercise and what was done; 0 repetitions and no load where it was left out."""

    planned_load_kg: Decimal | None
    reps_min: int
    reps_max: int
    done_reps: int = 0
    done_load_kg: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What to prescribe next: `load_kg` (None: no load can be prescribed), the upper end of the repetition range, the rule and why."""

    load_kg: Decimal | None
    reps_max: int
    rule: str
    why: str


def round_down(load_kg: Decimal, increment_kg: Decimal) -> Decimal:
    """The heaviest multiple of the increment that is not above the load. Raises ValueError for an increment of 0 or less."""
    if increment_kg <= 0:
        raise ValueError("An increment is more than 0 kg.")
    return load_kg // increment_kg * increment_kg


def in_kg(load_kg: Decimal) -> str:
    """A load as people write it: 62.5 kg, 60 kg."""
    plain = f"{load_kg:f}"
    return f"{plain.rstrip('0').rstrip('.') if '.' in plain else plain} kg"


def propose(
    progression: Progression,
    sets: Sequence[DoneSet],
    *,
    increment_kg: Decimal,
    reps_max: int,
    pct_1rm: Decimal | None = None,
    e1rm_kg: Decimal | None = None,
) -> Proposal:
    """The next load and top of the repetition range by the protocol's rule.

    `sets` are the planned working sets of the last session held, substituted ones as not done; `reps_max` is the coming week's range;
    `pct_1rm` (0-1) and `e1rm_kg` serve the percentage ramp. Raises ValueError for an unknown rule.
    """
    if progression.rule == RAMP:
        return _ramp(reps_max, increment_kg, pct_1rm, e1rm_kg)
    if progression.rule not in (DOUBLE, HOLD):
        raise ValueError(f"No progression rule is called {progression.rule}.")
    base = _load_lifted(sets)
    if base is None:
        return Proposal(load_kg=None, reps_max=reps_max, rule=progression.rule, why="No load has been prescribed yet.")
    if progression.rule == HOLD:
        return Proposal(load_kg=base, reps_max=reps_max, rule=HOLD, why=f"The plan holds {in_kg(base)}.")
    return _double(sets, base, increment_kg=increment_kg, reps_max=reps_max, limit=progression.max_increase)


def _load_lifted(sets: Sequence[DoneSet]) -> Decimal | None:
    """The load to build on: the one prescribed, or more where every set was done within its range at more."""
    planned = [s.planned_load_kg for s in sets if s.planned_load_kg is not None]
    if not planned or len(planned) < len(sets):
        return None
    lifted = [s.done_load_kg for s in sets if s.done_reps >= s.reps_min and s.done_load_kg is not None]
    return max(max(planned), min(lifted)) if len(lifted) == len(sets) else max(planned)


def _double(sets: Sequence[DoneSet], base: Decimal, *, increment_kg: Decimal, reps_max: int, limit: Decimal) -> Proposal:
    def proposal(load_kg: Decimal, reps: int, why: str) -> Proposal:
        return Proposal(load_kg=load_kg, reps_max=reps, rule=DOUBLE, why=why)

    top = max(s.reps_max for s in sets)
    if not all(_reached(s, base) for s in sets):
        return proposal(base, max(reps_max, top), f"Not all {len(sets)} sets reached {top} repetitions at {in_kg(base)}: hold.")
    raised = round_down(base * (1 + limit), increment_kg)
    if raised > base:
        return proposal(raised, reps_max, f"All {len(sets)} sets reached {top} repetitions at {in_kg(base)}: raise to {in_kg(raised)}.")
    why = f"A step of {in_kg(increment_kg)} is more than {_per_cent(limit)} of {in_kg(base)}: hold and add a repetition."
    return proposal(base, max(reps_max, top) + 1, why)


def _reached(done: DoneSet, base: Decimal) -> bool:
    return done.done_reps >= done.reps_max and done.done_load_kg is not None and done.done_load_kg >= base


def _ramp(reps_max: int, increment_kg: Decimal, pct_1rm: Decimal | None, e1rm_kg: Decimal | None) -> Proposal:
    if pct_1rm is None or e1rm_kg is None:
        return Proposal(load_kg=None, reps_max=reps_max, rule=RAMP, why="The ramp needs a strength test and the week's share of 1RM.")
    load_kg = round_down(pct_1rm * e1rm_kg, increment_kg)
    why = f"{_per_cent(pct_1rm)} of the estimated 1RM, {in_kg(round_down(e1rm_kg, Decimal('0.1')))}, is {in_kg(load_kg)}."
    return Proposal(load_kg=load_kg, reps_max=reps_max, rule=RAMP, why=why)


def _per_cent(share: Decimal) -> str:
    return in_kg(share * 100).removesuffix(" kg") + " %"
