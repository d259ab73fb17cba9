"""docs/instruments.md: every instrument with its items, scoring, bands, alerts and codes, as its file declares them."""

from __future__ import annotations

from collections.abc import Iterator

from outcomes.documents.markdown import WRITTEN_BY, table
from outcomes.domain.instrument import Cuts, Instrument
from outcomes.domain.schema import dictionary_rows
from outcomes.instruments import instruments

INTRODUCTION = """\
# Instruments

Questionnaires, ratings and measurements that a protocol may name at its visits, one file each in `outcomes/instruments/`.
[Adding an instrument](adding-an-instrument.md) says how another one comes in. What stands as an item below is a row of
`item.csv`; totals, severity and change stand in `assessment.csv`. A code is given where it was verified and left out where not.

"""
SCORING = {
    "sum": "the sum of the items",
    "value": "the measured value",
    "none": "none",
}


def page() -> str:
    listed = [
        (f"`{code}`", i.title, i.answered_by, _range(i), ", ".join(i.languages) or "from the deployment") for code, i in instruments.items()
    ]
    parts = [INTRODUCTION + WRITTEN_BY, table(("code", "title", "filled in by", "total", "words"), listed)]
    parts += [_section(instrument) for instrument in instruments.values()]
    return "\n".join(parts)


def _section(instrument: Instrument) -> str:
    rows = [(r.item, r.label, r.values, r.unit, r.note, r.loinc, r.cdisc) for r in dictionary_rows(instrument)]
    items = table(("item", "words", "values", "unit", "note", "LOINC", "CDISC"), rows) if rows else ""
    facts = "".join(f"- {line}\n" for line in _facts(instrument))
    return f"## {instrument.title}\n\n`{instrument.code}`, version {instrument.version}\n\n{facts}\n{items}"


def _facts(instrument: Instrument) -> Iterator[str]:
    if instrument.source:
        yield f"Source: {instrument.source}"
    if instrument.derived_from is not None:
        yield f"Follows from {' and '.join(dict.fromkeys(source for source, _ in instrument.derived_from.values()))} of the same visit"
    yield f"Total: {SCORING[instrument.scoring]}{'' if instrument.scoring == 'none' else ', ' + _range(instrument)}"
    if instrument.bands:
        yield "Severity: " + ", ".join(f"`{b.code}` {b.lowest}-{b.highest}" for b in instrument.bands)
    if instrument.scoring == "sum":
        default = instrument.default_rule
        yield "Missing items: " + "; ".join(f"`{r.code}`{' (default)' if r.code == default else ''} {r.label}" for r in instrument.rules)
    yield from (f"Cut, {words}" for words in _cuts(instrument.cuts))
    for alert in instrument.alerts:
        urgent = "" if alert.urgent_at_least is None else f", urgently from {alert.urgent_at_least}"
        yield f"Alert: item {alert.item} from {alert.at_least}{urgent}, unless the protocol says otherwise"
    measured = next((item.quantity for item in instrument.items if item.quantity), None)
    if measured is not None:
        yield f"Measured: {measured.method}; {measured.device}" if measured.device else f"Measured: {measured.method}"
    codes = [("LOINC panel", instrument.loinc_panel), ("LOINC total", instrument.loinc_total), ("CDISC", instrument.cdisc_category)]
    yield from (f"{name}: {code}" for name, code in codes if code)
    if instrument.cdisc_total is not None:
        yield f"CDISC total: {instrument.cdisc_total.testcd} {instrument.cdisc_total.nci}"
    yield from (f"Words in {words.language}: {words.source}" for words in instrument.translations)


def _cuts(cuts: Cuts | None) -> Iterator[str]:
    if cuts is None:
        return
    for name, source in cuts.sources.items():
        yield f"{name.replace('_', ' ')}: {getattr(cuts, name)} ({source})"


def _range(instrument: Instrument) -> str:
    if instrument.scoring == "none":
        return ""
    unit = f" {instrument.scored_items[0].quantity.unit}" if instrument.scored_items[0].quantity else ""
    return f"{instrument.lowest_total}-{instrument.highest_total}{unit}"
