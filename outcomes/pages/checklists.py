"""The trial report and its reporting checklists: pooled, and by arm for who may have the closed dataset. Each also as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes.actions import checklists as steps
from outcomes.domain.written.editions import BLINDED, CLOSED, markdown
from outcomes.domain.written.shape import State
from outcomes.exports import papers
from outcomes.exports.checklists_docx import available, document
from outcomes.exports.figures import kept
from outcomes.models import Report
from outcomes.pages.papers import pdf_asked
from outcomes.pages.plots import csv_asked
from outcomes.pages.randomisation_tests import hand_over
from outcomes.permissions import sees_by_arm
from trials import clock
from trials.models import User
from trials.permissions import Refused

FILES: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str | bytes]]] = {
    "md": ("text/markdown; charset=utf-8", markdown),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", document),
}
PILLS = {State.FED: "done", State.PROTOCOL: "plain", State.WRITE: "due", State.HELD: "plain"}


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The pooled edition, in which nothing tells an arm."""
    return _page(request, BLINDED)


@require_safe
def report_by_arm(request: HttpRequest) -> HttpResponse:
    """The edition by arm."""
    return _page(request, CLOSED)


@require_POST
def compute_checklists(request: HttpRequest) -> HttpResponse:
    """Asks for the pooled edition; the page shows the last one meanwhile."""
    return _handed_over(request, steps.request_checklists(by=cast(User, request.user), at=clock.now()), "report")


@require_POST
def compute_checklists_by_arm(request: HttpRequest) -> HttpResponse:
    """Asks for the edition by arm."""
    return _handed_over(request, steps.request_checklists_by_arm(by=cast(User, request.user), at=clock.now()), "report_by_arm")


def _handed_over(request: HttpRequest, asked: Report, page: str) -> HttpResponse:
    hand_over(asked)
    messages.info(request, "Asked for a fresh report. You may leave this page.")
    return redirect(page)


def _page(request: HttpRequest, edition: str) -> HttpResponse:
    user = cast(User, request.user)
    newest = steps.newest(edition, viewer=user)
    answer = pdf_asked(request, newest)
    if answer is not None:
        return answer
    figures = {each["code"]: [kept(figure) for figure in each["figures"]] for each in (newest.body if newest else {}).get("sections", ())}
    answer = csv_asked(request, [figure for those in figures.values() for figure in those], file=f"report-{edition}")
    if answer is not None:
        return answer
    if "file" in request.GET:
        return _file(newest, edition, request.GET["file"])
    body: Mapping[str, Any] = newest.body if newest else {}
    context = {
        "report": newest,
        "waiting": steps.unfinished(edition, viewer=user),
        "closed": edition == CLOSED,
        "sees_closed": sees_by_arm(user),
        "states": [(state.value, state.words.capitalize()) for state in State],
        "checklists": [_shown(checklist) for checklist in body.get("checklists", [])],
        "sections": [each | {"figures": figures[each["code"]]} for each in body.get("sections", ())],
        "docx": available(),
        "pdf": papers.available(),
        "unrecorded": body.get("unrecorded", []),
    }
    return render(request, "outcomes/checklists.html", context)


def _shown(checklist: Mapping[str, Any]) -> dict[str, Any]:
    items = [item | {"pill": PILLS[State(item["state"])], "words": item["words"].capitalize()} for item in checklist["items"]]
    return dict(checklist) | {"items": items, "counts": [checklist["states"][state.value] for state in State]}


def _file(newest: Report | None, edition: str, form: str) -> HttpResponse:
    """The last finished edition as a file; the name says the edition and the instant, never who asked."""
    if newest is None or form not in FILES:
        raise Http404
    if form == "docx" and not available():
        raise Refused("A Word document needs python-docx, which is not installed here. Take the Markdown file.", code="no_library")
    kind, write = FILES[form]
    answer = HttpResponse(write(newest.body), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="checklists-{edition}-{newest.as_of:%Y%m%dT%H%M%SZ}.{form}"'
    return answer
