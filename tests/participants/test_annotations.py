"""An error of randomisation is said beside the allocation: it stands, its place is not given again, and the analysis reads what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from outcomes.domain.case import Case
from outcomes.domain.tables import person_tables
from outcomes.exports import dataset
from outcomes.instruments import instruments
from participants.actions import annotations, records
from participants.models import Deviation
from tests.cast import SHELL
from tests.participants.people import consenting
from tests.participants.training import in_both_arms
from trials.actions import staff
from trials.domain.annotations import stratum_fault, used_factors
from trials.domain.roles import Role
from trials.models import Allocation, AllocationAnnotation, Event, Stratum, User
from trials.permissions import NotAllowed, Refused
from trials.queries import protocol_in_force

pytestmark = pytest.mark.django_db
MEN = {"site": "LIM", "sex": "M"}


@pytest.fixture
def both(cast, at):
    return in_both_arms(cast.first, by=cast.coordinator, at=at)


@pytest.fixture
def person(both):
    return both.trains


@pytest.fixture
def later(at):
    return at + timedelta(days=10)


def row_of(person, at) -> dict[str, object]:
    facts = next(p for p in dataset.people() if p.trial_id == person.trial_id)
    built = person_tables(Case(facts, protocol_in_force(), at), instruments)
    return built["participant"][0] | {"deviations": built["deviation"]}


def noted(person, cast, at, kind="in_error", by=None, **given):
    return annotations.annotate(person, kind=kind, **{"reason": "Seen at monitoring"} | given, by=by or cast.coordinator, at=at)


@pytest.mark.parametrize(
    ("kind", "given", "category"),
    [
        ("ineligible", {}, "eligibility"),
        ("in_error", {}, "procedure"),
        ("wrong_stratum", {"true_factors": MEN}, "procedure"),
        ("wrong_arm_given", {"given_arm": "WL"}, "wrong_arm"),
    ],
)
def test_the_allocation_stands_and_a_deviation_follows(person, cast, later, kind, given, category) -> None:
    before = list(Allocation.objects.order_by("pk").values()), list(Stratum.objects.order_by("pk").values())
    kept = noted(person, cast, later, kind, **given)
    assert (list(Allocation.objects.order_by("pk").values()), list(Stratum.objects.order_by("pk").values())) == before
    assert (kept.allocation, kept.kind, kept.reason, kept.user, kept.at, kept.true_factors) == (
        person.enrolment.allocation, kind, "Seen at monitoring", cast.coordinator, later, given.get("true_factors", {}),
    )  # fmt: skip
    deviation = Deviation.objects.get()
    assert (deviation.category, deviation.occurred_on, deviation.found_on, deviation.given_arm, deviation.source_record) == (
        category, person.enrolment.randomised_on, later.date(), given.get("given_arm", ""), f"annotation/{kept.code}",
    )  # fmt: skip
    event = Event.objects.get(verb="allocation.annotated")
    assert (event.about, event.actor, event.reason, event.detail) == (
        str(person), cast.coordinator.actor, "Seen at monitoring", {"code": kept.code, "kind": kind},
    )  # fmt: skip


def test_who_was_ineligible_leaves_the_full_analysis_set_until_the_deviation_is_voided(person, cast, later) -> None:
    assert row_of(person, later)["randomised_ineligible"] is False
    noted(person, cast, later, "ineligible")
    found = row_of(person, later)
    assert (found["randomised_ineligible"], found["itt"], found["fas"]) == (True, True, False)
    assert [(d["category"], d["source"]) for d in found["deviations"]] == [("eligibility", "derived")]
    records.void(Deviation.objects.get(), reason="The form was read wrongly", by=cast.coordinator, at=later)
    assert row_of(person, later)["randomised_ineligible"] is False


def test_another_arm_given_is_the_arm_received(both, cast, later) -> None:
    noted(both.trains, cast, later, "wrong_arm_given", given_arm="WL")
    assert (row_of(both.trains, later)["arm"], row_of(both.trains, later)["arm_received"]) == ("RET", "WL")
    assert row_of(both.waits, later)["arm_received"] != "RET"


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("forgotten", {}, "kind"),
        ("in_error", {"reason": " "}, "reason"),
        ("in_error", {"given_arm": "WL"}, "given_arm"),
        ("in_error", {"true_factors": MEN}, "true_factors"),
        ("wrong_arm_given", {}, "given_arm"),
        ("wrong_arm_given", {"given_arm": "XX"}, "given_arm"),
        ("wrong_arm_given", {"given_arm": "RET"}, "given_arm"),
        ("wrong_arm_given", {"given_arm": "WL", "occurred_on": "before"}, "occurred_on"),
        ("wrong_stratum", {}, "true_factors"),
        ("wrong_stratum", {"true_factors": {"site": "LIM"}}, "true_factors"),
        ("wrong_stratum", {"true_factors": {"site": "LIM", "sex": "Q"}}, "true_factors"),
        ("wrong_stratum", {"true_factors": {"site": "LIM", "sex": "F"}}, "true_factors"),
        ("ineligible", {"occurred_on": "after"}, "occurred_on"),
        ("in_error", {"occurred_on": "tomorrow"}, "occurred_on"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_nothing_is_kept(person, cast, later, at, kind, given, field) -> None:
    days = {"before": at.date() - timedelta(days=1), "after": at.date() + timedelta(days=1), "tomorrow": later.date() + timedelta(days=1)}
    given = {name: days.get(value, value) if isinstance(value, str) else value for name, value in given.items()}
    with pytest.raises(Refused) as refused:
        noted(person, cast, later, kind, **given)
    assert (list(refused.value.faults), refused.value.status) == ([field], 422)
    assert not AllocationAnnotation.objects.exists()
    assert not Deviation.objects.exists()


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.COORDINATOR, Role.PI, Role.MANAGER)])
def test_other_roles_annotate_nothing(person, cast, later, role) -> None:
    with pytest.raises(NotAllowed, match="may not record deviations"):
        noted(person, cast, later, by=getattr(cast, role.value))


def test_a_machine_and_blind_eyes_annotate_nothing_of_the_kind(person, cast, later) -> None:
    with pytest.raises(NotAllowed, match="named person"):
        noted(person, cast, later, by=SHELL)
    staff.give_role(cast.pi, role=Role.ASSESSOR, site=cast.first, by=SHELL, at=later)
    both_hats = User.objects.get(pk=cast.pi.pk)
    for arm in ("RET", "WL"):
        with pytest.raises(NotAllowed, match="may not record deviations"):
            noted(person, cast, later, "wrong_arm_given", given_arm=arm, by=both_hats)


def test_nobody_randomised_has_nothing_to_annotate(cast, at, later) -> None:
    with pytest.raises(Refused, match="is not randomised"):
        noted(consenting(cast.first, by=cast.coordinator, at=at), cast, later)


@pytest.mark.parametrize(
    "row",
    [{"kind": "forgotten"}, {"reason": ""}, {"kind": "wrong_stratum"}, {"true_factors": MEN}],
    ids=["unknown kind", "no reason", "no stratum", "a stratum too many"],
)
def test_the_database_refuses_an_annotation_that_cannot_be(person, cast, later, row) -> None:
    whole = {"kind": "in_error", "reason": "x", "code": "X", "user": cast.pi, "at": later} | row
    with pytest.raises(IntegrityError), transaction.atomic():
        AllocationAnnotation.objects.create(allocation=person.enrolment.allocation, **whole)


def test_an_annotation_is_never_changed(person, cast, later) -> None:
    noted(person, cast, later)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        AllocationAnnotation.objects.update(reason="tidier")


def test_an_imported_allocation_reads_its_stratum_from_the_key() -> None:
    assert used_factors({}, "site=LIM|sex=F") == {"site": "LIM", "sex": "F"}
    assert used_factors({"site": "DUB"}, "all") == {"site": "DUB"}
    assert used_factors({}, "all") == {}
    assert stratum_fault({"a": "b"}, used={}, known={}) == "This trial has no strata."


# --- pages and REST


def test_the_page_keeps_an_annotation_and_the_clinical_tab_shows_it(client, person, cast, later, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: later)
    client.force_login(cast.coordinator)
    page = f"/participants/{person}/annotate/"
    assert "Arm that was given" in client.get(page).content.decode()
    refused = client.post(page, {"kind": "wrong_stratum", "reason": "Sex was typed wrongly"})
    assert (refused.status_code, "Name the level of each factor" in refused.content.decode()) == (422, True)
    given = {"kind": "wrong_stratum", "reason": "Sex was typed wrongly", "factor_site": "LIM", "factor_sex": "M"}
    shown = client.post(page, given, follow=True).content.decode()
    assert [w for w in ("Annotations of the randomisation", "Sex was typed wrongly", "sex M, site LIM") if w not in shown] == []


def test_eyes_that_are_blind_besides_see_neither_arm_nor_annotation(client, person, cast, later, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: later)
    noted(person, cast, later, "wrong_arm_given", given_arm="WL")
    staff.give_role(cast.pi, role=Role.ASSESSOR, site=cast.first, by=SHELL, at=later)
    client.force_login(User.objects.get(pk=cast.pi.pk))
    assert "Arm that was given" not in client.get(f"/participants/{person}/annotate/").content.decode()
    assert "Annotations of the randomisation" not in client.get(f"/participants/{person}/clinical/").content.decode()


def test_the_rest_door_annotates(client, person, cast, later, monkeypatch) -> None:
    monkeypatch.setattr("trials.clock.now", lambda: later)
    client.force_login(cast.coordinator)
    door = f"/api/v1/participants/{person}/annotate/"
    made = client.post(door, {"kind": "wrong_stratum", "reason": "x", "true_factors": MEN}, content_type="application/json")
    assert (made.status_code, made.json()["kind"], made.json()["true_factors"]) == (200, "wrong_stratum", MEN)
    assert client.post(door, {"kind": "in_error", "reason": " x", "true_factors": {}}, content_type="application/json").status_code == 200
    wrong = client.post(door, {"kind": "in_error", "reason": "x", "true_factors": ["LIM"]}, content_type="application/json")
    assert wrong.status_code == 400
