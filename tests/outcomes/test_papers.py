"""Reports as PDF, read back by a library that did not write them: tagged, titled, linked, the same bytes; and who may have them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from outcomes.exports import papers
from outcomes.exports.figures import Figure
from trials.permissions import Refused
from trials.ui import plots

AS_OF = datetime(2026, 9, 1, 9, 0, 0, 123456, tzinfo=UTC)
HOSTILE = '#import "x" ]$ \\ <b>&amp;</b> *bold* @here\x0c'
SEEN = '#import "x" ]$ \\ <b>&amp;</b> *bold* @here'


def small(**more) -> dict:
    svg = plots.step_line([(1, 2), (2, 5)], title="Load", unit="kg", described="From 2 to 5 kg & up.")
    figure = Figure("load", f"Load {HOSTILE}", "n = 2.", ("session_no", "done_kg"), [(1, None), (2, HOSTILE)], svg, "/participants/P-001/")
    empty = Figure("none", "Nothing", "", ("a",), [])
    told = papers.section("Training", text=[HOSTILE], figures=[figure, empty])
    return papers.paper(
        title="LIM: training", about=["A line."], sections=[told], as_of=AS_OF, base="https://trial.example", rules={"rdi": HOSTILE}, **more
    )


def elements(node, found: list) -> list:
    """Every element of the structure tree."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            elements(child, found)
    elif isinstance(node, dict):
        if "/S" in node:
            found.append(node)
        if "/K" in node:
            elements(node["/K"], found)
    return found


@pytest.fixture(scope="module")
def made() -> bytes:
    return papers.pdf(small(), at=AS_OF)


def test_it_is_a_tagged_pdf_with_language_title_headings_header_cells_and_words_for_its_drawing(made: bytes) -> None:
    read = PdfReader(io.BytesIO(made))
    root = read.trailer["/Root"]
    assert (root["/Lang"], bool(root["/MarkInfo"]["/Marked"]), read.metadata.title) == ("en", True, "LIM: training")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] is True or bool(root["/ViewerPreferences"]["/DisplayDocTitle"])
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    tree = elements(root["/StructTreeRoot"]["/K"], [])
    kinds = [str(node["/S"]) for node in tree]
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD", "/Figure", "/Link"} <= set(kinds)
    assert (kinds.count("/TH"), kinds.count("/TD")) == (2, 4)
    alternatives = [str(node["/Alt"]) for node in tree if node["/S"] == "/Figure"]
    assert alternatives == [f"Load {SEEN} . From 2 to 5 kg & up."]


def test_words_are_words_whatever_they_look_like_and_links_lead_to_the_rows(made: bytes) -> None:
    read = PdfReader(io.BytesIO(made))
    text = " ".join("\n".join(page.extract_text() for page in read.pages).split())
    assert text.count(SEEN) == 5  # the sentence, the figure's title, its link, a cell, the rule below
    assert "Session no Done kg 1 not known 2" in text
    assert "As of 2026-09-01T09:00:00Z" in text
    assert "Nothing" not in text
    uris = [a.get_object()["/A"]["/URI"] for page in read.pages for a in page.get("/Annots", [])]
    assert set(uris) == {"https://trial.example/participants/P-001/"}


def test_the_same_report_is_the_same_bytes_and_its_only_clock_is_the_reports(made: bytes) -> None:
    assert papers.pdf(small(), at=AS_OF) == made
    read = PdfReader(io.BytesIO(made))
    assert read.metadata.creation_date == AS_OF.replace(microsecond=0)
    assert papers.pdf(small() | {"title": "LIM: other"}, at=AS_OF) != made


def test_what_cannot_be_set_is_refused_in_a_sentence() -> None:
    told = small()
    told["sections"][0]["figures"][0]["svg"] = "<svg"
    with pytest.raises(Refused, match=r"^The PDF could not be made\."):
        papers.pdf(told, at=AS_OF)


def test_fonts_are_inside_and_not_the_machines(made: bytes) -> None:
    read = PdfReader(io.BytesIO(made))
    fonts = {str(font.get_object()["/BaseFont"]) for page in read.pages for font in page["/Resources"]["/Font"].values()}
    assert fonts
    assert all("Libertinus" in name for name in fonts)


def test_a_drawing_fits_the_page() -> None:
    tall = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="400" viewBox="0 0 100 400"><desc>A &lt; B</desc></svg>'
    drawn = papers._drawing(tall)
    assert (drawn["width"], drawn["alt"]) == (round(papers.TALLEST / 4, 1), "A < B")
    assert drawn["svg"].index("<style>") == tall.index("<desc>")
    assert papers._drawing("") == {"svg": "", "width": 0, "alt": ""}


def test_the_template_lies_beside_the_code() -> None:
    assert Path(papers.__file__).with_suffix(".typ") == papers.TEMPLATE
