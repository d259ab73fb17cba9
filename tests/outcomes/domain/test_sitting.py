from __future__ import annotations

from outcomes.domain.sitting import first_open, steps
from outcomes.instruments import instruments

GAD7, PHQ9 = instruments["gad7"], instruments["phq9"]


def test_a_sitting_of_both_instruments_has_sixteen_questions_while_nothing_troubles() -> None:
    screens = steps((GAD7, PHQ9), {"gad7": {"1": 0}, "phq9": {"9": 0}})
    assert [(s.instrument.code, s.item.number) for s in screens] == [("gad7", n) for n in "1234567"] + [("phq9", n) for n in "123456789"]
    assert [s.number for s in screens] == list(range(1, 17))


def test_the_shared_difficulty_question_comes_once_and_last() -> None:
    assert [(s.number, s.instrument.code, s.item.number) for s in steps((GAD7, PHQ9), {"gad7": {"1": 1}})][16:] == [(17, "phq9", "10")]
    assert [(s.number, s.instrument.code, s.item.number) for s in steps((PHQ9, GAD7), {"phq9": {"1": 1}})][16:] == [(17, "gad7", "8")]
    assert len(steps((PHQ9,), {"phq9": {"1": 1}})) == 10


def test_the_closing_question_waits_for_trouble_in_its_own_instruments() -> None:
    outside = instruments["outside_training"]
    screens = steps((outside, GAD7), {"outside_training": {"1": 3}})
    assert [(s.instrument.code, s.item.number) for s in screens] == [("outside_training", n) for n in "1235"] + [
        ("gad7", n) for n in "1234567"
    ]
    assert len(steps((outside, GAD7), {"outside_training": {"1": 3}, "gad7": {"1": 1}})) == len(screens) + 1


def test_coming_back_goes_on_at_the_first_open_question() -> None:
    screens = steps((GAD7, PHQ9), {})
    assert first_open(screens, {}, {}) == screens[0]
    answered = {"gad7": {str(n): 0 for n in range(1, 7)}}
    assert first_open(screens, answered, {}) == screens[6]
    assert first_open(screens, answered, {"gad7": {"7"}}) == screens[7]
    whole = {"gad7": {str(n): 0 for n in range(1, 8)}, "phq9": {str(n): 0 for n in range(1, 10)}}
    assert first_open(screens, whole, {}) is None
