"""Messages paused and gone on with by staff, and the address by which their reader ends them with one press."""

from __future__ import annotations

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from participants.actions import reach
from participants.pages.common import date_field, find, person_page, user_of
from trials import clock
from trials.pages.language import of_request
from trials.permissions import Permission

LONGEST = 100
ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058, 3.2: what a mail program posts


class PauseForm(forms.Form):
    until = date_field("Messages go again from", help_text="Until then nothing is sent, not even a link")


@login_not_required
@csrf_exempt  # a mail program has no form of ours; the token in the address is the right to do this one thing
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it shows a button and changes nothing; only the press, or the mail program's, ends messages."""
    link = reach.find(token) if len(token) <= LONGEST else None
    if link is None:
        raise Http404
    name, value = ONE_CLICK
    told = {"language": of_request(request, link.participant.language)}
    if request.method == "POST" and request.POST.get(name) == value:
        reach.stop_messages(link, by=link.participant, at=clock.now())
        answer = render(request, "participants/stopped.html", told)
    else:
        status = 422 if request.method == "POST" else 200
        answer = render(request, "participants/stop.html", {"name": name, "value": value, **told}, status=status)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@require_http_methods(["GET", "POST"])
def pause(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.SEND_MESSAGES)
    return person_page(
        request,
        person,
        PauseForm(request.POST or None),
        lambda given: reach.pause_messages(person, until=given["until"], by=user_of(request), at=clock.now()),
        heading=f"Pause messages to {person}",
        action_label="Pause messages",
        done=person.get_absolute_url() + "messages/",
        said="Messages are paused",
    )


@require_POST
def go_on(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.SEND_MESSAGES)
    reach.go_on_with_messages(person, by=user_of(request), at=clock.now())
    toasts.success(request, "Messages go again")
    return redirect("participant_messages", trial_id=trial_id)


@require_POST
def trust(request: HttpRequest, trial_id: str) -> HttpResponse:
    person = find(request, trial_id, Permission.SEND_MESSAGES)
    reach.trust_address(person, by=user_of(request), at=clock.now())
    toasts.success(request, "Messages go to this address again")
    return redirect("participant_messages", trial_id=trial_id)
