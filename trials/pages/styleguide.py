"""Every component in every state, in either theme, drawn from made-up facts. It reads no table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from trials.ui.fields import DecimalField
from trials.ui.timeline import Bar, Lane, Mark, Timeline

NOW = datetime(2026, 5, 12, 13, 5, tzinfo=UTC)
SITE = "Europe/Dublin"
WAY_OUT = ("Record consent", "#buttons")
TOKENS = ("page", "paper", "ink", "muted", "line", "edge", "accent", "on-accent", "soft", "due", "warn", "stop", "done")


class SetForm(forms.Form):
    load = DecimalField(label="Load", help_text="In kg, like 62.5", max_digits=6)
    reason = forms.ChoiceField(
        label="Why was the session missed?",
        widget=forms.RadioSelect,
        choices=[("ill", "Unwell"), ("work", "Work or study"), ("site", "The site was closed")],
    )
    channels = forms.MultipleChoiceField(
        label="How may we write?", widget=forms.CheckboxSelectMultiple, required=False, choices=[("email", "E-mail"), ("call", "Telephone")]
    )
    on = forms.DateField(label="Day of the session")
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    heard = forms.BooleanField(label="The person heard this read out", required=True)


class PeopleFilter(forms.Form):
    q = forms.CharField(label="Trial id", required=False)
    status = forms.MultipleChoiceField(
        label="Status",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("consented", "Consented"), ("randomised", "Randomised")],
    )


def _rows() -> list[dict[str, Any]]:
    return [
        {
            "what": "Call about an open alert",
            "note": "Attempt 2 of 3",
            "who": "P-014",
            "who_url": "#lists",
            "when": "41 min to first contact",
            "state": "stop",
            "word": "Overdue",
            "action": "Open alert",
            "url": "#lists",
        },
        {
            "what": "Enter paper questionnaire",
            "note": "Week 8 visit",
            "who": "P-009",
            "who_url": "#lists",
            "when": "Today, 18:00",
            "state": "due",
            "word": "Due today",
            "action": "Enter answers",
            "url": "#lists",
        },
        {
            "what": "Randomise",
            "who": "P-041",
            "who_url": "#lists",
            "when": "since Mon 11 May",
            "state": "warn",
            "word": "Blocked",
            "action": "Randomise",
            "refused": Example("P-041 has no complete baseline.", ("Fill in the baseline", "#lists")),
        },
        {"what": "Close visit", "who": "P-003", "who_url": "#lists", "when": "Mon 11 May", "state": "done", "word": "Done"},
    ]


class Example(Exception):
    """A refusal as the rules raise it: a sentence and a way out."""

    def __init__(self, sentence: str, way_out: tuple[str, str]) -> None:
        super().__init__(sentence)
        self.way_out = way_out


def _course() -> Timeline:
    weeks = [
        date(2026, 3, 2),
        date(2026, 3, 5),
        date(2026, 3, 9),
        date(2026, 3, 12),
        date(2026, 3, 16),
        date(2026, 3, 23),
        date(2026, 3, 30),
    ]
    return Timeline(
        title="Course of P-014",
        note="Sessions and visits, as of Tue 12 May, 14:05",
        first=date(2026, 2, 1),
        last=date(2026, 9, 1),
        today=date(2026, 5, 12),
        lanes=[
            Lane(
                name="Visits",
                bars=[
                    Bar(first=date(2026, 2, 5), last=date(2026, 2, 20), label="Baseline", state="done"),
                    Bar(first=date(2026, 4, 27), last=date(2026, 5, 18), label="Week 8", state="due"),
                    Bar(first=date(2026, 7, 20), last=date(2026, 8, 14), label="Week 20"),
                ],
            ),
            Lane(
                name="Sessions",
                marks=[Mark(on=d, label="Attended", state="done") for d in weeks]
                + [Mark(on=date(2026, 4, 6), label="Missed", state="warn"), Mark(on=date(2026, 4, 13), label="Due", state="due")],
            ),
            Lane(
                name="Events",
                marks=[Mark(on=date(2026, 4, 8), label="Serious event", state="stop"), Mark(on=date(2026, 3, 18), label="Medication")],
            ),
        ],
    )


def _context(request: HttpRequest) -> dict[str, object]:
    shown = request.GET.get("theme", "")
    return {
        "theme_shown": shown if shown in ("light", "dark") else "",
        "nav": [
            ("Today", "#", False),
            ("Participants", "#", False),
            ("Week", "#", False),
            ("Safety", "#", False),
            ("Flow", "#", False),
            ("Exports", "#", False),
            ("Styleguide", reverse("styleguide"), True),
        ],
        "site_name": "Limerick",
        "now": NOW,
        "site": SITE,
        "tokens": TOKENS,
        "states": [("due", "Due today"), ("warn", "Blocked"), ("stop", "Overdue"), ("done", "Done"), ("none", "Not due")],
        "empty_form": SetForm(prefix="fresh"),
        "faulty": SetForm({"bad-load": "heavy", "bad-note": "Stopped after the second set"}, prefix="bad"),
        "filter": PeopleFilter(request.GET),
        "rows": _rows(),
        "course": _course(),
        "refused": Example("P-014 can't be randomised: no signed consent.", WAY_OUT),
        "loads": [40, 42.5, 42.5, 45, 47.5, 47.5, 50],
        "load": Decimal("62.50"),
        "share": Decimal("0.8125"),
        "tabs": [("Visits", "#tabs", True, 3), ("Sessions", "#tabs", False, 16), ("Clinical", "#tabs", False), ("Audit", "#tabs", False)],
        "steps": [
            {"label": "Screening", "state": "done", "note": "Mon 2 Feb"},
            {"label": "Consent", "state": "done"},
            {"label": "Baseline", "state": "now", "note": "Two answers to go", "url": "#steps"},
            {"label": "Randomise", "state": "todo"},
        ],
        "checks": [
            {"ok": True, "text": "Signed consent, version 2, Tue 3 Feb"},
            {"ok": False, "text": "Body mass isn't recorded.", "action": "Record body mass", "url": "#steps"},
        ],
        "differences": [("Phone call", "No answer", "Reached at 13:40"), ("Next step", "Call again", "None")],
        "icons": (
            "calendar-days",
            "clock",
            "users",
            "phone",
            "mail",
            "dumbbell",
            "clipboard-list",
            "download",
            "lock",
            "shield-alert",
            "flag",
            "history",
        ),
    }


def styleguide(request: HttpRequest) -> HttpResponse:
    """The whole page of components; `?theme=light` and `?theme=dark` show either theme whatever the reader chose."""
    return render(request, "ui/styleguide.html", _context(request))


def confirm_example(request: HttpRequest) -> HttpResponse:
    """The confirm page as a page; from the styleguide it opens as a dialog."""
    return render(
        request,
        "ui/confirm.html",
        _context(request)
        | {
            "heading": "Withdraw P-014 from training?",
            "text": "P-014 keeps answering questionnaires.",
            "danger": True,
            "refused": None,
            "effects": ["5 planned sessions end", "No session message goes out from now on", "The answers so far stay in the dataset"],
            "action_label": "Withdraw from training",
            "action_url": reverse("theme"),
            "cancel_url": reverse("styleguide"),
        },
    )


def participant_example(request: HttpRequest) -> HttpResponse:
    """One question as a participant meets it."""
    question = type(
        "Question",
        (forms.Form,),
        {
            "answer": forms.ChoiceField(
                label="Trouble falling asleep, staying asleep, or sleeping too much",
                widget=forms.RadioSelect,
                choices=[("0", "Not at all"), ("1", "Several days"), ("2", "More than half the days"), ("3", "Nearly every day")],
            )
        },
    )
    return render(request, "ui/styleguide_participant.html", _context(request) | {"question": question({"answer": "1"})})


def gym_example(request: HttpRequest) -> HttpResponse:
    """One exercise as a trainer meets it."""
    lift = type("Lift", (forms.Form,), {"load": DecimalField(label="Load"), "reps": forms.IntegerField(label="Repetitions")})
    return render(request, "ui/styleguide_gym.html", _context(request) | {"lift": lift(initial={"load": "60", "reps": 10})})


def plain_example(request: HttpRequest) -> HttpResponse:
    """A page of one short form, such as signing in."""
    secret = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    address = forms.EmailInput(attrs={"autocomplete": "username"})
    words = {"email": forms.EmailField(label="E-mail", widget=address), "password": forms.CharField(label="Password", widget=secret)}
    sign_in = type("SignIn", (forms.Form,), words)
    return render(request, "ui/styleguide_plain.html", _context(request) | {"sign_in": sign_in()})


urlpatterns = [
    path("styleguide/", styleguide, name="styleguide"),
    path("styleguide/confirm/", confirm_example, name="styleguide_confirm"),
    path("styleguide/participant/", participant_example, name="styleguide_participant"),
    path("styleguide/gym/", gym_example, name="styleguide_gym"),
    path("styleguide/plain/", plain_example, name="styleguide_plain"),
]
