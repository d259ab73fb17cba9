"""The page that says what a step does before it is taken, and the one way from its form to the step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from trials.permissions import Locked, NotAllowed, Refused


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=500, strip=True)


def confirmed(
    request: HttpRequest,
    form: forms.Form,
    step: Callable[[dict[str, Any]], object],
    *,
    heading: str,
    back: str,
    effects: Sequence[str],
    label: str = "",
    danger: bool = False,
    refused: Refused | str | None = None,
    hidden: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Asks first; once the form is whole, takes the step with what it holds and goes where that says: an address, or a page of its own.

    What the step refuses stands in the form, beside its field where it names one. `refused` is known before anybody presses.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                told = step(form.cleaned_data)
                return told if isinstance(told, HttpResponse) else redirect(told)  # type: ignore[call-overload,no-any-return]
            except (NotAllowed, Locked):
                raise
            except Refused as refusal:
                status = refusal.status
                put(form, refusal)
    context = {
        "form": form, "heading": heading, "action_label": label or heading, "action_url": request.path, "cancel_url": back,
        "effects": effects, "danger": danger, "refused": refused, "hidden": hidden or {},
    }  # fmt: skip
    return render(request, "ui/confirm.html", context, status=status)


def put(form: forms.Form, refusal: Refused) -> None:
    """Every fault of a refusal, beside the field that it names or above the form."""
    faults = getattr(refusal, "faults", None) or {"": refusal.sentence}
    for name, sentence in faults.items():
        form.add_error(name if name in form.fields else None, sentence)
