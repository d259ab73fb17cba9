"""What the database itself holds of couples and clusters, whoever writes; and what a replay finds where somebody wrote past it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tests import plugin
from tests.trials.allocating import SHELL, TEXT, WOMEN_AT_LIM, opened, unit
from trials import replay
from trials.actions import allocation
from trials.actions.groups import Together, gather_group, take_place
from trials.models import Allocation, Group, GroupMember, Stratum, Unit

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLUSTERS = 'unit = "cluster"\nsmallest = 2\nlargest = 9\nlatecomers = "join"\n'
COUPLES = 'unit = "couple"\n'


def begun(lines: str) -> None:
    opened(AT, TEXT.replace("[allocation]\n", f"[allocation]\n{lines}", 1))


def gathered(*names: str, site: str = "LIM") -> Group:
    for name in names:
        unit(name, site)
    return gather_group(names, by=SHELL, at=AT)


def given(group: Group, *names: str) -> list[Allocation]:
    """The draw for the first, and what the others have by it, in one transaction."""
    together, made = Together(group, len(names)), []
    with transaction.atomic():
        for name in names:
            someone = Unit.objects.select_related("site").get(trial_id=name)
            made.append(take_place(someone, strata=WOMEN_AT_LIM, together=together, attempt=None, by=SHELL, at=AT))
            together = Together(group, len(names), made[0])
    return made


def again(model: Allocation, name: str, **other: object) -> Allocation:
    """The same row for somebody else, changed in one thing, as nobody's step would write it."""
    told = {field.attname: getattr(model, field.attname) for field in Allocation._meta.concrete_fields if field.attname != "id"}
    return Allocation(**(told | {"unit_id": Unit.objects.get(trial_id=name).pk, "code": f"C{name}", "sealed_draw": None} | other))


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    with pytest.raises(IntegrityError) as fault, transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert fault.value.__cause__.diag.constraint_name == constraint


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other",
    [{"arm": "X"}, {"dummy_arm": "X"}, {"seq": 2}, {"stratum_key": "x"}, {"factors": {}}, {"sealed_draw": b"x"}, {"follows": "itself"}],
    ids=lambda other: next(iter(other)),
)
def test_a_member_has_what_was_drawn_for_the_group_and_nothing_else(other):
    begun(CLUSTERS)
    group = gathered("P-001", "P-002", "P-003")
    lead, second = given(group, "P-001", "P-002")
    changed = {"follows_id": second.pk} if "follows" in other else {"follows_id": lead.pk, **other}
    if "arm" in other:
        changed["arm"] = next(arm for arm in ("RET", "WL") if arm != lead.arm)
    with refused_by("allocation_follows_its_draw"):
        again(lead, "P-003", **changed).save(force_insert=True)
    again(lead, "P-003", follows_id=lead.pk).save(force_insert=True)


@pytest.mark.django_db
def test_a_group_is_drawn_for_once():
    begun(CLUSTERS)
    (lead,) = given(gathered("P-001", "P-002"), "P-001")
    with refused_by("group_drawn_once"):
        again(lead, "P-002", follows_id=None, seq=2).save(force_insert=True)
    again(lead, "P-002", follows_id=lead.pk).save(force_insert=True)


@pytest.mark.django_db
def test_a_place_is_drawn_for_once_and_followed_often():
    begun(CLUSTERS)
    (lead, _) = given(gathered("P-001", "P-002"), "P-001", "P-002")
    other = gathered("P-003")
    with refused_by("allocation_place_once"):
        again(lead, "P-003", group_id=other.pk, follows_id=None).save(force_insert=True)


@pytest.mark.django_db
def test_a_member_is_randomised_in_the_own_group_alone():
    begun(CLUSTERS)
    (lead, _) = given(gathered("P-001", "P-002"), "P-001", "P-002")
    gathered("P-003")
    unit("P-004")
    for name in ("P-003", "P-004"):
        with refused_by("allocation_in_its_group"):
            again(lead, name, follows_id=lead.pk).save(force_insert=True)
    with refused_by("allocation_in_its_group"):
        again(lead, "P-003", group_id=None, follows_id=None, seq=2).save(force_insert=True)


@pytest.mark.django_db
def test_the_scheme_says_what_the_unit_is():
    begun(CLUSTERS)
    (lead, _) = given(gathered("P-001", "P-002"), "P-001", "P-002")
    unit("P-003")
    with refused_by("allocation_of_the_unit"):
        again(lead, "P-003", group_id=None, follows_id=None, seq=2).save(force_insert=True)


@pytest.mark.django_db
def test_nobody_follows_outside_a_group_and_no_group_comes_by_import():
    begun(CLUSTERS)
    (lead, _) = given(gathered("P-001", "P-002"), "P-001", "P-002")
    other = gathered("P-003")
    unit("P-004")
    with refused_by("allocation_follows_its_draw"):
        again(lead, "P-004", group_id=None, follows_id=lead.pk, source="imported", scheme_id=None, stratum_id=None, seq=None).save(
            force_insert=True
        )
    with refused_by("allocation_of_a_group_is_live"):
        again(lead, "P-003", group_id=other.pk, follows_id=None, source="imported", scheme_id=None, stratum_id=None, seq=None).save(
            force_insert=True
        )


@pytest.mark.django_db
def test_a_group_is_given_whole_or_not_at_all():
    begun(CLUSTERS)
    group = gathered("P-001", "P-002")
    with refused_by("group_given_whole"):
        given(group, "P-001")
    given(group, "P-001", "P-002")
    late = unit("P-003")
    with refused_by("group_given_whole"):
        GroupMember.objects.create(group=group, unit=late, number=3, joined_at=AT, late_reason="Moved in")


@pytest.mark.django_db
def test_a_couple_is_two():
    begun(COUPLES)
    group = gathered("P-001")
    with refused_by("group_given_whole"):
        given(group, "P-001")


@pytest.mark.django_db
def test_who_joins_is_of_the_site_has_no_arm_and_says_why_they_are_late():
    begun(CLUSTERS)
    group = gathered("P-001", "P-002")
    told = {"group": group, "number": 3, "joined_at": AT}
    with refused_by("member_of_the_site"):
        GroupMember.objects.create(unit=unit("P-003", "DUB"), **told)
    with refused_by("latecomer_with_a_reason"):
        GroupMember.objects.create(unit=unit("P-004"), late_reason="early", **told)
    with refused_by("member_of_one_group"):
        GroupMember.objects.create(unit=Unit.objects.get(trial_id="P-001"), **told)
    given(group, "P-001", "P-002")
    with refused_by("latecomer_with_a_reason"):
        GroupMember.objects.create(unit=unit("P-005"), **told)
    with refused_by("member_without_an_arm"):
        GroupMember.objects.create(unit=Unit.objects.get(trial_id="P-001"), late_reason="x", **told)


@pytest.mark.django_db
def test_members_leave_once_with_a_reason_and_not_after_the_draw():
    begun(CLUSTERS)
    group = gathered("P-001", "P-002", "P-003")
    third = GroupMember.objects.filter(unit__trial_id="P-003")
    with refused_by("member_leaves_with_a_reason"):
        third.update(left_at=AT)
    third.update(left_at=AT, left_reason="Parted")
    with refused_by("member_stands"):
        third.update(left_at=None, left_reason="")
    given(group, "P-001", "P-002")
    with refused_by("member_stands"):
        GroupMember.objects.filter(unit__trial_id="P-002").update(left_at=AT, left_reason="Parted")


@pytest.mark.django_db
def test_a_member_is_followed_by_a_machine_only_within_the_caps():
    begun(CLUSTERS)
    assert {a.seq for a in given(gathered("P-001", "P-002", "P-003"), "P-001", "P-002", "P-003")} == {1}
    assert Stratum.objects.get().next_seq == 2


TAMPERED = {
    "a member with another arm": (
        "UPDATE trials_allocation SET arm = CASE arm WHEN 'RET' THEN 'WL' ELSE 'RET' END WHERE follows_id IS NOT NULL AND id = {second}",
        {("P-002", "has not what was drawn for the group"), ("P-002", "was changed: its digest is another")},
    ),
    "a member moved to another group by membership": (
        "UPDATE trials_groupmember SET number = 9, group_id = (SELECT max(id) FROM trials_group) WHERE unit_id = (SELECT unit_id FROM trials_allocation WHERE id = {second})",
        {("P-002", "stands in another group than the one that was randomised")},
    ),
    "a member moved to another group altogether": (
        "UPDATE trials_groupmember SET number = 9, group_id = (SELECT max(id) FROM trials_group) WHERE unit_id = (SELECT unit_id FROM trials_allocation WHERE id = {second}); "
        "UPDATE trials_allocation SET group_id = (SELECT max(id) FROM trials_group), follows_id = (SELECT id FROM trials_allocation a "
        "WHERE a.group_id = (SELECT max(id) FROM trials_group) AND a.follows_id IS NULL) WHERE id = {second}",
        {
            ("P-003", "does not carry the digest of the member before it"), ("P-002", "does not carry the digest of the member before it"),
            ("P-002", "was changed: its digest is another"), ("P-012", "does not carry the digest of the member before it"),
        },
    ),
    "a member taken out": (
        "DELETE FROM trials_allocation WHERE id = {second}",
        {
            ("P-003", "does not carry the digest of the member before it"), ("P-002", "stands in a group that was randomised, and has no arm"),
            ("site LIM", "counts 5 randomised where 4 are"), ("the trial", "counts 5 randomised where 4 are"),
        },
    ),
    "the draw itself taken for a follower's": (
        "UPDATE trials_allocation SET follows_id = {second} WHERE id = {first}",
        {("group", "was drawn for 0 times"), ("P-011", "stands at place 2 of site=LIM|sex=F where 1 is next")},
    ),
    "somebody of a group as if randomised alone": (
        "UPDATE trials_allocation SET group_id = NULL, follows_id = NULL, seq = 9 WHERE id = {third}",
        {("P-003", "stands in a group and was randomised alone"), ("P-003", "stands at place 9 of site=LIM|sex=F where 3 is next")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_a_replay_finds_what_was_written_past_the_database(committing, name):
    begun(CLUSTERS)
    rows = given(gathered("P-001", "P-002", "P-003"), "P-001", "P-002", "P-003")
    given(gathered("P-011", "P-012"), "P-011", "P-012")
    assert replay.faults() == []
    statement, told = TAMPERED[name]
    first, second, third = (row.pk for row in rows)
    with psycopg.connect(plugin.with_name(plugin.OWNER_URL, committing)) as owner:
        owner.execute("SET session_replication_role = replica")
        for each in statement.format(first=first, second=second, third=third).split("; "):
            owner.execute(each)
    found = {("group" if fault.about.startswith("group ") else fault.about, fault.what) for fault in replay.faults()}
    assert told <= found
    if name == "a member with another arm":
        assert next(fault.arms for fault in replay.faults()) == f"{Allocation.objects.get(pk=second).arm}, drawn {rows[0].arm}"


def test_who_joins_during_a_draw_waits_for_it_and_is_late(committing):
    """Past every step: a row of a member that is written while the group is drawn for is refused once the draw stands."""
    begun(CLUSTERS)
    group = gathered("P-001", "P-002")
    late = unit("P-003")
    with transaction.atomic():
        given(group, "P-001", "P-002")
        with psycopg.connect(plugin.with_name(plugin.OWNER_URL, committing)) as other:
            other.execute("SET lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute(
                    "INSERT INTO trials_groupmember (group_id, unit_id, number, joined_at, late_reason, left_reason) "
                    "VALUES (%s, %s, 3, now(), '', '')",
                    [group.pk, late.pk],
                )
    assert allocation.Allocation.objects.count() == 2
