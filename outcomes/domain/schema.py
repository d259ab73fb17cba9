"""An instrument told to others: its answers as a JSON Schema, and one dictionary row an item, sub-scale and computed value."""

from __future__ import annotations

from dataclasses import dataclass

from outcomes.domain.instrument import Instrument, Item

DRAFT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, kw_only=True)
class DictionaryRow:
    """One code of item.csv: what it is, which values it may have, and its codes elsewhere."""

    item: str
    label: str
    values: str
    unit: str = ""
    note: str = ""
    loinc: str = ""
    cdisc: str = ""


def answers_schema(instrument: Instrument) -> dict[str, object]:
    """What `answers` may hold: item number -> answer; an absent one or null is missing."""
    return {
        "$schema": DRAFT,
        "title": f"Answers to {instrument.title}, version {instrument.version}",
        "type": "object",
        "properties": {item.number: _value(item) for item in instrument.items},
        "additionalProperties": False,
    }


def dictionary_rows(instrument: Instrument) -> tuple[DictionaryRow, ...]:
    """The items in their order, then what follows from them."""
    rows = [] if instrument.derived_from is not None else [_row(instrument, item) for item in instrument.items]
    rows += [
        DictionaryRow(item=scale.code, label=scale.title, values="a number", note=f"sub-scale of items {', '.join(scale.items)}")
        for scale in instrument.subscales
    ]
    return tuple(rows) + tuple(
        DictionaryRow(item=each.code, label=each.label, values="a number", unit=each.unit, note=each.source)
        for each in instrument.computations
        if not each.values
    )


def _value(item: Item) -> dict[str, object]:
    told: dict[str, object] = {"title": item.text or f"Item {item.number}"}
    if item.quantity is None:
        return told | {"enum": [*item.values, None]}
    low, high = float(item.quantity.low), float(item.quantity.high)
    return told | {
        "type": ["number", "string", "null"], "minimum": low, "maximum": high, "multipleOf": float(f"1e-{item.quantity.decimals}"),
        "description": f"{item.quantity.unit}; a string holds the same number",
    }  # fmt: skip


def _row(instrument: Instrument, item: Item) -> DictionaryRow:
    if item.quantity is None:
        values = "; ".join(f"{o.value} {o.label}".strip() for o in item.options)
    else:
        values = f"{item.quantity.low} to {item.quantity.high}, {item.quantity.decimals} decimals"
    notes = [
        "" if item.scored else "not in the total" if instrument.scoring != "none" else "need not be answered",
        "reversed" if item.reversed else "",
        "only after some answer above 0" if item.only_if_positive else "",
        f"only after {item.only_if.at_least} or more at item {item.only_if.item}" if item.only_if else "",
        item.note,
    ]
    return DictionaryRow(
        item=item.number,
        label=item.text or (item.cdisc.test if item.cdisc else "words from the deployment"),
        values=values,
        unit=item.quantity.unit if item.quantity else "",
        note="; ".join(note for note in notes if note),
        loinc=item.loinc,
        cdisc=f"{item.cdisc.domain} {item.cdisc.testcd} {item.cdisc.nci}".strip() if item.cdisc else "",
    )
