"""Backup envelopes: which there are and what became of each, the print, and saying what became of one that nobody was randomised by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from trials import clock, permissions, queries
from trials.actions import envelopes
from trials.domain.envelopes import KIND_CHOICES, State, states
from trials.domain.randomisation import scheme_from
from trials.domain.roles import Permission
from trials.models import Envelope, EnvelopePrint, Site, User
from trials.pages.confirm import confirmed
from trials.permissions import NotAllowed

HERE = "/randomisation/envelopes/"
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

    def step(given: dict[str, Any]) -> HttpResponse:
        site = Site.objects.get(code=given["site"])
        _, printed = envelopes.print_envelopes(site, password=given["password"], by=user, at=clock.now())
        name = f'attachment; filename="envelopes-{site.code}.pdf"'
        return HttpResponse(
            printed, content_type="application/pdf", headers={"Content-Disposition": name, "Cache-Control": "no-store"}
        )  # fmt: skip

    effects = [
        "The document holds arms. Print it, fold and seal every sheet, and delete the document.",
        "Nobody who enrols or is blind may see a sheet before it is sealed. The print is kept with your name.",
    ]
    return confirmed(request, form, step, heading="Print envelopes", back=HERE, effects=effects)


@require_http_methods(["GET", "POST"])
def report_envelope(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    permissions.check(user, Permission.RANDOMISE)
    form = ReportForm(request.POST or None)

    def step(given: dict[str, Any]) -> str:
        envelopes.report_envelope(**given, by=user, at=clock.now())
        return HERE

    effects = ["Later envelopes of its stratum can be entered then."]
    return confirmed(request, form, step, heading="Report an envelope", label="Report envelope", back=HERE, effects=effects)


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
