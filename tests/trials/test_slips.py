"""The sheet of a backup envelope: every word fits on the paper, in letters that print."""

from __future__ import annotations

import re
from dataclasses import replace

from reportlab.pdfbase.pdfmetrics import stringWidth

from trials.slips import EDGE, WIDTH, Sheet, document

SHEET = Sheet("TRIAL", "Limerick", "site=LIM|sex=F", 7, "ABCD2345", "RET", "Training")
LINE = re.compile(rb"/F([12]) ([\d.]+) Tf [\d.]+ TL ET\nBT 1 0 0 1 48 [\d.]+ Tm \((.*)\) Tj T\* ET")
FONTS = {b"1": "Helvetica", b"2": "Helvetica-Bold"}


def lines(sheet: Sheet) -> dict[str, tuple[float, float]]:
    """Words of a line -> their size, and where the line ends."""
    found = [(_read(words), FONTS[font], float(size)) for font, size, words in LINE.findall(document([sheet]))]
    return {words: (size, EDGE + stringWidth(words, font, size)) for words, font, size in found}


def _read(words: bytes) -> str:
    return re.sub(rb"\\(\d{3})", lambda code: bytes([int(code[1], 8)]), words).decode("cp1252")


def test_a_line_too_long_for_the_sheet_is_drawn_smaller():
    usual = lines(SHEET)
    assert (usual["Training"][0], usual["RET"][0], usual["TRIAL: backup envelope 7"][0], len(usual)) == (13, 20, 20, 11)
    label, key = "Strength training twice a week " * 6, "|".join(f"factor{n}=level{n}" for n in range(12))
    long = lines(replace(SHEET, told=label, stratum=key))
    assert len(long) == 11
    for found in (usual, long):
        assert max(end for _, end in found.values()) <= WIDTH - EDGE + 0.01
    assert 4 < long[label][0] < 13
    assert long["Site: Limerick"][0] == 13


def test_a_letter_the_font_lacks_stands_without_its_mark():
    assert {"Site: Sídhe Gdansk \u2013 Paris", "Rücken  Übung"} <= set(
        lines(replace(SHEET, site="Sídhe Gdańsk \u2013 Paris", told="Rücken\n\nÜbung"))
    )
