"""The shapes of codes and the closed lists that several tables share."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from trials.domain.protocol.kinds import CODE, LEVEL, LONGEST_TEXT, NAME, Number, Shaped, Text, Whole
from trials.domain.protocol.tables import MapOf, choices

# The intercurrent events and strategies of ICH E9(R1) as the dataset names them.
INTERCURRENT_EVENTS: Final = (
    "ret_stopped",
    "psychotropic_change",
    "psychotherapy_started",
    "outside_ret",
    "injury",
    "hospitalised",
    "pregnancy",
    "death",
    "unblinded",
)
STRATEGIES: Final = ("treatment_policy", "hypothetical", "composite", "while_on_treatment", "principal_stratum")
DEVIATIONS: Final = ("eligibility", "consent", "out_of_window", "wrong_arm", "assessor_unblinded", "procedure", "other")

CODE_KIND: Final = Shaped(CODE, "RET")
NAME_KIND: Final = Shaped(NAME, "body_mass", "name")
PLAN_KIND: Final = Shaped(NAME, "training", "plan name")
VISIT_KIND: Final = Shaped(NAME, "week8", "visit name")
INSTRUMENT_KIND: Final = Shaped(NAME, "phq9", "questionnaire name")
LEVEL_KIND: Final = Shaped(LEVEL, "lt30", "level")
ITEM_KIND: Final = Shaped(re.compile(r"[A-Za-z0-9_]{1,20}"), "9", "item")
VERSION_KIND: Final = Shaped(re.compile(r"[A-Za-z0-9._-]{1,20}"), "1.0", "version")
LANGUAGE_KIND: Final = Shaped(re.compile(r"[a-z]{2}(-[A-Z]{2})?"), "en", "language")
COUNTRY_KIND: Final = Shaped(re.compile(r"[A-Z]{2}"), "IE", "country (ISO 3166-1)")
PHONE_KIND: Final = Shaped(re.compile(r"\+?\d[\d ]{1,18}\d"), "116 123", "telephone number")
ATC_KIND: Final = Shaped(re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?"), "N06A", "ATC code or its beginning")
SOURCE_KIND: Final = Shaped(re.compile(r"site|sex|baseline:[a-z][a-z0-9_]{0,39}"), "baseline:bmi", "source")
LONG_TEXT: Final = Text(longest=LONGEST_TEXT)
OPTIONAL_TEXT: Final = Text(longest=LONGEST_TEXT, may_be_empty=True)
KILOGRAMS: Final = Number(Decimal("0.25"), Decimal(50))
SHARE: Final = Number(Decimal(0), Decimal(1))
MEASURE: Final = Number(Decimal(-1_000_000), Decimal(1_000_000))
DAY_NUMBER: Final = Whole(-365, 3660)
CHOICES: Final = MapOf(Text(), makes=choices)
