"""Calendar addresses: made and ended by staff, read by calendar programs without a log-in."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from participants.actions import feeds
from participants.models import Participant
from participants.pages.common import find, user_of
from participants.pages.week import sites_or_404
from participants.queries.feeds import calendar_of
from trials import clock
from trials.models import User
from trials.permissions import Permission, check

LONGEST = 100


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret address; a word that is none in force finds nothing."""
    feed = feeds.find(token) if len(token) <= LONGEST else None
    if feed is None:
        raise Http404
    answer = HttpResponse(calendar_of(feed, at=clock.now()), content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def own_calendar(request: HttpRequest) -> HttpResponse:
    """A trainer's own address."""
    sites_or_404(user_of(request))
    check(user_of(request), Permission.RECORD_SESSION)
    return _page(request, user_of(request))


@require_http_methods(["GET", "HEAD", "POST"])
def participant_calendar(request: HttpRequest, trial_id: str) -> HttpResponse:
    """A participant's address, to be handed over."""
    sites = sites_or_404(user_of(request))
    person = find(request, trial_id)
    if person.site not in sites:
        raise Http404
    check(user_of(request), Permission.PLAN_SESSIONS, at_site=person.site)
    return _page(request, person)


def _page(request: HttpRequest, owner: Participant | User) -> HttpResponse:
    """The address is shown once, on the answer to the press that made it; afterwards only that there is one."""
    own, address = {"by": user_of(request), "at": clock.now()}, ""
    if request.method == "POST" and request.POST.get("what") == "end":
        feeds.revoke_feed(owner, **own)
        toasts.success(request, "The calendar address no longer works")
        return redirect(request.path)
    if request.method == "POST":
        address = request.build_absolute_uri(reverse("calendar_feed", args=[feeds.issue_feed(owner, **own).token]))
    person = owner if isinstance(owner, Participant) else None
    answer = render(request, "participants/feed.html", {"person": person, "feed": feeds.feed_of(owner), "address": address})
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
