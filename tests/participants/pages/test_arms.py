"""The safety clinician sees one person's arm by a request that is kept; nobody else gets the page."""

from __future__ import annotations

import pytest

from tests.participants.training import randomised
from trials.models import ArmRequest, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast, at, stand_at):
    stand_at(at)
    return randomised(cast.first, by=cast.coordinator, at=at)


def test_the_arm_is_shown_once_and_the_request_is_kept(cast, client, person):
    client.force_login(cast.safety_clinician)
    label = {"RET": "Resistance exercise training", "WL": "Wait-list"}[person.enrolment.allocation.arm]
    url = f"/participants/{person}/arm/"
    assert label not in client.get(url).content.decode()
    assert label in client.post(url, {"reason": "Dizzy after training?"}).content.decode()
    assert label not in client.get(url).content.decode()
    (kept,) = ArmRequest.objects.all()
    assert (kept.user, kept.reason) == (cast.safety_clinician, "Dizzy after training?")
    event = Event.objects.get(verb="arm.requested")
    assert (event.about, event.reason, event.detail) == (person.trial_id, "Dizzy after training?", {})


def test_no_reason_no_arm(cast, client, person):
    client.force_login(cast.safety_clinician)
    assert client.post(f"/participants/{person}/arm/", {"reason": " "}).status_code == 422
    assert not ArmRequest.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"),
    [("coordinator", 403), ("assessor", 403), ("trainer", 404), ("blinded_statistician", 404), ("other_coordinator", 404)],
)
def test_nobody_else_asks(cast, client, person, role, status):
    client.force_login(getattr(cast, role))
    assert client.post(f"/participants/{person}/arm/", {"reason": "curious"}).status_code == status
    assert not ArmRequest.objects.exists()
