"""Training in figures: one person's for whoever may see sessions, the arms' for the unblinded statistician; each as a table and CSV."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.test import Client

from outcomes.actions import arm_reports, reports
from outcomes.models import Report
from outcomes.tasks import work_off_requests
from participants.actions import clinical, sessions
from tests.outcomes.pages.test_flow_reports_exports import staff  # noqa: F401
from tests.participants.training import done, hold, in_both_arms, session_of
from trials import clock
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
BLIND = ("assessor", "blinded_statistician", "safety_clinician")


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def rows(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode())))


@pytest.fixture
def pair(cast, at, monkeypatch):
    both = in_both_arms(cast.first, by=cast.coordinator, at=at)
    sessions.assign_trainer(both.trains.enrolment, trainer=cast.trainer, by=cast.coordinator, at=at)
    seventh, eighth = session_of(both.trains, 7), session_of(both.trains, 8)
    here = {"by": cast.coordinator}
    sessions.record_strength_test(both.trains, exercise="squat", tested_on=at.date(), reps=10, load_kg=D(40), at=at, **here)
    hold(seventh, done(5, "40", (1, 1)), at=seventh.planned_at, session_rpe=D(11), **here)
    hold(eighth, done(6, "44", (1, 1)), at=eighth.planned_at, session_rpe=D(14), **here)
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=60))
    return both


def test_one_persons_figures_stand_beside_their_tables_and_csv(cast, pair) -> None:
    client = as_(cast.trainer)
    here = f"/participants/{pair.trains}/training/"
    page = client.get(here).content.decode()
    assert page.count("<svg xmlns") == 3  # volume, squats, ratings
    assert "style=" not in page
    assert "drift +3.000 points a session" in page
    assert rows(client.get(here + "?csv=load-squat")) == [
        ["session_no", "held_on", "planned_kg", "done_kg"], ["7", "2026-03-23", "40", "40"], ["8", "2026-03-26", "40", "44"],
    ]  # fmt: skip
    volume = {row[0]: row[3:] for row in rows(client.get(here + "?csv=volume"))}
    planned = (
        int(session_of(pair.trains, 7).sets.filter(exercise="squat").count()) * 40 * session_of(pair.trains, 7).sets.first().planned_reps
    )
    assert volume["7"] == [str(planned), "200", f"{(D(200) / planned).quantize(D('0.0001')).normalize():f}"]
    assert client.get(here + "?csv=nothing").status_code == 404
    guided = rows(client.get(here + "?csv=guideline"))
    assert guided[0] == ["week", "exercises", "sets", "reps_in_range", "days", "progressed", "lacks", "plan_lacks"]
    assert next(row for row in guided if row[0] == "1") == [
        "1",
        "1",
        "1",
        "0",
        "2",
        "nothing to compare with",
        "exercises, sets, reps",
        "nothing",
    ]
    assert "The guideline asks for at least 8 exercises" in page


def test_the_report_by_person_is_there_as_csv_for_the_sites_of_its_reader_alone(cast, pair, at) -> None:
    reports.compute_due(by=cast.manager, at=at + timedelta(days=60))
    here = "/reports/?csv=people"
    assert f'href="{here.removeprefix("/reports/")}"' in as_(cast.coordinator).get("/reports/").content.decode()
    head, *told = rows(as_(cast.coordinator).get(here))
    row = dict(zip(head, told[0], strict=True))
    assert ([r[0] for r in told], "arm" in head) == ([pair.trains.trial_id], False)
    wanted = ("site", "sessions_due", "sessions_attended", "attendance", "intervention_stopped", "done_volume_kg", "sessions_unrecorded")
    assert [row[name] for name in wanted] == ["LIM", "10", "2", "0.2", "0", "464", "8"]
    assert rows(as_(cast.other_coordinator).get(here)) == [head]
    assert as_(cast.coordinator).get("/reports/?csv=arms").status_code == 404
    for role in BLIND:
        assert as_(getattr(cast, role)).get(here).status_code == 403


def test_no_score_and_no_blind_eye_at_one_persons_figures(cast, pair) -> None:
    page = as_(cast.trainer).get(f"/participants/{pair.trains}/training/").content.decode()
    assert not re.search(r"PHQ|GAD", page)
    for role in BLIND:
        client = as_(getattr(cast, role))
        answers = [client.get(f"/participants/{person}/training/") for person in (pair.trains, pair.waits)]
        assert [a.status_code for a in answers] == [404, 404]


def test_the_arms_are_for_the_unblinded_statistician_alone(staff) -> None:  # noqa: F811
    for role in ("coordinator", "trainer", "pi", "monitor", "manager", *BLIND):
        client = as_(getattr(staff, role))
        assert (client.get("/reports/training/").status_code, client.post("/reports/training/compute/").status_code) == (403, 403)
    assert not Report.objects.filter(kind=arm_reports.KIND).exists()


def test_figures_by_arm_are_asked_for_computed_and_read(staff) -> None:  # noqa: F811
    client = as_(staff.unblinded_statistician)
    assert "No figures yet" in client.get("/reports/training/").content.decode()
    client.post("/reports/training/compute/")
    client.post("/reports/training/compute/")
    assert Report.objects.filter(kind=arm_reports.KIND).count() == 1
    assert "You may leave this page" in client.get("/reports/training/").content.decode()
    work_off_requests()  # the figures
    work_off_requests()  # their PDF
    page = client.get("/reports/training/").content.decode()
    body = arm_reports.newest().body
    (people,) = body["people"]
    thresholds = rows(client.get("/reports/training/?csv=thresholds"))
    assert thresholds[0] == ["arm", "threshold", "reached", "of", "share"]
    assert {row[3] for row in thresholds[1:]} == {str(people["n"])}
    assert "Exploratory: the dose was not randomised" in page
    assert "style=" not in page
    tolerability = rows(client.get("/reports/training/?csv=tolerability"))
    assert [row[1] for row in tolerability[1:3]] == ["Missed sessions", "Runs of one or two missed"]
    for row in tolerability[1:]:
        assert int(row[2]) == sum(map(int, row[3:7]))
    assert client.get("/reports/training/?csv=people").status_code == 404
    guided = rows(client.get("/reports/training/?csv=guideline"))
    assert guided[0] == ["arm", "week", "people", "exercises", "sets", "reps", "days", "progression", "conforming", "share"]
    assert {row[2] for row in guided[1:]} <= {str(n) for n in range(1, people["n"] + 1)}
    contamination = rows(client.get("/reports/training/?csv=contamination"))
    assert contamination[0] == ["arm", "kind", "entries", "people", "of", "share"]
    assert len({row[0] for row in contamination[1:]}) * 2 == len(contamination) - 1
    assert {row["arm"] for row in body["contamination"]} >= {people["arm"]}


def test_who_delivered_and_what_else_reached_people_stand_by_arm(pair, cast, at) -> None:
    clinical.record_concomitant(
        pair.waits, kind="exercise", description="Climbing", started_on="2026-03-05", sessions_per_week=D(2), minutes_per_session=45,
        by=cast.coordinator, at=at + timedelta(days=10),
    )  # fmt: skip
    body = arm_reports.body_of(protocol_in_force(), at + timedelta(days=60))
    (entry,) = body["exposures"]
    assert (entry["trial_id"], entry["kind"], entry["minutes_per_week"], entry["new"]) == (
        pair.waits.trial_id, "outside_training", "90", True,
    )  # fmt: skip
    assert "Climbing" not in str(body)
    (given,) = body["providers"]
    assert (given["sessions"], given["people"], given["swapped"], given["before_trained"], given["arms"]) == (2, 1, 2, 2, 1)
    counted = {(row["arm"], row["kind"]): (row["entries"], row["people"]) for row in body["contamination"]}
    assert counted[entry["arm"], "outside_training"] == (1, 1)
    assert sorted(counted.values()) == [(0, 0), (0, 0), (0, 0), (1, 1)]


def test_a_snapshot_of_before_has_no_ledger_and_is_still_read(staff) -> None:  # noqa: F811
    client = as_(staff.unblinded_statistician)
    client.post("/reports/training/compute/")
    work_off_requests()  # the figures
    work_off_requests()  # their PDF
    report = arm_reports.newest()
    for name in ("providers", "exposures", "contamination"):
        del report.body[name]
    report.save(update_fields=["body"])
    page = client.get("/reports/training/")
    assert page.status_code == 200
    assert "Contamination" not in page.content.decode()
