"""Broken codes: break one, read an arm that was sent to you, see what was broken; and the one page for a reader outside the trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from participants.actions import self_reports, unblinding
from participants.actions.clinical import BadRecord
from participants.domain.unblinding import HOW, HOW_CHOICES
from participants.models import Participant
from participants.pages.common import date_field, find, form_page, radios, text_area, user_of
from participants.queries import self_reports as reports
from trials import blinding, clock, queries
from trials.domain.unblinding import REASONS, Mode, State
from trials.models import Unblinding, User
from trials.permissions import Permission, Refused, allowed, check

PAGE = 50
OUTSIDE, OWN_SCREEN = "outside", "screen"
STATES = {
    State.WAITING: ("due", "Not read yet"), State.TOLD: ("done", "Read"), State.LOCKED: ("stop", "Locked: wrong keys"),
    State.OVER: ("", "Never read"),
}  # fmt: skip


def _password() -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(label="Your password, again", max_length=256, strip=False, widget=widget)


class BreakForm(forms.Form):
    """Third persons come first; the own screen is offered to whoever may be told, last."""

    reason_code = radios("Why the arm is needed", list(REASONS.items()))
    reason = text_area("The reason, in a sentence", max_length=500)
    reader = radios("Who reads the arm", ())
    recipient_name = forms.CharField(
        label="Outside the trial: name and place of work", required=False, max_length=200, help_text="Like Dr Ahern, emergency department"
    )
    recipient_email = forms.CharField(
        label="Outside the trial: e-mail",
        required=False,
        max_length=200,
        help_text="A link goes there. It opens only with a key that you tell them by telephone.",
    )
    password = _password()

    def __init__(self, *args: Any, readers: Mapping[str, User], own_screen: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.readers = readers
        choices = [(key, f"{user}, who logs in to read it") for key, user in readers.items()]
        choices.append((OUTSIDE, "Somebody outside the trial"))
        self.fields["reader"].choices = choices + [(OWN_SCREEN, "I do, on this screen")] * own_screen  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        reader = given.pop("reader")
        if reader != OUTSIDE:
            given |= {"recipient_name": "", "recipient_email": ""}
        return given | {"mode": Mode.SCREEN if reader == OWN_SCREEN else Mode.THIRD_PERSON, "recipient": self.readers.get(reader)}


class ReportForm(forms.Form):
    trial_id = forms.CharField(label="Whose arm", max_length=40, help_text="The trial id, like P-014")
    learned_on = date_field("The day you learned it, or came to believe so")
    how = radios("How you learned it", HOW_CHOICES)
    sure = radios("How sure you are", (("yes", "I know it"), ("no", "I believe so, I am not sure")))
    note = text_area("Anything else", required=False, max_length=1000, help_text="Never write which arm. Blind colleagues don't see this.")


class PasswordForm(forms.Form):
    password = _password()


class KeyForm(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    key = forms.CharField(label="Key", max_length=40, help_text="8 letters and digits, told to you by telephone")


@require_http_methods(["GET", "POST"])
def break_code(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Answers the POST itself with what the requester gets: there is no address at which it could be read again."""
    person, user, at = find(request, trial_id, Permission.BREAK_CODE), user_of(request), clock.now()
    readers = {reader.actor: reader for reader in blinding.readers_at(person.site, at) if reader.pk != user.pk}
    form = BreakForm(request.POST or None, readers=readers, own_screen=blinding.may_be_told(user, person.site))
    earlier = _of(person)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            broken = unblinding.break_code(person, **form.facts(), by=user, at=at)
        except Refused as refused:
            status = _put(form, refused, {"recipient": "reader", "mode": "reader"})
        else:
            arm = queries.protocol_in_force().arm(broken.arm) if broken.arm else None
            reader = broken.unblinding.reader
            return render(request, "participants/code_broken.html", {"participant": person, "broken": broken, "arm": arm, "reader": reader})
    return render(request, "participants/break_code.html", {"participant": person, "form": form, "earlier": earlier}, status=status)


@require_http_methods(["GET", "POST"])
def read_arm(request: HttpRequest, code: str) -> HttpResponse:
    """For the member of staff it was sent to, once; for anybody else there is no such page."""
    user, at = user_of(request), clock.now()
    found = get_object_or_404(queries.unblindings().filter(recipient=user), code=code)
    form = PasswordForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            arm = unblinding.read_arm(found, password=form.cleaned_data["password"], by=user, at=at)
        except Refused as refused:
            status = _put(form, refused, {})
        else:
            return _told(request, found, arm, "participants/arm_told.html")
    context = {"found": found, "form": form, "state": found.standing(at), "shown": _shown(found)}
    return render(request, "participants/read_arm.html", context, status=status)


@csrf_protect
@login_not_required
@require_http_methods(["GET", "POST"])
def open_link(request: HttpRequest) -> HttpResponse:
    """For a reader outside the trial: the link's token stands in the fragment, the key is typed, and only the button's POST opens it."""
    form = KeyForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            found, arm = unblinding.open_link(form.cleaned_data["token"], key=form.cleaned_data["key"], at=clock.now())
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return _told(request, found, arm, "participants/arm_opened.html")
    return render(request, "participants/open_code_break.html", {"form": form}, status=status)


@require_safe
def unblindings(request: HttpRequest) -> HttpResponse:
    """What was broken at the reader's sites, and what was sent to the reader; never an arm."""
    user, at = user_of(request), clock.now()
    sees = allowed(user, Permission.SEE_UNBLINDINGS)
    if not sees and not allowed(user, Permission.BREAK_CODE):
        check(user, Permission.REPORT_UNBLINDING)
    page = Paginator(queries.unblindings_visible_to(user), PAGE).get_page(request.GET.get("page"))
    rows = [_shown(row) | {"state": STATES[row.standing(at)]} for row in page]
    waiting = [row for row in queries.unblindings().filter(recipient=user) if row.standing(at) is State.WAITING]
    context = {
        "page": page,
        "rows": rows,
        "waiting": waiting,
        "learned": [(row, HOW[row.how], blinding.sees_arms(user, row.participant.site)) for row in reports.visible_to(user)[:PAGE]],
        "sees": sees,
        "at": at,
        "may_report": allowed(user, Permission.REPORT_UNBLINDING),
        "own": user.self_reports.select_related("participant__unit__site").order_by("-at", "-pk"),
    }
    return render(request, "participants/unblindings.html", context)


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Somebody blind learned an arm, or believes so, and says it; which one is not asked."""
    user, at = user_of(request), clock.now()
    check(user, Permission.REPORT_UNBLINDING)
    form = ReportForm(request.POST or None, initial={"trial_id": request.GET.get("about", "")[:40]})

    def step(given: Mapping[str, Any]) -> None:
        person = reports.reportable_by(user).filter(unit__trial_id__iexact=given["trial_id"].strip()).first()
        if person is None:
            raise BadRecord({"trial_id": "There is no such participant at your sites."})
        facts = {name: given[name] for name in ("learned_on", "how", "note")}
        self_reports.report_unblinding(person, **facts, sure=given["sure"] == "yes", by=user, at=at)

    return form_page(
        request,
        form,
        step,
        template="participants/report_unblinding.html",
        heading="Report that you learned an arm",
        action_label="Send report",
        done="/unblindings/",
        said="Kept. The coordinator and the investigator are told.",
        text="It happens, and nobody is blamed. Say it at once; which arm is not asked.",
        effects=[
            "The site's coordinators and the investigators are told, and let somebody else assess this person.",
            "It is kept as a deviation with your name and the day.",
        ],
    )


def _of(person: Participant) -> list[dict[str, Any]]:
    return [_shown(row) for row in queries.unblindings().filter(allocation__unit=person.unit)]


def _shown(row: Unblinding) -> dict[str, Any]:
    return {"row": row, "unit": row.allocation.unit, "why": REASONS[row.reason_code]}


def _told(request: HttpRequest, found: Unblinding, arm: str, template: str) -> HttpResponse:
    words = queries.protocol_of(found.allocation.protocol_digest).arm(arm)
    return render(request, template, {"unit": found.allocation.unit, "arm": words, "found": found})


def _put(form: forms.Form, refused: Refused, renamed: Mapping[str, str]) -> int:
    """The refusal's sentences beside the fields they speak of."""
    if refused.status == 403:
        raise refused
    for name, sentence in getattr(refused, "faults", {"": refused.sentence}).items():
        field = renamed.get(name, name)
        form.add_error(field if field in form.fields else None, sentence)
    return refused.status
