"""Writes the skeleton of an instrument: a file to fill in, which the contract tests then take by themselves."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from trials.domain.protocol.kinds import NAME

CHOSEN = '''"""$title: what it asks, over which time, and its range.

FILL IN the publication that the scoring comes from, and which codes were verified where.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Band, Example, Instrument, Item, Option, numbered

OPTIONS = (
$option_lines
)

INSTRUMENT = Instrument(
    code="$code",
    title="$title",
    version="1",
    stem="FILL IN",
    items=(
$item_lines
    ),
    bands=(
        Band(code="low", label="Low", lowest=0, highest=$middle),  # FILL IN the published bands, or leave them out
        Band(code="high", label="High", lowest=$above, highest=$highest),
    ),
    recall_days=14,  # FILL IN
    answered_by="$who",
    rights="FILL IN whose words these are",
    source="FILL IN",
)

EXAMPLES = (
    Example(answers=numbered(*[0] * $count), total=0, total_unrounded=Decimal(0), n_answered=$count, severity="low"),
    Example(answers=numbered(*[$top] * $count), total=$highest, total_unrounded=Decimal($highest), n_answered=$count, severity="high"),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
'''
MEASURED = '''"""$title in $unit.

FILL IN which codes were verified where.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Example, Instrument, Item, Quantity, numbered

INSTRUMENT = Instrument(
    code="$code",
    title="$title",
    version="1",
    stem="",
    items=(
        Item(
            number="1",
            text="$title",
            quantity=Quantity(
                unit="$unit",
                low=Decimal(0),  # FILL IN the range of values that can be true
                high=Decimal(1000),
                decimals=1,
                method="FILL IN how it is measured",
                device="FILL IN with what",
            ),
        ),
    ),
    recall_days=0,
    scoring="value",
    answered_by="staff",
)

EXAMPLES = (
    Example(answers=numbered("12.5"), total=13, total_unrounded=Decimal("12.5"), n_answered=1, severity=None),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
'''


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="short name, as protocols will say it: lower case, digits, underscores")
        parser.add_argument("--title", default="", help="name for people; default: the code")
        parser.add_argument("--items", type=int, default=3, help="how many questions")
        parser.add_argument("--options", type=int, default=4, help="how many answers each, counted from 0")
        parser.add_argument("--staff", action="store_true", help="rated or asked by staff, not answered by the person")
        parser.add_argument("--measured", metavar="UNIT", default="", help="a measurement in this unit instead of questions")
        parser.add_argument("--to", type=Path, default=Path(settings.BASE_DIR) / "outcomes" / "instruments")

    def handle(self, *args: Any, code: str, title: str, to: Path, **options: Any) -> None:
        if not NAME.fullmatch(code) or code.startswith("_"):
            raise CommandError(f"{code} can't be a name: use lower case, digits and underscores, such as sleep_quality.")
        path = to / f"{code}.py"
        if path.exists():
            raise CommandError(f"{path.name} is there already: a released version is followed by a new one, never written over.")
        path.write_text(skeleton(code, title or code, **options), encoding="utf-8")
        self.stdout.write(f"{path} written. Fill in what says FILL IN, then run: ./uplift test tests/outcomes/instruments -q")


def skeleton(code: str, title: str, *, items: int, options: int, staff: bool, measured: str, **_others: Any) -> str:
    """The text of the new file."""
    if not measured and not (1 <= items <= 200 and 2 <= options <= 100):
        raise CommandError("Give 1 to 200 items and 2 to 100 options.")
    if '"' in title + measured or "\\" in title + measured:
        raise CommandError("Leave quotation marks and backslashes out of the title and the unit.")
    highest = items * (options - 1)
    words = {
        "option_lines": "\n".join(f'    Option(value={v}, label="FILL IN {v}"),' for v in range(options)),
        "item_lines": "\n".join(f'        Item(number="{n}", text="FILL IN {n}", options=OPTIONS),' for n in range(1, items + 1)),
        "middle": highest // 2,
        "above": highest // 2 + 1,
        "highest": highest,
        "count": items,
        "top": options - 1,
        "who": "staff" if staff else "participant",
        "unit": measured,
        "title": title,
        "code": code,
    }
    return Template(MEASURED if measured else CHOSEN).substitute(words)
