"""Whatever questionnaire or measurement a protocol names, its items find a domain, a code of 8 letters and a name of 40."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outcomes.exports.sdtm.answers import answers, category
from outcomes.exports.sdtm.records import Dataset, dataset
from outcomes.exports.sdtm.subjects import Source
from outcomes.instruments import instruments
from tests.outcomes import world

PERSON = {
    "trial_id": "P-1", "site": "LIM", "consented_on": "2026-02-25", "screened_on": "2026-02-25", "randomised_on": "2026-03-02", "died_on": "",
    "withdrawn_on": "", "lost_on": "", "completed_on": "",
}  # fmt: skip


def answered(code: str, *, known: bool = True) -> dict[str, Dataset]:
    """A form of the instrument with every item answered by its least value; `known`: whether the program has the instrument."""
    instrument = instruments[code]
    name = code if known else "brought_along"
    first = world.protocol().visits[0]
    protocol = replace(world.protocol(), visits=(replace(first, instruments=(name,)), *world.protocol().visits[1:]))
    total = str(int(sum(item.lowest for item in instrument.scored_items))) if instrument.scoring == "sum" else ""
    form = {
        "trial_id": "P-1", "visit": "baseline", "instrument": name, "status": "done", "target_on": "", "days_from_target": "", "opens_on": "",
        "completed_at": "2026-02-27T12:00:00Z", "not_done_reason": "", "mode": "web", "total": total,
        "n_answered": str(len(instrument.scored_items)),
    }  # fmt: skip
    items = tuple(
        {"trial_id": "P-1", "visit": "baseline", "instrument": name, "item": item.number, "value": str(item.lowest), "missing_code": ""}
        for item in instrument.items
    )
    tables = {"participant": (PERSON,), "assessment": (form,), "item": items}
    found = answers(Source(protocol, tables, blinded=False, as_of=None))
    return {domain: dataset(domain, "T", rows) for domain, rows in found.items() if rows}


@pytest.mark.parametrize("code", sorted(instruments))
def test_every_item_has_a_place_of_its_own(code: str) -> None:
    found = answered(code)
    tests = [(row[f"{d}TESTCD"], row[f"{d}TEST"]) for d, each in found.items() for row in each.records()]
    assert len(tests) >= len(instruments[code].items)
    assert len({code for code, _ in tests}) == len({name for _, name in tests}) == len(tests)
    assert all(1 <= len(str(short)) <= 8 and str(short)[0].isalpha() and 1 <= len(str(name)) <= 40 for short, name in tests)


def test_what_is_measured_is_not_among_the_questionnaires() -> None:
    assert {code: list(answered(code)) for code in ("body_mass", "grip_strength", "igf1", "hamd17", "phq9")} == {
        "body_mass": ["VS"], "grip_strength": ["MK"], "igf1": ["LB"], "hamd17": ["RS"], "phq9": ["QS"],
    }  # fmt: skip


def test_an_instrument_that_the_program_does_not_have_keeps_its_numbers() -> None:
    rows = answered("gad2", known=False)["QS"].records()
    assert [(r["QSTESTCD"], r["QSTEST"], r["QSCAT"], r["QSSTRESC"], r["QSSTRESN"]) for r in rows] == [
        ("BRGHTL01", "BRGHTL-Item 1", "BROUGHT_ALONG", "0", 0), ("BRGHTL02", "BRGHTL-Item 2", "BROUGHT_ALONG", "0", 0),
    ]  # fmt: skip
    assert category(None, "x") == "X"
