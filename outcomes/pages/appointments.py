"""A participant's own appointments behind their personal link: when they are, and "I can't come" for one of them.

Neutral words throughout: what the appointments are for stands on no page. Looking changes nothing; telling takes a page of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from outcomes.pages import whereabouts
from outcomes.pages.me_common import closed, page
from participants.actions import sessions as steps
from participants.actions.sessions import coming, home
from participants.models import Participant, TrainingSession
from participants.models.sessions import PARTICIPANT
from participants.queries import appointments as reads
from trials import clock
from trials.languages import Language
from trials.pages.language import of_request, refusal
from trials.permissions import Refused
from trials.queries import protocol_in_force
from trials.ui.words import moment

Status = TrainingSession.Status
WORDS = {
    Status.ATTENDED: "Took place",
    Status.MADE_UP: "Took place",
    Status.MISSED: "Did not take place",
    Status.CANCELLED_BY_SITE: "Called off",
}
LOGGED = "You logged it"
SAID = "You told us that you can't come"


class WishForm(forms.Form):
    """Another time that would suit; the empty choice is none."""

    def __init__(self, times: Iterable[datetime], site: object, language: Language, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        choices = [("", language.say("No wish")), *((_key(time), moment(time, site, language=language)) for time in times)]
        self.fields["wish"] = forms.ChoiceField(
            label=language.say("Another time that would suit you"),
            help_text=language.say("The study team decides, and tells you."),
            choices=choices,
            error_messages={"invalid_choice": language.say("Choose one of the answers listed: another time that would suit you")},
            required=False,
            initial="",
            widget=forms.RadioSelect,
        )

    @property
    def wish(self) -> datetime | None:
        return datetime.fromisoformat(self.cleaned_data["wish"]) if self.cleaned_data["wish"] else None


@login_not_required
@require_safe
def appointments(request: HttpRequest) -> HttpResponse:
    """What is to come, the next first, and what was."""
    at = clock.now()
    person = whereabouts.who_has_appointments(request, at)
    return closed(request) if person is None else _list(request, person, at)


@login_not_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: HttpRequest, session_no: int) -> HttpResponse:
    """One appointment to come: what happens when somebody can't come, or that they said so and may take it back."""
    at = clock.now()
    person = whereabouts.who_has_appointments(request, at)
    session = None if person is None else next((s for s in reads.of_person(person) if s.session_no == session_no), None)
    if person is None or session is None:
        return closed(request)
    if request.method == "POST":
        return _told(request, person, session, at)
    return _one(request, person, session, at) if coming.ahead(session, at) else redirect("me_appointments")


def _told(request: HttpRequest, person: Participant, session: TrainingSession, at: datetime) -> HttpResponse:
    """The press of one of the two buttons; a refusal comes back beside the list as it now is."""
    what = request.POST.get("what", "")
    try:
        if what == "can":
            steps.take_back_cannot_come(session, by=person, at=at)
            return redirect("me_appointments")
        form = _form(request, session, at, request.POST)
        if what != "cannot":
            form.add_error(None, _language(request, person).say("Press one of the two buttons."))
        if not form.is_valid():
            return _one(request, person, session, at, form, status=422)
        steps.say_cannot_come(session, wish=form.wish, by=person, at=at)
    except Refused as refused:
        return _list(request, person, at, refused=refusal(_language(request, person), refused), status=409)
    return redirect("me_appointment", session_no=session.session_no)


def _list(request: HttpRequest, person: Participant, at: datetime, *, refused: str = "", status: int = 200) -> HttpResponse:
    language, rows = _language(request, person), reads.of_person(person)
    to_log = [s for s in rows if home.may_be_logged(s, at)]
    ahead = [s for s in rows if s.at > at and s.status in (Status.SCHEDULED, Status.CANCELLED_BY_SITE)]
    context = {
        "site": person.site,
        "refused": refused,
        "to_log": [(s, moment(s.at, person.site, language=language)) for s in to_log],
        "coming": [(s, moment(s.at, person.site, language=language), _note(language, s), coming.ahead(s, at)) for s in ahead],
        "before": [
            (s, moment(s.at, person.site, language=language), _word(language, s), home.may_be_corrected(s, at))
            for s in reversed(rows)
            if s not in ahead and s not in to_log
        ],
    }
    return page(request, "outcomes/me_appointments.html", context, protocol=protocol_in_force(), participant=person, status=status)


def _note(language: Language, session: TrainingSession) -> str:
    return language.say(SAID) if reads.notice_of(session) else _said(language, WORDS.get(Status(session.status)))


def _word(language: Language, session: TrainingSession) -> str:
    logged = session.logged_by == PARTICIPANT and session.held
    return _said(language, LOGGED if logged else WORDS.get(Status(session.status)))


def _said(language: Language, word: str | None) -> str:
    return language.say(word) if word else ""


def _language(request: HttpRequest, person: Participant) -> Language:
    return of_request(request, person.language)


def _one(
    request: HttpRequest, person: Participant, session: TrainingSession, at: datetime, form: WishForm | None = None, *, status: int = 200
) -> HttpResponse:
    said = reads.notice_of(session)
    context = {"session": session, "site": person.site, "said": said, "form": form or (None if said else _form(request, session, at))}
    return page(request, "outcomes/me_appointment.html", context, protocol=protocol_in_force(), participant=person, status=status)


def _form(request: HttpRequest, session: TrainingSession, at: datetime, data: object = None) -> WishForm:
    person, times = session.enrolment.participant, coming.other_times(session, at=at) if coming.ahead(session, at) else ()
    return WishForm(times, person.site, _language(request, person), data)


def _key(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()
