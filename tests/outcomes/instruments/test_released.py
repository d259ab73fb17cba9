"""A released version of an instrument is never edited. What each one means is kept here as a digest; a change needs a new version.

The lines of `released.txt` are: instrument, version, language, SHA-256. For a new instrument, version or language, add the line that the
failing test prints; a line that is there is never changed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from outcomes.domain.instrument import Words
from outcomes.domain.meaning import digests
from outcomes.instruments import instruments

RELEASED = Path(__file__).with_name("released.txt")


def lines() -> dict[tuple[str, str, str], str]:
    found = [line.split() for line in RELEASED.read_text().splitlines()]
    kept = {(code, version, language): digest for code, version, language, digest in found}
    assert len(kept) == len(found), "a version stands in released.txt twice"
    return kept


@pytest.mark.parametrize("code", instruments)
def test_a_released_version_still_means_what_it_meant(code: str) -> None:
    instrument, kept = instruments[code], lines()
    for language, digest in digests(instrument).items():
        key = code, instrument.version, language
        assert kept.get(key) == digest, f"give {code} a new version, or add the line: {' '.join((*key, digest))}"


def test_nothing_that_was_released_is_gone() -> None:
    assert {code for code, _, _ in lines()} <= set(instruments)
    for code, version, language in lines():
        assert version != instruments[code].version or language in digests(instruments[code])


def test_any_change_of_meaning_shows() -> None:
    phq9 = instruments["phq9"]
    before = digests(phq9)
    ninth = replace(phq9.item("9"), text="Another question")
    for changed in (
        replace(phq9, items=(*phq9.items[:8], ninth, phq9.items[9])),
        replace(phq9, bands=phq9.bands[:-1]),
        replace(phq9, default_rule="none"),
        replace(phq9, cuts=None),
        replace(phq9, alerts=()),
        replace(phq9, scoring="none"),
        replace(phq9, computations=()),
    ):
        assert digests(changed)["en"] != before["en"]
        assert digests(changed)["de"] == before["de"]


def test_a_further_language_changes_nothing_that_was_released() -> None:
    gad2 = instruments["gad2"]
    more = replace(gad2, translations=(*gad2.translations, Words(language="xx", stem="stem", items={"1": "one", "2": "two"})))
    assert {language: digest for language, digest in digests(more).items() if language != "xx"} == digests(gad2)


def test_a_measured_range_is_part_of_the_meaning() -> None:
    mass = instruments["body_mass"]
    item = mass.items[0]
    assert item.quantity is not None
    wider = replace(mass, items=(replace(item, quantity=replace(item.quantity, high=item.quantity.high + 1)),))
    assert digests(wider) != digests(mass)
