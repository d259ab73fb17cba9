"""How heavy and how evenly spread the training was: mean load, density, weekly volume, monotony, strain and session-RPE load.

| figure | formula | unit | source |
| --- | --- | --- | --- |
| mean load | volume load / repetitions, both sides counted | kg | table 1 of a review in BMJ Military Health: 1520 / 24 = 63 kg |
| density | volume load / session minutes | kg/min | the same: 1560 / 45 = 34.7 |
| session-RPE load | CR-10 rating x session minutes | arbitrary units, AU | Foster; Day et al. 2004 for resistance training: 7 x 60 = 420 |
| monotony | mean / SD of the seven days of a trial week, days of rest 0, SD with n - 1 | none | the review: 790 / 897 = 0.88; Foster |
| strain | the week's sum x its monotony | the summands' | Foster |

A Borg 6-20 rating is never multiplied: it is no ratio scale of effort from nothing. Only working sets and sessions held count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.adherence import share
from outcomes.domain.fitt import Summed, in_dose
from outcomes.domain.planned import with_carried_loads
from outcomes.domain.records import DEFAULT_RULES, Rules, SessionRecord, SetRecord
from outcomes.domain.spread import mean, sd
from participants.domain.sums import SessionSums, sums_of

ZERO = Decimal(0)
DAYS = 7
CR10 = "CR10"


@dataclass(frozen=True, kw_only=True)
class WeekLoad:
    """One trial week by its last day: volume load in kg and session-RPE load in AU over the sessions held in it, with their spread.

    Monotony and strain are None for a week whose seven days don't differ. The session-RPE figures are None unless every session held in
    the week has a CR-10 rating and known minutes.
    """

    closes_on: date
    week: int | None
    sessions: int
    volume_kg: Decimal
    volume_monotony: Decimal | None
    volume_strain: Decimal | None
    session_rpe_load: Decimal | None
    session_rpe_monotony: Decimal | None
    session_rpe_strain: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Load:
    """One person's figures over the due sessions held, unrounded; None where nothing could be counted.

    Density goes over sessions whose minutes and volume are known, session-RPE load over the `rated_sessions` that have a CR-10 rating and
    minutes.
    """

    mean_load_kg: Decimal | None
    density_kg_per_minute: Decimal | None
    session_rpe_load: Decimal | None
    mean_session_rpe_load: Decimal | None
    rated_sessions: int
    weeks: tuple[WeekLoad, ...]


def load(sessions: Iterable[SessionRecord], sets: Iterable[SetRecord], *, as_of: date, rules: Rules = DEFAULT_RULES) -> Load:
    """Load over the sessions due at `as_of` (a site date), as `dose` counts them."""
    known = list(sessions)
    return load_from_sums(known, sums_of(with_carried_loads(known, sets)), as_of=as_of, rules=rules)


def load_from_sums(
    sessions: Iterable[SessionRecord], sums: Mapping[tuple[str, int], SessionSums], *, as_of: date, rules: Rules = DEFAULT_RULES
) -> Load:
    """The same figures from per-session sums, whoever added them up."""
    due = in_dose(sessions, sums, as_of, rules)
    held = [(s, x) for s, x in due if rules.attended(s)]
    loaded = [(x.done_volume_kg, x.reps_loaded) for _, x in held if x.done_volume_kg is not None and x.reps_loaded]
    timed = [(x.done_volume_kg, s.minutes_trained) for s, x in held if x.done_volume_kg is not None and s.minutes_trained]
    rated = [found for s, _ in held if (found := session_rpe_load(s)) is not None]
    return Load(
        mean_load_kg=share(sum((kg for kg, _ in loaded), ZERO), sum(reps for _, reps in loaded)),
        density_kg_per_minute=share(sum((kg for kg, _ in timed), ZERO), sum(minutes for _, minutes in timed)),
        session_rpe_load=sum(rated, ZERO) if rated else None,
        mean_session_rpe_load=mean(rated),
        rated_sessions=len(rated),
        weeks=_weeks(due, rules),
    )


def session_rpe_load(session: SessionRecord) -> Decimal | None:
    """CR-10 rating x minutes, in AU; None on another scale, without a rating, or where the minutes aren't known."""
    if session.rpe_scale != CR10 or session.session_rpe is None or session.minutes_trained is None:
        return None
    return session.session_rpe * session.minutes_trained


def monotony(daily: Sequence[Decimal]) -> Decimal | None:
    """Mean / SD (n - 1) of daily loads; None where no two days differ."""
    spread = sd(daily)
    return (mean(daily) or ZERO) / spread if spread else None


def strain(daily: Sequence[Decimal]) -> Decimal | None:
    """The sum of the daily loads x their monotony; None where there is no monotony."""
    evenness = monotony(daily)
    return None if evenness is None else sum(daily, ZERO) * evenness


def _weeks(due: list[Summed], rules: Rules) -> tuple[WeekLoad, ...]:
    """Every trial week with a due session, in order; sessions without a window belong to none."""
    weeks: dict[date, list[Summed]] = {}
    for session, sums in due:
        if session.closes_on is not None:
            weeks.setdefault(session.closes_on, []).append((session, sums))
    return tuple(_week(closes_on, weeks[closes_on], rules) for closes_on in sorted(weeks))


def _week(closes_on: date, due: list[Summed], rules: Rules) -> WeekLoad:
    held = [(s, x) for s, x in due if rules.attended(s)]
    volumes = _by_day((s.on, x.done_volume_kg or ZERO) for s, x in held)
    loads = [(s.on, session_rpe_load(s)) for s, _ in held]
    known = [(on, found) for on, found in loads if found is not None]
    ratings = _by_day(known) if known and len(known) == len(held) else None
    return WeekLoad(
        closes_on=closes_on,
        week=due[0][0].week,
        sessions=len(held),
        volume_kg=sum(volumes, ZERO),
        volume_monotony=monotony(volumes),
        volume_strain=strain(volumes),
        session_rpe_load=None if ratings is None else sum(ratings, ZERO),
        session_rpe_monotony=None if ratings is None else monotony(ratings),
        session_rpe_strain=None if ratings is None else strain(ratings),
    )


def _by_day(loads: Iterable[tuple[date, Decimal]]) -> list[Decimal]:
    """The loads of the seven days of a week, days of rest 0."""
    days: dict[date, Decimal] = {}
    for on, found in loads:
        days[on] = days.get(on, ZERO) + found
    return [*days.values(), *[ZERO] * (DAYS - len(days))]
