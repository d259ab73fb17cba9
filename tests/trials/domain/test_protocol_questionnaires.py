"""What a protocol says of a questionnaire must be true of it."""

from __future__ import annotations

import pytest

from tests.trials.domain.protocol_cases import Edit, edited
from trials.domain.protocol import BadProtocol, load
from trials.domain.protocol.questionnaires import Questionnaire

KNOWN = {
    "phq9": Questionnaire(items=tuple(str(n) for n in range(1, 11)), rules=("cms_0300", "none")),
    "gad7": Questionnaire(items=("1", "2"), rules=("none",), has_total=False),
    "both": Questionnaire(items=("1",), rules=("none",), follows=("phq9", "gad7")),
}
ASKED = 'instruments = ["phq9", "gad7"]'


def faults_of(edits: list[Edit], added: str = "") -> list[str]:
    try:
        load(edited(edits, added), instruments=KNOWN)
    except BadProtocol as bad:
        return [str(fault) for fault in bad.faults]
    return []


def test_the_minimal_protocol_fits() -> None:
    assert faults_of([]) == []


@pytest.mark.parametrize(
    ("edits", "added", "told"),
    [
        ([], '[missing_rules]\nphq9 = "mean"', "missing_rules.phq9: phq9 has no rule mean; use one of cms_0300, none"),
        ([('item = "9"', 'item = "11"')], "", "alerts[1].item: phq9 has no item 11"),
        (
            [('[primary]\ninstrument = "phq9"', '[primary]\ninstrument = "gad7"')],
            "",
            "primary.instrument: gad7 comes to no total; use one of phq9",
        ),
        (
            [],
            '[[score_alerts]]\ninstrument = "gad7"\nat_least = 15',
            "score_alerts[1].instrument: gad7 comes to no total; use one of phq9",
        ),
        (
            [],
            '[[score_alerts]]\ninstrument = "both"\nat_least = 3',
            "score_alerts[1].instrument: both is asked at no visit; use one of phq9, gad7",
        ),
        (
            [],
            2 * '[[score_alerts]]\ninstrument = "phq9"\nat_least = 20\n',
            "score_alerts[2].measure: the total of phq9 stands there twice; keep one of the two",
        ),
        (
            [(ASKED, 'instruments = ["phq9", "both"]')],
            "",
            "visits[1].instruments[2]: both follows from gad7, which is not asked at baseline",
        ),
    ],
)
def test_what_a_questionnaire_lacks_is_a_fault_with_its_place(edits: list[Edit], added: str, told: str) -> None:
    assert [fault[: len(told)] for fault in faults_of(edits, added)] == [told]


@pytest.mark.parametrize("edits", [[('item = "9"', 'item = "11"')], [(ASKED, 'instruments = ["phq9", "both"]')]])
def test_where_only_names_are_known_only_names_are_checked(edits: list[Edit]) -> None:
    load(edited(edits), instruments=tuple(KNOWN))


def test_a_rise_needs_a_baseline_to_rise_above() -> None:
    rule = '[[score_alerts]]\ninstrument = "phq9"\nmeasure = "rise"\nat_least = 6'
    told = [fault for fault in faults_of([(ASKED, 'instruments = ["gad7"]')], rule) if fault.startswith("score_alerts")]
    assert told == [
        "score_alerts[1].measure: phq9 is asked at no baseline visit, so nothing can rise above it; "
        'ask it at a baseline visit, or use "total".'
    ]
