"""An arm learned by accident: told by the person, kept as told, a deviation of it, and somebody else assesses from now on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from outcomes.actions import assessments, reminders
from outcomes.exports import dataset
from outcomes.models import Assessment
from participants.actions import messages, records, self_reports
from participants.models import CapturedMail, Deviation, Message, SelfReport
from participants.queries.self_reports import counts, has_learned
from tests.cast import SHELL
from tests.participants.breaking import broken, with_password
from tests.participants.people import consenting
from tests.participants.training import in_both_arms
from trials.actions import staff
from trials.domain.roles import Role
from trials.models import Event, User
from trials.permissions import NotAllowed, Refused

pytestmark = pytest.mark.django_db
LABELS = ("Resistance exercise training", "Wait-list")


@pytest.fixture
def both(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


@pytest.fixture
def person(both):
    return both.trains


@pytest.fixture
def later(at):
    return at + timedelta(days=40)


def told(person, by, at, **given):
    facts = {"learned_on": at.date() - timedelta(days=1), "how": "participant_told", "sure": True} | given
    return self_reports.report_unblinding(person, by=by, at=at, **facts)


def facts_of(person):
    return next(p for p in dataset.people() if p.trial_id == person.trial_id)


def test_an_assessors_report_is_kept_and_a_deviation_follows(person, cast, later) -> None:
    report = told(person, cast.assessor, later, sure=False, note="She said she is on the list")
    kept = SelfReport.objects.get()
    assert (kept.participant, kept.user, kept.assessor, kept.how, kept.sure, kept.at) == (
        person,
        cast.assessor,
        True,
        "participant_told",
        False,
        later,
    )
    deviation = Deviation.objects.get()
    assert (deviation.kind, deviation.category, deviation.occurred_on, deviation.found_on, deviation.important) == (
        "deviation", "assessor_unblinded", later.date() - timedelta(days=1), later.date(), None,
    )  # fmt: skip
    assert deviation.description == "An assessor believes to have learned the arm: participant told."
    assert deviation.source_record == f"self_report/{report.code}"
    event = Event.objects.get(verb="unblinding.self_reported")
    assert (event.about, event.actor, event.detail) == (str(person), cast.assessor.actor, {"code": report.code, "assessor": True})


def test_the_dataset_has_the_day_and_the_deviation_as_derived(person, cast, later) -> None:
    from outcomes.domain.case import Case
    from outcomes.domain.tables import person_tables
    from outcomes.instruments import instruments
    from trials.queries import protocol_in_force

    def tables():
        return person_tables(Case(facts_of(person), protocol_in_force(), later), instruments)

    assert tables()["participant"][0]["assessor_unblinded_on"] is None
    report = told(person, cast.assessor, later)
    built = tables()
    assert built["participant"][0]["assessor_unblinded_on"] == report.learned_on
    row = next(d for d in built["deviation"] if d["category"] == "assessor_unblinded")
    assert (row["source"], row["source_record"], row["occurred_on"]) == ("derived", f"self_report/{report.code}", report.learned_on)
    records.void(report.deviation, reason="It was another participant", by=cast.coordinator, at=later)
    assert tables()["participant"][0]["assessor_unblinded_on"] is None


def test_a_code_that_was_read_is_an_intercurrent_event_and_one_that_waits_is_none(person, cast, at, later) -> None:
    from outcomes.domain.case import Case
    from outcomes.domain.events import intercurrent_events
    from trials.queries import protocol_in_force

    def events():
        found = intercurrent_events(Case(facts_of(person), protocol_in_force(), later + timedelta(days=2)))
        return [(e["category"], e["occurred_on"], e["source"], e["source_record"]) for e in found if e["category"] == "unblinded"]

    clinician = with_password(cast.safety_clinician, at)
    broken(person, by=clinician, at=later, recipient=cast.pi)
    assert events() == []
    shown = broken(person, by=clinician, at=later + timedelta(days=1), mode="screen").unblinding
    assert events() == [("unblinded", (later + timedelta(days=1)).date(), "derived", f"unblinding/{shown.code}")]


def test_coordinators_and_investigators_are_told_to_let_somebody_else_assess(both, cast, later) -> None:
    letters = {}
    for name, person in vars(both).items():
        told(person, cast.assessor, later)
        messages.send_due(kinds=reminders.kinds(), at=later)
        found = CapturedMail.objects.filter(subject__contains=str(person)).order_by("to")
        letters[name] = [(m.to, m.subject.replace(str(person), "P"), m.body.replace(str(person), "P")) for m in found]
    assert letters["trains"] == letters["waits"]
    assert [to for to, _, _ in letters["trains"]] == ["coordinator@example.org", "pi@example.org"]
    body = letters["trains"][0][2]
    assert "Let somebody else assess P from now on" in body
    assert [label for label in (*LABELS, "RET", "WL") if label in body] == []


def test_a_report_taken_back_in_time_tells_nobody(person, cast, later) -> None:
    report = told(person, cast.assessor, later)
    records.void(report.deviation, reason="Misunderstood", by=cast.coordinator, at=later)
    messages.send_due(kinds=reminders.kinds(), at=later)
    assert set(Message.objects.filter(kind="arm_learned").values_list("status", flat=True)) == {"dropped"}


def test_another_blind_roles_report_is_no_unblinded_assessor(person, cast, later) -> None:
    told(person, cast.blinded_statistician, later)
    assert list(Deviation.objects.values_list("category", "description")) == [
        ("other", "A blind member of staff learned the arm: participant told.")
    ]


def test_who_told_it_no_longer_rates_blind_and_the_form_says_so(person, cast, later, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: later)
    page = f"/participants/{person}/visits/week1/gad7/enter/"
    reader = Client()
    reader.force_login(cast.assessor)
    words = "You reported that you learned this person&#x27;s arm"
    assert words not in reader.get(page).content.decode().replace("'", "&#x27;")
    report = told(person, cast.assessor, later)
    assert has_learned(cast.assessor, person)
    assert words in reader.get(page).content.decode().replace("'", "&#x27;")
    given = {"visit": "week4", "instrument": "gad7", "answers": dict.fromkeys(map(str, range(1, 8)), 1), "accept_out_of_window": True}
    from uuid import uuid4

    when = later + timedelta(days=9)
    assessments.enter_telephone(person, **given, client_uuid=uuid4(), by=cast.assessor, at=when)
    assert list(Assessment.objects.filter(visit="week4").values_list("rater", "rater_blind")) == [(cast.assessor.pk, False)]
    records.void(report.deviation, reason="Misunderstood", by=cast.coordinator, at=later)
    assert not has_learned(cast.assessor, person)
    assessments.enter_telephone(person, **given | {"visit": "week1"}, client_uuid=uuid4(), by=cast.assessor, at=when)
    assert list(Assessment.objects.filter(visit="week1").values_list("rater", "rater_blind")) == [(cast.assessor.pk, True)]


@pytest.mark.parametrize("role", ["coordinator", "pi", "monitor", "manager", "trainer", "unblinded_statistician"])
def test_who_may_know_arms_has_nothing_to_report(person, cast, later, role) -> None:
    with pytest.raises(NotAllowed, match="may not report that you learned an arm"):
        told(person, getattr(cast, role), later)
    assert not Deviation.objects.exists()


def test_a_machine_and_another_site_report_nothing(person, cast, later) -> None:
    with pytest.raises(NotAllowed):
        told(person, SHELL, later)
    elsewhere = staff.invite(username="far", name="Far", role=Role.ASSESSOR, site=cast.second, by=SHELL, at=later).invitation.user
    with pytest.raises(NotAllowed, match="at LIM"):
        told(person, elsewhere, later)


def test_a_role_that_the_protocol_leaves_open_has_nothing_to_report(person, cast, later, monkeypatch) -> None:
    monkeypatch.setattr("trials.blinding.sees_arms", lambda viewer, site=None: True)
    with pytest.raises(Refused, match="You may know arms at LIM"):
        told(person, cast.assessor, later)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"how": "by magic"}, "how"),
        ({"learned_on": "tomorrow"}, "learned_on"),
        ({"learned_on": "before"}, "learned_on"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(person, cast, later, at, given, field) -> None:
    days = {"tomorrow": later.date() + timedelta(days=1), "before": at.date() - timedelta(days=1)}
    given = {name: days.get(value, value) for name, value in given.items()}
    with pytest.raises(Refused) as refused:
        told(person, cast.assessor, later, **given)
    assert list(refused.value.faults) == [field]
    assert not Deviation.objects.exists()


def test_nobody_randomised_has_an_arm_to_learn(cast, later, at) -> None:
    with pytest.raises(Refused, match="is not randomised"):
        told(consenting(cast.first, by=cast.coordinator, at=at), cast.assessor, later)


def test_what_was_told_cannot_be_rewritten(person, cast, later) -> None:
    told(person, cast.assessor, later)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        SelfReport.objects.update(sure=False)


def test_counts_are_of_the_whole_trial(both, cast, at, later) -> None:
    assert counts() == {"codes_broken": 0, "arms_told": 0, "arms_learned": 0}
    clinician = with_password(cast.safety_clinician, at)
    broken(both.trains, by=clinician, at=later, recipient=cast.pi)
    broken(both.waits, by=clinician, at=later, mode="screen")
    first = told(both.trains, cast.assessor, later)
    told(both.waits, cast.assessor, later)
    records.void(first.deviation, reason="Misunderstood", by=cast.coordinator, at=later)
    assert counts() == {"codes_broken": 2, "arms_told": 1, "arms_learned": 1}


# --- pages and REST


@pytest.fixture
def now(later, monkeypatch):
    monkeypatch.setattr("trials.clock.now", lambda: later)
    return later


FORM = {"learned_on": "2026-04-10", "how": "saw_training", "sure": "yes", "note": "At the gym door"}


def test_the_page_takes_a_report_and_shows_the_note_to_open_eyes_alone(client, person, cast, now) -> None:
    client.force_login(cast.assessor)
    assert str(person) in client.get(f"/unblindings/report/?about={person}").content.decode()
    answer = client.post("/unblindings/report/", FORM | {"trial_id": str(person).lower()}, follow=True)
    page = answer.content.decode()
    assert "The coordinator and the investigator are told." in page
    assert "What you reported" in page
    assert "At the gym door" not in page
    client.force_login(cast.pi)
    page = client.get("/unblindings/").content.decode()
    assert [w for w in ("Arms learned by blind staff", "Assessor", "At the gym door") if w not in page] == []
    staff.give_role(cast.pi, role=Role.ASSESSOR, site=cast.first, by=SHELL, at=now)
    client.force_login(User.objects.get(pk=cast.pi.pk))
    assert "At the gym door" not in client.get("/unblindings/").content.decode()


@pytest.mark.parametrize("role", ["assessor", "blinded_statistician", "safety_clinician"])
def test_every_blind_role_finds_the_page(client, person, cast, role, now) -> None:
    client.force_login(getattr(cast, role))
    assert "/unblindings/report/" in client.get("/unblindings/").content.decode()
    assert client.post("/unblindings/report/", FORM | {"trial_id": str(person)}).status_code == 302
    assert SelfReport.objects.get().user == getattr(cast, role)


@pytest.mark.parametrize("trial_id", ["P-999", "", "%", "x" * 41])
def test_an_id_that_is_nobodys_comes_back_beside_its_field(client, person, cast, trial_id, now) -> None:
    client.force_login(cast.assessor)
    assert client.post("/unblindings/report/", FORM | {"trial_id": trial_id}).status_code == 422
    assert not SelfReport.objects.exists()


@pytest.mark.parametrize("role", ["coordinator", "pi", "trainer"])
def test_the_page_is_for_blind_roles(client, person, cast, role) -> None:
    client.force_login(getattr(cast, role))
    assert client.post("/unblindings/report/", FORM | {"trial_id": str(person)}).status_code == 403


def test_the_rest_door_reports_and_lists(client, person, cast, now) -> None:
    client.force_login(cast.assessor)
    body = {"learned_on": "2026-04-10", "how": "guessed", "sure": False}
    made = client.post(f"/api/v1/participants/{person}/report-unblinding/", body, content_type="application/json").json()
    assert (made["trial_id"], made["reporter"], made["how"], made["sure"], made["assessor"], made["voided"]) == (
        str(person), "Assessor", "guessed", False, True, False,
    )  # fmt: skip
    assert "note" not in made
    assert client.get("/api/v1/self-reports/").json() == []
    client.force_login(cast.monitor)
    assert [row["code"] for row in client.get("/api/v1/self-reports/").json()] == [made["code"]]
