"""PHQ-9: nine items over the last two weeks, 0-27; item 9 asks about thoughts of death or self-harm.

Kroenke, Spitzer & Williams 2001, J Gen Intern Med 16:606. Item texts and answers as in LOINC panel 44249-1.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product

from outcomes.domain.instrument import (
    AlertDefault,
    Answers,
    Band,
    CdiscCode,
    Computed,
    Cuts,
    Example,
    Given,
    Instrument,
    Item,
    MissingRule,
    Option,
    Words,
)

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
DIFFICULTY_TEXT = (
    "If you checked off any problems, how difficult have these problems made it for you to do your work, "
    "take care of things at home, or get along with other people?"
)


def _item(number: str, text: str, loinc: str, label: str, nci: str) -> Item:
    code = CdiscCode(testcd=f"PHQ01{int(number):02d}", test=f"PHQ01-{label}", nci=nci)
    return Item(number=number, text=text, options=OPTIONS, loinc=loinc, cdisc=code)


ITEMS = (
    _item("1", "Little interest or pleasure in doing things", "44250-9", "Little Interest/Pleasure in Things", "C103705"),
    _item("2", "Feeling down, depressed, or hopeless", "44255-8", "Feeling Down Depressed or Hopeless", "C103706"),
    _item("3", "Trouble falling or staying asleep, or sleeping too much", "44259-0", "Trouble Falling or Staying Asleep", "C103707"),
    _item("4", "Feeling tired or having little energy", "44254-1", "Feeling Tired or Little Energy", "C103708"),
    _item("5", "Poor appetite or overeating", "44251-7", "Poor Appetite or Overeating", "C103709"),
    _item(
        "6",
        "Feeling bad about yourself - or that you are a failure or have let yourself or your family down",
        "44258-2",
        "Feeling Bad About Yourself",
        "C103710",
    ),
    _item(
        "7",
        "Trouble concentrating on things, such as reading the newspaper or watching television",
        "44252-5",
        "Trouble Concentrating on Things",
        "C103711",
    ),
    _item(
        "8",
        "Moving or speaking so slowly that other people could have noticed. Or the opposite - being so fidgety or restless "
        "that you have been moving around a lot more than usual",
        "44253-3",
        "Moving Slowly or Fidgety/Restless",
        "C103712",
    ),
    _item(
        "9",
        "Thoughts that you would be better off dead, or of hurting yourself in some way",
        "44260-8",
        "Thoughts You Be Better Off Dead",
        "C103713",
    ),
    Item(
        number="10",
        text=DIFFICULTY_TEXT,
        options=DIFFICULTY_OPTIONS,
        loinc="69722-7",
        cdisc=CdiscCode(testcd="PHQ0110", test="PHQ01-Difficult to Work/Take Care Things", nci="C103714"),
        scored=False,
        only_if_positive=True,
        note="Never part of the total.",
    ),
)


def algorithm(answers: Answers) -> str:
    """The screening algorithm: "major", "other", "neither", or "undetermined" while a missing item could change the answer.

    A symptom is present at 2 or more, item 9 at 1 or more. Major: five or more with item 1 or 2 among them; other: two to
    four likewise (Kroenke 2001). A screening aid, not a diagnosis.
    """
    return _algorithm(INSTRUMENT.checked(answers))


def _algorithm(given: Given) -> str:
    numbers = [item.number for item in ITEMS if item.scored]
    known = {number: given[number] >= (1 if number == "9" else 2) for number in numbers if number in given}
    open_items = [number for number in numbers if number not in given]
    outcomes = {_syndrome(known | dict(zip(open_items, guess, strict=True))) for guess in product((False, True), repeat=len(open_items))}
    return outcomes.pop() if len(outcomes) == 1 else "undetermined"


def _syndrome(present: dict[str, bool]) -> str:
    count = sum(present.values())
    if not (present["1"] or present["2"]) or count < 2:
        return "neither"
    return "major" if count >= 5 else "other"


GERMAN = Words(
    language="de",
    stem="Wie oft fühlten Sie sich im Verlauf der letzten 2 Wochen durch die folgenden Beschwerden beeinträchtigt?",
    items={
        "1": "Wenig Interesse oder Freude an Ihren Tätigkeiten",
        "2": "Niedergeschlagenheit, Schwermut oder Hoffnungslosigkeit",
        "3": "Schwierigkeiten ein- oder durchzuschlafen oder vermehrter Schlaf",
        "4": "Müdigkeit oder Gefühl, keine Energie zu haben",
        "5": "Verminderter Appetit oder übermäßiges Bedürfnis zu essen",
        "6": "Schlechte Meinung von sich selbst; Gefühl, ein Versager zu sein oder die Familie enttäuscht zu haben",
        "7": "Schwierigkeiten, sich auf etwas zu konzentrieren, z.B. beim Zeitunglesen oder Fernsehen",
        "8": (
            "Waren Ihre Bewegungen oder Ihre Sprache so verlangsamt, dass es auch anderen auffallen würde? Oder waren Sie im "
            "Gegenteil „zappelig“ oder ruhelos und hatten dadurch einen stärkeren Bewegungsdrang als sonst?"
        ),
        "9": "Gedanken, dass Sie lieber tot wären oder sich Leid zufügen möchten",
        "10": (
            "Wenn eines oder mehrere dieser Probleme bei Ihnen vorliegen, geben Sie bitte an, wie sehr diese Probleme es Ihnen "
            "erschwert haben, Ihre Arbeit zu erledigen, Ihren Haushalt zu regeln oder mit anderen Menschen zurecht zu kommen"
        ),
    },
    options={0: "Überhaupt nicht", 1: "An einzelnen Tagen", 2: "An mehr als der Hälfte der Tage", 3: "Beinahe jeden Tag"},
    options_of={
        "10": {0: "Überhaupt nicht erschwert", 1: "Etwas erschwert", 2: "Relativ stark erschwert", 3: "Sehr stark erschwert"},
    },
    source="PHQ-D, Löwe, Spitzer, Zipfel & Herzog 2002; as in the PRO module of the German Medical Informatics Initiative",
)

INSTRUMENT = Instrument(
    code="phq9",
    title="PHQ-9",
    version="1",
    stem="Over the last 2 weeks, how often have you been bothered by any of the following problems?",
    items=ITEMS,
    bands=(
        Band(code="minimal", label="None or minimal", lowest=0, highest=4),
        Band(code="mild", label="Mild", lowest=5, highest=9),
        Band(code="moderate", label="Moderate", lowest=10, highest=14),
        Band(code="moderately_severe", label="Moderately severe", lowest=15, highest=19),
        Band(code="severe", label="Severe", lowest=20, highest=27),
    ),
    rules=(
        MissingRule(
            code="cms_0300",
            max_missing=2,
            label="One or two missing: mean of the answered items x 9, rounded half-up; three or more: no total",
            source="CMS MDS 3.0 data specifications, items D0300 and D0160, edits -3587 and -4028",
        ),
        MissingRule(code="prorate_max_2", max_missing=2, label="One or two missing: mean of the answered items x 9, rounded half-up"),
        MissingRule(code="none", max_missing=0, label="Any scored item missing: no total"),
    ),
    default_rule="cms_0300",
    cuts=Cuts(
        caseness=10,
        recovery=10,
        remission_below=5,
        mcid=5,
        reliable_change=6,
        sources={
            "caseness": "Kroenke 2001, J Gen Intern Med 16:606 (sensitivity 88 %, specificity 88 %)",
            "recovery": "NHS Talking Therapies manual: from 10 or more to below 10",
            "remission_below": "Convention of the field: below 5, the lowest band",
            "mcid": "Löwe 2004, Med Care 42:1194",
            "reliable_change": "NHS Talking Therapies manual: 6 points or more",
        },
    ),
    alerts=(
        AlertDefault(
            item="9",
            at_least=1,
            urgent_at_least=2,
            source="Trials differ in their threshold: any endorsement is the careful one; Wileman 2024 (Trials 25:476) alerted at 2.",
        ),
    ),
    rights=(
        "Developed by Drs Robert L. Spitzer, Janet B.W. Williams, Kurt Kroenke and colleagues, with an educational grant from Pfizer Inc. "
        "No permission required to reproduce, translate, display or distribute."
    ),
    computations=(
        Computed(
            code="algorithm",
            label="Screening algorithm: major or other depressive syndrome",
            of=_algorithm,
            values=("major", "other", "neither", "undetermined"),
            source="Kroenke 2001, J Gen Intern Med 16:606; a screening aid, not a diagnosis",
        ),
    ),
    translations=(GERMAN,),
    source="Kroenke, Spitzer & Williams 2001, J Gen Intern Med 16:606",
    loinc_panel="44249-1",
    loinc_total="44261-6",
    cdisc_category="PHQ-9",
    cdisc_total=CdiscCode(testcd="PHQ0111", test="PHQ01-Total Score", nci="C113887"),
)


def _answers(*values: int | None) -> Answers:
    return {str(number): value for number, value in enumerate(values, start=1)}


EXAMPLES = (
    Example(answers=_answers(*[0] * 9), total=0, total_unrounded=Decimal(0), n_answered=9, severity="minimal"),
    Example(answers=_answers(*[3] * 9), total=27, total_unrounded=Decimal(27), n_answered=9, severity="severe", n_alerts=1),
    Example(
        answers=_answers(2, 2, 1, 1, 1, 1, 1, 1, 0, 3),
        total=10,
        total_unrounded=Decimal(10),
        n_answered=9,
        severity="moderate",
        source="The difficulty item is not part of the total.",
    ),
    Example(
        answers=_answers(1, 1, 1, 1, 0, 0, 0, None, 0),
        total=5,
        total_unrounded=Decimal("4.5"),
        n_answered=8,
        severity="mild",
        flags=("prorated",),
        source="CMS: the sum of eight x 9/8, rounded half-up",
    ),
    Example(
        answers=_answers(2, 2, 1, 1, 1, 1, 1, None, None),
        total=12,
        total_unrounded=Decimal("11.5714"),
        n_answered=7,
        severity="moderate",
        flags=("item9_missing", "prorated"),
        source="CMS: the sum of seven x 9/7, rounded to the nearest whole number",
    ),
    Example(
        answers=_answers(3, 3, 3, 3, 3, 3, None, None, None),
        total=None,
        total_unrounded=None,
        n_answered=6,
        severity=None,
        flags=("item9_missing", "too_many_missing"),
        source="CMS: three or more missing cannot be scored",
    ),
    Example(
        answers={"9": 1},
        total=None,
        total_unrounded=None,
        n_answered=1,
        severity=None,
        n_alerts=1,
        flags=("too_many_missing",),
        source="The alert does not wait for the total.",
    ),
    Example(
        answers=_answers(1, 1, 1, 1, 0, 0, 0, None, 0),
        rule="none",
        total=None,
        total_unrounded=None,
        n_answered=8,
        severity=None,
        flags=("too_many_missing",),
    ),
    Example(answers={}, total=None, total_unrounded=None, n_answered=0, severity=None, flags=("item9_missing", "not_answered")),
)
