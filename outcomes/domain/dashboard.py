"""The dashboard's figures from counts: recruitment month by month, who is still in the trial, and how complete each visit is.

Counts of everybody together. Nothing here knows an arm, a session or a trainer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from trials.domain.protocol.shape import Protocol, Visit

ENDS = ("death", "withdrawal", "loss")  # of several facts about one person the first of these counts
LAST_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class Month:
    """People randomised in a calendar month, and by its end."""

    month: str  # "2026-03"
    randomised: int
    total: int


@dataclass(frozen=True, kw_only=True)
class SiteCount:
    """`target` is the protocol's; None where it names none."""

    site: str
    name: str
    screened: int
    excluded: int
    randomised: int
    target: int | None


@dataclass(frozen=True, kw_only=True)
class Recruitment:
    """`target` of the sites counted; `a_month`: people randomised a month over the last 90 days; None within the first 90 days."""

    months: tuple[Month, ...]
    sites: tuple[SiteCount, ...]
    screened: int
    excluded: int
    randomised: int
    target: int | None
    a_month: float | None


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Everybody randomised, each once. Stopping the training alone is no end."""

    randomised: int
    staying: int
    died: int
    withdrawn: int
    lost: int


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """`expected`: people whose window has opened, whoever has ended included; each of them is in one of the other three."""

    visit: str
    instrument: str
    expected: int
    sent: int
    open: int  # the window is open and nothing was sent
    missing: int  # the window has closed and nothing was sent


def recruitment(
    by_day: Mapping[tuple[str, date], int],
    screened: Mapping[tuple[str, str], int],
    *,
    protocol: Protocol,
    sites: Iterable[str],
    today: date,
) -> Recruitment:
    """`by_day`: (site, day) -> people randomised; `screened`: (site, outcome of screening) -> people; of the sites counted."""
    counted = tuple(sites)
    known = {site.code: site for site in protocol.sites}
    whole = set(known) <= set(counted)
    rows = tuple(_site(code, known.get(code), by_day, screened) for code in counted)
    targets = [row.target for row in rows if row.target is not None]
    first = min((day for _, day in by_day), default=None)
    lately = sum(n for (_, day), n in by_day.items() if day > today - timedelta(days=LAST_DAYS))
    settled = first is not None and (today - first).days >= LAST_DAYS
    return Recruitment(
        months=_months(by_day, today),
        sites=rows,
        screened=sum(row.screened for row in rows),
        excluded=sum(row.excluded for row in rows),
        randomised=sum(row.randomised for row in rows),
        target=protocol.sample_size if whole else sum(targets) if targets else None,
        a_month=lately / 3 if settled else None,
    )


def retention(randomised: int, ends: Iterable[tuple[int, str]]) -> Retention:
    """`ends`: (person, kind of the end) for randomised people; a person with several counts by the gravest."""
    gravest: dict[int, int] = {}
    for person, kind in ends:
        if kind in ENDS:
            gravest[person] = min(gravest.get(person, len(ENDS)), ENDS.index(kind))
    died, withdrawn, lost = (sum(place == n for place in gravest.values()) for n in range(len(ENDS)))
    return Retention(randomised=randomised, staying=randomised - len(gravest), died=died, withdrawn=withdrawn, lost=lost)


def completeness(
    protocol: Protocol,
    started: Mapping[tuple[str, date], int],
    sent: Mapping[tuple[str, str], tuple[int, int]],
    *,
    today: Mapping[str, date],
) -> list[Completeness]:
    """`started`: (site, day 0) -> randomised people; `sent`: (visit, instrument) -> (sent by people whose window has opened, of those
    the ones whose window has closed); `today`: site -> its date. Visits before randomisation are over for everybody randomised.
    """
    rows = []
    for visit in protocol.visits:
        opened = sum(n for (site, day0), n in started.items() if has_opened(visit, day0, today[site]))
        closed = sum(n for (site, day0), n in started.items() if has_closed(visit, day0, today[site]))
        for code in visit.instruments:
            all_sent, of_closed = sent.get((visit.code, code), (0, 0))
            missing = closed - of_closed
            rows.append(
                Completeness(
                    visit=visit.code, instrument=code, expected=opened, sent=all_sent, open=opened - all_sent - missing, missing=missing
                )
            )  # fmt: skip
    return rows


def has_opened(visit: Visit, day0: date, today: date) -> bool:
    return visit.opens_day is None or day0 + timedelta(days=visit.opens_day) <= today


def has_closed(visit: Visit, day0: date, today: date) -> bool:
    return visit.closes_day is None or day0 + timedelta(days=visit.closes_day) < today


def _site(code: str, site: object, by_day: Mapping[tuple[str, date], int], screened: Mapping[tuple[str, str], int]) -> SiteCount:
    return SiteCount(
        site=code,
        name=str(getattr(site, "name", code)),
        screened=sum(n for (where, _), n in screened.items() if where == code),
        excluded=screened.get((code, "excluded"), 0),
        randomised=sum(n for (where, _), n in by_day.items() if where == code),
        target=getattr(site, "target", None),
    )


def _months(by_day: Mapping[tuple[str, date], int], today: date) -> tuple[Month, ...]:
    """Every month from the first randomisation to today, also those in which nobody came."""
    counts: dict[str, int] = {}
    for (_, day), n in by_day.items():
        counts[f"{day:%Y-%m}"] = counts.get(f"{day:%Y-%m}", 0) + n
    found: list[Month] = []
    month, last, total = min(counts, default=""), max([f"{today:%Y-%m}", *counts]), 0
    while counts and month <= last:
        total += counts.get(month, 0)
        found.append(Month(month=month, randomised=counts.get(month, 0), total=total))
        year, number = int(month[:4]), int(month[5:])
        month = f"{year + number // 12:04d}-{number % 12 + 1:02d}"
    return tuple(found)
