"""Pages for what went wrong: each says what, why and a way out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from trials.permissions import Refused


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    refusal = Refused(
        "This page was open too long or in another tab, so nothing was saved. Go back, reload the page and send it again.",
        code="stale_page",
        way_out=("Start again", request.path),
        status=403,
    )
    return render(request, "ui/refused.html", {"refusal": refusal}, status=403)
