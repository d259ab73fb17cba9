"""The words of messages: what is sent now, each version as it reaches somebody, a new version, its test and its first day."""

from __future__ import annotations

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outcomes.actions import letters as steps
from outcomes.domain.letters import KINDS, LONGEST_BODY, LONGEST_SUBJECT, Kind, Words
from outcomes.models import Letter
from outcomes.pages.letter_words import Preview, offered, preview
from outcomes.queries import letters as reads
from participants.pages.common import date_field, form_page, text_area, user_of
from trials import clock
from trials.languages import Language, languages
from trials.permissions import Permission, Refused, allowed, check

LOOK = "look"


class LetterForm(forms.Form):
    """The words of a message; what each kind may name stands beside the form."""

    subject = forms.CharField(label="Subject of the mail", max_length=LONGEST_SUBJECT)
    body = text_area(
        "The mail", max_length=LONGEST_BODY, help_text="Every mail ends with the line that says why it comes. Leave it out here."
    )
    short = text_area("The text message", max_length=LONGEST_BODY, help_text="At most three segments of a text message.")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["body"].widget.attrs["rows"] = 12

    def words(self) -> Words:
        return Words(**{name: self.cleaned_data[name] for name in ("subject", "body", "short")})


class StartForm(forms.Form):
    holds_from = date_field("Send it from", help_text="A day of each person's site. It goes on until another version is sent.")


@require_safe
def letter_list(request: HttpRequest) -> HttpResponse:
    """Every kind of message with the words it has today, by language."""
    user = user_of(request)
    check(user, Permission.SEE_MESSAGES)
    today = clock.now().date()
    found = reads.standing(today)
    rows = [(kind, [(language, found.get((kind.code, language.code))) for language in languages.values()]) for kind in KINDS.values()]
    return render(request, "outcomes/letters.html", {"rows": rows, "tongues": languages.values(), "may_write": _may_write(request)})


@require_http_methods(["GET", "HEAD", "POST"])
def write_letter(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """What is sent now, the versions, and the form for the next one, which can be looked at before it is kept."""
    about, spoken = _found(request, kind, language)
    versions = list(reads.versions(kind, language))
    newest = reads.words_of(versions[0]) if versions else reads.own_words(kind, spoken)
    status, looked = 200, None
    form = LetterForm(request.POST if request.method == "POST" else None, initial=vars(newest))
    if request.method == "POST":
        check(user_of(request), Permission.WRITE_LETTERS)
        status = 422
        if form.is_valid():
            try:
                if request.POST.get("step") == LOOK:
                    looked, status = preview(steps.checked(kind, language, form.words())[1], spoken), 200
                else:
                    words = vars(form.words())
                    letter = steps.write_letter(kind=kind, language=language, **words, by=user_of(request), at=clock.now())
                    toasts.success(request, f"Version {letter.version} is kept. Nothing of it is sent yet")
                    return redirect("letter", kind=kind, language=language, version=letter.version)
            except Refused as refused:
                status = refused.status
                for name, sentence in (getattr(refused, "faults", {}) or {"": refused.sentence}).items():
                    form.add_error(name or None, sentence)
    today = reads.in_force(kind, spoken, reads.standing(clock.now().date()))
    context = {
        "kind": about, "tongue": spoken, "form": form, "versions": versions, "in_force": today.version, "looked": looked,
        "sent": preview(today.words, spoken), "offered": offered(about), "may_write": _may_write(request),
    }  # fmt: skip
    return render(request, "outcomes/letter_write.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, kind: str, language: str, version: int) -> HttpResponse:
    """One version as it reaches somebody; from here it is tested and started."""
    about, spoken = _found(request, kind, language)
    if request.method == "POST":
        check(user_of(request), Permission.WRITE_LETTERS)
    found = _version(kind, language, version)
    shown: Preview = preview(reads.words_of(found), spoken)
    return form_page(
        request,
        StartForm(request.POST if request.method == "POST" else None),
        lambda given: steps.start_letter(found, holds_from=given["holds_from"], by=user_of(request), at=clock.now()),
        heading=f"{about.label}, version {version}",
        action_label="Send this version",
        done=reverse("letter", args=(kind, language, version)),
        cancel_url=reverse("write_letter", args=(kind, language)),
        said=f"Version {version} is sent from that day",
        template="outcomes/letter.html",
        letter=found,
        kind=about,
        tongue=spoken,
        shown=shown,
        may_write=_may_write(request),
    )


@require_POST
def send_test(request: HttpRequest, kind: str, language: str, version: int) -> HttpResponse:
    """The version to the asker's own address."""
    _found(request, kind, language)
    check(user_of(request), Permission.WRITE_LETTERS)
    steps.send_test(_version(kind, language, version), by=user_of(request), at=clock.now())
    toasts.success(request, "A test is on its way to your own address")
    return redirect("letter", kind=kind, language=language, version=version)


def _found(request: HttpRequest, kind: str, language: str) -> tuple[Kind, Language]:
    check(user_of(request), Permission.SEE_MESSAGES)
    if kind not in KINDS or language not in languages:
        raise Http404
    return KINDS[kind], languages[language]


def _version(kind: str, language: str, version: int) -> Letter:
    return get_object_or_404(reads.versions(kind, language), version=version)


def _may_write(request: HttpRequest) -> bool:
    return allowed(user_of(request), Permission.WRITE_LETTERS)
