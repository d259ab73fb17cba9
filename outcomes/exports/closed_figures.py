"""The closed report's tables and drawings by arm, from its kept numbers: the same on the page, in the CSV and in the PDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from outcomes.exports.figures import Figure
from outcomes.instruments import instruments
from trials.domain.protocol import Protocol
from trials.ui import plots

COURSE = ("randomised", "received", "not_received", "withdrawn", "lost", "died", "stopped")
HARMS = ("of", "people", "events", "people_serious", "serious", "people_grave", "grave", "related", "people_alerted", "at_deferred")
DONE = ("n_expected", "n_done", "n_partial", "n_scored")
NUMBERS = ("n", "mean", "sd", "p25", "median", "p75", "missing")
COUNTS = ("count", "share")
DIFFERENCE = ("estimate", "se", "low", "high", "p")
EFFECT = ("d", "estimate", "se", "low", "high")
RISK = ("difference", "wald_low", "wald_high", "newcombe_low", "newcombe_high")
RATIO = ("risk_ratio", "risk_ratio_low", "risk_ratio_high", "odds_ratio", "odds_ratio_low", "odds_ratio_high", "nnt", "nnt_low", "nnt_high")
SCORED, HAPPENED = ("n", "n_reference"), ("events", "events_reference")
NEEDED = "NNT: 1 / difference of shares; negative for one event fewer; through infinity where the interval holds 0."
WHOLE = "People with a score of the questionnaire at every visit that asks it."


def figures(body: Mapping[str, Any], protocol: Protocol, as_of: str) -> list[Figure]:
    """Those that have rows. `as_of`: the sentence that every rule ends with."""
    told = Told(body, protocol)
    found = [
        told.course(as_of),
        told.completeness(as_of),
        told.harms(as_of),
        told.table("baseline", "Baseline, numbers", NUMBERS, f"Quartiles of type 7; no p-values. {as_of}", with_one_of="mean"),
        told.table("baseline", "Baseline, counts", COUNTS, f"Shares of those known. {as_of}", with_one_of="share"),
        told.table("visits", "Scores by visit", NUMBERS[:-1], f"Total and change from baseline, not rounded. {as_of}", with_one_of="mean"),
        told.table(
            "adjusted", "Primary outcome, adjusted difference", DIFFERENCE,
            f"Analysis of covariance: arm, baseline score and the factors of the stratification, people with both scores; means are "
            f"those of an arm at the average of all. Low and high: 95 % interval. {told.n('adjusted')}{as_of}", with_one_of="estimate",
        ),
        told.table(
            "adjusted_complete", "Primary outcome, complete cases", DIFFERENCE,
            f"The same. {WHOLE} {told.n('adjusted_complete')}{as_of}", with_one_of="estimate",
        ),
        told.table(
            "unadjusted", "Primary outcome, unadjusted", DIFFERENCE,
            f"Everybody with the score. {told.n('unadjusted')}{as_of}", with_one_of="estimate",
        ),
        told.table(
            "effect", "Effect sizes", EFFECT,
            f"Hedges' g of totals against the reference arm, variance of Borenstein. n: people with the score. {as_of}", counts=SCORED,
        ),
        told.table("effect_complete", "Effect sizes, complete cases", EFFECT, f"The same. {WHOLE} {as_of}", counts=SCORED),
        told.table(
            "risk", "Response and remission", RISK,
            f"Differences of shares against the reference arm, 95 %. Events: of people for whom it is defined. {as_of}", counts=HAPPENED,
        ),
        told.table(
            "risk", "Ratios and number needed to treat", RATIO,
            f"Ratios of the same shares against the reference arm, 95 %. {NEEDED} {as_of}", counts=HAPPENED,
        ),
        told.table("risk_complete", "Response and remission, complete cases", RISK, f"The same. {WHOLE} {as_of}", counts=HAPPENED),
        told.table("risk_complete", "Ratios, complete cases", RATIO, f"The same. {WHOLE} {NEEDED} {as_of}", counts=HAPPENED),
    ]  # fmt: skip
    return [figure for figure in found if figure.rows]


class Told:
    """A report's body, turned into tables."""

    def __init__(self, body: Mapping[str, Any], protocol: Protocol) -> None:
        self.body = body
        self.names: Mapping[str, str] = body["arms"]
        self.visits = {visit.code: visit.label for visit in protocol.visits}
        self.counts = {tuple(key): tuple(people) for *key, people in body.get("counts", ())}

    def course(self, as_of: str) -> Figure:
        found = self.body["course"]
        received = [(self.names[c["arm"]], c["received"], c["randomised"]) for c in found]
        svg = plots.shares(
            received, title="Course by arm", described=f"People who received what they were allocated to, {len(found)} arms."
        )
        rule = f"Bars: received of randomised. A person may stand in several of the last four columns. {as_of}"
        return Figure("course", "Course by arm", rule, ("arm", *COURSE), self._rows(found, COURSE), svg)

    def completeness(self, as_of: str) -> Figure:
        found = self.body["completeness"]
        bars = [(f"{row['arm']}, {self._form(row)}"[:30], row["n_done"], row["n_expected"]) for row in found if row["n_expected"]]
        svg = plots.shares(bars, title="Completeness by arm", described=f"Forms done of those expected, {len(bars)} rows.")
        rows = [
            (self.names[row["arm"]], self.visits.get(row["visit"], row["visit"]), _title(row["instrument"]), *(row[name] for name in DONE))
            for row in found
        ]
        rule = f"Expected: everybody randomised whose window has opened, whoever has ended included. Done: all scored items. {as_of}"
        return Figure("completeness", "Completeness by arm", rule, ("arm", "visit", "form", *DONE), rows, svg if bars else "")

    def harms(self, as_of: str) -> Figure:
        rule = (
            "Adverse events since randomisation, over everybody randomised, less who withdrew everything. Grave: CTCAE grade 3 or more. "
            f"Related: possible, probable or definite. Events at deferred training stand in the last column alone. {as_of}"
        )
        rows = [(found["arm"], *(found[name] for name in HARMS)) for found in self.body["harms"]]
        people = [(row[0], found["people"], found["of"]) for row, found in zip(rows, self.body["harms"], strict=True)]
        svg = plots.shares(people, title="Harms by arm", described=f"People with any adverse event, {len(people)} arms.")
        return Figure("harms", "Harms by arm", rule, ("arm", *HARMS), rows, svg)

    def n(self, name: str) -> str:
        """How many people a table of differences stands on."""
        found = [value for table, arm, _, _, _, figure, value in self.body["lines"] if (table, arm, figure) == (name, "", "n")]
        return f"n = {found[0]}. " if found else ""

    def table(
        self, name: str, title: str, figures: tuple[str, ...], rule: str, *, with_one_of: str = "", counts: tuple[str, ...] = ()
    ) -> Figure:
        """The lines of one of the report's tables, a row an arm, form and variable; `with_one_of`: only rows that have it; `counts`: the
        columns of how many people stand behind a row, in the arm and in the reference arm.
        """
        rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        people: dict[tuple[str, str, str], tuple[Any, ...]] = {}
        for table, arm, visit, instrument, variable, figure, value in self.body["lines"]:
            if table == name and arm:
                where = f"{self.visits.get(visit, visit)}, {_title(instrument)}" if visit else "Record"
                key = self.names[arm], where, variable.replace("_", " ")
                rows.setdefault(key, {})[figure] = value
                people[key] = self.counts.get((name, arm, visit, instrument, variable), (None,) * len(counts)) if counts else ()
        told = [
            (*key, *people[key], *(found.get(figure) for figure in figures))
            for key, found in rows.items()
            if not with_one_of or with_one_of in found
        ]
        head = ("arm", "form", "variable", *counts, *figures)
        return Figure(title.lower().replace(",", "").replace(" ", "-"), title, rule, head, told)

    def _form(self, row: Mapping[str, Any]) -> str:
        return f"{self.visits.get(row['visit'], row['visit'])} {row['instrument']}"

    def _rows(self, found: Iterable[Mapping[str, Any]], columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
        return [(self.names[row["arm"]], *(row[name] for name in columns)) for row in found]


def _title(code: str) -> str:
    return instruments[code].title if code in instruments else code
