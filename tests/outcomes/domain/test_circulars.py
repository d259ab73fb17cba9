from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from outcomes.domain.circulars import ANYBODY, BEFORE, BEGUN, OVER, Standing, left_out, phase, phases
from trials.domain.protocol import load

VISITS = load(Path(__file__).resolve().parents[3] / "trials/protocols/limerick.toml").visits
DAY0 = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("day", "stretch"),
    [(-20, BEGUN), (4, BEGUN), (5, "week1"), (24, "week1"), (25, "week4"), (54, "week8"), (80, "week12"), (98, "week12"), (99, OVER)],
)
def test_the_stretch_follows_from_day_0_and_the_visits(day: int, stretch: str) -> None:
    assert phase(DAY0, DAY0 + timedelta(days=day), VISITS) == stretch


def test_who_is_not_randomised_stands_before() -> None:
    assert phase(None, DAY0, VISITS) == BEFORE


def test_a_protocol_without_visits_has_a_beginning_alone() -> None:
    assert phase(DAY0, DAY0, ()) == BEGUN
    assert [code for code, _ in phases(())] == [ANYBODY, BEFORE, BEGUN, OVER]


def test_a_visit_that_never_closes_is_never_over() -> None:
    visits = [replace(visit, closes_day=None) for visit in VISITS]
    assert phase(DAY0, DAY0 + timedelta(days=4000), visits) == "week12"


def test_every_stretch_has_a_label_in_order_of_time() -> None:
    assert phases(reversed(VISITS)) == (
        ("any", "Anybody who takes part"),
        ("before", "Consented, not randomised yet"),
        ("begun", "Randomised, before Week 1 opens"),
        ("week1", "From the opening of Week 1 on, until the next visit opens"),
        ("week4", "From the opening of Week 4 on, until the next visit opens"),
        ("week8", "From the opening of Week 8 on, until the next visit opens"),
        ("week12", "From the opening of Follow-up on, until the next visit opens"),
        ("over", "After the last visit has closed"),
    )


REACHED = Standing(channel="email", language="de")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"channel": "sms"}, ""),
        ({"stopped": True}, ""),
        ({"ended": "died", "held": True, "bounced": True}, "died"),
        ({"channel": "none", "stopped": True}, "ended messages themselves"),
        ({"channel": "none"}, "agreed to no messages: telephone them"),
        ({"bounced": True, "paused": True}, "has an address that is refused"),
        ({"paused": True}, "gets no messages for a while: they are paused"),
        ({"language": "es", "held": True}, "reads another language"),
        ({"held": True}, "gets no messages for now: the safety desk holds them"),
    ],
)
def test_who_is_left_out_and_why(change: dict[str, object], why: str) -> None:
    assert left_out(replace(REACHED, **change), "de") == why
