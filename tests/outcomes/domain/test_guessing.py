"""What may be guessed, at which visit, from which day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from outcomes.domain.guessing import Certainty, asked_at, asked_from, faults, in_dataset
from tests.outcomes import world

PROTOCOL = world.protocol()


def test_it_is_asked_at_the_last_visit_from_the_first_day_of_its_window() -> None:
    last = asked_at(PROTOCOL)
    assert (last.code, asked_from(last, date(2026, 3, 23))) == ("week12", date(2026, 6, 11))


def test_without_a_visit_after_randomisation_it_is_never_asked() -> None:
    assert asked_at(replace(PROTOCOL, visits=PROTOCOL.visits[:1])) is None


@pytest.mark.parametrize(
    ("arm", "certainty", "found"),
    [
        ("RET", "somewhat", {}),
        ("WL", "strongly", {}),
        ("", "", {}),
        ("XX", "somewhat", {"arm": "Choose RET, WL, or leave it empty for don't know."}),
        ("RET", "", {"certainty": "Say how sure: somewhat, strongly."}),
        ("RET", "very", {"certainty": "Say how sure: somewhat, strongly."}),
        ("", "somewhat", {"certainty": "Leave this empty for don't know."}),
    ],
)
def test_an_answer_is_an_arm_with_its_certainty_or_dont_know(arm, certainty, found) -> None:
    assert faults(PROTOCOL, arm=arm, certainty=certainty) == found


def test_the_dataset_tells_dont_know_from_not_asked() -> None:
    assert (in_dataset("RET"), in_dataset("")) == ("RET", "dont_know")
    assert list(Certainty) == ["somewhat", "strongly"]
