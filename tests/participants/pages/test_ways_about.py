"""Where a session's pages lead, and what a day of the move page says that is over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.participants.training import in_both_arms, session_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at).trains


def page_of(user, address: str) -> str:
    client = Client()
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_session_leads_readers_to_the_week_and_whoever_records_to_the_gym(cast, person, stand_at) -> None:
    address = session_of(person, 3).get_absolute_url()
    stand_at(datetime(2026, 3, 9, 12, tzinfo=UTC))
    read, recorded = page_of(cast.monitor, address), page_of(cast.coordinator, address)
    assert ("/gym/" in read, "participants/gym.js" in read) == (False, False)
    assert '<li><a href="/week/">Week</a></li>' in read
    assert ('<li><a href="/gym/">Gym</a></li>' in recorded, "participants/gym.js" in recorded) == (True, True)


def test_a_day_that_is_over_says_so_and_no_more(cast, person, stand_at) -> None:
    stand_at(datetime(2026, 3, 11, 12, tzinfo=UTC))
    page = page_of(cast.coordinator, f"{session_of(person, 4).get_absolute_url()}move/")
    assert "This day is over." in page
    assert "is over; it is" not in page.partition("Wed 11 Mar")[0]
