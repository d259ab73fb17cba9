"""A severe total and a reliable deterioration raise their alert with the answers, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from outcomes.actions import assessments
from outcomes.models import Alert, Assessment
from outcomes.pages import alert_words
from participants.models import Enrolment
from tests.cast import LIMERICK
from trials.actions.protocol import load_protocol
from trials.actors import Machine
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db

TEXT = (
    LIMERICK.read_text().replace('version = "1.0"', 'version = "1.1"', 1)
    + """
[[score_alerts]]
instrument = "phq9"
at_least = 20
urgent = true
contact_hours = 8

[[score_alerts]]
instrument = "phq9"
measure = "rise"
at_least = 6
"""
)


def phq9(total: int) -> dict[str, int]:
    """Answers of this total with nothing at item 9, whatever the total up to 24."""
    return {str(n): min(3, max(0, total - 3 * (n - 1))) for n in range(1, 9)} | {"9": 0}


@pytest.fixture
def stricter(trial, at):
    load_protocol(TEXT, by=Machine("shell"), at=at, reason="totals raise alerts")


def raised() -> list[tuple]:
    return list(Alert.objects.order_by("pk").values_list("trigger", "urgent", "kind"))


def test_a_severe_total_raises_its_alert_when_the_last_answer_is_saved(stricter, person, at):
    answers = phq9(20)
    last = {"8": answers.pop("8")}
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers=answers, by=person, at=at)
    assert raised() == []
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers=last, by=person, at=at)
    assert raised() == [("phq9.total>=20", True, "alert")]
    assert Alert.objects.get().contact_due_at == at + timedelta(hours=8)
    assessments.submit(person, visit="baseline", instrument="phq9", answers=phq9(20), client_uuid=uuid4(), by=person, at=at)
    assert len(raised()) == 1
    found = Alert.objects.get()
    assert alert_words.what(found) == "PHQ-9: total at the protocol's limit"
    assert [words for *_, words in alert_words.answers(found)] == ["Total 20"]


def test_a_reliable_deterioration_is_measured_from_the_persons_own_baseline(stricter, randomised, at):
    baseline = Assessment.objects.get(participant=randomised, instrument="phq9").total
    assert baseline == 16
    visit = next(v for v in protocol_in_force().visits if v.code == "week1")
    day0 = Enrolment.objects.get(participant=randomised).day0
    then = datetime.combine(day0 + timedelta(days=visit.target_day), at.timetz())
    assessments.submit(randomised, visit="week1", instrument="phq9", answers=phq9(18), client_uuid=uuid4(), by=randomised, at=then)
    assert raised() == []
    assessments.correct(
        Assessment.objects.get(visit="week1"), answers=phq9(22), reason="misread", by=Machine("shell"), at=then + timedelta(hours=1)
    )
    assert raised() == [("phq9.total>=20", True, "alert"), ("phq9.rise>=6", False, "alert")]


def test_without_the_protocols_word_no_total_raises_anything(person, at):
    assessments.submit(person, visit="baseline", instrument="phq9", answers=phq9(24), client_uuid=uuid4(), by=person, at=at)
    assert raised() == []


def test_the_alert_of_a_total_stands_or_falls_with_the_answers(stricter, person, at):
    with pytest.raises(RuntimeError), transaction.atomic():
        assessments.submit(person, visit="baseline", instrument="phq9", answers=phq9(24), client_uuid=uuid4(), by=person, at=at)
        assert raised() != []
        raise RuntimeError("the line is cut")
    assert (Assessment.objects.count(), raised()) == (0, [])
