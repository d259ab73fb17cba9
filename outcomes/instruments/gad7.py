"""GAD-7: seven items over the last two weeks, 0-21.

Spitzer, Kroenke, Williams & Löwe 2006, Arch Intern Med 166:1092. Shown with the wording of the form, exported under LOINC panel 69737-5.
CDISC has two versions. Suffix 08 is the difficulty item in version 1 and the total in version 2; version 2 is exported.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Answers, Band, CdiscCode, Cuts, Example, Instrument, Item, MissingRule, Option, Words

OPTIONS = (
    Option(value=0, label="Not at all", loinc="LA6568-5"),
    Option(value=1, label="Several days", loinc="LA6569-3"),
    Option(value=2, label="More than half the days", loinc="LA6570-1"),
    Option(value=3, label="Nearly every day", loinc="LA6571-9"),
)
# The last two answer ids of list LL359-1 are not in numeric order: LA6575-0 is "Very", LA6574-3 is "Extremely".
DIFFICULTY_OPTIONS = (
    Option(value=0, label="Not difficult at all", loinc="LA6572-7"),
    Option(value=1, label="Somewhat difficult", loinc="LA6573-5"),
    Option(value=2, label="Very difficult", loinc="LA6575-0"),
    Option(value=3, label="Extremely difficult", loinc="LA6574-3"),
)


def _item(number: str, text: str, loinc: str, label: str, nci: str, note: str = "") -> Item:
    return Item(
        number=number,
        text=text,
        options=OPTIONS,
        loinc=loinc,
        cdisc=CdiscCode(testcd=f"GAD02{int(number):02d}", test=f"GAD02-{label}", nci=f"C{163831 + int(number)}"),
        cdisc_earlier=CdiscCode(testcd=f"GAD01{int(number):02d}", test=f"GAD01-{label}", nci=nci),
        note=note,
    )


ITEMS = (
    _item("1", "Feeling nervous, anxious or on edge", "69725-0", "Feeling Nervous Anxious or On Edge", "C103565"),
    _item("2", "Not being able to stop or control worrying", "68509-9", "Not Able to Stop/Control Worrying", "C103566"),
    _item("3", "Worrying too much about different things", "69733-4", "Worrying Too Much About Things", "C103567"),
    _item("4", "Trouble relaxing", "69734-2", "Trouble Relaxing", "C103568"),
    _item("5", "Being so restless that it is hard to sit still", "69735-9", "Being Restless Hard to Sit Still", "C103569"),
    _item(
        "6",
        "Becoming easily annoyed or irritable",
        "69689-8",
        "Becoming Easily Annoyed/Irritable",
        "C103570",
        note="LOINC names 69689-8 for the last 4 weeks, although its GAD-7 panel uses it for 2 weeks.",
    ),
    _item("7", "Feeling afraid as if something awful might happen", "69736-7", "Feel Afraid/Something Awful Happen", "C103571"),
    Item(
        number="8",
        text=(
            "If you checked off any problems, how difficult have these problems made it for you to do your work, "
            "take care of things at home, or get along with other people?"
        ),
        options=DIFFICULTY_OPTIONS,
        loinc="69722-7",
        # Version 2 has no difficulty code; the one item both forms share goes out under the PHQ-9's code.
        cdisc=CdiscCode(testcd="PHQ0110", test="PHQ01-Difficult to Work/Take Care Things", nci="C103714"),
        cdisc_earlier=CdiscCode(testcd="GAD0108", test="GAD01-Difficult to Work/Take Care Things", nci="C103572"),
        scored=False,
        only_if_positive=True,
        note="Never part of the total.",
    ),
)

GERMAN_OPTIONS = {0: "Überhaupt nicht", 1: "An einzelnen Tagen", 2: "An mehr als der Hälfte der Tage", 3: "Beinahe jeden Tag"}
GERMAN = Words(
    language="de",
    stem="Wie oft fühlten Sie sich im Verlauf der letzten 2 Wochen durch die folgenden Beschwerden beeinträchtigt?",
    items={
        "1": "Nervosität, Ängstlichkeit oder Anspannung",
        "2": "Nicht in der Lage sein, Sorgen zu stoppen oder zu kontrollieren",
        "3": "Übermäßige Sorgen bezüglich verschiedener Angelegenheiten",
        "4": "Schwierigkeiten zu entspannen",
        "5": "Rastlosigkeit, so dass Stillsitzen schwer fällt",
        "6": "Schnelle Verärgerung oder Gereiztheit",
        "7": "Gefühl der Angst, so als würde etwas Schlimmes passieren",
        "8": (
            "Wenn eines oder mehrere dieser Probleme bei Ihnen vorliegen, geben Sie bitte an, wie sehr diese Probleme es Ihnen "
            "erschwert haben, Ihre Arbeit zu erledigen, Ihren Haushalt zu regeln oder mit anderen Menschen zurecht zu kommen"
        ),
    },
    options=GERMAN_OPTIONS,
    options_of={
        "8": {0: "Überhaupt nicht erschwert", 1: "Etwas erschwert", 2: "Relativ stark erschwert", 3: "Sehr stark erschwert"},
    },
    source="Löwe 2015, Universitätsklinikum Hamburg-Eppendorf; as in the PRO module of the German Medical Informatics Initiative",
)

INSTRUMENT = Instrument(
    code="gad7",
    title="GAD-7",
    version="1",
    stem="Over the last 2 weeks, how often have you been bothered by the following problems?",
    items=ITEMS,
    bands=(
        Band(code="minimal", label="Minimal", lowest=0, highest=4),
        Band(code="mild", label="Mild", lowest=5, highest=9),
        Band(code="moderate", label="Moderate", lowest=10, highest=14),
        Band(code="severe", label="Severe", lowest=15, highest=21),
    ),
    rules=(
        MissingRule(
            code="none",
            max_missing=0,
            label="Any scored item missing: no total",
            source="No authority has published a prorating rule for the GAD-7.",
        ),
        MissingRule(
            code="prorate_max_2",
            max_missing=2,
            label="One or two missing: mean of the answered items x 7, rounded half-up; three or more: no total",
            source="A choice of the protocol: the arithmetic of the PHQ-9's CMS rule with 7/6 and 7/5.",
        ),
    ),
    default_rule="none",
    cuts=Cuts(
        caseness=10,
        recovery=8,
        remission_below=5,
        mcid=4,
        reliable_change=4,
        sources={
            "caseness": "Spitzer 2006, Arch Intern Med 166:1092 (sensitivity 89 %, specificity 82 %)",
            "recovery": "NHS Talking Therapies manual: from 8 or more to below 8",
            "remission_below": "Convention of the field: below 5, the lowest band",
            "mcid": "Toussaint 2020, J Affect Disord 265:395",
            "reliable_change": "NHS Talking Therapies manual: 4 points or more",
        },
    ),
    rights=(
        "Developed by Drs Robert L. Spitzer, Janet B.W. Williams, Kurt Kroenke and colleagues, with an educational grant from Pfizer Inc. "
        "No permission required to reproduce, translate, display or distribute."
    ),
    translations=(GERMAN,),
    source="Spitzer, Kroenke, Williams & Löwe 2006, Arch Intern Med 166:1092",
    loinc_panel="69737-5",
    loinc_total="70274-6",
    cdisc_category="GAD-7 V2",
    cdisc_total=CdiscCode(testcd="GAD0208", test="GAD02-Total Score", nci="C163839"),
    cdisc_total_earlier=CdiscCode(testcd="GAD0109", test="GAD01-Total Score", nci="C113886"),
    cdisc_analysis_total=CdiscCode(testcd="GAD02TS", test="GAD02-Total Score - Analysis", nci="C172451"),
)


def _answers(*values: int | None) -> Answers:
    return {str(number): value for number, value in enumerate(values, start=1)}


ADMIRAL = "CDISC ADaM example of GAD-7 V2 totals (pharmaverse admiral)"

EXAMPLES = (
    Example(answers=_answers(2, 2, 2, 2, 3, 3, 1), total=15, total_unrounded=Decimal(15), n_answered=7, severity="severe", source=ADMIRAL),
    Example(
        answers=_answers(2, 2, 2, 2, 1, 3, 2), total=14, total_unrounded=Decimal(14), n_answered=7, severity="moderate", source=ADMIRAL
    ),
    Example(
        answers=_answers(2, 2, 2, 2, 1, 3, 1), total=13, total_unrounded=Decimal(13), n_answered=7, severity="moderate", source=ADMIRAL
    ),
    Example(answers=_answers(*[1] * 7), total=7, total_unrounded=Decimal(7), n_answered=7, severity="mild", source=ADMIRAL),
    Example(answers=_answers(*[0] * 7), total=0, total_unrounded=Decimal(0), n_answered=7, severity="minimal"),
    Example(answers=_answers(*[3] * 8), total=21, total_unrounded=Decimal(21), n_answered=7, severity="severe"),
    Example(
        answers=_answers(1, 1, 1, 1, 1, 1, None),
        total=None,
        total_unrounded=None,
        n_answered=6,
        severity=None,
        flags=("too_many_missing",),
        source="Leaving a missing answer out of the sum would count it as 0.",
    ),
    Example(
        answers=_answers(1, 1, 1, 1, 1, 2, None),
        rule="prorate_max_2",
        total=8,
        total_unrounded=Decimal("8.1667"),
        n_answered=6,
        severity="mild",
        flags=("prorated",),
    ),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("not_answered",)),
)
