"""A drill: whoever is on duty is told as of an alert, and answers at the desk. No participant is concerned, no row of one is touched."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings

from outcomes import permissions
from outcomes.queries import drills
from outcomes.queries.duty import who_is_told
from participants.actions import messages
from participants.actions.messages import Notice, Text
from participants.models import Message
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import Site
from trials.permissions import Permission, Refused, check


@action
def start_drill(site: Site, *, by: Actor, at: datetime) -> str:
    """Tells whoever an alert of this site would be told to; answers the drill's key. One runs at a site at a time."""
    permissions.check_may_keep_roster(by, site)
    Site.objects.select_for_update().get(pk=site.pk)
    if any(drill.runs(at) for drill in drills.of([site])):
        raise Refused(f"A drill runs at {site.name} already. Answer it first.", code="drill_runs")
    told = who_is_told(site, at)
    if not told:
        raise Refused(f"Nobody would be told at {site.name}. Fill the roster first.", code="nobody_told")
    key = f"drill:{site.code}:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    ways = [(user.actor, way) for user in told for way in messages.ways_to(user)]
    notices = [Notice(to=to, kind="drill", event=key, channel=way, due_at=at, not_after=at + drills.LASTS) for to, way in ways]
    messages.queue_all(notices, by=by, at=at)
    audit.record(drills.STARTED, about=key, by=by, at=at, detail={"site": site.code, "told": len(told)})
    return key


@action
def answer_drill(site: Site, *, key: str, by: Actor, at: datetime) -> str:
    """Somebody who may handle alerts of the site has seen the drill; a second answer, or a late one, is refused."""
    check(by, Permission.HANDLE_ALERT, at_site=site)
    Site.objects.select_for_update().get(pk=site.pk)
    drill = next((found for found in drills.of([site]) if found.key == key), None)
    if drill is None or not drill.runs(at):
        raise Refused(f"No such drill runs at {site.name} now.", code="no_drill")
    audit.record(drills.ANSWERED, about=key, by=by, at=at, detail={"site": site.code})
    return key


def kinds() -> messages.Kinds:
    return {"drill": (lambda message, at: not drills.answered(message.event), _text)}


def _text(message: Message, at: datetime) -> Text:
    return Text(
        "Drill: please answer at the safety desk",
        f"This is a drill. No participant is concerned. Open the safety desk and answer it there:\n\n{settings.UPLIFT_BASE_URL}/safety/\n",
        f"This is a drill. Open the safety desk and answer it there: {settings.UPLIFT_BASE_URL}/safety/",
    )
