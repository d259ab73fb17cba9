"""The calendar week of a site costs the same statements for one session and for many, and shows each of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participants.actions import sessions
from participants.models import TrainingSession
from tests.participants.training import in_both_arms

pytestmark = pytest.mark.django_db

WEEK = "/week/?on=2026-03-26"
STATEMENTS = 12


def test_a_week_costs_the_same_for_one_session_and_for_many(cast, at) -> None:
    person = in_both_arms(cast.first, by=cast.coordinator, at=at).trains
    sessions.assign_trainer(person.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    rows = TrainingSession.objects.filter(enrolment__participant=person).order_by("session_no")
    assert rows.count() == 22
    client, seen = Client(), []
    client.force_login(cast.coordinator)
    for count in (1, 5, 20):
        for place, row in enumerate(rows):
            day = timedelta(hours=place // 3, days=place % 3) if place < count else timedelta(days=400 + place)
            rows.filter(pk=row.pk).update(planned_at=at + timedelta(days=21) + day)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(WEEK).content.decode()
        seen.append((len(captured), page.count('class="block"'), f"{count} session" in page))
    assert seen == [(STATEMENTS, 2, True), (STATEMENTS, 10, True), (STATEMENTS, 40, True)]
