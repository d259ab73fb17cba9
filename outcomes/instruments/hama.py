"""HAM-A: a clinician's rating of anxiety, fourteen items, 0-56. Its words come from a file of the deployment.

Hamilton 1959, Br J Med Psychol 32:50. Bands as commonly used: up to 17 mild, 18-24 mild to moderate, 25-30 moderate to severe, above
that severe.
"""

from __future__ import annotations

from decimal import Decimal

from outcomes.domain.instrument import Band, CdiscCode, Example, Instrument, Item, Option, numbered

NAMES = (
    "Anxious Mood", "Tension", "Fears", "Insomnia", "Intellectual", "Depressed Mood", "Somatic (Muscular)", "Somatic (Sensory)",
    "Cardiovascular Symptoms", "Respiratory Symptoms", "Gastrointestinal Symptoms", "Genitourinary Symptoms", "Autonomic Symptoms",
    "Behavior at Interview",
)  # fmt: skip

INSTRUMENT = Instrument(
    code="hama",
    title="HAM-A",
    version="1",
    stem="",
    items=tuple(
        Item(
            number=str(n),
            options=tuple(Option(value=v) for v in range(5)),
            cdisc=CdiscCode(testcd=f"HAMA1{n:02d}", test=f"HAMA1-{name}", nci=f"C{102072 + n}", domain="RS"),
        )
        for n, name in enumerate(NAMES, start=1)
    ),
    bands=(
        Band(code="mild", label="Mild", lowest=0, highest=17),
        Band(code="mild_to_moderate", label="Mild to moderate", lowest=18, highest=24),
        Band(code="moderate_to_severe", label="Moderate to severe", lowest=25, highest=30),
        Band(code="severe", label="Severe", lowest=31, highest=56),
    ),
    recall_days=7,
    answered_by="staff",
    source="Hamilton 1959, Br J Med Psychol 32:50",
    cdisc_category="HAM-A",
    cdisc_total=CdiscCode(testcd="HAMA115", test="HAMA1-Total Score", nci="C155646", domain="RS"),
)

EXAMPLES = (
    Example(answers=numbered(*[0] * 14), total=0, total_unrounded=Decimal(0), n_answered=14, severity="mild"),
    Example(answers=numbered(*[4] * 14), total=56, total_unrounded=Decimal(56), n_answered=14, severity="severe"),
    Example(answers=numbered(4, *[1] * 13), total=17, total_unrounded=Decimal(17), n_answered=14, severity="mild"),
    Example(answers=numbered(4, 2, *[1] * 12), total=18, total_unrounded=Decimal(18), n_answered=14, severity="mild_to_moderate"),
    Example(answers=numbered(*[2] * 13), total=None, total_unrounded=None, n_answered=13, severity=None, flags=("too_many_missing",)),
)
