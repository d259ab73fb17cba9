"""Pages for what went wrong: each says what, why and a way out. None needs the database."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from trials.pages.language import of_request


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    spoken = of_request(request)
    words = {
        "sentence": spoken.say("This page was open too long or in another tab, so nothing was saved. Reload the page and send it again."),
        "way_out": (spoken.say("Open the page again"), request.path),
    }
    return render(request, "ui/refused.html", words, status=403)


def unread(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that could not be read."""
    return HttpResponse(_plain(request, "400.html"), status=400)


def stopped(request: HttpRequest) -> HttpResponse:
    """A fault of the program: the page is made of nothing but words, since anything else may be what failed."""
    return HttpResponse(_plain(request, "500.html", request=request), status=500)


def _plain(asked: HttpRequest, template: str, **more: object) -> str:
    return render_to_string(template, {"language": of_request(asked), **more})
