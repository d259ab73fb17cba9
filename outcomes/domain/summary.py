"""Scores by arm, visit and instrument: counts, mean and spread, and how many responded, remitted, improved or deteriorated.

All randomised, as randomised; unrounded totals. SD with n - 1, empty below two values; quartiles by linear interpolation between order
statistics (type 7 of Hyndman & Fan 1996, R's default).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from outcomes.domain.facts import Row
from outcomes.domain.instrument import Instrument
from outcomes.domain.spread import mean, quantile, sd
from outcomes.domain.text import site_day
from outcomes.domain.visits import day_0, window
from trials.domain.protocol.shape import Protocol, Visit


def visit_summary(
    participants: Iterable[Row],
    assessments: Iterable[Row],
    *,
    protocol: Protocol,
    instruments: Mapping[str, Instrument],
    as_of: datetime,
    pooled: bool = False,
) -> list[Row]:
    """One row an arm (or `all`), visit and instrument."""
    people = [p for p in participants if p.get("randomised_at")]
    arm_of = {str(p["trial_id"]): "all" if pooled else str(p["arm"]) for p in people}
    forms: dict[tuple[str, str, str], list[Row]] = {}
    for form in assessments:
        if (arm := arm_of.get(str(form["trial_id"]))) is not None:
            forms.setdefault((arm, str(form["visit"]), str(form["instrument"])), []).append(form)
    rows = []
    for arm in ("all",) if pooled else tuple(a.code for a in protocol.arms):
        members = [p for p in people if arm_of[str(p["trial_id"])] == arm]
        for visit in protocol.visits:
            expected = sum(_opened(p, visit, protocol, as_of) for p in members)
            for code in visit.instruments:
                row: Row = {"arm": arm, "visit": visit.code, "instrument": code, "n_allocated": len(members), "n_expected": expected}
                rows.append(row | _figures(forms.get((arm, visit.code, code), []), instruments.get(code)))
    return sorted(rows, key=lambda r: (str(r["arm"]), str(r["visit"]), str(r["instrument"])))


def _opened(person: Row, visit: Visit, protocol: Protocol, as_of: datetime) -> bool:
    today = site_day(as_of, protocol.site(str(person["site"])).timezone)
    screened_on, randomised_on = person["screened_on"], person["randomised_on"]
    when = window(
        visit, screened_on=screened_on, randomised_on=randomised_on,  # type: ignore[arg-type]
        day0=day_0(randomised_on, lag_days=protocol.day0_lag_days),  # type: ignore[arg-type]
    )  # fmt: skip
    return when is None or when.opens_on <= today


def _figures(forms: list[Row], instrument: Instrument | None) -> Row:
    totals = _decimals(forms, "total_unrounded")
    changes = _decimals(forms, "change_from_baseline")
    return {
        "n_done": sum(f["status"] == "done" for f in forms),
        "n_partial": sum(f["status"] == "partial" for f in forms),
        "n_scored": len(totals),
        "mean": mean(totals),
        "sd": sd(totals),
        "median": quantile(totals, Decimal("0.5")),
        "p25": quantile(totals, Decimal("0.25")),
        "p75": quantile(totals, Decimal("0.75")),
        "min": min(totals, default=None),
        "max": max(totals, default=None),
        "n_change": len(changes),
        "mean_change": mean(changes),
        "sd_change": sd(changes),
        **{f"n_{band.code}": sum(f.get("severity") == band.code for f in forms) for band in (instrument.bands if instrument else ())},
        **_rate(forms, "response"),
        **_rate(forms, "remission"),
        "improved_n": sum(f.get("reliable_change") == "improved" for f in forms),
        "deteriorated_n": sum(f.get("reliable_change") == "deteriorated" for f in forms),
    }


def _rate(forms: list[Row], flag: str) -> Row:
    known = [f[flag] for f in forms if f.get(flag) is not None]
    return {f"{flag}_n": sum(map(bool, known)), f"{flag}_base": len(known)}


def _decimals(forms: list[Row], column: str) -> list[Decimal]:
    return [value for f in forms if isinstance(value := f.get(column), Decimal)]
