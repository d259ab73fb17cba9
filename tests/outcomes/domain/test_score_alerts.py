from __future__ import annotations

import pytest

from outcomes.domain.score_alerts import raised
from trials.domain.protocol import ScoreAlertRule

RULES = (
    ScoreAlertRule(instrument="phq9", measure="total", at_least=20, urgent=True, contact_hours=8),
    ScoreAlertRule(instrument="phq9", measure="rise", at_least=6, contact_hours=48),
    ScoreAlertRule(instrument="gad7", measure="total", at_least=15),
)


@pytest.mark.parametrize(
    ("total", "baseline", "expected"),
    [
        (None, 3, []),
        (19, None, []),
        (19, 14, []),
        (19, 13, [("rise", 6, 6, False, 48)]),
        (20, None, [("total", 20, 20, True, 8)]),
        (25, 10, [("total", 25, 20, True, 8), ("rise", 15, 6, False, 48)]),
        (4, 20, []),
    ],
)
def test_a_total_raises_what_the_protocol_states(total: int | None, baseline: int | None, expected: list[tuple]) -> None:
    found = raised(RULES, "phq9", total=total, baseline=baseline)
    assert [(a.item, a.value, a.at_least, a.urgent, a.contact_hours) for a in found] == expected


def test_another_questionnaire_raises_nothing() -> None:
    assert raised(RULES, "phq2", total=30, baseline=0) == ()
