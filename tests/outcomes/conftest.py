"""People of the outcomes tests, made by the trial's own steps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from participants.actions import screening

ELIGIBLE = {
    "age": "25",
    "can_train": "yes",
    "medical_clearance": "no",
    "pregnant": "no",
    "trains_now": "0",
    "treatment_change": "none",
    "severe_illness": "no",
}


@pytest.fixture
def person(trial, coordinator, at):
    """Screened at Limerick half an hour ago, eligible, with the baseline open."""
    site = trial.sites.get(code="LIM")
    return screening.screen(site, answers=ELIGIBLE, sex="F", by=coordinator, at=at - timedelta(minutes=30))


@pytest.fixture
def other_person(trial, other_coordinator, at):
    site = trial.sites.exclude(code="LIM").get()
    return screening.screen(site, answers=ELIGIBLE, sex="M", by=other_coordinator, at=at - timedelta(minutes=30))
