"""Dataset-JSON 1.1: a dataset as JSON, its columns described as in define.xml.

Source: CDISC Dataset-JSON 1.1. The instants are the cut's, and where no date of the trial may be told, the fixed one of the format.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from outcomes.exports.sdtm.describe import data_type, item_oid, keys_of, length_of
from outcomes.exports.sdtm.records import Cell, Dataset


def dataset_json(each: Dataset, *, study: str, title: str, stamp: datetime) -> bytes:
    moment = stamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    told = {
        "datasetJSONCreationDateTime": moment,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{study}.{each.name}",
        "dbLastModifiedDateTime": moment,
        "originator": "Uplift",
        "sourceSystem": {"name": "Uplift", "version": title},
        "studyOID": f"ODM.{study}",
        "metaDataVersionOID": f"MDV.{study}",
        "metaDataRef": "define.xml",
        "itemGroupOID": f"IG.{each.name}",
        "records": len(each.rows),
        "name": each.name,
        "label": each.label,
        "columns": list(_columns(each)),
        "rows": [[_value(cell) for cell in row] for row in each.rows],
    }
    return (json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _columns(each: Dataset) -> Iterable[dict[str, Any]]:
    keys = keys_of(each)
    for variable in each.variables:
        told: dict[str, Any] = {
            "itemOID": item_oid(each, variable), "name": variable.name, "label": variable.label, "dataType": _type(each, variable.name),
        }  # fmt: skip
        if told["dataType"] == "string":
            told["length"] = length_of(each, variable)
        if variable.name in keys:
            told["keySequence"] = keys.index(variable.name) + 1
        yield told


def _type(each: Dataset, name: str) -> str:
    """Texts are strings (dates too, which may be known in part), numbers integers or doubles."""
    return {"integer": "integer", "float": "double"}.get(data_type(each, name), "string")


def _value(cell: Cell) -> str | int | float | None:
    return (
        float(cell) if isinstance(cell, Decimal) and cell != cell.to_integral_value() else int(cell) if isinstance(cell, Decimal) else cell
    )
