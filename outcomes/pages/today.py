"""Home: what do I do now?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from outcomes.domain.help_numbers import grown_old
from outcomes.pages import alert_words
from outcomes.queries import founding, standing
from outcomes.queries import today as queries
from outcomes.queries.today import Task, Today
from participants.queries import people
from trials import clock
from trials.domain.roles import Permission
from trials.models import ProtocolVersion, User
from trials.permissions import allowed
from trials.queries import caps_seen_by, read, zone_of_all
from trials.ui.words import clock_time, day, zone_of


@require_GET
def today(request: HttpRequest) -> HttpResponse:
    user, at = cast(User, request.user), clock.now()
    version = ProtocolVersion.objects.first()
    if version is None:
        may_load = allowed(user, Permission.LOAD_PROTOCOL)
        return render(request, "outcomes/empty_house.html", {"may_load": may_load})
    protocol, zone = read(version), zone_of_all()
    seen = queries.of(user, protocol, at=at)
    groups = [("Overdue", "stop", seen.overdue), ("Due today", "due", seen.due), ("Next days", "", seen.later)]
    lacking = [asdict(lack) for lack in founding.lacks(user, protocol, at=at)]
    context = {
        "seen": seen,
        "lacking": lacking,
        "alerts": [alert_words.row(alert, at) for alert in seen.alerts],
        "groups": [(title, [_row(task, state) for task in tasks]) for title, state, tasks in groups if tasks],
        "figures": standing.of(user, protocol, zone),
        "at": at,
        "day": at.astimezone(zone_of(zone)).date(),
        "next": _next(seen, at),
        "caps": [cap for cap in caps_seen_by(user) if cap.near] if _recruits(user) else [],
        "old_lines": grown_old(protocol.help_lines, at.date()) if _minds_numbers(user) else [],
        "sees_people": allowed(user, Permission.SEE_PEOPLE),
    }
    return render(request, "outcomes/today.html", context)


def _minds_numbers(user: User) -> bool:
    """Whether somebody can call the numbers that people in distress are shown, or have them put right."""
    return any(allowed(user, each) for each in (Permission.LOAD_PROTOCOL, Permission.ENROL, Permission.SEE_ALERTS))


def _recruits(user: User) -> bool:
    """Whether it is this reader's work that people are randomised."""
    return allowed(user, Permission.RANDOMISE) or allowed(user, Permission.OPEN_SCHEME)


def _row(task: Task, state: str) -> dict[str, object]:
    on_the_hour = task.at is not None and state == "due"
    return {
        "what": task.what, "who": task.who, "who_url": f"/participants/{task.who}/" if task.who else "",
        "when": clock_time(task.at, task.site) if on_the_hour and task.at else day(task.due),
        "note": task.note, "state": state, "word": {"stop": "Overdue", "due": "Due"}.get(state, ""), "action": task.action, "url": task.url,
    }  # fmt: skip


def _next(seen: Today, at: datetime) -> str:
    """What a clear page looks forward to: the next session, for those who record them."""
    if seen.next_session is None:
        return ""
    person = seen.next_session.enrolment.participant
    wall = seen.next_session.at.astimezone(person.site.zone)
    on = "" if wall.date() == at.astimezone(person.site.zone).date() else f"{day(wall.date())}, "
    return f"{person.trial_id}, {on}{wall:%H:%M}"


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """A trial id, or a part of one that only one person has, goes straight to the record; anything else to the list, filtered by it."""
    wanted = request.GET.get("q", "").strip()
    if not wanted or not wanted.isprintable():
        return redirect("/participants/")
    found = people.listed(cast(User, request.user), text=wanted)
    exact = found.filter(unit__trial_id=wanted.upper())[:1]
    if len(one := exact or found[:2]) == 1:
        return redirect(one[0].get_absolute_url())
    return redirect(f"/participants/?{urlencode({'q': wanted[:40]})}")
