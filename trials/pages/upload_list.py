"""Where the unblinded statistician hands in the list of an independent statistician; it is never shown again."""

from __future__ import annotations

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from trials import clock, permissions, queries
from trials.actions import schemes
from trials.domain.randomisation.strata import places_needed
from trials.domain.randomisation.uploaded_list import MOST_BYTES, BadList
from trials.domain.roles import Permission
from trials.models import User


class ListForm(forms.Form):
    file = forms.FileField(
        label="The list", help_text="A CSV file in UTF-8 with the columns stratum,position,arm and, if it has codes, code."
    )


@require_http_methods(["GET", "POST"])
def upload_list(request: HttpRequest) -> HttpResponse:
    """What the list must hold, and the form; a list that is refused comes back with every fault, never with its rows."""
    user = cast(User, request.user)
    permissions.check(user, Permission.DRAW_SCHEME)
    form, faults, status = ListForm(request.POST or None, request.FILES or None), [], 200
    if request.method == "POST":
        status = 422
        form = ListForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                schemes.upload_list(form.cleaned_data["file"].read(MOST_BYTES + 1), by=user, at=clock.now())
            except BadList as bad:
                faults = list(bad.faults)
            else:
                return redirect("randomisation")
    protocol = queries.protocol_in_force()
    context = {"form": form, "faults": faults, "arms": protocol.arms, "needed": places_needed(protocol).items()}
    return render(request, "trials/upload_list.html", context, status=status)
