"""The share of items done stands in training by arm, for who may see figures by arm and for nobody else."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from outcomes.actions import arm_reports
from outcomes.tasks import work_off_requests
from participants.actions import observations
from tests.participants.observing import GOOD, assigned, held, watched
from tests.participants.training import in_both_arms
from trials import clock
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
HEAD = ["arm", "kind", "name", "sessions", "drawn", "observed", "judged", "done", "share"]


@pytest.fixture
def pair(cast, at, monkeypatch):
    """Sessions 7 and 8 were held by the trainer, and 9 by the coordinator."""
    both = in_both_arms(cast.first, by=cast.coordinator, at=at)
    assigned(both.trains, cast.trainer, by=cast.coordinator, at=at)
    both.sessions = [held(both.trains, n, by=by) for n, by in ((7, cast.trainer), (8, cast.trainer), (9, cast.coordinator))]
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=60))
    return both


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def body(at) -> list[dict[str, object]]:
    return arm_reports.body_of(protocol_in_force(), at + timedelta(days=60))["fidelity"]


def test_items_done_by_arm_and_trainer(cast, pair, at) -> None:
    assert body(at) == []  # no checklist in the protocol
    watched("1", at=at + timedelta(days=50))
    observations.open_draw(by=cast.coordinator, at=at + timedelta(days=50))
    later = at + timedelta(days=51)
    observations.observe(pair.sessions[0], verdicts=GOOD, by=cast.coordinator, at=later)
    observations.observe(pair.sessions[1], verdicts={**GOOD, "loads": "not_done"}, by=cast.coordinator, at=later)
    figures = {(r["kind"], r["name"]): [r[c] for c in HEAD[3:]] for r in body(at)}
    arm = pair.trains.enrolment.allocation.arm
    assert figures == {
        ("arm", arm): [3, 3, 2, 4, 3, "0.75"],
        ("trainer", f"user:{cast.trainer.pk}"): [2, 2, 2, 4, 3, "0.75"],
        ("trainer", f"user:{cast.coordinator.pk}"): [1, 1, 0, 0, 0, None],
    }
    assert {r["arm"] for r in body(at)} == {arm}


def test_the_table_stands_on_the_page_of_the_unblinded_statistician_alone(cast, pair, at) -> None:
    watched("1", at=at + timedelta(days=50))
    observations.open_draw(by=cast.coordinator, at=at + timedelta(days=50))
    observations.observe(pair.sessions[0], verdicts=GOOD, by=cast.coordinator, at=at + timedelta(days=51))
    client = as_(cast.unblinded_statistician)
    client.post("/reports/training/compute/")
    work_off_requests()  # the figures
    work_off_requests()  # their PDF
    page = client.get("/reports/training/").content.decode()
    assert "Fidelity" in page
    table = list(csv.reader(io.StringIO(client.get("/reports/training/?csv=fidelity").content.decode())))
    assert table[0] == HEAD
    assert table[1][1:] == ["Whole arm", table[1][0], "3", "3", "1", "2", "2", "1"]
    assert {row[1] for row in table[2:]} == {"Trainer"}
    for role in ("coordinator", "trainer", "assessor", "blinded_statistician", "safety_clinician", "pi"):
        assert as_(getattr(cast, role)).get("/reports/training/?csv=fidelity").status_code == 403


def test_a_snapshot_of_before_has_no_fidelity_and_is_still_read(cast, pair) -> None:
    client = as_(cast.unblinded_statistician)
    client.post("/reports/training/compute/")
    work_off_requests()  # the figures
    work_off_requests()  # their PDF
    report = arm_reports.newest()
    del report.body["fidelity"]
    report.save(update_fields=["body"])
    page = client.get("/reports/training/")
    assert page.status_code == 200
    assert "Fidelity" not in page.content.decode()
