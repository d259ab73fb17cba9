"""The next load of an exercise, from the sets of its last session.

- `double_progression`, the rule of the Limerick trials (Gordon 2020): when every planned set reached the top of its repetition range at a
  load, the load rises by up to 5 % for the next session, else it is held.
- `two_for_two`, after the American College of Sports Medicine (position stand 2009): a load that can be done for one or two repetitions
  more than asked for rises by 2 to 10 %. The protocol says how many more, and in how many sessions in a row.
- `percent_ramp` (Herring 2012): the week's share of the tested 1RM.
- `rir`, autoregulation: repetitions left in reserve above the week's target raise the load, below it lower it; a set rated on the
  RIR-based scale of exertion counts as its repetitions in reserve (Zourdos 2016: 10 = 0, 9 = 1, 8 = 2, 7 = 3). That the step is bounded
  as in double progression is this program's choice.
- `hold`: no change.

Loads are rounded down to what the equipment can carry; where its smallest step is more than the limit, the load is held and a repetition
added. Loads are kilograms of external mass moved a repetition. Every proposal says its rule, its value and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from trials.domain.protocol.shape import Progression

DOUBLE, TWO_FOR_TWO, RAMP, RIR, HOLD = "double_progression", "two_for_two", "percent_ramp", "rir", "hold"
LEAST_RISE = Decimal("0.02")  # of two_for_two; its most, 0.1, is held by the protocol's check
LEAST_TOLD_RPE = 7  # below, the scale names no number of repetitions


@dataclass(frozen=True, kw_only=True)
class DoneSet:
    """One planned working set of an exercise and what was done; 0 repetitions and no load where it was left out.

    `rir` are the repetitions left in reserve, `rpe` a rating on the RIR-based scale that stands in for them.
    """

    planned_load_kg: Decimal | None
    reps_min: int
    reps_max: int
    done_reps: int = 0
    done_load_kg: Decimal | None = None
    rir: Decimal | None = None
    rpe: Decimal | None = None

    @property
    def reserve(self) -> Decimal | None:
        return self.rir if self.rir is not None else reserve_of(self.rpe)


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


def round_up(load_kg: Decimal, increment_kg: Decimal) -> Decimal:
    """The lightest multiple of the increment that is not below the load. Raises ValueError for an increment of 0 or less."""
    below = round_down(load_kg, increment_kg)
    return below if below == load_kg else below + increment_kg


def in_kg(load_kg: Decimal) -> str:
    """A load as people write it: 62.5 kg, 60 kg."""
    return f"{plain(load_kg)} kg"


def reserve_of(rpe: Decimal | None) -> Decimal | None:
    """Repetitions in reserve of a rating on the RIR-based scale, 10 - rating; None below 7 and above 10, where it names no number."""
    return 10 - rpe if rpe is not None and LEAST_TOLD_RPE <= rpe <= 10 else None


def propose(
    progression: Progression,
    sets: Sequence[DoneSet],
    *,
    increment_kg: Decimal,
    reps_max: int,
    pct_1rm: Decimal | None = None,
    e1rm_kg: Decimal | None = None,
    rir: Decimal | None = None,
    earlier: Sequence[DoneSet] = (),
) -> Proposal:
    """The next load and top of the repetition range by the protocol's rule.

    `sets` are the planned working sets of the last session held, substituted ones as not done, `earlier` those of the session before;
    `reps_max` is the coming week's range; `pct_1rm` (0-1) and `e1rm_kg` serve the percentage ramp, `rir` (the week's target) the rule of
    that name. Raises ValueError for an unknown rule.
    """
    if progression.rule == RAMP:
        return _ramp(reps_max, increment_kg, pct_1rm, e1rm_kg)
    if progression.rule not in (DOUBLE, TWO_FOR_TWO, RIR, HOLD):
        raise ValueError(f"No progression rule is called {progression.rule}.")
    base = _load_lifted(sets)
    if base is None:
        return Proposal(load_kg=None, reps_max=reps_max, rule=progression.rule, why="No load has been prescribed yet.")
    if progression.rule == HOLD:
        return Proposal(load_kg=base, reps_max=reps_max, rule=HOLD, why=f"The plan holds {in_kg(base)}.")
    if progression.rule == TWO_FOR_TWO:
        return _two_for_two(progression, sets, earlier, base, increment_kg=increment_kg, reps_max=reps_max)
    if progression.rule == RIR:
        return _by_reserve(sets, base, rir, increment_kg=increment_kg, reps_max=reps_max, limit=progression.max_increase)
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


def _two_for_two(
    progression: Progression, sets: Sequence[DoneSet], earlier: Sequence[DoneSet], base: Decimal, *, increment_kg: Decimal, reps_max: int
) -> Proposal:
    def proposal(load_kg: Decimal, why: str, reps: int = reps_max) -> Proposal:
        return Proposal(load_kg=load_kg, reps_max=reps, rule=TWO_FOR_TWO, why=why)

    extra = progression.extra_reps
    asked = f"{extra} repetition{'s' if extra > 1 else ''} more than asked for at {in_kg(base)}"
    if not all(_reached(s, base, extra) for s in sets):
        return proposal(base, f"Not all {len(sets)} sets went {asked}: hold.")
    if progression.in_a_row > 1 and not (earlier and all(_reached(s, base, extra) for s in earlier)):
        return proposal(base, f"All {len(sets)} sets went {asked}, for the first time: hold once more.")
    raised = round_down(base * (1 + progression.max_increase), increment_kg)
    if raised > base and raised >= base * (1 + LEAST_RISE):
        return proposal(raised, f"All {len(sets)} sets went {asked}: raise to {in_kg(raised)}.")
    limits = f"{_per_cent(LEAST_RISE)} to {_per_cent(progression.max_increase)}"
    why = f"No step of {in_kg(increment_kg)} lies {limits} above {in_kg(base)}: hold and add a repetition."
    return proposal(base, why, max(reps_max, *(s.reps_max for s in sets)) + 1)


def _by_reserve(
    sets: Sequence[DoneSet], base: Decimal, target: Decimal | None, *, increment_kg: Decimal, reps_max: int, limit: Decimal
) -> Proposal:
    def proposal(load_kg: Decimal, why: str) -> Proposal:
        return Proposal(load_kg=load_kg, reps_max=reps_max, rule=RIR, why=why)

    short = [s for s in sets if 0 < s.done_reps < s.reps_min]
    known = [reserve for s in sets if (reserve := s.reserve) is not None]
    lowered = max(Decimal(0), min(round_up(base * (1 - limit), increment_kg), round_up(base, increment_kg) - increment_kg))
    if short:
        fewest = min(s.reps_min for s in short)
        return proposal(lowered, f"{len(short)} of {len(sets)} sets stayed below {fewest} repetitions at {in_kg(base)}: {_lower(lowered)}.")
    if target is None or len(known) < len(sets):
        return proposal(base, "Repetitions in reserve are not known of every set, or the week has no target: hold.")
    left = min(known)
    found = f"At least {plain(left)} in reserve at {in_kg(base)}, {plain(target)} asked for"
    if left < target:
        return proposal(lowered, f"{found}: {_lower(lowered)}.")
    raised = round_down(base * (1 + limit), increment_kg)
    if left == target or not all(s.done_load_kg is not None and s.done_load_kg >= base for s in sets):
        return proposal(base, f"{found}: hold.")
    if raised > base:
        return proposal(raised, f"{found}: raise to {in_kg(raised)}.")
    why = f"{found}, but a step of {in_kg(increment_kg)} is more than {_per_cent(limit)}: hold and add a repetition."
    return Proposal(load_kg=base, reps_max=max(reps_max, *(s.reps_max for s in sets)) + 1, rule=RIR, why=why)


def _lower(load_kg: Decimal) -> str:
    return f"lower to {in_kg(load_kg)}"


def _reached(done: DoneSet, base: Decimal, extra: int = 0) -> bool:
    return done.done_reps >= done.reps_max + extra and done.done_load_kg is not None and done.done_load_kg >= base


def _ramp(reps_max: int, increment_kg: Decimal, pct_1rm: Decimal | None, e1rm_kg: Decimal | None) -> Proposal:
    if pct_1rm is None or e1rm_kg is None:
        return Proposal(load_kg=None, reps_max=reps_max, rule=RAMP, why="The ramp needs a strength test and the week's share of 1RM.")
    load_kg = round_down(pct_1rm * e1rm_kg, increment_kg)
    why = f"{_per_cent(pct_1rm)} of the estimated 1RM, {in_kg(round_down(e1rm_kg, Decimal('0.1')))}, is {in_kg(load_kg)}."
    return Proposal(load_kg=load_kg, reps_max=reps_max, rule=RAMP, why=why)


def _per_cent(share: Decimal) -> str:
    return f"{plain(share * 100)} %"


def plain(value: Decimal) -> str:
    """A number without trailing zeros or an exponent."""
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
