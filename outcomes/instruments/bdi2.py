"""BDI-II: twenty-one items over the last two weeks, 0-63; item 9 asks about suicide. Its words come from a file of the deployment.

Beck, Steer & Brown 1996, Manual for the Beck Depression Inventory-II. Items 16 and 18 have seven statements (0, 1a, 1b, ... 3b), which
are kept by their points; the words file joins both statements of a point. No LOINC or CDISC code was verified for it.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import AlertDefault, Band, Cuts, Example, Instrument, Item, Option, numbered

INSTRUMENT = Instrument(
    code="bdi2",
    title="BDI-II",
    version="1",
    stem="",
    items=tuple(Item(number=str(n), options=tuple(Option(value=v) for v in range(4))) for n in range(1, 22)),
    bands=(
        Band(code="minimal", label="Minimal", lowest=0, highest=13),
        Band(code="mild", label="Mild", lowest=14, highest=19),
        Band(code="moderate", label="Moderate", lowest=20, highest=28),
        Band(code="severe", label="Severe", lowest=29, highest=63),
    ),
    cuts=Cuts(),
    alerts=(AlertDefault(item="9", at_least=1, urgent_at_least=2, source="A choice of this file: any endorsement, as for the PHQ-9."),),
    source="Beck, Steer & Brown 1996, Manual for the Beck Depression Inventory-II",
)

EXAMPLES = (
    Example(answers=numbered(*[0] * 21), total=0, total_unrounded=Decimal(0), n_answered=21, severity="minimal"),
    Example(answers=numbered(*[3] * 21), total=63, total_unrounded=Decimal(63), n_answered=21, severity="severe", n_alerts=1),
    Example(answers=numbered(*[1] * 8, 0, *[1] * 12), total=20, total_unrounded=Decimal(20), n_answered=21, severity="moderate"),
    Example(
        answers=numbered(*[1] * 8, None, *[1] * 12), total=None, total_unrounded=None, n_answered=20, severity=None,
        flags=("item9_missing", "too_many_missing"),
    ),
)  # fmt: skip
