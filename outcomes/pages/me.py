"""A participant's three minutes: one question a screen, saved as it is answered, with help on every page.

The personal link's token stands in the address's fragment, which no server sees; the person presses Start, and a cookie then
holds a signed reference and nothing else. Looking changes nothing. A link that is unknown, used, late or revoked meets one page.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outcomes.actions import assessments
from outcomes.actions.keeping import Receipt
from outcomes.domain.sitting import Step
from outcomes.pages import whereabouts
from outcomes.pages.me_common import address, closed, here_of, language_for, onwards, page
from outcomes.pages.me_forms import ELSEWHERE, NO_CHOICE, StartForm, answer_form, field_name, too_many
from outcomes.pages.whereabouts import COOKIE, SALT, Here
from outcomes.queries import duty as duty_roster
from outcomes.queries import sittings, wording
from participants.actions import links
from participants.models import PersonalLink
from trials import clock, entropy
from trials.languages import languages
from trials.pages.language import forget, of_request
from trials.permissions import Refused
from trials.queries import protocol_in_force
from trials.ui.words import clock_time

LONGEST_SECRET = 100
LONGEST = 120 * 24 * 3600  # seconds; a link without an end still has a cookie with one


@login_not_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The door. Opening it shows a button; pressing the button opens the questions, or the appointments, of that link."""
    if request.method != "POST":
        told = {
            "form": StartForm(of_request(request)),
            "resume": COOKIE in request.COOKIES,
            "appointments": request.GET.get("for") == "appointments",
        }
        return page(request, "outcomes/me_start.html", told)
    if too_many(request):
        return page(request, "429.html", {}, status=429)
    secret = (request.POST.get("t") or request.POST.get("code") or "")[:LONGEST_SECRET]
    at = clock.now()
    link = links.find(secret, at=at) if secret else None
    response = None if link is None else _first_page(request, link, at)
    if link is None or response is None:
        return closed(request)
    until = link.expires_at.timestamp() - at.timestamp() if link.expires_at else LONGEST
    response.set_cookie(
        COOKIE,
        signing.dumps(link.token_digest, salt=SALT),
        max_age=int(until),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    forget(request, response)
    return response


@login_not_required
@require_safe
def resume(request: HttpRequest) -> HttpResponse:
    """Back to the first question that is still open, or to the appointments."""
    found = here_of(request)
    return found if isinstance(found, HttpResponse) else onwards(found)


@login_not_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, number: int) -> HttpResponse:
    """One question. Choosing keeps the answer; Continue goes on, Skip passes the question over."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    step = here.step(number)
    if step is None:
        return redirect("me_review")
    language = language_for(request, here)
    if request.method != "POST" and here.asks_together(step):
        return redirect(address(here, step))
    if request.method != "POST":
        return _question_page(request, here, step, answer_form(language, step, here.value(step)))
    form = answer_form(language, step, None, request.POST)
    skipped = "skip" in request.POST
    if not skipped and not form.is_valid():
        return _question_page(request, here, step, form, status=422)
    kept = _save(request, here, step, None if skipped else int(form.cleaned_data["answer"]))
    if kept is None:
        return closed(request)
    return _elsewhere(request, number) if kept.elsewhere else _after(request, step)


@login_not_required
@csrf_protect
@require_POST
def save(request: HttpRequest, number: int) -> HttpResponse:
    """Keeps the answer that was just chosen, without leaving the page; says so only after the commit."""
    here = here_of(request)
    step = None if isinstance(here, HttpResponse) else _asked(request, here, number)
    if isinstance(here, HttpResponse) or step is None:
        return JsonResponse({"detail": of_request(request).say("These questions are closed."), "code": "closed"}, status=404)
    language = language_for(request, here)
    form = answer_form(language, step, None, request.POST)
    skipped = "skip" in request.POST
    if not skipped and not form.is_valid():
        return JsonResponse({"detail": language.say(NO_CHOICE), "code": "bad_answer"}, status=422)
    kept = _save(request, here, step, None if skipped else int(form.cleaned_data["answer"]))
    if kept is None:
        return JsonResponse({"detail": language.say("These questions are closed."), "code": "closed"}, status=404)
    if kept.elsewhere:
        return JsonResponse({"detail": language.say(ELSEWHERE), "code": "elsewhere"}, status=409)
    return JsonResponse({"saved": clock_time(here.at, here.participant.site)})


@login_not_required
@require_safe
def support(request: HttpRequest, number: int) -> HttpResponse:
    """Help at once, in words and numbers to call; a call is promised only where the roster holds it."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    step = here.step(number)
    if step is None or not here.calls_for_help(step):
        return redirect("me_resume")
    draft = here.drafts[step.instrument.code]
    alert = draft.alerts.filter(kind="alert", closed_at=None).order_by("contact_due_at", "pk").first()
    duty = None if alert is None else duty_roster.promise(alert, here.at)
    following = None if here.together else here.step(number + 1)
    next_url = reverse("me_resume" if here.together else "me_review") if following is None else address(here, following)
    context = {"duty": duty, "due_at": alert and alert.contact_due_at, "site": here.participant.site, "next_url": next_url}
    return page(request, "outcomes/me_support.html", context, here)


@login_not_required
@csrf_protect
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """Every question with its answer, before anything is sent."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    rows = [(step, _label(step, here.value(step)), address(here, step, review=True)) for step in here.steps]
    left = sum(1 for _, label, _ in rows if not label)
    context = {"rows": rows, "left": left, "uuid": _sending_id(here), "back": address(here, here.steps[-1])}
    context |= {"changing": here.changing, "closes_on": here.sitting.window.closes_on}
    return page(request, "outcomes/me_review.html", context, here)


@login_not_required
@csrf_protect
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Sends the whole sitting, once; pressing again leads to the same receipt."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    if here.changing:
        return redirect("me_receipt")
    try:
        uuid = UUID(request.POST.get("uuid", ""))
    except ValueError:
        return redirect("me_review")
    try:
        assessments.send_sitting(here.participant, visit=here.sitting.visit, client_uuid=uuid, by=here.participant, at=here.at)
    except Refused:
        return closed(request)
    return redirect("me_receipt")


@login_not_required
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """What was sent, when, and what comes next; no score and no band."""
    at = clock.now()
    link = whereabouts.link_of(request, at)
    sent = None if link is None else whereabouts.sent_at(link)
    if link is None or sent is None:
        return closed(request)
    protocol = protocol_in_force()
    changing = sittings.changeable(link.participant, protocol, link.visit, at=at)
    context = {"sent_at": sent, "site": link.participant.site, "changing": changing, "closes_on": changing and changing.window.closes_on}
    return page(request, "outcomes/me_receipt.html", context, protocol=protocol, participant=link.participant)


@login_not_required
@require_safe
def stopped(request: HttpRequest) -> HttpResponse:
    """Answers so far are kept; the same link goes on later."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    return page(request, "outcomes/me_stopped.html", {"closes_on": here.sitting.window.closes_on}, here)


def _asked(request: HttpRequest, here: Here, number: int) -> Step | None:
    """The question that an answer is for: by its name where the page has many, whose numbers move on when one of them brings another."""
    name = request.POST.get("question")
    return here.step(number) if name is None else next((step for step in here.steps if field_name(step) == name), None)


def _save(request: HttpRequest, here: Here, step: Step, value: int | None) -> Receipt | None:
    number = step.item.number
    try:
        return assessments.save_draft(
            here.participant,
            visit=here.sitting.visit,
            instrument=step.instrument.code,
            answers={} if value is None else {number: value},
            missing={number: "skipped"} if value is None else {},
            turn=whereabouts.turn_of(request, here.at),
            language=step.instrument.language,
            by=here.participant,
            at=here.at,
        )
    except Refused:
        return None


def _elsewhere(request: HttpRequest, number: int) -> HttpResponse:
    """The question once more with the answer that stands, given on a page made later."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    step = here.step(number)
    if step is None:
        return redirect("me_review")
    return _question_page(request, here, step, answer_form(language_for(request, here), step, here.value(step)), status=409)


def _after(request: HttpRequest, step: Step) -> HttpResponse:
    """The page after a saved answer: help where it is called for, else the next question or the review."""
    here = here_of(request)
    if isinstance(here, HttpResponse):
        return here
    if here.calls_for_help(step):
        return redirect("me_support", number=step.number)
    if here.together:
        return onwards(here)
    if "review" in request.POST or here.step(step.number + 1) is None:
        return redirect("me_review")
    return redirect("me_question", number=step.number + 1)


def _first_page(request: HttpRequest, link: PersonalLink, at: datetime) -> HttpResponse | None:
    if whereabouts.opens_appointments(link):
        return redirect("me_appointments")
    here = whereabouts.open_sitting(request, link, at)
    return None if here is None else onwards(here)


def _question_page(request: HttpRequest, here: Here, step: Step, form: forms.Form, *, status: int = 200) -> HttpResponse:
    context = {"step": step, "count": len(here.steps), "back": step.number - 1, "review": "review" in (request.POST or request.GET)}
    if not here.reads(step):
        found = wording.languages_of(step.instrument.code, here.protocol)
        offered = [(code, languages[code].name if code in languages else code) for code in found]
        return page(request, "outcomes/me_unworded.html", context | {"offered": offered}, here, status=status)
    context |= {
        "form": form,
        "skipped": here.missing(step) == "skipped",
        "support_at": here.support_at(step),
        "page": whereabouts.stamp(here.at),
        "elsewhere": language_for(request, here).say(ELSEWHERE) if status == 409 else "",
    }
    return page(request, "outcomes/me_question.html", context, here, status=status)


def _label(step: Step, value: int | None) -> str:
    return "" if value is None else step.item.label_of(value)


def _sending_id(here: Here) -> UUID:
    """A fresh id for one press of Send: the same press twice is one sending."""
    return UUID(bytes=entropy.fresh("sending", f"{here.participant.trial_id}|{here.sitting.visit}")[:16])
