"""Sessions drawn for observation, and the checklist of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.actions import observations as steps
from participants.domain.fidelity import VERDICTS
from participants.models import Observation, TrainingSession
from participants.pages.common import form_page, user_of
from participants.pages.week import session_or_404
from participants.queries import observations as reads
from trials import clock
from trials.models import Site, User
from trials.permissions import Permission, check
from trials.queries import protocol_in_force

ITEM = "item_"


class ChecklistForm(forms.Form):
    """A verdict an item of the protocol's checklist, and a reason where one stood there before."""

    def __init__(self, data: Any, *, items: Mapping[str, str], standing: Observation | None) -> None:
        before = {} if standing is None else standing.verdicts
        super().__init__(data, initial={ITEM + code: verdict for code, verdict in before.items()})
        for code, words in items.items():
            missing = {"required": f"Say whether this was done: {words}"}
            self.fields[ITEM + code] = forms.ChoiceField(
                label=words, choices=list(VERDICTS.items()), widget=forms.RadioSelect, error_messages=missing
            )
        if standing is not None:
            help_text = "Needed where a verdict changes. What stood there before is kept."
            self.fields["reason"] = forms.CharField(label="Why it changes", max_length=500, required=False, help_text=help_text)

    @property
    def verdicts(self) -> dict[str, str]:
        return {name.removeprefix(ITEM): value for name, value in self.cleaned_data.items() if name.startswith(ITEM)}


@require_safe
def observations(request: HttpRequest) -> HttpResponse:
    """Drawn sessions around today, for who may observe; a trainer finds no such page, so that nobody prepares for an observer."""
    user, now = user_of(request), clock.now()
    sites = _sites_or_404(user)
    protocol = protocol_in_force()
    context = {
        "now": now,
        "site": sites[0],
        "fidelity": protocol.fidelity,
        "draw": reads.draw(),
        "rows": [(s, *word_of(s, now)) for s in reads.near(user, protocol, now)],
    }
    return render(request, "participants/observations.html", context)


@require_POST
def open_draw(request: HttpRequest) -> HttpResponse:
    """From now on sessions are drawn."""
    _sites_or_404(user_of(request))
    steps.open_draw(by=user_of(request), at=clock.now())
    toasts.success(request, "The draw is open")
    return redirect("observations")


@require_http_methods(["GET", "HEAD", "POST"])
def observe(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """The checklist of one drawn session."""
    user = user_of(request)
    session = session_or_404(user, trial_id, session_no)
    check(user, Permission.OBSERVE_SESSIONS, at_site=session.enrolment.participant.site)
    fidelity = protocol_in_force().fidelity
    standing = Observation.objects.filter(session=session).select_related("observer").first()
    form = ChecklistForm(
        request.POST if request.method == "POST" else None, items={} if fidelity is None else fidelity.items, standing=standing
    )
    return form_page(
        request,
        form,
        lambda given: steps.observe(session, verdicts=form.verdicts, reason=given.get("reason", ""), by=user, at=clock.now()),
        heading=f"Observed session {session_no} of {trial_id}",
        action_label="Save checklist",
        done=reverse("observations"),
        said=f"Saved the checklist of session {session_no} of {trial_id}",
        template="participants/observe.html",
        session=session,
        site=session.enrolment.participant.site,
        standing=standing,
    )


def word_of(session: TrainingSession, now: datetime) -> tuple[str, str]:
    """Where a drawn session stands, as pill and word."""
    if hasattr(session, "observation"):
        return "done", "Filled in"
    if session.held:
        return "warn", "To fill in"
    return ("due", "To watch") if session.at > now else ("", "Not recorded yet")


def _sites_or_404(user: User) -> list[Site]:
    sites = reads.sites_observed_by(user)
    if not sites:
        raise Http404
    return sites
