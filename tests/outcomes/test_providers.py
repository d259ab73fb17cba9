"""Who delivers the training is described by who manages staff, and stands in the dataset beside a code."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from outcomes.actions import arm_reports, exports
from outcomes.actions import providers as steps
from outcomes.models import Provider
from tests.cast import SHELL, engage
from tests.participants.observing import assigned, held
from tests.participants.training import in_both_arms
from trials import clock
from trials.domain.roles import Role
from trials.models import Event, RowVersion, User
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
FACTS = {"profession": "Physiotherapist", "qualification": "MSc", "trained_on": date(2026, 2, 10)}


@pytest.fixture(autouse=True)
def now(monkeypatch, at):
    when = at + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: when)
    return when


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def refused(person, *, by, at, **facts) -> str:
    before = RowVersion.objects.filter(table_name="outcomes_provider", operation="UPDATE").count()
    with pytest.raises(Refused) as told:
        steps.describe_provider(person, **{**FACTS, **facts}, by=by, at=at)
    assert RowVersion.objects.filter(table_name="outcomes_provider", operation="UPDATE").count() == before
    return told.value.code


def test_a_manager_describes_a_trainer_on_a_page(cast, now) -> None:
    client, here = as_(cast.manager), f"/providers/{cast.trainer.pk}/"
    assert here in client.get("/providers/").content.decode()
    sent = {"profession": " Physio  therapist ", "qualification": "MSc", "trained_on": "2026-02-10", "reason": ""}
    assert client.post(here, sent)["Location"] == "/providers/"
    kept = Provider.objects.get(user=cast.trainer)
    assert (kept.profession, kept.qualification, kept.trained_on, kept.site) == ("Physio therapist", "MSc", date(2026, 2, 10), "LIM")
    assert Event.objects.get(verb="provider.described").detail == {"changed": ["profession", "qualification", "trained_on"]}
    assert "MSc" in client.get("/providers/").content.decode()
    assert client.post(here, {**sent, "trained_on": "soon"}).status_code == 422
    assert client.post(here, {**sent, "trained_on": "2027-02-10", "reason": "Later"}).status_code == 422


def test_a_change_needs_a_reason_and_an_addition_none(cast, now) -> None:
    own = {"by": cast.manager, "at": now}
    steps.describe_provider(cast.trainer, **{**FACTS, "trained_on": None}, **own)
    steps.describe_provider(cast.trainer, **FACTS, **own)
    assert refused(cast.trainer, qualification="PhD", **own) == "no_reason"
    assert refused(cast.trainer, trained_on=None, **own) == "no_reason"
    steps.describe_provider(cast.trainer, **{**FACTS, "qualification": "PhD"}, reason="Since graduated", **own)
    version = RowVersion.objects.filter(table_name="outcomes_provider", operation="UPDATE").order_by("-pk").first()
    assert (version.old["qualification"], version.new["qualification"], version.reason) == ("MSc", "PhD", "Since graduated")
    events = Event.objects.filter(verb="provider.described")
    steps.describe_provider(cast.trainer, **{**FACTS, "qualification": "PhD"}, **own)  # pressed twice
    assert events.count() == 3


def test_what_is_no_description(cast, now) -> None:
    own = {"by": cast.manager, "at": now}
    assert refused(cast.assessor, **own) == "no_trainer"
    assert refused(cast.trainer, qualification="x" * 201, **own) == "long"
    assert refused(cast.trainer, trained_on=date(1949, 12, 31), **own) == "day"
    assert refused(cast.trainer, trained_on=(now + timedelta(days=2)).date(), **own) == "day"
    with pytest.raises(NotAllowed):
        steps.describe_provider(cast.trainer, **FACTS, by=cast.coordinator, at=now)


def test_who_no_longer_works_here_and_who_came_with_a_dataset_are_described_too(cast, now) -> None:
    cast.trainer.memberships.update(ended_at=now)
    imported = User.objects.create(username="moved-in-S90", name="S90", is_active=False, password=make_password(None), created_at=now)
    assert refused(imported, by=cast.manager, at=now) == "no_trainer"
    Provider.objects.create(user=imported, code="S90")
    for person in (cast.trainer, imported):
        assert steps.describe_provider(person, **FACTS, by=cast.manager, at=now).qualification == "MSc"


def test_codes_are_given_in_the_order_of_accounts_and_stay(cast, at, now) -> None:
    """Whoever is described first gets no earlier code: a rater's code must not tell that there were trainers before."""
    steps.describe_provider(cast.other_coordinator, **FACTS, by=cast.manager, at=now)
    codes = list(Provider.objects.order_by("user_id").values_list("code", flat=True))
    assert codes == [f"S{n:02d}" for n in range(1, len(codes) + 1)]
    assert len(codes) == User.objects.count()
    newcomer = engage("newcomer", Role.TRAINER, cast.first, at=now)
    exports.take_cut(now, by=SHELL, at=now)
    assert Provider.objects.get(user=newcomer).code == f"S{len(codes) + 1:02d}"
    assert list(Provider.objects.exclude(user=newcomer).order_by("user_id").values_list("code", flat=True)) == codes


def test_it_stands_in_the_dataset_and_counts_sessions_before_the_training(cast, at, now) -> None:
    pair = in_both_arms(cast.first, by=cast.coordinator, at=at)
    assigned(pair.trains, cast.trainer, by=cast.coordinator, at=at)
    days = [held(pair.trains, number, by=cast.trainer).held_on for number in (7, 8)]
    steps.describe_provider(cast.trainer, **{**FACTS, "trained_on": days[1]}, by=cast.manager, at=now)
    (given,) = arm_reports.body_of(protocol_in_force(), now)["providers"]
    assert (given["qualification"], given["sessions"], given["before_trained"]) == ("MSc", 2, 1)
    files = exports.export_dataset(now, view="closed", by=SHELL, at=now)
    (row,) = csv.DictReader(io.StringIO(files["provider.csv"].decode()))
    code = Provider.objects.get(user=cast.trainer).code
    assert row == {
        "trainer": code, "site": "LIM", "profession": "Physiotherapist", "qualification": "MSc", "trained_on": days[1].isoformat(),
        "n_participants": "1", "n_sessions": "2",
    }  # fmt: skip
    assert not any(
        "MSc" in body.decode(errors="replace") for body in exports.export_dataset(now, view="blinded", by=SHELL, at=now).values()
    )


def test_a_description_is_a_change_of_the_dataset(cast, now) -> None:
    """A cut of before would hold what was said after it; the codes that a cut brings are no such change."""
    steps.describe_provider(cast.trainer, **FACTS, by=cast.manager, at=now)
    with pytest.raises(Refused) as told:
        exports.take_cut(now - timedelta(hours=1), by=SHELL, at=now + timedelta(hours=1))
    assert told.value.code == "cut_too_early"
    exports.take_cut(now, by=SHELL, at=now + timedelta(hours=1))


def test_by_rest_the_same(cast, now) -> None:
    client, here = as_(cast.manager), f"/api/v1/providers/{cast.trainer.pk}/describe-provider/"
    assert client.get("/api/v1/providers/").json() == []
    body = {"profession": "Physiotherapist", "qualification": "MSc", "trained_on": "2026-02-10"}
    answer = client.post(here, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    assert {"user": cast.trainer.pk, "site": "LIM", **body}.items() <= answer.json().items()
    assert answer.json() in client.get("/api/v1/providers/").json()
    again = client.post(here, json.dumps({**body, "qualification": "PhD"}), content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (422, "no_reason")


def test_nobody_else_finds_the_door(cast) -> None:
    for role in ("coordinator", "trainer", "assessor", "blinded_statistician", "safety_clinician", "pi"):
        client = as_(getattr(cast, role))
        places = ("/providers/", f"/providers/{cast.trainer.pk}/", "/api/v1/providers/")
        assert [client.get(place).status_code for place in places] == [403, 403, 403]
        assert client.post(f"/api/v1/providers/{cast.trainer.pk}/describe-provider/").status_code == 403
