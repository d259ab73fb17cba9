"""Home: what do I do now?"""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from outcomes.queries import today as queries
from outcomes.queries.today import Task
from trials import clock
from trials.domain.roles import Permission
from trials.models import ProtocolVersion, User
from trials.permissions import allowed
from trials.queries import read


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    user, at = cast(User, request.user), clock.now()
    version = ProtocolVersion.objects.first()
    if version is None:
        may_load = allowed(user, Permission.LOAD_PROTOCOL)
        return render(request, "outcomes/empty_house.html", {"may_load": may_load})
    seen = queries.of(user, read(version), at=at)
    groups = [("Overdue", "stop", seen.overdue), ("Today", "due", seen.due), ("Next days", "", seen.later)]
    shown = [(title, [_row(task, state, title) for task in tasks]) for title, state, tasks in groups if tasks]
    sees_people = allowed(user, Permission.SEE_PEOPLE)
    return render(request, "outcomes/today.html", {"seen": seen, "groups": shown, "at": at, "sees_people": sees_people})


def _row(task: Task, state: str, title: str) -> dict[str, object]:
    return {
        "what": task.what, "who": task.who, "who_url": f"/participants/{task.who}/", "when": f"{task.due:%a} {task.due.day} {task.due:%b}",
        "note": task.note, "state": state, "word": {"stop": "Overdue", "due": "Due"}.get(state, ""), "action": task.action, "url": task.url,
    }  # fmt: skip


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """A trial id goes straight to its record."""
    wanted = request.GET.get("q", "").strip()
    return redirect(f"/participants/{wanted.upper()}/" if wanted and wanted.isprintable() and "/" not in wanted else "/participants/")
