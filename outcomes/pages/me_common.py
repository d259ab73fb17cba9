"""What a participant's pages share: where the person is, which page comes next, and the page itself with help on it."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import http_date

from outcomes.domain.sitting import Step
from outcomes.pages import whereabouts
from outcomes.pages.whereabouts import Here
from participants.models import Participant
from trials import clock
from trials.domain.protocol.shape import Protocol
from trials.languages import Language
from trials.pages.language import of_request


def here_of(request: HttpRequest) -> Here | HttpResponse:
    """Where the person behind the cookie is, or the page that they meet instead."""
    at = clock.now()
    link = whereabouts.link_of(request, at)
    if link is None:
        return closed(request)
    if whereabouts.opens_appointments(link):
        return redirect("me_appointments")
    here = whereabouts.open_sitting(request, link, at)
    if here is not None:
        return here
    return redirect("me_receipt") if whereabouts.sent_at(link) else closed(request)


def onwards(here: Here) -> HttpResponse:
    """To the first question that is still open, else to the review."""
    step = here.first_open()
    return redirect("me_review") if step is None else redirect(address(here, step))


def address(here: Here, step: Step, *, review: bool = False) -> str:
    """Where this question is asked; with `review`, from there back to the review."""
    if here.asks_together(step):
        return reverse("me_questions") + ("" if step.number == 1 else f"#question-{step.number}")
    return reverse("me_question", args=[step.number]) + ("?review=1" if review else "")


def language_for(request: HttpRequest, here: Here) -> Language:
    return of_request(request, here.participant.language)


def closed(request: HttpRequest) -> HttpResponse:
    """The one page for a link that is unknown, used, late or revoked: the same bytes for each."""
    return page(request, "outcomes/me_closed.html", {}, status=404)


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object],
    here: Here | None = None,
    *,
    protocol: Protocol | None = None,
    participant: Participant | None = None,
    status: int = 200,
) -> HttpResponse:
    """A participant's page in their language, with the help lines of their country; where nobody is known, in the request's language."""
    protocol, participant = (here.protocol, here.participant) if here else (protocol, participant)
    told = {
        "help_lines": whereabouts.help_lines(protocol, participant),
        "language": of_request(request, participant.language if participant else ""),
        "written_in": protocol.language if protocol else "",
    }
    response = render(request, template, {**told, **context}, status=status)
    response.headers["Expires"] = http_date(0)
    return response
