"""The REST door of the trial office: strict shapes, the same refusals as everywhere, tokens kept as digests."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.cast import LIMERICK
from trials.actions import staff
from trials.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(cast, at, stand_at):
    stand_at(at)
    return staff.make_token(cast.manager, name="script", by=cast.manager, at=at)[1]


def post(client: Client, url: str, body: object, token: str):
    return client.post(url, body, content_type="application/json", headers={"Authorization": f"Bearer {token}"})


def test_a_token_opens_the_door_and_none_does_not(cast, client, token):
    assert client.get("/api/v1/me/").status_code == 401
    answer = client.get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["username"] == "manager"
    assert [r["role"] for r in answer.json()["roles"]] == ["manager"]
    assert client.get("/api/v1/me/", headers={"Authorization": "Bearer " + token[:-1]}).status_code == 401


def test_inviting_is_the_same_step_with_the_same_refusals(cast, client, token):
    body = {"username": "aoife", "name": "Aoife", "role": "trainer", "site": cast.first.code}
    made = post(client, "/api/v1/staff/invite/", body, token)
    assert made.status_code == 200
    assert made.json()["address"].startswith("/welcome/#t=")
    again = post(client, "/api/v1/staff/invite/", body, token)
    assert (again.status_code, again.json()) == (409, {"detail": "The user name aoife is taken.", "code": "username_taken"})


def test_a_session_needs_its_csrf_token(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.manager)
    answer = client.post("/api/v1/staff/invite/", {"username": "aoife"}, content_type="application/json")
    assert answer.status_code == 403
    assert not User.objects.filter(username="aoife").exists()


@pytest.mark.parametrize("role", ["coordinator", "trainer", "assessor", "monitor", "unblinded_statistician"])
def test_only_a_manager_reads_staff(cast, client, at, stand_at, role):
    stand_at(at)
    user = getattr(cast, role)
    _, token = staff.make_token(user, name="x", by=user, at=at)
    answer = client.get("/api/v1/staff/", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"usernam": "x"}', "Did you mean username?"),
        ("[]", "Send a JSON object."),
        ("{", "not JSON"),
        (deep(100_000), "nested more than 32 deep"),
        (deep(40), "nested more than 32 deep"),
        ('{"username": "a\\u0000b"}', "NUL character"),
        ('{"username": "a\\ud800b"}', "half a character"),
        ('{"username": NaN}', "not a number"),
        ('{"username": 1e400}', "role"),
        (b"\xff\xfe", "not UTF-8"),
        ("", "username"),
        ("null", "Send a JSON object."),
        ('{"role": "emperor", "site": null, "username": "x", "name": "y"}', "not a valid choice"),
        ('{"role": "trainer", "site": "NOWHERE", "username": "xx", "name": "y"}', "does not exist"),
    ],
    ids=range(14),
)
def test_bad_bodies_get_a_sentence(cast, client, token, body, sentence):
    answer = client.generic(
        "POST", "/api/v1/staff/invite/", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 400, answer.content
    assert sentence in answer.content.decode()


def test_a_huge_body_is_refused_before_it_is_read(cast, client, token):
    answer = client.generic(
        "POST", "/api/v1/staff/invite/", b" " * 300_000, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("url", ["/api/v1/me/?x=%00", "/staff/?q=%00", "/participants/%00/"])
def test_a_nul_in_the_address_is_refused(client, url):
    assert client.get(url).status_code == 400


def test_a_bad_protocol_names_every_fault(cast, client, token):
    text = LIMERICK.read_text().replace("[trial]\n", "[trial]\nnonsense = 1\n", 1).replace("sample_size =", "sample_sise =", 1)
    answer = post(client, "/api/v1/protocol/load-protocol/", {"text": text}, token)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_protocol")
    assert "nonsense" in answer.json()["detail"]
    assert "sample_sise" in answer.json()["detail"]


def test_the_schema_is_openapi_3_1_and_names_each_write_after_its_action(cast, client, token):
    schema = client.get("/api/v1/schema/?format=json", headers={"Authorization": f"Bearer {token}"}).json()
    assert schema["openapi"].startswith("3.1")
    named = {
        path.rstrip("/").rsplit("/", 1)[-1].replace("-", "_"): verbs["post"]["operationId"]
        for path, verbs in schema["paths"].items()
        if "post" in verbs
    }
    assert {last for last, operation in named.items() if last != operation} == set()
    assert "invite" in named


def test_the_page_of_the_interface_needs_nothing_from_elsewhere_and_nothing_that_the_policy_blocks(cast):
    client = Client()
    page = client.get("/api/v1/docs/").content.decode()
    sources = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert len(sources) == 5
    assert [source for source in sources if not source.startswith("/")] == []
    assert ("<style" in page, "style=" in page, '<html lang="en">' in page) == (False, False, True)
    assert client.get(sources[-1].replace("&amp;", "&")).status_code == 200
    client.force_login(cast.manager)
    assert 'href="/api/v1/docs/"' in client.get("/account/").content.decode()
