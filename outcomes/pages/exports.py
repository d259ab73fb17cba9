"""Ask for a cut in a view, see how far it is, download it. Every step is an event of the audit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from outcomes.actions import exports as steps
from outcomes.domain.text import instant
from outcomes.exports.formats import formats
from outcomes.models import Cut, Export
from trials import clock
from trials.models import User
from trials.permissions import NotAllowed, Permission, allowed, check

VIEWS = (("blinded", "Blinded: no arms, sessions or dose"), ("closed", "Closed: everything"))
PROFILES = (
    ("full", "Full: inside the trial"),
    ("limited", "Limited: new ids, no free text; dates and sites as they are"),
    ("public", "Public: new ids, dates moved, no free text, small groups merged"),
)
SHOWN = 50


class ExportForm(forms.Form):
    """What to export: a view, a profile (full where none is given), the instant of the cut in UTC (empty: now), and formats beside CSV."""

    view = forms.ChoiceField(label="View", widget=forms.RadioSelect)
    profile = forms.ChoiceField(label="Profile", widget=forms.RadioSelect, choices=PROFILES, initial="full", required=False)
    cut = forms.CharField(
        label="Cut (UTC)", required=False, max_length=20, help_text="Like 2026-03-02 17:00. Leave it empty for now.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    formats = forms.MultipleChoiceField(
        label="Formats beside CSV", required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(code, each.title) for code, each in formats.items()],
    )  # fmt: skip

    def __init__(self, *args: Any, views: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["view"].choices = views  # type: ignore[attr-defined]
        self.fields["view"].initial = views[0][0]
        self._offer_what_can_be_made()

    def _offer_what_can_be_made(self) -> None:
        """A format that lacks a package is named, not offered; whoever asks for it all the same is told what it needs."""
        lacking = [each.title for each in formats.values() if each.missing]
        beside: Any = self.fields["formats"]
        beside.widget.choices = [(code, each.title) for code, each in formats.items() if not each.missing]
        if lacking:
            beside.help_text = f"Not installed here, they come with UPLIFT_EXTRA=export: {', '.join(lacking)}."

    def clean_cut(self) -> datetime | None:
        text = self.cleaned_data["cut"].strip()
        if not text:
            return None
        try:
            found = datetime.fromisoformat(text.replace("Z", "").replace("T", " "))
        except ValueError:
            raise forms.ValidationError("Enter the cut in UTC, like 2026-03-02 17:00.") from None
        return found.replace(tzinfo=UTC)


@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """The exports so far, of the views that the viewer may have, and the form for another."""
    user = cast(User, request.user)
    check(user, Permission.EXPORT_BLINDED)
    views = [view for view in VIEWS if _may(user, view[0])]
    form = ExportForm(request.POST or None, views=views)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        export = steps.request_export(
            cut_at=wanted["cut"],
            view=wanted["view"],
            profile=wanted["profile"] or "full",
            formats=wanted["formats"],
            by=user,
            at=clock.now(),
        )
        _hand_over(export)
        messages.info(request, "Asked for the export. You may leave this page.")
        return redirect("exports")
    made = list(Export.objects.filter(view__in=[view for view, _ in views]).select_related("requested_by").order_by("-pk")[:SHOWN])
    context = {
        "form": form,
        "exports": [(instant(export.cut_at), export) for export in made],
        "cuts": [(instant(cut.at), cut) for cut in Cut.objects.order_by("-at")[:SHOWN]] if _may(user, "closed") else [],
        "running": any(_runs(export) for export in made),
    }
    return render(request, "outcomes/exports.html", context, status=422 if form.errors else 200)


@require_POST
def download_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The archive; reading it is audited, so it takes a POST."""
    export = get_object_or_404(Export, pk=pk)
    body = steps.download(export, by=cast(User, request.user), at=clock.now())
    return HttpResponse(
        body, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{steps.name_of(export)}"'}
    )


def _may(user: User, view: str) -> bool:
    try:
        steps.check_may_export(user, view)
    except NotAllowed:
        return False
    return allowed(user, Permission.EXPORT_BLINDED)


def _runs(export: Export) -> bool:
    return export.status in (Export.Status.WAITING, Export.Status.RUNNING)


def _hand_over(export: Export) -> None:
    """The sweep finds the row anyway; the task only makes it sooner, and a broker that is down changes nothing."""
    from kombu.exceptions import OperationalError

    from outcomes.tasks import make_export

    try:
        make_export.apply_async((export.pk,), retry=False)
    except OperationalError:
        return
