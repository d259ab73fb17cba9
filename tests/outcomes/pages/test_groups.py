"""The doors to couples and clusters: pages and REST for who randomises, and nothing at all for anybody else."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from tests.outcomes.gathering import CLUSTERS, COUPLES, by_group, ids, ready
from tests.participants.people import consenting
from trials import clock
from trials.actions import staff
from trials.actions.groups import gather_group
from trials.models import Allocation, Group, GroupMember

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_now(at, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at)
    return at


def logged_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def plain(answer, code: str) -> bytes:
    """An answer without the address asked for and without the tokens against forged requests, fresh in every answer."""
    return re.sub(rb"[A-Za-z0-9]{64}", b"", answer.content.replace(code.encode(), b""))


def test_a_couple_is_gathered_shown_and_randomised_on_pages(at_now):
    cast = by_group(COUPLES, at_now)
    people = ready(cast, at_now, 3)
    consenting(cast.second, by=cast.other_coordinator, at=at_now)
    client = logged_in(cast.coordinator)
    assert "None is gathered yet." in client.get("/groups/").content.decode()
    assert "See couples" in client.get("/randomisation/").content.decode()
    page = client.get("/groups/gather/").content.decode()
    assert [n for n in ("P-001", "P-002", "P-003", "P-004") if f'value="{n}"' in page] == ["P-001", "P-002", "P-003"]
    many = client.post("/groups/gather/", {"people": ids(people)})
    assert (many.status_code, "A couple has 2 people at most" in many.content.decode()) == (422, True)
    shown = client.post("/groups/gather/", {"people": ["P-001", "P-002"]}, follow=True).content.decode()
    here = f"/groups/{Group.objects.get().code}/"
    assert ("Randomise together" in shown, 'value="P-001"' in client.get("/groups/gather/").content.decode()) == (True, False)
    assert client.get(f"{here}leave/P-003/").status_code == 404
    left = client.post(f"{here}leave/P-002/", {"reason": "Parted"}, follow=True).content.decode()
    assert ">P-002<" not in left
    assert "or nobody: P-001." in client.get(f"{here}randomise/").content.decode()
    small = client.post(f"{here}randomise/", {"typed": "1"})
    assert (small.status_code, "A couple is randomised with 2 people" in small.content.decode()) == (409, True)
    assert ">P-003<" in client.post(f"{here}join/", {"trial_id": "P-003"}, follow=True).content.decode()
    wrong = client.post(f"{here}randomise/", {"typed": "3"})
    assert (wrong.status_code, "There are 2 people in it, and you typed 3." in wrong.content.decode()) == (422, True)
    assert not Allocation.objects.exists()
    done = client.post(f"{here}randomise/", {"typed": "2"}, follow=True).content.decode()
    given = list(Allocation.objects.all())
    assert [a.unit.trial_id for a in given] == ["P-001", "P-003"]
    assert all(a.code in done for a in given)
    assert "Remove" not in done
    assert "Add member" not in done
    assert client.get(f"{here}randomise/").status_code == 302
    assert client.get(here).status_code == client.get(f"{here}randomise/", follow=True).status_code == 200
    assert (
        'value="P-001"' in client.get("/groups/gather/").content.decode(),
        "Nobody waits" in client.get("/groups/gather/").content.decode(),
    ) == (False, False)


def test_a_latecomer_gives_a_reason_on_the_page(at_now):
    cast = by_group(CLUSTERS, at_now)
    people = ready(cast, at_now, 3)
    cluster = gather_group(ids(people[:2]), by=cast.coordinator, at=at_now)
    client, here = logged_in(cast.coordinator), f"/groups/{cluster.code}/"
    client.post(f"{here}randomise/", {"typed": "2"})
    assert client.post(f"{here}join/", {"trial_id": "P-003"}).status_code == 422
    assert (
        "after the draw: Moved in" in client.post(f"{here}join/", {"trial_id": "P-003", "reason": "Moved in"}, follow=True).content.decode()
    )
    assert Allocation.objects.count() == 3
    for page in ("/groups/gather/", f"{here}join/"):
        assert "Nobody waits: people are listed here once they have consented" in client.get(page).content.decode()


def test_the_page_of_one_person_leads_to_the_group_instead_of_refusing_after_the_press(at_now):
    cast = by_group(COUPLES, at_now)
    people = ready(cast, at_now, 3)
    couple = gather_group(ids(people[:2]), by=cast.coordinator, at=at_now)
    client = logged_in(cast.coordinator)
    pages = {name: client.get(f"/participants/{name}/randomise/").content.decode() for name in ids(people)}
    assert f"P-002 gets the arm that is drawn for couple {couple}, with the others in it." in pages["P-002"]
    assert f'href="/groups/{couple}/"' in pages["P-002"]
    assert "This trial randomises couples: gather P-003 with the others first" in pages["P-003"]
    assert 'href="/groups/gather/"' in pages["P-003"]
    for page in pages.values():
        assert [words for words in ("What must hold", 'name="typed"', "the next place", "Enter the envelope") if words in page] == [
            "What must hold"
        ]
    pressed = client.post("/participants/P-003/randomise/", {"typed": "P-003"})
    assert (pressed.status_code, "This trial randomises couples" in pressed.content.decode()) == (409, True)
    assert not Allocation.objects.exists()
    client.post(f"/groups/{couple}/randomise/", {"typed": "2"})
    assert f'<a href="/groups/{couple}/">Couple {couple}</a>' in client.get("/participants/P-001/randomised/").content.decode()
    several = client.get("/randomise/").content.decode()
    assert ("This trial randomises couples" in several, "See couples" in several, 'name="people"' in several) == (True, True, False)
    assert "Randomise several people" not in client.get("/randomisation/").content.decode()


def test_a_trial_by_person_says_so(at_now):
    cast = by_group("", at_now)
    client = logged_in(cast.coordinator)
    assert "This trial randomises persons" in client.get("/groups/").content.decode()
    assert "/groups/" not in client.get("/randomisation/").content.decode()
    (person,) = ready(cast, at_now, 1)
    for page in (f"/participants/{person}/randomise/", "/randomise/"):
        told = client.get(page).content.decode()
        assert ("/groups/" in told, 'name="typed"' in told) == (False, True)
    client.post(f"/participants/{person}/randomise/", {"typed": str(person)})
    assert "Randomised with" not in client.get(f"/participants/{person}/randomised/").content.decode()


def test_nobody_who_does_not_randomise_there_learns_that_a_group_is_there(at_now):
    cast = by_group(COUPLES, at_now)
    cluster = gather_group(ids(ready(cast, at_now, 2)), by=cast.coordinator, at=at_now)
    here = f"/groups/{cluster.code}/"
    pages = (
        "/groups/",
        "/groups/gather/",
        here,
        f"{here}randomise/",
        f"{here}join/",
        f"{here}leave/P-001/",
        f"/api/v1{here}",
        "/api/v1/groups/",
    )
    for blind in (cast.assessor, cast.blinded_statistician, cast.safety_clinician):
        client = logged_in(blind)
        answers = [client.get(page) for page in pages]
        unknown = [client.get(page.replace(cluster.code, "NOBODY")) for page in pages]
        assert {answer.status_code for answer in answers} == {403}
        assert [plain(answer, "NOBODY") for answer in unknown] == [plain(answer, cluster.code) for answer in answers]
    other = logged_in(cast.other_coordinator)
    assert [other.get(page).status_code for page in pages[2:7]] == [404] * 5
    assert cluster.code not in other.get("/groups/").content.decode()


def test_the_rest_doors_gather_change_and_randomise_with_a_key(at_now):
    cast = by_group(CLUSTERS, at_now)
    ready(cast, at_now, 4)
    token = staff.make_token(cast.coordinator, name="t", by=cast.coordinator, at=at_now)[1]

    def call(method: str, address: str, body: object = None, **headers: str):
        told = {"Authorization": f"Bearer {token}", **headers}
        return getattr(Client(), method)(f"/api/v1/groups/{address}", body, content_type="application/json", headers=told)

    made = call("post", "gather-group/", {"trial_ids": ["P-001", "P-002"]})
    code = made.json()["code"]
    assert (made.status_code, made.json()["kind"], made.json()["site"]) == (200, "cluster", "LIM")
    bad = call("post", "gather-group/", {"trial_ids": ["P-001", "P-999"]})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_group")
    assert call("post", f"{code}/add-member/", {"trial_id": "P-003"}).json()["number"] == 3
    assert call("post", f"{code}/remove-member/", {"trial_id": "P-003", "reason": "Parted"}).json()["left_reason"] == "Parted"
    assert call("post", f"{code}/randomise-group/", {}).json()["code"] == "no_key"
    key = {"Idempotency-Key": str(UUID(int=3))}
    first, again = call("post", f"{code}/randomise-group/", {}, **key), call("post", f"{code}/randomise-group/", {}, **key)
    assert (first.status_code, first.content) == (200, again.content)
    assert [row["trial_id"] for row in first.json()["people"]] == ["P-001", "P-002"]
    late = call("post", f"{code}/join-group/", {"trial_id": "P-004", "reason": "Moved in"}, **{"Idempotency-Key": str(UUID(int=4))})
    assert (late.status_code, late.json()["trial_id"]) == (200, "P-004")
    shown = call("get", f"{code}/").json()
    assert [(m["trial_id"], m["late_reason"]) for m in shown["members"]] == [("P-001", ""), ("P-002", ""), ("P-004", "Moved in")]
    assert shown["randomised_at"] is not None
    assert not {"arm", "seq"} & set(shown)
    assert [row["code"] for row in call("get", "").json()] == [code]
    assert GroupMember.objects.count() == 4
