"""An absence and the sessions it hits: where each would go, or why it can't, and one press that moves all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from participants.actions.sessions.bulk import Proposal, move_out, proposal_for
from participants.models import Absence, TrainingSession
from participants.pages.common import user_of
from participants.pages.week import sites_or_404
from trials import clock
from trials.permissions import Permission, Refused, allowed


@dataclass(frozen=True, kw_only=True)
class Row:
    """A session that is hit: its new time with what to read first, or the sentences why there is none."""

    session: TrainingSession
    to: datetime | None
    warning: str
    why: tuple[str, ...]


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposal for an absence; pressing the button moves all its sessions or none."""
    user, now = user_of(request), clock.now()
    found = get_object_or_404(Absence.objects.select_related("site", "trainer"), pk=pk, site__in=sites_or_404(user))
    refused = None
    if request.method == "POST":
        try:
            moved = move_out(found, seen=request.POST.get("seen", ""), by=user, at=now)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            refused = refusal
        else:
            count = f"{len(moved)} session{'' if len(moved) == 1 else 's'}"
            toasts.success(request, f"Moved {count}. People are reminded of the new times")
            return redirect("absence", pk=found.pk)
    proposal = proposal_for(found, at=now) if found.lifted_at is None else None
    context = {
        "absence": found,
        "site": found.site,
        "rows": list(_rows(proposal)) if proposal else [],
        "proposal": proposal,
        "may_move": allowed(user, Permission.PLAN_SESSIONS, at_site=found.site),
        "refused": refused,
        "now": now,
    }
    return render(request, "participants/absence.html", context, status=refused.status if refused else 200)


def _rows(proposal: Proposal) -> Iterable[Row]:
    places = {(m.who, m.session_no): m.slot for m in proposal.found.moves}
    stuck = {(s.who, s.session_no): s.why for s in proposal.found.stuck}
    for session in proposal.hit:
        key = session.trial_id, session.session_no
        place = places.get(key)
        yield Row(session=session, to=place and place.starts_at, warning=place.warning if place else "", why=stuck.get(key, ()))
