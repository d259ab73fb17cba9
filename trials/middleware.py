"""What holds for every request, whoever asks."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from trials.pages import language
from trials.permissions import Refused, roles_of

Door = Callable[[HttpRequest], HttpResponse]

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
FOR_PROGRAMS = ("/api/", "/callbacks/")
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def plain_input(door: Door) -> Door:
    """Bytes that no person types and PostgreSQL cannot keep are refused before anything reads them."""

    def answer(request: HttpRequest) -> HttpResponse:
        raw = request.META.get("QUERY_STRING", "") + request.path
        if "\x00" in raw or "%00" in raw:
            return HttpResponse("The address holds a NUL character.", status=400, headers=PLAIN)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or not length.isascii():
            return HttpResponse("The length of the request is not a number.", status=400, headers=PLAIN)
        upload = request.path.startswith("/protocol/")
        if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE * (8 if upload else 1):
            return HttpResponse("The request is too large.", status=413, headers=PLAIN)
        if request.method == "POST" and request.content_type in FORMS:
            for name, values in request.POST.lists():
                for text in (name, *values):
                    if "\x00" in text:
                        return HttpResponse("The form holds a NUL character.", status=400, headers=PLAIN)
                    try:
                        text.encode()
                    except UnicodeEncodeError:
                        return HttpResponse("The form holds half a character.", status=400, headers=PLAIN)
        return door(request)

    return answer


def true_address(door: Door) -> Door:
    """Behind proxies of ours the caller is the last address that none of them wrote about itself."""

    def answer(request: HttpRequest) -> HttpResponse:
        told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if settings.UPLIFT_PROXIES and len(told) >= settings.UPLIFT_PROXIES:
            request.META["REMOTE_ADDR"] = told[-settings.UPLIFT_PROXIES]
        return door(request)

    return answer


def private_pages(door: Door) -> Door:
    """Nothing but static files is kept by a browser or a proxy."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = door(request)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def chosen_language(door: Door) -> Door:
    """The language that a participant chose by a link is remembered on this device until the browser is closed."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = door(request)
        if request.path.startswith(language.PARTICIPANTS):
            language.remember(request, response)
        return response

    return answer


def access_in_force(door: Door) -> Door:
    """Somebody whose last role has ended is logged out at the next click."""

    def answer(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not roles_of(user):  # type: ignore[arg-type]
            logout(request)
        return door(request)

    return answer


def refusals(door: Door) -> Door:
    """A rule's refusal becomes a page or JSON here, once."""

    class Refusals:
        def __call__(self, request: HttpRequest) -> HttpResponse:
            return door(request)

        def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
            if not isinstance(error, Refused):
                return None
            if request.path.startswith(FOR_PROGRAMS):
                return JsonResponse({"detail": error.sentence, "code": error.code}, status=error.status)
            theirs = request.path.startswith(language.PARTICIPANTS)  # no step that helps staff is open to a participant
            sentence = language.refusal(language.of_request(request), error) if theirs else error.sentence
            words = {"sentence": sentence, "way_out": None if theirs else error.way_out, "back_url": request.META.get("HTTP_REFERER", "/")}
            return render(request, "ui/refused.html", words, status=error.status)

    return Refusals()
