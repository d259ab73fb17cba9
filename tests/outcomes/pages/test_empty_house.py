"""The first days of an installation: what a manager meets before a protocol is loaded, and what is lacking before the first participant."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import LIMERICK, engage, hire, load_trial
from trials.actions import schemes
from trials.domain.roles import Role

pytestmark = pytest.mark.django_db


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(user, address: str = "/") -> str:
    answer = as_(user).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def lacking(user) -> str:
    return page_of(user).partition("Before the first participant")[2].partition("</section>")[0]


def test_without_a_protocol_the_week_says_so_instead_of_not_being_there(at) -> None:
    answer = as_(engage("manager", Role.MANAGER, None, at=at)).get("/week/")
    assert (answer.status_code, "No protocol is loaded yet." in answer.content.decode()) == (409, True)
    assert as_(engage("assessor", Role.ASSESSOR, None, at=at)).get("/week/").status_code == 404


def test_a_roster_for_which_there_is_nobody_says_whom_to_invite(at) -> None:
    load_trial(at=at)
    manager = engage("manager", Role.MANAGER, None, at=at)
    page = page_of(manager, "/safety/roster/")
    assert ("Nobody can be put on duty yet" in page, 'href="/staff/invite/"' in page, "Save turn" in page) == (True, True, False)
    engage("clinician", Role.SAFETY_CLINICIAN, None, at=at)
    page = page_of(manager, "/safety/roster/")
    assert ("Nobody can be put on duty yet" in page, "Save turn" in page) == (False, True)


def test_a_fault_of_a_protocol_reads_as_a_sentence_on_the_page(at) -> None:
    manager = engage("manager", Role.MANAGER, None, at=at)
    bad = LIMERICK.read_text().replace("per_week = 2", "per_week = 9", 1).replace("title = ", "titel = ", 1)
    page = as_(manager).post("/protocol/", {"text": bad}).content.decode()
    assert "<strong>plans.ret.per_week</strong>: 9 is out of range; use 1 to 7.</li>" in page
    assert "<strong>trial.titel</strong>: is not a known key; did you mean title? Known: " in page


def test_home_says_what_is_lacking_until_randomisation_is_open(at) -> None:
    load_trial(at=at)
    first = engage("first", Role.MANAGER, None, at=at)
    assert "Nobody is invited yet as coordinator, unblinded statistician, principal investigator, safety clinician, trainer" in lacking(
        first
    )
    assert "All clear." not in page_of(first)
    cast = hire(at=at)
    assert "Nobody is invited" not in lacking(cast.manager)
    assert "The unblinded statistician makes it, then you approve it" in lacking(cast.manager)
    assert "It is yours to draw" in lacking(cast.unblinded_statistician)
    assert (lacking(cast.coordinator), lacking(cast.blinded_statistician)) == ("", "")
    schemes.draw_scheme(by=cast.unblinded_statistician, at=at)
    assert "waits for your approval" in lacking(cast.manager)
    assert lacking(cast.unblinded_statistician) == ""
    schemes.approve_scheme(by=cast.manager, at=at)
    assert (lacking(cast.manager), lacking(cast.unblinded_statistician)) == ("", "")
