"""A message to several people: written, looked at with everybody whom it would reach, sent, watched and called off."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outcomes.actions import circulars as steps
from outcomes.actions.letters import checked_for
from outcomes.domain.circulars import phases
from outcomes.domain.letters import CIRCULAR, LONGEST_BODY, LONGEST_SUBJECT, Words
from outcomes.models import Circular
from outcomes.pages.letter_words import preview
from outcomes.queries import circulars as reads
from outcomes.queries.circulars import Picked
from participants.pages.common import radios, text_area, user_of
from participants.pages.messages import WORDS
from trials import clock, entropy
from trials.languages import ENGLISH, languages
from trials.models import Site, User
from trials.permissions import Permission, Refused, check
from trials.queries import protocol_in_force

SEND, EVERY = "send", "every"
LATEST = 100


class CircularForm(forms.Form):
    """Whom it is for, and the words; `looked` is what was looked at before it is sent."""

    site = radios("Site", ())
    phase = radios("Where people stand", (), help_text="It follows from the visits, which are the same for everybody.")
    language = radios("Language", [(each.code, each.name) for each in languages.values()], help_text="It goes to those who read it.")
    subject = forms.CharField(label="Subject of the mail", max_length=LONGEST_SUBJECT)
    body = text_area(
        "The mail", max_length=LONGEST_BODY, help_text="{place} stands for the site's name. The line that says why it comes follows."
    )
    short = text_area("The text message", max_length=LONGEST_BODY, help_text="The same for a telephone: three segments at most.")
    client_uuid = forms.UUIDField(widget=forms.HiddenInput)
    looked = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {site.code: site for site in reads.sites_of(user)}
        choices = [(code, site.name) for code, site in self.places.items()]
        self.fields["site"].choices = choices if len(choices) == 1 else [(EVERY, "Every site of yours"), *choices]  # type: ignore[attr-defined]
        self.fields["phase"].choices = phases(protocol_in_force().visits)  # type: ignore[attr-defined]
        self.fields["body"].widget.attrs["rows"] = 8

    def words(self) -> Words:
        return Words(**{name: self.cleaned_data[name] for name in ("subject", "body", "short")})

    def at_site(self) -> Site | None:
        return self.places.get(self.cleaned_data["site"])


@require_safe
def circular_list(request: HttpRequest) -> HttpResponse:
    """What was sent to several people, newest first, and how far each has got."""
    user = user_of(request)
    check(user, Permission.SEND_MESSAGES)
    found = list(reads.visible_to(user)[:LATEST])
    counts = reads.progress(found)
    rows = [(circular, _phase_words(circular), _standing(counts[circular.code])) for circular in found]
    return render(request, "outcomes/circulars.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def send_circular(request: HttpRequest) -> HttpResponse:
    """The form; posted once it shows whom it would reach, posted again unchanged it is sent."""
    user, at = user_of(request), clock.now()
    check(user, Permission.SEND_MESSAGES)
    start = {"language": ENGLISH.code, "phase": "any", "client_uuid": _fresh_id(user, at.isoformat())}
    form = CircularForm(request.POST if request.method == "POST" else None, user=user, initial=start)
    status, context = 200, {}
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = {"phase": form.cleaned_data["phase"], "language": form.cleaned_data["language"], "site": form.at_site()}
            try:
                spoken, words = checked_for(CIRCULAR, given["language"], form.words())
                people = reads.picked(user, **given, at=at)
                mark = _mark(form, people)
                if request.POST.get("step") == SEND and form.cleaned_data["looked"] == mark:
                    sent = steps.send_circular(
                        **given, **vars(words), people=len(people.to), client_uuid=form.cleaned_data["client_uuid"], by=user, at=at
                    )
                    toasts.success(request, f"The message to {sent.people} people is on its way")
                    return redirect("circular", circular=sent.code)
                status = 200
                form.data = form.data.copy()  # type: ignore[attr-defined]
                form.data["looked"] = mark
                context = {
                    "people": people,
                    "shown": preview(words, spoken),
                    "tongue": spoken,
                    "changed": bool(form.cleaned_data["looked"]),
                }
            except Refused as refused:
                if refused.status == 403:
                    raise
                status = refused.status
                for name, sentence in (getattr(refused, "faults", {}) or {"": refused.sentence}).items():
                    form.add_error(name or None, sentence)
    return render(request, "outcomes/circular_write.html", context | {"form": form}, status=status)


@require_safe
def circular(request: HttpRequest, circular: str) -> HttpResponse:
    """One of them: its words, how far it has got, and the button that calls it off."""
    found = _found(request, circular)
    counts = reads.progress([found])[found.code]
    waiting = counts.get("pending", 0)
    context = {
        "circular": found, "tongue": languages[found.language], "phase": _phase_words(found), "standing": _standing(counts),
        "shown": preview(Words(found.subject, found.body, found.short), languages[found.language]),
        "stop": getattr(found, "stop", None), "waiting": waiting, "gone": found.people - waiting,
    }  # fmt: skip
    return render(request, "outcomes/circular.html", context)


@require_POST
def cancel_circular(request: HttpRequest, circular: str) -> HttpResponse:
    stopped = steps.cancel_circular(_found(request, circular), by=user_of(request), at=clock.now())
    toasts.success(request, f"Called off: {stopped} had not gone and are not sent")
    return redirect(reverse("circular", args=(circular,)))


def _found(request: HttpRequest, code: str) -> Circular:
    check(user_of(request), Permission.SEND_MESSAGES)
    return get_object_or_404(reads.visible_to(user_of(request)), code=code)


def _phase_words(circular: Circular) -> str:
    return dict(phases(protocol_in_force().visits)).get(circular.phase, circular.phase)


def _standing(counts: Any) -> list[tuple[str, str, int]]:
    """(shape, word, how many) of each state that some messages are in."""
    return [(*WORDS[status], counts[status.value]) for status in WORDS if counts.get(status.value)]


def _mark(form: CircularForm, people: Picked) -> str:
    """What stands on the page that was looked at: words, choice and people."""
    told = [form.cleaned_data[name] for name in ("site", "phase", "language", "subject", "body", "short")]
    return hashlib.sha256(json.dumps([*told, [str(person) for person in people.to]]).encode()).hexdigest()


def _fresh_id(user: User, moment: str) -> UUID:
    return UUID(bytes=entropy.fresh("circular form", f"{user.actor}|{moment}")[:16], version=4)
