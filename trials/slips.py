"""Backup envelopes as a document to print: one sheet an envelope, the arm folded in between. The same envelopes give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
THIRD = HEIGHT / 3
EDGE = 48
ROOM = WIDTH - 2 * EDGE


@dataclass(frozen=True)
class Sheet:
    """What stands on one sheet; `arm` and `told` (what staff say) inside alone."""

    trial: str
    site: str
    stratum: str
    number: int
    code: str
    arm: str
    told: str


def document(sheets: Iterable[Sheet]) -> bytes:
    """A PDF, A4, one page a sheet, without a date and with nothing of an arm in its title."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=1, pageCompression=0)
    canvas.setTitle("Backup envelopes")
    canvas.setAuthor("Uplift")
    for sheet in sheets:
        _outside(canvas, sheet)
        _inside(canvas, sheet)
        _cover(canvas)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def _outside(canvas: Canvas, sheet: Sheet) -> None:
    lines = [
        (20, f"{sheet.trial}: backup envelope {sheet.number}"),
        (13, f"Site: {sheet.site}"),
        (13, f"Stratum: {sheet.stratum}"),
        (13, f"Code: {sheet.code}"),
        (10, "Open only when the program can't be reached and the person is eligible, has consented and has a complete baseline."),
        (10, "Take the lowest number of the person's stratum. Write on the line below when, by whom and for whom it was opened;"),
        (10, "enter it as soon as the program answers again."),
        (10, "Trial id ______________   Opened on ______________   at ________   by ______________________"),
    ]
    _written(canvas, lines, HEIGHT - EDGE - 12)


def _inside(canvas: Canvas, sheet: Sheet) -> None:
    _written(canvas, [(20, sheet.arm), (13, sheet.told), (13, f"Code: {sheet.code}")], 2 * THIRD - EDGE - 30)


def _written(canvas: Canvas, lines: Iterable[tuple[int, str]], top: float) -> None:
    """A line each, smaller where it would run off the sheet."""
    for size, text in lines:
        font, shown = "Helvetica-Bold" if size == 20 else "Helvetica", _in_font(" ".join(text.splitlines()))
        canvas.setFont(font, size * min(1, ROOM / stringWidth(shown, font, size)))
        canvas.drawString(EDGE, top, shown)
        top -= size + 12


def _in_font(text: str) -> str:
    """A letter that the font of every reader lacks stands without its mark, where it has one."""
    return "".join(letter if letter.isascii() else _known(letter) for letter in text)


def _known(letter: str) -> str:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return normalize("NFKD", letter).encode("ascii", "ignore").decode("ascii") or letter
    return letter


def _cover(canvas: Canvas) -> None:
    """The lower third is folded up over the arm: a dense pattern, so that nothing shows through against the light."""
    canvas.setDash(3, 3)
    canvas.setLineWidth(0.5)
    for fold in (THIRD, 2 * THIRD):
        canvas.line(0, fold, WIDTH, fold)
    canvas.setDash()
    canvas.setFont("Helvetica", 7)
    canvas.drawString(
        EDGE, 2 * THIRD - 12, "First fold the patterned third up over this one, then both behind the uppermost third. Seal all edges."
    )
    canvas.setLineWidth(1.4)
    for step in range(0, int(WIDTH + THIRD), 4):
        canvas.line(max(0, step - THIRD), min(step, THIRD), min(step, WIDTH), max(0, step - WIDTH))
        canvas.line(max(0, WIDTH - step), max(0, step - WIDTH), min(WIDTH, WIDTH - step + THIRD), min(step, THIRD))
