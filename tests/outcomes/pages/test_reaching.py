"""A link can be sent again, revoked, or replaced by a code that is typed on the site's tablet."""

from __future__ import annotations

import re

import pytest

from participants.actions import consent, screening
from participants.models import Message, PersonalLink
from tests.participants.training import ELIGIBLE

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast, at, stand_at):
    stand_at(at)
    person = screening.screen(cast.first, answers=ELIGIBLE, sex="F", by=cast.coordinator, at=at)
    consent.record_consent(person, version="1.0", signed_on=at.date(), by=cast.coordinator, at=at)
    return person


def test_a_code_opens_the_questions_on_a_tablet_and_is_kept_as_a_digest_alone(cast, client, person):
    client.force_login(cast.coordinator)
    shown = client.post(f"/participants/{person}/links/baseline/tablet/").content.decode()
    code = re.search(r"<code>(\w{10})</code>", shown).group(1)
    assert code not in str(list(PersonalLink.objects.values()))
    client.logout()
    assert client.post("/me/", {"code": code.lower()}).status_code == 302
    assert client.get("/me/question/1/").status_code == 200


def test_revoked_links_open_nothing(cast, client, person):
    client.force_login(cast.coordinator)
    shown = client.post(f"/participants/{person}/links/baseline/tablet/").content.decode()
    code = re.search(r"<code>(\w{10})</code>", shown).group(1)
    client.post(f"/participants/{person}/links/baseline/revoke/")
    client.logout()
    answer = client.post("/me/", {"code": code})
    assert answer.status_code != 302
    assert client.get("/me/question/1/").status_code != 200


def test_the_visits_page_offers_the_three_steps_to_who_may_send(cast, client, person):
    for user, offered in ((cast.coordinator, True), (cast.assessor, False)):
        client.force_login(user)
        page = client.get(f"/participants/{person}/visits/").content.decode()
        assert [words in page for words in ("Send link again", "Show code for a tablet", "Revoke links")] == [offered] * 3


@pytest.mark.parametrize("step", ["send", "tablet", "revoke"])
def test_who_may_not_send_is_refused_and_the_other_site_finds_nobody(cast, client, person, step):
    for user, status in ((cast.assessor, 403), (cast.other_coordinator, 404)):
        client.force_login(user)
        assert client.post(f"/participants/{person}/links/baseline/{step}/").status_code == status
    assert not Message.objects.exists()
    assert not PersonalLink.objects.exists()


def test_a_visit_that_is_not_open_gives_no_code(cast, client, person):
    client.force_login(cast.coordinator)
    answer = client.post(f"/participants/{person}/links/week4/tablet/")
    assert answer.status_code == 409
    assert "nothing to answer at this visit now" in answer.content.decode()
