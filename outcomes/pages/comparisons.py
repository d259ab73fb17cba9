"""Two cuts side by side: every row that differs, with who changed it and why; on the page or as CSV. Each reading is an event."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from outcomes.actions import comparisons as steps
from outcomes.actions import exports
from outcomes.domain.text import Unreadable, instant, read
from trials import clock
from trials.models import User
from trials.permissions import Refused
from trials.queries import names_of

SHOWN = 200


@require_POST
def compare_cuts(request: HttpRequest) -> HttpResponse:
    """`first` and `second` are instants of cuts that were taken; with `csv` the answer is the whole table as a file."""
    by = cast(User, request.user)
    exports.check_may_export(by, "closed")
    first, second = (_instant(request.POST.get(name, ""), name) for name in ("first", "second"))
    found = steps.compare_cuts(first, second, by=by, at=clock.now())
    if request.POST.get("csv"):
        name = f"changes-{first:%Y%m%dT%H%M%SZ}-{second:%Y%m%dT%H%M%SZ}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(steps.as_csv(found), content_type="text/csv; charset=utf-8", headers=headers)
    names = names_of(step.actor for told in found for step in told.steps)
    context = {
        "first": instant(first),
        "second": instant(second),
        "total": len(found),
        "rows": [(told.change, [(step, names[step.actor]) for step in told.steps]) for told in found[:SHOWN]],
    }
    return render(request, "outcomes/comparison.html", context)


def _instant(text: str, name: str) -> datetime:
    try:
        found = read(text.strip(), "instant")
    except Unreadable:
        found = None
    if not isinstance(found, datetime):
        raise Refused(f"Choose the {'earlier' if name == 'first' else 'later'} cut.", code="bad_cut", status=422)
    return found
