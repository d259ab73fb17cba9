"""In and out: log in, log out, choose a password by a one-time link, theme, health."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from trials import audit, clock
from trials.actions import staff
from trials.actors import Machine
from trials.models import Clock, Event, User
from trials.permissions import Refused

log = logging.getLogger("uplift.access")
TRIES, WINDOW = 10, 600
DEMO_PASSWORD = "demonstration"


class LoginForm(forms.Form):
    username = forms.CharField(label="User name", max_length=60)
    password = forms.CharField(label="Password", max_length=256, widget=forms.PasswordInput)


class WelcomeForm(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    name = forms.CharField(label="Your name", max_length=120, required=False)
    username = forms.CharField(label="User name", max_length=60, required=False)
    password = forms.CharField(label="Password", max_length=256, widget=forms.PasswordInput, help_text="At least 12 characters.")
    again = forms.CharField(label="The same password again", max_length=256, widget=forms.PasswordInput)

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("password") != self.cleaned_data.get("again"):
            self.add_error("again", "The two passwords differ.")


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or "/"
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else "/"


@csrf_protect
@login_not_required
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    form = LoginForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            name = form.cleaned_data["username"].lower()
            key = "login:" + hashlib.sha256(f"{name}|{request.META.get('REMOTE_ADDR', '')}".encode()).hexdigest()
            if cache.get(key, 0) >= TRIES:
                return render(request, "429.html", status=429)
            user = authenticate(request, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
            if isinstance(user, User):
                login(request, user)
                audit.record("staff.logged_in", about=user.actor, by=user, at=clock.now())
                return HttpResponseRedirect(_next(request))
            cache.set(key, cache.get(key, 0) + 1, WINDOW)
            form.add_error(None, "User name and password don't match.")
            audit.record("staff.login_refused", about="login", by=Machine("web"), at=clock.now())
    shown = {"form": form, "next": _next(request), **_demonstration(clock.now())}
    answer = render(request, "trials/login.html", shown, status=status)
    if shown.get("building") is not None:
        answer.headers["Refresh"] = "3"
    return answer


def _demonstration(at: datetime) -> dict[str, object]:
    """Of a demonstration alone: its logins, or how far its story has come."""
    if Clock.objects.filter(kind=Clock.Kind.DEMO).first() is None:
        return {}
    first, last = Event.objects.order_by("pk").first(), Event.objects.order_by("-pk").first()
    if not Event.objects.filter(verb="demonstration.built").exists():
        share = 0 if first is None or last is None else int(100 * ((last.at - first.at) / (at - first.at)))
        return {"building": min(99, max(0, share))}
    people = User.objects.filter(is_active=True).exclude(password__startswith="!").order_by("pk")
    return {"logins": people, "password": DEMO_PASSWORD}


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        audit.record("staff.logged_out", about=request.user.actor, by=request.user, at=clock.now())
    logout(request)
    return redirect("login")


@csrf_protect
@login_not_required
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The link's token stands in the fragment; the page's script copies it into the form, so no server log ever holds it."""
    form = WelcomeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                user = staff.accept(
                    given["token"], password=given["password"], name=given["name"], username=given["username"],
                    by=Machine("web"), at=clock.now(),
                )  # fmt: skip
            except Refused as refusal:
                form.add_error("password" if refusal.code == "weak_password" else None, refusal.sentence)
                status = refusal.status
            else:
                login(request, user)
                return redirect("/")
    return render(request, "trials/welcome.html", {"form": form}, status=status)


@login_not_required
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers; anything else is for the log."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        log.exception("database does not answer")
        return JsonResponse({"database": "down"}, status=503)
    return JsonResponse({"database": "up"})
