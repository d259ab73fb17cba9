"""What was measured: outcomes by visit, analysis sets, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from math import sqrt
from typing import Any

from outcomes.domain.facts import Row
from outcomes.domain.statistics.distributions import t_quantile
from outcomes.domain.written import from_protocol
from outcomes.domain.written.facts import SAFETY, Facts, sets_of
from outcomes.domain.written.from_training import SET_NAMES
from outcomes.domain.written.words import figure as number
from outcomes.domain.written.words import listed, share
from outcomes.exports.figures import Figure
from outcomes.exports.trial_report.common import DATASET, at, group_of, names, paragraphs, sizes, title_of, visits
from outcomes.instruments import instruments
from trials.ui import intervals

OUTCOMES = (
    "questionnaire", "visit", "group", "expected", "scored", "mean", "SD", "median", "p25", "p75", "with_change", "mean_change",
    "SD_change",
)  # fmt: skip


def outcome_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.outcomes(facts))
    yield from paragraphs(from_protocol.missing_rules(facts))


def outcomes(facts: Facts) -> Iterator[Figure]:
    """A figure a questionnaire: means with intervals over the visits, and the table of everything that was counted."""
    rows = sorted(visits(facts), key=lambda row: str(row["instrument"]))
    for code, found in groupby(rows, key=lambda row: str(row["instrument"])):
        known = list(found)
        title = title_of(facts, code)
        table = [
            (title, facts.protocol.visit(str(r["visit"])).label, group_of(facts, r), r["n_expected"], r["n_scored"],
             *(_two(r[name]) for name in ("mean", "sd", "median", "p25", "p75")), r["n_change"],
             *(_two(r[name]) for name in ("mean_change", "sd_change")))
            for r in known
        ]  # fmt: skip
        scored = max((int(str(r["n_scored"])) for r in known), default=0)
        rule = "As randomised, unrounded totals; SD with n - 1; change from baseline of people with both scores. "
        rule += f"Whiskers: 95 % t-intervals of the mean, where two or more are scored. n scored at most {scored} in a group and visit."
        yield Figure(f"outcome-{code}", title, rule, OUTCOMES, table, _drawn(facts, code, known), at(facts, DATASET))


def set_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.analysis_sets(facts))


def sets(facts: Facts) -> Iterator[Figure]:
    counts = [facts.sets.get(arm.code, {}) for arm in facts.protocol.arms]

    def size(name: str, of: Mapping[str, int]) -> Any:
        return of.get(name, 0) if name == SAFETY else share(of.get(name, 0), of.get("randomised", 0))

    rows = [(SET_NAMES[name].capitalize(), *(size(name, n) for n in counts)) for name in sets_of(facts.protocol)]
    rule = "By arm as randomised, of everybody randomised, whoever withdrew included; the safety set is counted by the arm received."
    yield Figure("sets", "People in each set", rule, ("set", *names(facts)), rows, rows_at=at(facts, DATASET))


def missing_words(facts: Facts) -> Iterator[str]:
    yield (
        "Expected: everybody randomised whose window has opened, whoever withdrew included. Open: nothing was sent yet and the window has "
        "not closed, so it is not missing. Nothing is imputed here."
    )


def missing(facts: Facts) -> Iterator[Figure]:
    rows = []
    for r in visits(facts):
        expected, done, partial, pending = (int(str(r[name])) for name in ("n_expected", "n_done", "n_partial", "n_pending"))
        where = facts.protocol.visit(str(r["visit"])).label, title_of(facts, r["instrument"]), group_of(facts, r)
        rows.append((*where, expected, share(done, expected), partial, pending, share(expected - done - partial - pending, expected)))
    head = ("visit", "questionnaire", "group", "expected", "complete", "in_part", "open", "missing")
    rule = f"Complete, in part, still open and missing of those expected. {sizes(facts)}"
    yield Figure("missing", "Completeness by visit", rule, head, rows, rows_at=at(facts, DATASET))


def _drawn(facts: Facts, code: str, rows: list[Row]) -> str:
    places = list(dict.fromkeys(str(r["visit"]) for r in rows))
    series = []
    for name in names(facts):
        found = [(places.index(str(r["visit"])), *_interval(r)) for r in rows if group_of(facts, r) == name and r["mean"] is not None]
        series.append((name, found))
    if not any(found for _, found in series):
        return ""
    instrument = instruments.get(code)
    ends = (0.0, max(high for _, found in series for *_, high in found))
    if instrument is not None:
        ends = (float(instrument.lowest_total), float(instrument.highest_total))
    title = title_of(facts, code)
    last = [f"{name} {found[-1][1]:.1f}" for name, found in series if found]
    described = f"Means by visit with 95 % intervals; last known: {listed(last)}."
    labels = [facts.protocol.visit(place).label for place in places]
    return intervals.means(series, at=labels, ends=ends, title=title, unit="mean score", described=described)


def _interval(row: Row) -> tuple[float, float, float]:
    centre, spread, n = float(str(row["mean"])), row["sd"], int(str(row["n_scored"]))
    if spread is None:
        return centre, centre, centre
    half = t_quantile(n - 1) * float(str(spread)) / sqrt(n)
    return centre, centre - half, centre + half


def _two(value: object) -> str:
    return number(value, 2) if isinstance(value, Decimal) else ""
