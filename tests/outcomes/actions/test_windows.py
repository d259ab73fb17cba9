"""Follow-up windows of a randomised person, counted from day 0 in the site's own days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from outcomes.actions import assessments
from outcomes.domain.visits import VisitStatus, Window
from outcomes.queries import sittings
from participants.actions import withdrawal
from tests.outcomes.conftest import randomise_somebody
from trials import blinding, clock
from trials.permissions import Refused
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db

# Randomised on 2 March, day 0 three weeks later; week 1 runs over the change to summer time on 29 March.
OPENS, CLOSES = date(2026, 3, 28), date(2026, 4, 3)


def send(person, at, *, visit="week1"):
    return assessments.submit(
        person, visit=visit, instrument="phq9", answers={"1": 1}, client_uuid=UUID(int=5), by=person, at=at
    )  # fmt: skip


def test_the_window_counts_from_day_0(randomised):
    visit = protocol_in_force().visit("week1")
    assert sittings.window_of(randomised, visit) == Window(target_on=date(2026, 3, 30), opens_on=OPENS, closes_on=CLOSES)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 3, 27, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 28, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 4, 3, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 4, 3, 23, 0, tzinfo=UTC), False),
    ],
    ids=["last minute before", "first minute", "last minute, summer time", "first minute after"],
)
def test_a_window_is_made_of_the_sites_days(randomised, moment, is_open):
    open_visits = [s.visit for s in sittings.open_sittings(randomised, protocol_in_force(), at=moment)]
    assert open_visits == (["week1"] if is_open else [])
    if is_open:
        assert send(randomised, moment).assessment.sent_at == moment
    else:
        with pytest.raises(Refused) as refusal:
            send(randomised, moment)
        assert refusal.value.code == "closed"


def test_the_baseline_closes_with_randomisation(randomised, at):
    assert sittings.open_sittings(randomised, protocol_in_force(), at=at) == ()
    with pytest.raises(Refused, match="ended with randomisation"):
        assessments.save_draft(randomised, visit="baseline", instrument="phq9", answers={"1": 1}, by=randomised, at=at)


def statuses(person, at) -> dict[str, VisitStatus]:
    return {f.visit.code: f.status for f in sittings.forms_of(person, protocol_in_force(), at=at) if f.instrument.code == "phq9"}


def test_where_each_form_stands(randomised, at):
    noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert statuses(randomised, noon) == {
        "baseline": VisitStatus.DONE, "week1": VisitStatus.PENDING, "week4": VisitStatus.NOT_DUE, "week8": VisitStatus.NOT_DUE,
        "week12": VisitStatus.NOT_DUE,
    }  # fmt: skip
    assert statuses(randomised, datetime(2026, 4, 4, 12, tzinfo=UTC))["week1"] == VisitStatus.MISSED
    assessments.save_draft(randomised, visit="week1", instrument="phq9", answers={"1": 1}, by=randomised, at=noon)
    assert statuses(randomised, datetime(2026, 4, 4, 12, tzinfo=UTC))["week1"] == VisitStatus.PARTIAL


def test_somebody_who_left_owes_nothing_more(randomised, coordinator, at):
    withdrawal.withdraw(randomised, scope="contact", reason="", by=coordinator, at=at)
    noon = datetime(2026, 4, 1, 12, tzinfo=UTC)
    assert statuses(randomised, noon)["week1"] == VisitStatus.MISSED
    with pytest.raises(Refused):
        send(randomised, noon)


def test_a_blind_assessor_sees_the_same_page_whatever_the_arm(trial, coordinator, assessor, at, monkeypatch):
    site = trial.sites.get(code="LIM")
    found = {}
    while len(found) < 2:
        person = randomise_somebody(site, by=coordinator, at=at)
        found.setdefault(blinding.plan_for(person.enrolment.allocation) is None, person)
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=30))
    client = Client()
    client.force_login(assessor)

    def page(person, path):
        text = client.get(f"/participants/{person}/{path}").content.decode().replace(person.trial_id, "P-X")
        return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", text)

    for path in ("visits/", "visits/baseline/phq9/"):
        assert page(found[True], path) == page(found[False], path)
