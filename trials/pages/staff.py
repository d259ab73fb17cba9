"""Staff by site: invite, give and end roles, end access, reset a password; and one's own access tokens."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from trials import clock, permissions, queries
from trials.actions import staff
from trials.domain.roles import Permission, Role
from trials.models import ApiToken, Membership, Site, User
from trials.pages.confirm import ReasonForm, confirmed
from trials.permissions import Refused

ROLES = [(role.value, role.words.capitalize()) for role in Role]


def _sites() -> list[tuple[str, str]]:
    return [("", "All sites"), *((site.code, site.name) for site in Site.objects.all())]


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=ROLES, widget=forms.RadioSelect)
    site = forms.ChoiceField(label="Site", choices=_sites, required=False, widget=forms.RadioSelect)

    def clean_site(self) -> Site | None:
        return Site.objects.filter(code=self.cleaned_data["site"]).first()


class InviteForm(RoleForm):
    name = forms.CharField(label="Name", max_length=120)
    username = forms.CharField(label="User name", max_length=60, help_text="2 to 60 letters, digits or . - _ @")
    email = forms.EmailField(label="E-mail", required=False, help_text="Safety alerts go here.")
    phone = forms.CharField(label="Phone", max_length=40, required=False, help_text="With the country code: safety alerts go there, too")
    field_order = ["name", "username", "email", "phone", "role", "site"]


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_GET
def staff_list(request: HttpRequest) -> HttpResponse:
    permissions.check(_user(request), Permission.MANAGE_STAFF)
    return render(request, "trials/staff.html", {"people": queries.staff(at=clock.now())})


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    permissions.check(_user(request), Permission.MANAGE_STAFF)
    form = InviteForm(request.POST or None, initial={"role": Role.COORDINATOR})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            invited = staff.invite(
                username=given["username"], name=given["name"], role=Role(given["role"]), site=given["site"],
                email=given["email"], phone=given["phone"], by=_user(request), at=clock.now(),
            )  # fmt: skip
        except Refused as refusal:
            form.add_error("username" if "username" in refusal.code else None, refusal.sentence)
        else:
            return _show_link(request, invited)
    return render(request, "trials/invite.html", {"form": form}, status=422 if form.is_bound else 200)


def _show_link(request: HttpRequest, invited: staff.Invited) -> HttpResponse:
    address = settings.UPLIFT_BASE_URL + invited.address
    return render(
        request, "trials/invited.html", {"person": invited.invitation.user, "address": address, "until": invited.invitation.expires_at}
    )


@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.check(_user(request), Permission.MANAGE_STAFF)
    person = get_object_or_404(queries.staff(at=clock.now()), pk=pk)
    form = RoleForm(request.POST or None, initial={"role": Role.COORDINATOR})
    if request.method == "POST" and form.is_valid():
        try:
            staff.give_role(person, role=Role(form.cleaned_data["role"]), site=form.cleaned_data["site"], by=_user(request), at=clock.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect("staff_member", pk=pk)
    return render(request, "trials/member.html", {"person": person, "form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def end_role(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.check(_user(request), Permission.MANAGE_STAFF)
    held = get_object_or_404(Membership.objects.select_related("user", "site"), pk=pk)
    where = held.site.name if held.site else "all sites"

    def step(given: dict[str, Any]) -> str:
        staff.end_role(held, **given, by=_user(request), at=clock.now())
        return f"/staff/{held.user_id}/"

    effects = [f"{held.user} is no longer {held.get_role_display()} at {where}.", "What was done in this role stays."]
    return confirmed(
        request, ReasonForm(request.POST or None), step, heading=f"End a role of {held.user}", label="End role",
        back=f"/staff/{held.user_id}/", effects=effects, danger=True,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def end_access(request: HttpRequest, pk: int) -> HttpResponse:
    permissions.check(_user(request), Permission.MANAGE_STAFF)
    person = get_object_or_404(User, pk=pk)

    def step(given: dict[str, Any]) -> str:
        staff.end_access(person, **given, by=_user(request), at=clock.now())
        return "/staff/"

    effects = ["Every role ends, and every open session and token.", f"What {person} did stays, with the name."]
    return confirmed(
        request, ReasonForm(request.POST or None), step, heading=f"End the access of {person}", label="End access",
        back=f"/staff/{pk}/", effects=effects, danger=True,
    )  # fmt: skip


@require_POST
def reset_password(request: HttpRequest, pk: int) -> HttpResponse:
    return _show_link(request, staff.reset_password(get_object_or_404(User, pk=pk), by=_user(request), at=clock.now()))


@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own roles and access tokens; a new token is shown once."""
    person, token = _user(request), ""
    if request.method == "POST":
        _, token = staff.make_token(person, name=request.POST.get("name", ""), by=person, at=clock.now())
    tokens = person.api_tokens.filter(revoked_at=None, expires_at__gt=clock.now()).order_by("pk")
    held = person.memberships.in_force(clock.now()).select_related("site")
    return render(request, "trials/account.html", {"person": person, "tokens": tokens, "token": token, "memberships": held})


@require_POST
def choose_digest(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("wanted")
    if wanted not in ("yes", "no"):
        raise Refused("Say whether you want the daily mail: yes or no.", code="no_choice", status=422)
    staff.choose_digest(_user(request), wanted=wanted == "yes", by=_user(request), at=clock.now())
    return redirect("account")


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    staff.revoke_token(get_object_or_404(ApiToken, pk=pk, user=request.user), by=_user(request), at=clock.now())
    return redirect("account")
