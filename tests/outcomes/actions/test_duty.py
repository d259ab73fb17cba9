"""The roster: one person a place, held by the database; who is called, what is promised, and what is said before it is empty."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.html import strip_tags

from outcomes.actions import assessments, duty
from outcomes.models import Alert, Duty
from outcomes.queries import duty as roster
from participants.models import Message
from tests.outcomes.conftest import canary_came_through
from trials import clock
from trials.permissions import Refused

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def site(cast):
    return cast.first


def put(user, site, starts_at, ends_at, *, place=1, by, at):
    return duty.put_on_duty(user, site=site, starts_at=starts_at, ends_at=ends_at, place=place, by=by, at=at)


def test_two_turns_of_one_place_never_overlap_and_the_refusal_names_who_stands_there(site, clinician, pi, at):
    put(clinician, site, at, at + DAY, by=clinician, at=at)
    with pytest.raises(Refused, match=f"{clinician.name} is there as called first") as refused:
        put(pi, site, at + DAY - HOUR, at + 2 * DAY, by=clinician, at=at)
    assert refused.value.status == 409
    assert Duty.objects.count() == 1
    put(pi, site, at + DAY, at + 2 * DAY, by=clinician, at=at)
    put(pi, site, at, at + DAY, place=2, by=clinician, at=at)
    assert Duty.objects.count() == 3


def test_the_database_itself_holds_turns_apart_and_lets_a_voided_one_go(site, clinician, pi, at):
    first = put(clinician, site, at, at + DAY, by=clinician, at=at)
    everywhere = put(clinician, None, at, at + DAY, by=clinician, at=at)
    for of in (site, None):
        with pytest.raises(IntegrityError, match="duty_turns_apart"), transaction.atomic():
            Duty.objects.create(user=pi, site=of, starts_at=at, ends_at=at + HOUR, place=1)
    with pytest.raises(IntegrityError, match="duty_place_known"), transaction.atomic():
        Duty.objects.create(user=pi, site=site, starts_at=at, ends_at=at + HOUR, place=4)
    for turn in (first, everywhere):
        duty.take_off_duty(turn, by=clinician, at=at)
    assert put(pi, site, at, at + DAY, by=clinician, at=at).place == 1


@pytest.mark.parametrize("place", [0, 4, -1])
def test_an_unknown_place_is_refused_in_a_sentence(site, clinician, at, place):
    with pytest.raises(Refused, match="first, stand-in or second stand-in") as refused:
        put(clinician, site, at, at + DAY, place=place, by=clinician, at=at)
    assert refused.value.status == 422


def test_the_first_is_told_and_the_order_is_by_place_then_by_site(site, person, clinician, pi, cast, at):
    put(pi, site, at, at + DAY, place=2, by=clinician, at=at)
    put(clinician, None, at, at + DAY, place=1, by=clinician, at=at)
    assert [d.user for d in roster.on_duty(site, at)] == [clinician, pi]
    assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": 1}, by=person, at=at)
    assert list(Message.objects.values_list("to", flat=True)) == [clinician.actor]


def test_an_empty_roster_is_said_24_hours_before_it_is_empty(site, cast, clinician, at):
    put(clinician, None, at - DAY, at + 25 * HOUR, by=clinician, at=at)
    assert roster.gaps([site], at) == []
    soon = roster.gaps([site], at + 2 * HOUR)
    assert [(g.site, g.since, g.now) for g in soon] == [(site, at + 25 * HOUR, False)]
    assert [g.now for g in roster.gaps([site], at + 25 * HOUR)] == [True]
    put(clinician, None, at + 26 * HOUR, at + 99 * HOUR, by=clinician, at=at)
    assert [g.since for g in roster.gaps([site], at + 2 * HOUR)] == [at + 25 * HOUR]


@pytest.mark.parametrize(
    ("who", "told"), [("coordinator", True), ("pi", True), ("clinician", True), ("trainer", False), ("assessor", False)]
)
def test_coordinator_investigator_and_desk_are_told_of_the_gap_on_their_pages(request, monkeypatch, cast, clinician, at, who, told):
    duty.put_on_duty(clinician, site=None, starts_at=at, ends_at=at + 20 * HOUR, by=clinician, at=at)
    monkeypatch.setattr(clock, "now", lambda: at)
    client = Client()
    client.force_login(request.getfixturevalue(who))
    assert ("Nobody is on duty for safety alerts: " in client.get("/").content.decode()) is told
    if who in ("pi", "clinician"):
        page = strip_tags(client.get("/safety/").content.decode())
        assert "nobody is on duty from Tue 3 Mar, 05:00." in page


def test_a_call_is_promised_by_the_first_who_stays_until_it_is_due_and_before_it_is_late(site, person, clinician, pi, at):
    canary_came_through(at)
    put(clinician, site, at, at + 10 * HOUR, by=clinician, at=at)
    put(pi, site, at, at + 9 * DAY, place=2, by=clinician, at=at)
    for value, promised in ((1, None), (2, clinician)):
        assessments.save_draft(person, visit="baseline", instrument="phq9", answers={"9": value}, by=person, at=at)
        alert = Alert.objects.get(trigger=f"phq9.9>={value}")
        Message.objects.update(status="sent")
        found = roster.promise(alert, at)
        assert (found and found.user) == promised
    assert roster.promise(alert, at + 4 * HOUR) is None
    alert.first_contact_at = at
    assert roster.promise(alert, at) is None
