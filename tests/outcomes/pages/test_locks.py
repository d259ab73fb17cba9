"""The page and the REST doors of the data lock, as each role meets them, and a locked trial at the doors of others."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outcomes.actions import exports, locks
from tests.cast import PASSWORD, SHELL, engage
from tests.participants.breaking import with_password
from trials import clock
from trials.domain.roles import Role
from trials.models import LockStep

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast, at, settings, tmp_path, monkeypatch) -> SimpleNamespace:
    settings.UPLIFT_DATA = tmp_path / "data"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # many passwords, none of them real
    now = at + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: now)
    people = {role: with_password(getattr(cast, role), at) for role in ("manager", "blinded_statistician")}
    return SimpleNamespace(**(vars(cast) | people), now=now)


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def locked(world) -> exports.Cut:
    locks.soft_lock(reason="The last visit is over", by=world.manager, at=world.now - timedelta(hours=3))
    at = world.now - timedelta(hours=2)
    return exports.take_cut(at, by=SHELL, at=at)


def test_who_has_the_role_at_one_site_is_offered_no_step_for_the_whole_trial(world, at) -> None:
    here = engage("here", Role.PI, world.first, at=at)
    page = as_(here).get("/lock/")
    assert (page.status_code, "Soft-lock data" in page.content.decode()) == (200, False)
    assert as_(here).get("/lock/soft/").status_code == 403


def test_a_trial_is_locked_signed_and_unblinded_page_by_page(world) -> None:
    manager, blind = as_(world.manager), as_(world.blinded_statistician)
    assert "Soft-lock data" in manager.get("/lock/").content.decode()
    assert "Soft-lock data" not in blind.get("/lock/").content.decode()
    answer = manager.post("/lock/soft/", {"reason": ""})
    assert (answer.status_code, LockStep.objects.count()) == (422, 0)
    assert manager.get("/lock/lift/").status_code == 409
    assert manager.post("/lock/soft/", {"reason": "The last visit is over"}).status_code == 302
    assert manager.get("/lock/sign/").status_code == 409
    exports.take_cut(world.now, by=SHELL, at=world.now)
    wrong = blind.post("/lock/sign/", {"password": "wrong"})
    assert (wrong.status_code, "This is not your password." in wrong.content.decode()) == (422, True)
    assert "As blinded statistician you sign:" in wrong.content.decode()
    assert blind.post("/lock/sign/", {"password": PASSWORD}).status_code == 302
    assert "Sign hard lock" not in blind.get("/lock/").content.decode()
    assert "Signed so far: Blinded_statistician, blinded statistician." in manager.get("/lock/").content.decode()
    assert manager.post("/lock/sign/", {"password": PASSWORD}).status_code == 302
    shown = manager.get("/lock/").content.decode()
    assert "Hard-locked" in shown
    assert "the trial&#x27;s data are complete and correct" in shown
    assert blind.get("/lock/unblind/").status_code == 403
    assert manager.post("/lock/unblind/", {"reason": "The analysis begins", "password": PASSWORD}).status_code == 302
    assert list(LockStep.objects.values_list("move", flat=True)) == ["soft_locked", "hard_locked", "unblinded"]


def test_the_digest_of_a_closed_cut_is_not_for_blind_eyes(world) -> None:
    cut = locked(world)
    for by in (world.manager, world.blinded_statistician):
        locks.sign_hard_lock(cut_at=cut.at, password=PASSWORD, by=by, at=world.now - timedelta(hours=1))
    seen = {role: as_(getattr(world, role)) for role in ("manager", "blinded_statistician")}
    assert {role: cut.digest[:16] in client.get("/lock/").content.decode() for role, client in seen.items()} == {
        "manager": True, "blinded_statistician": False,
    }  # fmt: skip
    assert {role: client.get("/api/v1/lock/").json()["digest"] for role, client in seen.items()} == {
        "manager": cut.digest, "blinded_statistician": "",
    }  # fmt: skip


def test_a_locked_trial_answers_423_at_pages_and_at_rest(world) -> None:
    locked(world)
    near = as_(world.coordinator)
    given = {"site": "LIM", "answers": {"age": "25"}}
    answer = near.post("/api/v1/participants/screen/", given, content_type="application/json")
    sentence = "The trial's data are locked: nothing is recorded or changed unless the lock is lifted."
    assert (answer.status_code, answer.json()) == (423, {"detail": sentence, "code": "data_locked"})
    page = near.post("/participants/screen/", {"site": "LIM", "age": "25"})
    assert (page.status_code, "data are locked" in page.content.decode()) == (423, True)


def test_every_page_says_that_the_data_are_locked_and_asks_nothing_more_for_it(world, django_assert_num_queries) -> None:
    near, said = as_(world.coordinator), "data are locked: new entries are refused"
    with CaptureQueriesContext(connection) as open_trial:
        assert said not in near.get("/account/").content.decode()
    locked(world)
    with django_assert_num_queries(len(open_trial)):
        assert said in near.get("/account/").content.decode()


def test_rest_locks_and_tells_the_standing(world) -> None:
    cut = locked(world)
    blind = as_(world.blinded_statistician)
    told = blind.get("/api/v1/lock/").json()
    assert (told["state"], told["unblinded"], told["late"], told["signatures"]) == ("soft", False, 0, [])
    body = {"cut_at": told["cut_to_sign"], "password": PASSWORD}
    signed = blind.post("/api/v1/lock/sign-hard-lock/", body, content_type="application/json").json()
    assert (signed["name"], signed["role"], signed["cut_at"]) == ("Blinded_statistician", "blinded_statistician", told["cut_to_sign"])
    assert cut.at.isoformat().replace("+00:00", "Z") == told["cut_to_sign"]
    lifted = as_(world.manager).post("/api/v1/lock/lift-lock/", {"reason": "Too early"}, content_type="application/json")
    assert (lifted.status_code, lifted.json()["move"]) == (200, "lifted")
    assert as_(world.coordinator).get("/api/v1/lock/").status_code == 403
