"""Records made straight from a row are the same records as those made by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

from outcomes.domain.adherence import adherence
from outcomes.domain.dose import dose_from_sums
from outcomes.domain.records import SessionRecord, session_from
from participants.domain.sums import SessionSums, sums_from

FACTS = {"trial_id": "UP-1", "session_no": 3, "planned_on": date(2026, 3, 23), "status": "attended", "closes_on": date(2026, 3, 29)}
BY_NAME = SessionRecord(
    trial_id="UP-1", session_no=3, planned_on=date(2026, 3, 23), planned_at=None, planned_minutes=None, planned_volume_kg=None,
    status="attended", closes_on=date(2026, 3, 29), minutes=50,
)  # fmt: skip


def test_a_session_from_a_row_is_the_one_made_by_name() -> None:
    made = session_from(FACTS.items(), minutes=50)
    assert made == BY_NAME
    assert hash(made) == hash(BY_NAME)
    assert vars(made) == vars(BY_NAME)
    assert replace(made, status="missed") == replace(BY_NAME, status="missed")
    assert (made.held, made.minutes_trained, made.phase, made.rpe_scale) == (True, 50, "intervention", "")


def test_one_session_from_a_row_tells_nothing_of_the_next() -> None:
    session_from(FACTS.items(), minutes=50, rpe_scale="CR10")
    assert session_from(FACTS.items()) == replace(BY_NAME, minutes=None)


def test_sums_from_a_row_are_those_made_by_name_and_lead_to_the_same_figures() -> None:
    by_name = SessionSums(planned_volume_kg=D(400), done_volume_kg=D("310.5"), sets_planned=2, sets_done=2, reps_planned=16, reps_done=13,
                          load_planned_kg=D(50), load_done_kg=D(50), load_ratio_sum=D(2), load_sets=2, reps_loaded=13, reduced=True,
                          exercises_planned={"squat", "lunge"}, exercises_done={"squat"})  # fmt: skip
    made = sums_from(((name, value) for name, value in vars(by_name).items() if name != "reduced"), reduced=True)
    assert made == by_name
    assert (made.load_ratio, made.reps_ratio, made.type_ratio) == (D(1), D("0.8125"), D("0.5"))
    on = date(2026, 4, 1)
    session = session_from(FACTS.items(), minutes=50)
    assert adherence([session], as_of=on) == adherence([BY_NAME], as_of=on)
    assert dose_from_sums([session], {("UP-1", 3): made}, as_of=on) == dose_from_sums([BY_NAME], {("UP-1", 3): by_name}, as_of=on)
