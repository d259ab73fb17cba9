"""Pages and doors of a code break: what whoever asks is shown, what the reader is shown, and that nobody else gets the page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from outcomes.actions import reminders
from participants.actions import messages
from participants.models import CapturedMail
from tests.cast import PASSWORD
from tests.participants.breaking import broken, with_password
from tests.participants.training import randomised
from trials.models import Event, Unblinding

pytestmark = pytest.mark.django_db
LABEL = {"RET": "Resistance exercise training", "WL": "Wait-list"}


@pytest.fixture
def person(cast, at, stand_at):
    stand_at(at)
    return randomised(cast.first, by=cast.coordinator, at=at)


@pytest.fixture
def clinician(cast, at):
    return with_password(cast.safety_clinician, at)


@pytest.fixture
def url(person) -> str:
    return f"/participants/{person}/code-break/"


def label_of(person) -> str:
    return LABEL[person.enrolment.allocation.arm]


def form(**given: str) -> dict[str, str]:
    return {"reason_code": "urgent_treatment", "reason": "Chest pain", "reader": "screen", "password": PASSWORD} | given


def text(answer) -> str:
    return answer.content.decode()


def test_on_the_own_screen_the_arm_stands_in_the_answer_to_the_post_and_nowhere_else(client, person, clinician, url) -> None:
    client.force_login(clinician)
    label = label_of(person)
    assert label not in text(client.get(url))
    answer = client.post(url, form())
    assert label in text(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    again = text(client.get(url))
    assert label not in again
    plain = re.sub(r"<[^>]+>", "", again)
    assert "Broken before: Mon 2 Mar 2026, 09:00, by Safety_clinician, on their own screen. Urgent treatment depends on it. Read" in plain
    assert label not in text(client.get("/unblindings/"))


def test_whoever_sends_it_on_never_sees_it_and_the_reader_sees_it_once(client, cast, person, clinician, url, at) -> None:
    client.force_login(clinician)
    label = label_of(person)
    sent = client.post(url, form(reader=cast.pi.actor))
    assert label not in text(sent)
    assert "Tell Pi to read it" in text(sent)
    code = Unblinding.objects.get().code
    assert client.get(f"/unblindings/{code}/").status_code == 404
    reader = Client()
    reader.force_login(with_password(cast.pi, at))
    assert f"/unblindings/{code}/" in text(reader.get("/unblindings/"))
    page = f"/unblindings/{code}/"
    assert label not in text(reader.get(page))
    assert reader.post(page, {"password": "wrong"}).status_code == 422
    assert label in text(reader.post(page, {"password": PASSWORD}))
    over = reader.post(page, {"password": PASSWORD})
    assert (over.status_code, label in text(over)) == (410, False)
    assert "It is shown once" in text(reader.get(page))


def test_an_outside_reader_needs_the_link_and_the_key(client, person, clinician, url, at) -> None:
    client.force_login(clinician)
    label = label_of(person)
    sent = text(client.post(url, form(reader="outside", recipient_name="Dr Ahern", recipient_email="ahern@hospital.example")))
    key = sent.split("<code>")[1].split("<")[0]
    assert "Ring Dr Ahern now" in sent
    assert label not in sent
    messages.send_due(kinds=reminders.kinds(), at=at + timedelta(minutes=1))
    token = CapturedMail.objects.get(to="ahern@hospital.example").body.split("#t=")[1].split()[0]
    anybody = Client()
    assert anybody.get("/code-break/").status_code == 200
    wrong = anybody.post("/code-break/", {"token": token, "key": "AAAAAAAA"})
    unknown = anybody.post("/code-break/", {"token": "x" * 43, "key": key})
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    sentence = "Link and key don&#x27;t open anything."
    assert sentence in text(wrong)
    assert sentence in text(unknown)
    assert label in text(anybody.post("/code-break/", {"token": token, "key": key}))
    assert label not in text(anybody.post("/code-break/", {"token": token, "key": key}))


def test_what_is_missing_stands_beside_its_field_and_what_was_typed_comes_back_but_the_password(client, person, clinician, url) -> None:
    client.force_login(clinician)
    answer = client.post(url, form(reader="outside", recipient_name="Dr Ahern", recipient_email="nonsense"))
    assert answer.status_code == 422
    assert "Enter the reader&#x27;s e-mail address" in text(answer)
    assert "Dr Ahern" in text(answer)
    assert PASSWORD not in text(answer)
    answer = client.post(url, form(password="wrong"))
    assert (answer.status_code, "This is not your password." in text(answer)) == (422, True)
    assert not Unblinding.objects.exists()


def test_the_list_tells_who_when_why_and_which_reader_to_who_must_know(client, cast, person, clinician, at) -> None:
    broken(person, by=clinician, at=at, recipient=cast.pi)
    broken(person, by=clinician, at=at, mode="screen")
    for role in ("pi", "manager", "monitor", "coordinator"):
        client.force_login(getattr(cast, role))
        page = text(client.get("/unblindings/"))
        assert [
            w for w in ("Safety_clinician", "Urgent treatment depends on it: Chest pain at rest", "Not read yet") if w not in page
        ] == []
        assert [w for w in LABEL.values() if w in page] == []
    client.force_login(cast.other_coordinator)
    assert str(person) not in text(client.get("/unblindings/"))
    client.force_login(clinician)
    assert "Chest pain" not in text(client.get("/unblindings/"))


@pytest.mark.parametrize(
    ("role", "status"),
    [("assessor", 403), ("monitor", 403), ("manager", 403), ("trainer", 404), ("blinded_statistician", 404), ("other_coordinator", 404)],
)
def test_nobody_else_gets_the_page(cast, client, person, url, role, status) -> None:
    client.force_login(getattr(cast, role))
    assert client.get(url).status_code == status
    assert client.post(url, form()).status_code == status
    assert not Unblinding.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [("trainer", 403), ("unblinded_statistician", 403), ("safety_clinician", 200), ("monitor", 200)]
)
def test_the_list_is_for_who_must_know_and_who_may_read(cast, client, role, status) -> None:
    client.force_login(getattr(cast, role))
    assert client.get("/unblindings/").status_code == status


# --- REST


def post(client, address: str, body: dict[str, object]):
    return client.post(f"/api/v1/{address}", body, content_type="application/json")


def test_the_rest_door_breaks_and_reads_like_the_pages(client, cast, person, clinician, at) -> None:
    client.force_login(clinician)
    body = {"reason_code": "urgent_treatment", "reason": "Chest pain", "password": PASSWORD}
    door = f"participants/{person}/break-code/"
    assert post(client, door, body).json() == {"detail": "Choose who reads the arm.", "code": "bad_request"}
    screen = post(client, door, body | {"mode": "screen"}).json()
    assert (screen["arm"], screen["key"], screen["mode"], screen["broken_before"]) == (person.enrolment.allocation.arm, "", "screen", [])
    sent = post(client, door, body | {"recipient": cast.pi.pk}).json()
    assert (sent["arm"], sent["key"], sent["mode"]) == ("", "", "third_person")
    assert [(b["requester"], b["reader"], b["mode"]) for b in sent["broken_before"]] == [("Safety_clinician", "Safety_clinician", "screen")]
    assert client.get("/api/v1/unblindings/").json() == []
    assert post(client, f"unblindings/{sent['code']}/read-arm/", {"password": PASSWORD}).status_code == 404
    client.force_login(with_password(cast.pi, at))
    listed = client.get("/api/v1/unblindings/").json()
    assert [(row["trial_id"], row["reader"], row["state"]) for row in listed] == [
        (str(person), "Pi", "waiting"), (str(person), "Safety_clinician", "told")
    ]  # fmt: skip
    assert [row for row in listed if "arm" in row] == []
    wrong = post(client, f"unblindings/{sent['code']}/read-arm/", {"password": "wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_password")
    read = post(client, f"unblindings/{sent['code']}/read-arm/", {"password": PASSWORD})
    assert read.json() == {"arm": person.enrolment.allocation.arm}
    assert post(client, f"unblindings/{sent['code']}/read-arm/", {"password": PASSWORD}).status_code == 410


def test_too_many_wrong_passwords_are_429(client, person, clinician) -> None:
    client.force_login(clinician)
    body = {"reason_code": "other", "reason": "x", "password": "wrong", "mode": "screen"}
    codes = [post(client, f"participants/{person}/break-code/", body).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert Event.objects.filter(verb="staff.reauthentication_refused").count() == 5


def test_the_list_costs_the_same_for_one_and_for_many(client, cast, person, clinician, at) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(cast.pi)
    counts = []
    for n in range(3):
        broken(person, by=clinician, at=at + timedelta(seconds=n), mode="screen")
        client.get("/unblindings/")
        with CaptureQueriesContext(connection) as found:
            client.get("/unblindings/")
        counts.append(len(found))
    assert len(set(counts)) == 1
