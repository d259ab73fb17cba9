"""HAM-D 17: a clinician's rating of depression, 0-52. Its words come from a file of the deployment.

Hamilton 1960, J Neurol Neurosurg Psychiatry 23:56. Severity as in Zimmerman 2013, J Affect Disord 150:384 (moderate from 17, severe
from 24). Item 16 is rated by history or by weighing; CDISC codes the two apart (HAMD116A, HAMD116B), so it has no code here.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import AlertDefault, Band, CdiscCode, Cuts, Example, Instrument, Item, Option, numbered

NAMES = {
    "1": "Depressed Mood", "2": "Feelings of Guilt", "3": "Suicide", "4": "Insomnia Early - Early Night",
    "5": "Insomnia Middle - Middle Night", "6": "Insomnia Early Hours - Morning", "7": "Work and Activities", "8": "Retardation",
    "9": "Agitation", "10": "Anxiety Psychic", "11": "Anxiety Somatic", "12": "Somatic Symptoms Gastrointestinal",
    "13": "General Somatic Symptoms", "14": "Genital Symptoms", "15": "Hypochondriasis", "16": "", "17": "Insight",
}  # fmt: skip
UP_TO_2 = ("4", "5", "6", "12", "13", "14", "16", "17")
# The NCI codes run on in the items' order, with two for item 16.
NCI = {number: f"C{100397 + int(number) + (number == '17')}" for number in NAMES}


def _item(number: str) -> Item:
    name = NAMES[number]
    return Item(
        number=number,
        options=tuple(Option(value=v) for v in range(3 if number in UP_TO_2 else 5)),
        cdisc=CdiscCode(testcd=f"HAMD1{int(number):02d}", test=f"HAMD1-{name}", nci=NCI[number], domain="RS") if name else None,
    )


INSTRUMENT = Instrument(
    code="hamd17",
    title="HAM-D 17",
    version="1",
    stem="",
    items=tuple(_item(number) for number in NAMES),
    bands=(
        Band(code="none", label="None", lowest=0, highest=7),
        Band(code="mild", label="Mild", lowest=8, highest=16),
        Band(code="moderate", label="Moderate", lowest=17, highest=23),
        Band(code="severe", label="Severe", lowest=24, highest=52),
    ),
    cuts=Cuts(remission_below=8, sources={"remission_below": "Convention of the field: 7 or less, the lowest band"}),
    alerts=(
        AlertDefault(
            item="3", at_least=1, urgent_at_least=2, source="A choice of this file: any endorsement; urgent from a wish to be dead."
        ),
    ),
    recall_days=7,
    answered_by="staff",
    source="Hamilton 1960, J Neurol Neurosurg Psychiatry 23:56",
    cdisc_category="HAMD 17",
    cdisc_total=CdiscCode(testcd="HAMD118", test="HAMD1-Total Score", nci="C100416", domain="RS"),
)

HIGHEST = [2 if number in UP_TO_2 else 4 for number in NAMES]

EXAMPLES = (
    Example(answers=numbered(*[0] * 17), total=0, total_unrounded=Decimal(0), n_answered=17, severity="none"),
    Example(answers=numbered(*HIGHEST), total=52, total_unrounded=Decimal(52), n_answered=17, severity="severe", n_alerts=1),
    Example(answers=numbered(*[1] * 17), total=17, total_unrounded=Decimal(17), n_answered=17, severity="moderate", n_alerts=1),
    Example(
        answers=numbered(4, 0, None, *[0] * 14), total=None, total_unrounded=None, n_answered=16, severity=None,
        flags=("item3_missing", "too_many_missing"),
    ),
)  # fmt: skip
