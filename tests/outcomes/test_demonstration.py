"""The demonstration is lived through the real actions, is the same each time, and never touches a real trial."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from outcomes.demonstration import story
from outcomes.models import Alert, Assessment, Report
from participants.models import Ending, ExerciseSet, Message, Participant, SelfReport, TrainingSession
from tests.cast import LIMERICK
from trials.models import Allocation, Event, RowVersion, Unblinding
from trials.pages.access import DEMO_PASSWORD

pytestmark = pytest.mark.django_db
ENDS = datetime(2026, 5, 15, 18, 0, tzinfo=UTC)


@pytest.fixture
def lived(monkeypatch):
    """A short one: 29 people assessed, ten of whom take part."""
    monkeypatch.setattr(story, "ASSESSED", 29)
    told: list[tuple[int, int]] = []
    passwords = {"safety_clinician": DEMO_PASSWORD}
    made = story.Story(
        seed=7, ends=ENDS, text=LIMERICK.read_text(), passwords=passwords, told=lambda done, total: told.append((done, total))
    )
    made.run()
    return made, told


def test_nobody_writes_rows_behind_the_actions_and_it_is_built_once(lived, capsys):
    made, told = lived
    behind = RowVersion.objects.filter(actor__startswith="db:").exclude(table_name="trials_clock")
    assert list(behind.values_list("table_name", flat=True).distinct()) == []
    assert not RowVersion.objects.filter(at__gt=ENDS).exclude(table_name="trials_clock").exists()
    assert Participant.objects.count() == 29
    assert made.trainees + made.controls == Allocation.objects.count() > 5
    assert Assessment.objects.exclude(sent_at=None).count() > 20
    assert ExerciseSet.objects.exclude(done_reps=None).count() > 200
    held = TrainingSession.objects.filter(status__in=["attended", "made_up"])
    assert held.count() > 20
    assert Message.objects.filter(status="sent").exists()
    assert Ending.objects.exists()
    assert not Alert.objects.filter(historical=True).exists()
    assert Alert.objects.filter(closed_at=None, raised_at__gt=ENDS - timedelta(days=1)).exists()
    assert Report.objects.filter(status="done").count() == 1
    assert Unblinding.objects.count() == SelfReport.objects.count() == 1
    assert Event.objects.filter(verb="demonstration.built").count() == 1
    assert told[-1][0] <= told[-1][1]
    call_command("build_demo")
    assert "built already" in capsys.readouterr().out


def test_a_date_without_its_zone_is_refused():
    with pytest.raises(CommandError, match="with its zone"):
        call_command("build_demo", until="2026-05-15T18:00:00")
