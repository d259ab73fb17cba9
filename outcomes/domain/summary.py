"""Scores by arm, visit and instrument: counts, mean and spread, and how many responded, remitted, improved or deteriorated.

All randomised, as randomised; unrounded totals. SD with n - 1, empty below two values; quartiles by linear interpolation between order
statistics (type 7 of Hyndman & Fan 1996, R's default).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from outcomes.domain.facts import Row
from outcomes.domain.instrument import Instrument
from outcomes.domain.spread import mean, quantile, sd
from outcomes.domain.text import Value, site_day
from outcomes.domain.visits import day_0, window
from trials.domain.protocol.shape import Protocol, Visit

COUNTED = ("status", "severity", "response", "remission", "reliable_change")


class Summary:
    """Folded person by person: of every form that was scored its total and its change are kept, of all others nothing."""

    def __init__(self, protocol: Protocol, instruments: Mapping[str, Instrument], as_of: datetime, *, pooled: bool = False) -> None:
        self._protocol, self._instruments, self._as_of, self._pooled = protocol, instruments, as_of, pooled
        self._allocated: Counter[str] = Counter()
        self._expected: Counter[tuple[str, str]] = Counter()
        self._cells: dict[tuple[str, str, str], _Cell] = {}
        self._once: dict[Decimal, Decimal] = {}  # equal numbers are kept once

    def see(self, person: Row, forms: Iterable[Row]) -> None:
        """One row of participant.csv with the rows of assessment.csv; nobody but the randomised counts."""
        if not person.get("randomised_at"):
            return
        arm = "all" if self._pooled else str(person["arm"])
        self._allocated[arm] += 1
        for visit in self._protocol.visits:
            self._expected[arm, visit.code] += _opened(person, visit, self._protocol, self._as_of)
        for form in forms:
            key = arm, str(form["visit"]), str(form["instrument"])
            self._cells.setdefault(key, _Cell()).see(form, self._once)

    def rows(self) -> list[Row]:
        """One row an arm (or `all`), visit and instrument."""
        rows = []
        for arm in ("all",) if self._pooled else tuple(a.code for a in self._protocol.arms):
            for visit in self._protocol.visits:
                counted = {"n_allocated": self._allocated[arm], "n_expected": self._expected[arm, visit.code]}
                for code in visit.instruments:
                    cell = self._cells.get((arm, visit.code, code), _Cell())
                    row: Row = {"arm": arm, "visit": visit.code, "instrument": code, **counted}
                    rows.append(row | cell.figures(self._instruments.get(code)))
        return sorted(rows, key=lambda r: (str(r["arm"]), str(r["visit"]), str(r["instrument"])))


def visit_summary(
    participants: Iterable[Row],
    assessments: Iterable[Row],
    *,
    protocol: Protocol,
    instruments: Mapping[str, Instrument],
    as_of: datetime,
    pooled: bool = False,
) -> list[Row]:
    """The rows of a summary over whole tables."""
    forms: dict[str, list[Row]] = {}
    for form in assessments:
        forms.setdefault(str(form["trial_id"]), []).append(form)
    summary = Summary(protocol, instruments, as_of, pooled=pooled)
    for person in participants:
        summary.see(person, forms.get(str(person["trial_id"]), ()))
    return summary.rows()


def _opened(person: Row, visit: Visit, protocol: Protocol, as_of: datetime) -> bool:
    today = site_day(as_of, protocol.site(str(person["site"])).timezone)
    screened_on, randomised_on = person["screened_on"], person["randomised_on"]
    when = window(
        visit, screened_on=screened_on, randomised_on=randomised_on,  # type: ignore[arg-type]
        day0=day_0(randomised_on, lag_days=protocol.day0_lag_days),  # type: ignore[arg-type]
    )  # fmt: skip
    return when is None or when.opens_on <= today


class _Cell:
    """The forms of one arm, visit and instrument."""

    def __init__(self) -> None:
        self._totals: list[Decimal] = []
        self._changes: list[Decimal] = []
        self._said: Counter[tuple[str, Value]] = Counter()

    def see(self, form: Row, once: dict[Decimal, Decimal]) -> None:
        for column, kept in (("total_unrounded", self._totals), ("change_from_baseline", self._changes)):
            if isinstance(value := form.get(column), Decimal):
                kept.append(once.setdefault(value, value))
        for column in COUNTED:
            self._said[column, form.get(column)] += 1

    def figures(self, instrument: Instrument | None) -> Row:
        totals, changes, said = self._totals, self._changes, self._said
        return {
            "n_done": said["status", "done"],
            "n_partial": said["status", "partial"],
            "n_pending": said["status", "pending"],  # told in reports; no column of the dataset
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
            **{f"n_{band.code}": said["severity", band.code] for band in (instrument.bands if instrument else ())},
            **self._rate("response"),
            **self._rate("remission"),
            "improved_n": said["reliable_change", "improved"],
            "deteriorated_n": said["reliable_change", "deteriorated"],
        }

    def _rate(self, flag: str) -> Row:
        known = {value: count for (column, value), count in self._said.items() if column == flag and value is not None}
        return {f"{flag}_n": sum(count for value, count in known.items() if value), f"{flag}_base": sum(known.values())}
