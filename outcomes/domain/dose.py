"""The dose of resistance training: planned against done, in sets, repetitions, load and volume.

Volume load = repetitions x load x sides, in kg, over working sets. Relative dose intensity (RDI) = done / planned volume over all due
sessions, missed and undelivered ones with nothing done (Fairman et al. 2020; Nilsen et al. 2018). Compliance looks at attended sessions
only; `_delivered` is the same share over all due sessions, as in Gordon et al. 2020 (212 of 256 sets). FITT adherence is explained in
`fitt`, density, monotony and session loads in `load`, reductions by their reasons in `tolerability`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.adherence import share
from outcomes.domain.fitt import fitt_of, in_dose
from outcomes.domain.planned import with_carried_loads
from outcomes.domain.records import DEFAULT_RULES, Rules, SessionRecord, SetRecord
from outcomes.domain.spread import mean, sd
from participants.domain.sums import SessionSums, sums_of

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Dose:
    """Unrounded figures under adherence.csv's names: volumes in kg, shares 0-1, None where nothing could be counted."""

    sessions_modified: int
    sets_compliance: Decimal | None
    reps_compliance: Decimal | None
    load_compliance: Decimal | None
    sets_delivered: Decimal | None
    reps_delivered: Decimal | None
    planned_volume_kg: Decimal | None
    done_volume_kg: Decimal | None
    rdi: Decimal | None
    rdi_rule: str
    dose_complete: bool
    minutes_total: int | None
    mean_session_rpe: Decimal | None
    rpe_scale: str
    mean_relative_intensity: Decimal | None
    intensity_sets: int
    frequency_adherence: Decimal | None
    intensity_adherence: Decimal | None
    time_adherence: Decimal | None
    type_adherence: Decimal | None


def dose(sessions: Iterable[SessionRecord], sets: Iterable[SetRecord], *, as_of: date, rules: Rules = DEFAULT_RULES) -> Dose:
    """Planned and done dose over the sessions due at `as_of` (a site date); a session's own volumes count only where it has no sets."""
    known = list(sessions)
    return dose_from_sums(known, sums_of(with_carried_loads(known, sets)), as_of=as_of, rules=rules)


def dose_from_sums(
    sessions: Iterable[SessionRecord], sums: Mapping[tuple[str, int], SessionSums], *, as_of: date, rules: Rules = DEFAULT_RULES
) -> Dose:
    """The same figures from per-session sums, whoever added them up."""
    known = list(sessions)
    due = in_dose(known, sums, as_of, rules)
    attended_as = rules.attended_as
    kept = [(s, x) for s, x in due if s.status in attended_as]
    held, done = [s for s, _ in kept], [x for _, x in kept]
    followed = fitt_of(done, of=len(due))
    sets_done, reps_done = sum([x.sets_done for x in done]), sum([x.reps_done for x in done])
    planned_kg = _total([x.planned_volume_kg for _, x in due])
    done_kg = _total([x.done_volume_kg for x in done]) or ZERO
    scale, mean_rpe = _mean_rpe(held)
    return Dose(
        sessions_modified=sum([x.reduced for x in done]),
        sets_compliance=share(sets_done, sum([x.sets_planned for x in done])),
        reps_compliance=share(reps_done, sum([x.reps_planned for x in done])),
        load_compliance=share(_sum([x.load_done_kg for x in done]), _sum([x.load_planned_kg for x in done])),
        sets_delivered=share(sets_done, sum([x.sets_planned for _, x in due])),
        reps_delivered=share(reps_done, sum([x.reps_planned for _, x in due])),
        planned_volume_kg=planned_kg,
        done_volume_kg=done_kg if due else None,
        rdi=_rdi(done_kg, planned_kg) if due else None,
        rdi_rule=rules.rdi_rule,
        dose_complete=not any(s.planned_on > as_of and s.phase == rules.phase for s in known),
        minutes_total=_minutes(held) if due else None,
        mean_session_rpe=mean_rpe,
        rpe_scale=scale,
        mean_relative_intensity=share(_sum([x.intensity_weighted for x in done]), sum([x.intensity_reps for x in done])),
        intensity_sets=sum([x.intensity_sets for x in done]),
        frequency_adherence=followed.frequency,
        intensity_adherence=followed.intensity,
        time_adherence=followed.time,
        type_adherence=followed.type,
    )


@dataclass(frozen=True, kw_only=True)
class PooledDose:
    """A group's RDI said twice: the mean of the persons' ratios, and the ratio of their sums. The two are different figures.

    Mean, SD (n - 1) and range go over `n` persons with due sessions; who was never prescribed a load has RDI 0 there and stays out of
    the ratio of sums, which stands on `n_in_ratio`. `rdi_rule` says what became of drop-outs in all of them; empty for nobody.
    """

    mean_of_rdis: Decimal | None
    sd_of_rdis: Decimal | None
    least_rdi: Decimal | None
    greatest_rdi: Decimal | None
    n: int
    ratio_of_sums: Decimal | None
    n_in_ratio: int
    rdi_rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pooled:
    """What a pool keeps of one person's dose: four figures in place of twenty, where many thousands are pooled."""

    planned_volume_kg: Decimal | None
    done_volume_kg: Decimal | None
    rdi: Decimal | None
    rdi_rule: str


def for_pool(given: Dose) -> Pooled:
    """The part of a dose that `pooled` looks at."""
    return Pooled(planned_volume_kg=given.planned_volume_kg, done_volume_kg=given.done_volume_kg, rdi=given.rdi, rdi_rule=given.rdi_rule)


def pooled(doses: Iterable[Dose | Pooled]) -> PooledDose:
    """Mean of RDIs and ratio of sums over people (Fairman et al. 2020). Raises ValueError where their rules for drop-outs differ."""
    known = list(doses)
    rdi_rules = sorted({d.rdi_rule for d in known})
    if len(rdi_rules) > 1:
        raise ValueError(f"Doses under different rules have no common mean: {', '.join(rdi_rules)}")
    rdis = [d.rdi for d in known if d.rdi is not None]
    loaded = [d for d in known if d.planned_volume_kg]
    return PooledDose(
        mean_of_rdis=mean(rdis),
        sd_of_rdis=sd(rdis),
        least_rdi=min(rdis, default=None),
        greatest_rdi=max(rdis, default=None),
        n=len(rdis),
        ratio_of_sums=share(_sum(d.done_volume_kg or ZERO for d in loaded), _sum(d.planned_volume_kg or ZERO for d in loaded)),
        n_in_ratio=len(loaded),
        rdi_rule="".join(rdi_rules),
    )


def _rdi(done: Decimal, planned: Decimal | None) -> Decimal:
    """Never prescribed a load: 0. More done than planned stays above 1."""
    return done / planned if planned else ZERO


def _mean_rpe(held: list[SessionRecord]) -> tuple[str, Decimal | None]:
    """Scale and mean of the session ratings; nothing where Borg 6-20 and CR-10 ratings mix."""
    rated = [s for s in held if s.session_rpe is not None]
    scales = {s.rpe_scale for s in rated}
    if len(scales) != 1:
        return "", None
    return scales.pop(), share(_sum(s.session_rpe for s in rated if s.session_rpe is not None), len(rated))


def _minutes(held: list[SessionRecord]) -> int | None:
    """Of the sessions whose minutes are known; None where some were held and none is known."""
    known = [minutes for s in held if (minutes := s.minutes_trained) is not None]
    return sum(known) if known or not held else None


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, ZERO)


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return _sum(known) if known else None
