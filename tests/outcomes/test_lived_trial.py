"""A trial lived through its own steps: what the dataset says of it, and that it moves house without losing a byte."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import pytest
from django.db import transaction

from outcomes.actions import assessments, exports, imports
from participants.actions import clinical, screening, sessions, withdrawal
from participants.models import TrainingSession
from tests.outcomes.conftest import randomise_somebody
from tests.participants.people import ELIGIBLE
from tests.participants.training import done, hold
from trials import blinding
from trials.actors import Machine
from trials.models import Site

pytestmark = pytest.mark.django_db

SHELL = Machine("shell")


@pytest.fixture(autouse=True)
def data(settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"


def rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def both_arms(site: Site, by, at: datetime):  # type: ignore[no-untyped-def]
    """People come until both arms have somebody."""
    found = {}
    for n in range(12):
        person = randomise_somebody(site, by=by, at=at + timedelta(hours=2 * n))
        found.setdefault("trains" if blinding.plan_for(person.enrolment.allocation) else "waits", person)
        if len(found) == 2:
            return found["trains"], found["waits"]
    raise AssertionError("twelve people in one arm")


def live(cast, trial, at: datetime) -> tuple[str, str, datetime]:  # type: ignore[no-untyped-def]
    """Two sessions held and one missed, a questionnaire, a drug, an event, a withdrawal, an exclusion; the cut two weeks after day 0."""
    site = trial.sites.get(code="LIM")
    trains, waits = both_arms(site, cast.coordinator, at)
    planned = list(TrainingSession.objects.filter(enrolment__participant=trains).order_by("session_no"))
    intervention = [s for s in planned if s.phase == "intervention"]
    places = [(1, 1), (1, 2), (2, 1), (2, 2)]
    for session in intervention[:2]:
        hold(session, done(10, "40", *places), by=cast.coordinator, at=session.planned_at, session_rpe=Decimal(13))
    missed = intervention[2]
    sessions.mark_missed(missed, reason="illness", by=cast.coordinator, at=missed.planned_at)
    when = missed.planned_at + timedelta(hours=2)
    clinical.report_event(
        trains, category="musculoskeletal", term="sore knee", started_on=when.date(), severity="mild", elicited="session", aware_at=when,
        session=intervention[1], by=cast.coordinator, at=when,
    )  # fmt: skip
    week1 = trains.enrolment.day0 + timedelta(days=7)
    noon = at.replace(year=week1.year, month=week1.month, day=week1.day, hour=12)
    assessments.submit(
        trains, visit="week1", instrument="gad7", answers={str(n): 1 for n in range(1, 8)}, client_uuid=uuid5(NAMESPACE_OID, "w1"),
        by=trains, at=noon,
    )  # fmt: skip
    withdrawal.withdraw(waits, scope="data", reason="time", by=cast.coordinator, at=when + timedelta(days=3))
    screening.screen(site, answers=ELIGIBLE | {"can_train": "no"}, age=30, by=cast.coordinator, at=when + timedelta(days=3))
    return trains.trial_id, waits.trial_id, when + timedelta(days=14)


def test_the_dataset_tells_what_was_lived(cast, trial, at: datetime) -> None:  # type: ignore[no-untyped-def]
    trains, waits, cut = live(cast, trial, at)
    files = exports.export_dataset(cut, view="closed", by=SHELL, at=cut)
    people = {row["trial_id"]: row for row in rows(files["participant.csv"])}
    assert (people[trains]["received_allocated"], people[trains]["arm_received"]) == ("yes", people[trains]["arm"])
    left = people[waits]
    assert (left["withdrawn_scope"], left["analysed_primary"], left["not_analysed_reason"]) == ("data", "no", "time")
    held = [row for row in rows(files["session.csv"]) if row["trial_id"] == trains and row["status"] == "attended"]
    assert [(row["minutes"], row["trainer"], row["sets_done"], row["rpe_scale"]) for row in held] == [("50", "S01", "4", "BORG20")] * 2
    dose = next(row for row in rows(files["adherence.csv"]) if row["trial_id"] == trains)
    assert (dose["sessions_attended"], dose["minutes_total"], dose["mean_session_rpe"]) == ("2", "100", "13")
    week1 = next(r for r in rows(files["assessment.csv"]) if (r["trial_id"], r["visit"], r["instrument"]) == (trains, "week1", "gad7"))
    assert (week1["total"], week1["change_from_baseline"], week1["response"], week1["status"]) == ("7", "-7", "1", "done")
    flow = json.loads(files["flow.json"])
    assert (flow["excluded"]["not_meeting_criteria"], flow["excluded"]["reasons"]) == (1, {"can_train": 1})


def test_a_lived_trial_moves_house_without_losing_a_byte(cast, trial, at: datetime) -> None:  # type: ignore[no-untyped-def]
    before = transaction.savepoint()
    _, _, cut = live(cast, trial, at)
    files = exports.export_dataset(cut, view="closed", by=SHELL, at=cut)
    transaction.savepoint_rollback(before)
    folder = exports.folder_of(cut)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    imports.import_dataset(files, by=SHELL, at=cut)
    again = exports.export_dataset(cut, view="closed", by=SHELL, at=cut)
    assert {name: body.decode() for name, body in again.items()} == {name: body.decode() for name, body in files.items()}


def test_the_blinded_view_does_not_depend_on_who_got_which_arm(cast, trial, at: datetime) -> None:  # type: ignore[no-untyped-def]
    """Two worlds that differ in the arms alone: nobody has trained yet, so only the sham column may differ, and it is random in both."""
    site = trial.sites.get(code="LIM")
    first = randomise_somebody(site, by=cast.coordinator, at=at)
    files = exports.export_dataset(at, view="blinded", by=SHELL, at=at)
    arm = str(blinding.arm_for(SHELL, first.enrolment.allocation))
    assert arm in ("RET", "WL")
    assert all(f"{arm},".encode() not in body for body in files.values())
    assert date.fromisoformat(rows(files["participant.csv"])[0]["randomised_on"]) == at.date()
