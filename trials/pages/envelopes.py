"""Backup envelopes: which there are and what became of each, the print, and saying what became of one that nobody was randomised by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from trials import clock, permissions, queries
from trials.actions import envelopes
from trials.domain.envelopes import KIND_CHOICES, State, states
from trials.domain.randomisation import scheme_from
from trials.domain.roles import Permission
from trials.models import Envelope, EnvelopePrint, Site, User
from trials.permissions import NotAllowed, Refused

PILLS = {
    State.UNUSED: ("", "Unused"), State.USED: ("done", "Used"), State.MISSING: ("warn", "Missing"), State.SPOILED: ("warn", "Spoiled"),
    State.SKIPPED: ("stop", "Skipped: report it"),
}  # fmt: skip
READERS = (Permission.RANDOMISE, Permission.PRINT_ENVELOPES, Permission.OPEN_SCHEME)


def _sites() -> list[tuple[str, str]]:
    return [(site.code, site.name) for site in Site.objects.order_by("pk")]


class PrintForm(forms.Form):
    site = forms.ChoiceField(label="Site", choices=_sites, widget=forms.RadioSelect)
    password = forms.CharField(
        label="Your password, again", max_length=256, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class ReportForm(forms.Form):
    code = forms.CharField(label="Code on the envelope", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    kind = forms.ChoiceField(label="What became of it", choices=KIND_CHOICES, widget=forms.RadioSelect)
    reason = forms.CharField(label="What happened", max_length=500, strip=True)


@require_safe
def list_envelopes(request: HttpRequest) -> HttpResponse:
    """Every envelope at the sites in reach with its state; arms are on paper alone."""
    user = cast(User, request.user)
    reach = _reach(user)
    prints = EnvelopePrint.objects.select_related("site", "printed_by").order_by("-at")
    protocol = queries.protocol_in_force()
    named, none = protocol.allocation.envelopes, envelopes.none_beforehand(scheme_from(protocol.allocation_table()))
    context = {
        "named": named,
        "none": none.sentence if none else "",
        "strata": list(_strata(_within(Envelope.objects.all(), reach))),
        "prints": list(_within(prints, reach)),
        "may_print": bool(named) and none is None and _may_print(user),
        "may_report": permissions.allowed(user, Permission.RANDOMISE),
    }
    return render(request, "trials/envelopes.html", context)


def _may_print(user: User) -> bool:
    try:
        envelopes.check_may_print(user, clock.now())
    except NotAllowed:
        return False
    return True


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def print_envelopes(request: HttpRequest) -> HttpResponse:
    """Answers the POST itself with the document: there is no address at which it could be had again."""
    user = cast(User, request.user)
    envelopes.check_may_print(user, clock.now())
    form = PrintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        site = Site.objects.get(code=form.cleaned_data["site"])
        try:
            _, printed = envelopes.print_envelopes(site, password=form.cleaned_data["password"], by=user, at=clock.now())
        except Refused as refusal:
            _put(form, refusal)
        else:
            return HttpResponse(
                printed,
                content_type="application/pdf",
                headers={"Content-Disposition": f'attachment; filename="envelopes-{site.code}.pdf"', "Cache-Control": "no-store"},
            )
    effects = [
        "The document holds arms. Print it, fold and seal every sheet, and delete the document.",
        "Nobody who enrols or is blind may see a sheet before it is sealed. The print is kept with your name.",
    ]
    return _form(request, form, "Print envelopes", "Print envelopes", effects)


@require_http_methods(["GET", "POST"])
def report_envelope(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    permissions.check(user, Permission.RANDOMISE)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            envelopes.report_envelope(**form.cleaned_data, by=user, at=clock.now())
        except Refused as refusal:
            _put(form, refusal)
        else:
            return redirect("list_envelopes")
    return _form(request, form, "Report an envelope", "Report envelope", ["Later envelopes of its stratum can be entered then."])


def _reach(user: User) -> set[int] | None:
    """The sites whose envelopes the user may know of; None = all."""
    reach = permissions.joined(permissions.sites_where(user, permission) for permission in READERS)
    if reach == set():
        raise NotAllowed("Your role may not see backup envelopes.")
    return reach


def _within(rows: QuerySet[Any], reach: set[int] | None) -> QuerySet[Any]:
    return rows if reach is None else rows.filter(site__in=reach)


def _strata(made: QuerySet[Any]) -> Iterator[dict[str, Any]]:
    rows = made.select_related("site", "scheme", "use", "report").order_by("-scheme__version", "site_id", "stratum_key", "number")
    for (version, _, key), group in groupby(rows, key=lambda e: (e.scheme.version, e.site_id, e.stratum_key)):
        there = list(group)
        slips = [e.slip for e in there]
        told = [(e, *PILLS[state]) for e, state in zip(there, states(slips), strict=True)]
        yield {"version": version, "site": there[0].site, "key": key, "rows": told, "used": sum(slip.used for slip in slips)}


def _put(form: forms.Form, refusal: Refused) -> None:
    faults = getattr(refusal, "faults", None) or {"": refusal.sentence}
    for name, sentence in faults.items():
        form.add_error(name if name in form.fields else None, sentence)


def _form(request: HttpRequest, form: forms.Form, heading: str, label: str, effects: list[str]) -> HttpResponse:
    context = {
        "form": form, "heading": heading, "action_label": label, "action_url": request.path, "cancel_url": "/randomisation/envelopes/",
        "effects": effects,
    }  # fmt: skip
    return render(request, "ui/confirm.html", context, status=422 if request.method == "POST" else 200)
