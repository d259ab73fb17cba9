"""What was recorded in error of a session or a load is taken back with a reason, and stays in the history."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from participants.actions import sessions
from participants.models import StrengthTest, TrainingSession
from tests.participants.training import in_both_arms, session_of
from trials.models import RowVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast, at, stand_at):
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    stand_at(at + timedelta(days=9))
    return person


@pytest.fixture
def missed(cast, person):
    session = session_of(person, 1)
    return sessions.mark_missed(session, reason="illness", by=cast.coordinator, at=session.at + timedelta(minutes=30))


def test_a_miss_recorded_in_error_is_planned_again(cast, client, missed):
    client.force_login(cast.coordinator)
    assert "Plan session again" in client.get(missed.get_absolute_url()).content.decode()
    assert client.post(f"{missed.get_absolute_url()}reopen/", {"reason": ""}).status_code == 422
    assert client.post(f"{missed.get_absolute_url()}reopen/", {"reason": "wrong person"}).status_code == 302
    missed.refresh_from_db()
    assert (missed.status, missed.reason, missed.missed_before_done) == ("scheduled", "", False)
    last = RowVersion.objects.filter(table_name="participants_trainingsession", row_id=str(missed.pk)).latest("pk")
    assert (last.old["status"], last.new["status"], last.reason) == ("missed", "scheduled", "wrong person")


def test_a_planned_session_has_nothing_to_take_back(cast, client, person):
    session = session_of(person, 2)
    client.force_login(cast.coordinator)
    assert "Plan session again" not in client.get(session.get_absolute_url()).content.decode()
    assert client.post(f"{session.get_absolute_url()}reopen/", {"reason": "why not"}).status_code == 409


@pytest.mark.parametrize(("role", "status"), [("trainer", 404), ("assessor", 404), ("monitor", 403), ("other_coordinator", 404)])
def test_who_may_not_take_back(cast, client, missed, role, status):
    client.force_login(getattr(cast, role))
    assert client.post(f"{missed.get_absolute_url()}reopen/", {"reason": "wrong person"}).status_code == status
    assert TrainingSession.objects.get(pk=missed.pk).status == "missed"


def test_a_wrong_load_is_voided_and_no_longer_prescribed(cast, client, person, at):
    test = sessions.record_strength_test(
        person, exercise="squat", tested_on=at.date(), reps=8, load_kg=Decimal(400), confirmed=True, by=cast.coordinator, at=at
    )
    client.force_login(cast.coordinator)
    address = f"/participants/{person}/records/load/squat_at_{test.tested_on}/"
    assert client.get(f"{address}correct/").status_code == 404
    assert f"{address}void/" in client.get(f"/participants/{person}/loads/").content.decode()
    assert client.post(f"{address}void/", {"reason": "a nought too many"}).status_code == 302
    kept = StrengthTest.objects.get(pk=test.pk)
    assert (kept.void_reason, kept.load_kg) == ("a nought too many", Decimal("400.00"))
    assert "400 kg" not in client.get(f"/participants/{person}/loads/").content.decode()


def test_why_a_form_was_not_answered_is_kept_and_it_can_still_be_answered(cast, client, person, stand_at, at):
    stand_at(at + timedelta(days=21 + 6))
    client.force_login(cast.assessor)
    page = f"/participants/{person}/visits/"
    assert "Not answered" in client.get(page).content.decode()
    assert client.post(f"{page}week1/phq9/not-done/", {"reason": "Abroad without a telephone"}).status_code == 302
    assert "Abroad without a telephone" in client.get(page).content.decode()
    assert client.get(f"{page}week1/phq9/enter/").status_code == 200
