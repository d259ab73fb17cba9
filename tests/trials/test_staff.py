"""Staff come by invitation, hold roles at sites, and leave at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.cast import PASSWORD, SHELL
from trials.actions import staff
from trials.actors import Machine
from trials.domain.roles import NAMED_PERSON, TABLE, Permission, Role, blindable, may, roles_that_may
from trials.models import Event, Invitation, Membership, User
from trials.permissions import NotAllowed, Refused, allowed, check, sites_where

pytestmark = pytest.mark.django_db
WEB = Machine("web")


def test_an_invited_person_chooses_a_password_once(cast, at):
    invited = staff.invite(username="Aoife", name="Aoife Byrne", role=Role.TRAINER, site=cast.first, by=cast.manager, at=at)
    user = staff.accept(invited.token, password=PASSWORD, by=WEB, at=at)
    assert user.check_password(PASSWORD)
    assert list(user.memberships.values_list("role", "site__code", "ended_at")) == [("trainer", cast.first.code, None)]
    with pytest.raises(Refused, match="used or too old"):
        staff.accept(invited.token, password=PASSWORD, by=WEB, at=at)
    assert list(Event.objects.filter(about=user.actor).order_by("pk").values_list("verb", "actor")) == [
        ("staff.invited", cast.manager.actor),
        ("staff.password_chosen", user.actor),
    ]


def test_only_the_digest_of_a_link_is_kept(cast, at):
    invited = staff.invite(username="aoife", name="Aoife", role=Role.TRAINER, site=cast.first, by=cast.manager, at=at)
    assert invited.token not in str(Invitation.objects.values())
    assert staff.invitation_for(invited.token, at=at) == invited.invitation


@pytest.mark.parametrize(
    ("password", "later", "sentence"),
    [
        ("short", timedelta(0), "at least 12 characters"),
        (PASSWORD, timedelta(days=8), "too old"),
        ("password1234", timedelta(0), "common|12"),
    ],
    ids=["too short", "after a week", "a common one"],
)
def test_a_link_refuses(cast, at, password, later, sentence):
    invited = staff.invite(username="aoife", name="Aoife", role=Role.TRAINER, site=cast.first, by=cast.manager, at=at)
    with pytest.raises(Refused, match=sentence):
        staff.accept(invited.token, password=password, by=WEB, at=at + later)
    assert not User.objects.get(username="aoife").has_usable_password()


def test_a_user_name_is_taken_whatever_its_case(cast, at):
    with pytest.raises(Refused, match="is taken"):
        staff.invite(username="COORDINATOR", name="x", role=Role.TRAINER, site=None, by=cast.manager, at=at)


@pytest.mark.parametrize("username", ["a", "a b c", "<b>", "x" * 61, "a\x00bc"])
def test_a_bad_user_name_is_one_sentence(cast, at, username):
    with pytest.raises(Refused, match="2 to 60 letters"):
        staff.invite(username=username, name="x", role=Role.TRAINER, site=None, by=cast.manager, at=at)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.MANAGER])
def test_only_a_manager_invites(cast, at, role):
    with pytest.raises(NotAllowed, match="may not manage staff"):
        staff.invite(username="aoife", name="Aoife", role=Role.TRAINER, site=None, by=getattr(cast, role.value), at=at)


def test_access_ends_at_once(cast, at, client):
    client.force_login(cast.coordinator)
    assert client.get("/account/").status_code == 200
    staff.end_access(cast.coordinator, reason="left the trial", by=cast.manager, at=at)
    assert client.get("/account/").status_code == 302
    assert not Membership.objects.filter(user=cast.coordinator, ended_at=None).exists()


def test_the_last_manager_stays(cast, at):
    held = cast.manager.memberships.get()
    for step in (
        lambda: staff.end_role(held, reason="x", by=cast.manager, at=at),
        lambda: staff.end_access(cast.manager, reason="x", by=cast.manager, at=at),
    ):
        with pytest.raises(Refused, match="last trial manager"):
            step()
    staff.give_role(cast.pi, role=Role.MANAGER, site=None, by=cast.manager, at=at)
    staff.end_role(held, reason="handed over", by=SHELL, at=at)
    held.refresh_from_db()
    assert held.ended_at == at


def test_a_role_is_held_once(cast, at):
    with pytest.raises(Refused, match="has this role already"):
        staff.give_role(cast.coordinator, role=Role.COORDINATOR, site=cast.first, by=cast.manager, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=cast.pi, role=Role.PI, site=None, starts_at=at)


def test_a_reset_password_stops_the_old_one_at_once(cast, at):
    invited = staff.invite(username="aoife", name="Aoife", role=Role.TRAINER, site=cast.first, by=cast.manager, at=at)
    user = staff.accept(invited.token, password=PASSWORD, by=WEB, at=at)
    again = staff.reset_password(user, by=cast.manager, at=at)
    user.refresh_from_db()
    assert not user.check_password(PASSWORD)
    assert staff.accept(again.token, password="another long one", by=WEB, at=at).check_password("another long one")


def test_a_token_speaks_for_its_maker_until_revoked(cast, at, client):
    made, token = staff.make_token(cast.coordinator, name="script", by=cast.coordinator, at=at)
    assert token not in str(list(cast.coordinator.api_tokens.values()))
    with pytest.raises(Refused, match="made by the person"):
        staff.make_token(cast.coordinator, name="script", by=cast.manager, at=at)
    staff.revoke_token(made, by=cast.coordinator, at=at)
    made.refresh_from_db()
    assert made.revoked_at == at


@pytest.mark.parametrize("username", ["' or 1=1 --", "{{ settings.SECRET_KEY }}", "a b", "ß" * 60])
def test_a_strange_user_name_is_refused_like_any_other(cast, client, username):
    assert client.post("/login/", {"username": username, "password": "not this one"}).status_code == 422


def test_a_nul_in_a_form_of_either_kind_is_refused(cast, client):
    client.force_login(cast.manager)
    assert client.post("/account/", {"name": "a\x00b"}).status_code == 400
    assert client.post("/account/", "name=a%00b", content_type="application/x-www-form-urlencoded").status_code == 400
    assert not cast.manager.api_tokens.exists()


def test_a_role_reaches_its_own_site(cast):
    assert sites_where(cast.coordinator, Permission.RANDOMISE) == {cast.first.pk}
    assert sites_where(cast.monitor, Permission.SEE_PEOPLE) is None
    assert sites_where(cast.assessor, Permission.RANDOMISE) == set()
    with pytest.raises(NotAllowed, match=f"may not randomise at {cast.second.code}"):
        check(cast.coordinator, Permission.RANDOMISE, at_site=cast.second)


def test_the_shell_does_what_needs_no_named_person():
    assert {p for p in Permission if not allowed(SHELL, p)} == NAMED_PERSON


def test_the_permission_table_keeps_its_promises():
    blind = {r for r in Role if blindable(r)}
    assert blind == {Role.ASSESSOR, Role.BLINDED_STATISTICIAN, Role.SAFETY_CLINICIAN}
    assert roles_that_may(Permission.SEE_BY_ARM) == roles_that_may(Permission.EXPORT_CLOSED) == (Role.UNBLINDED_STATISTICIAN,)
    assert not may(Role.TRAINER, Permission.SEE_SCORES)
    assert roles_that_may(Permission.ASSESS_EVENT) == (Role.PI,)
    assert TABLE.keys() == set(Role)
    writes = {p for p in Permission if not p.value.startswith("see_")}
    assert not TABLE[Role.MONITOR] & writes


def test_login_says_the_same_for_unknown_and_wrong(cast, client, at):
    invited = staff.invite(username="aoife", name="Aoife", role=Role.TRAINER, site=cast.first, by=cast.manager, at=at)
    staff.accept(invited.token, password=PASSWORD, by=WEB, at=at)
    wrong = client.post("/login/", {"username": "aoife", "password": "not this one"})
    unknown = client.post("/login/", {"username": "nobody", "password": "not this one"})
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "don't match" in wrong.content.decode().replace("&#x27;", "'")
    assert client.post("/login/", {"username": "Aoife", "password": PASSWORD}).headers["Location"] == "/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_login_never_leads_elsewhere(cast, client, at, target):
    invited = staff.invite(username="aoife", name="Aoife", role=Role.TRAINER, site=cast.first, by=cast.manager, at=at)
    staff.accept(invited.token, password=PASSWORD, by=WEB, at=at)
    assert client.post("/login/", {"username": "aoife", "password": PASSWORD, "next": target}).headers["Location"] == "/"
