"""Pages for what went wrong: each says what, why and a way out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    words = {
        "sentence": "This page was open too long or in another tab, so nothing was saved. Reload the page and send it again.",
        "way_out": ("Open the page again", request.path),
    }
    return render(request, "ui/refused.html", words, status=403)
