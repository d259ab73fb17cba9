"""Who delivers the training, for the report: profession, qualification, and when they were trained for this protocol."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.actions import providers as steps
from outcomes.queries.providers import trainers
from participants.pages.common import date_field, form_page, user_of
from trials import clock
from trials.permissions import Permission, check


class ProviderForm(forms.Form):
    """All of it may be unknown still; a change of what stands needs a reason."""

    profession = forms.CharField(label="Profession", max_length=steps.LONGEST, required=False, help_text="Such as physiotherapist.")
    qualification = forms.CharField(label="Qualification", max_length=steps.LONGEST, required=False, help_text="Degree or certificate.")
    trained_on = date_field("Trained for this protocol on", required=False, help_text="Sessions before that day are counted apart.")
    reason = forms.CharField(label="Why it changes", max_length=500, required=False, help_text="Needed where something stood there before.")


@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """Everybody who holds sessions, and what the report will say of them."""
    check(user_of(request), Permission.MANAGE_STAFF)
    return render(request, "outcomes/providers.html", {"people": trainers()})


@require_http_methods(["GET", "HEAD", "POST"])
def describe_provider(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them; the code of the dataset is given with the first description."""
    user = user_of(request)
    check(user, Permission.MANAGE_STAFF)
    person = get_object_or_404(trainers(), pk=pk)
    known = getattr(person, "provider", None)
    standing = {name: getattr(known, name, None) for name in ("profession", "qualification", "trained_on")}
    form = ProviderForm(request.POST if request.method == "POST" else None, initial=standing)
    return form_page(
        request,
        form,
        lambda given: steps.describe_provider(person, **given, by=user, at=clock.now()),
        heading=f"Describe {person}",
        action_label="Save description",
        done=reverse("providers"),
        said=f"Saved the description of {person}",
        template="outcomes/provider.html",
        known=known,
    )
