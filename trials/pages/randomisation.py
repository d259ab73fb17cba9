"""How randomisation stands: the scheme and its life, how many more may come, and which strata are closed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trials import clock, permissions, queries, streams
from trials.actions import schemes, strata
from trials.domain.groups import PLURAL
from trials.domain.randomisation import UPLOADED
from trials.domain.randomisation.life import Status
from trials.domain.roles import Permission
from trials.models import Scheme, User
from trials.pages.confirm import ReasonForm, confirmed
from trials.permissions import Refused

HERE = "/randomisation/"
PILLS = {Status.DRAWN: ("due", "Waits for approval"), Status.OPEN: ("done", "Open"), Status.CLOSED: ("stop", "Closed")}


@require_safe
def randomisation(request: HttpRequest) -> HttpResponse:
    """What stands, who did it, what it waits for, and the step that this reader can take."""
    user = cast(User, request.user)
    permissions.check(user, Permission.SEE_SCHEME)
    protocol, history = queries.protocol_in_force(), list(Scheme.objects.order_by("-version"))
    scheme = next((s for s in history if s.status in (Status.DRAWN, Status.OPEN)), None)
    may_draw, may_open = (permissions.allowed(user, p) for p in (Permission.DRAW_SCHEME, Permission.OPEN_SCHEME))
    table = streams.table_of(scheme) if scheme else protocol.allocation_table()
    names = queries.names_of({s.drawn_by for s in history} | {s.approved_by for s in history})
    context = {
        "scheme": scheme,
        "pill": PILLS[scheme.status] if scheme else PILLS.get(history[0].status if history else Status.DISCARDED, ("due", "Not open yet")),
        "waits_for": _waits_for(scheme, user, listed=table["method"] == UPLOADED),
        "people": _people(scheme, names) if scheme else {},
        "history": [(old, PILLS.get(old.status, ("", "Discarded")), _people(old, names)) for old in history if old is not scheme],
        "published": streams.line_of(scheme) if scheme and scheme.commitment else "",
        "method": str(table["method"]).replace("_", " "),
        "factors": ", ".join(cast(dict[str, Any], table["factors"])) or "nothing",
        "details": _details(table) if may_draw or may_open else [],
        "caps": queries.caps_seen_by(user),
        "strata": _strata(scheme) if may_open and scheme and scheme.status is Status.OPEN else [],
        "may_draw": may_draw,
        "listed": table["method"] == UPLOADED,
        "may_open": may_open,
        "may_randomise": scheme is not None and scheme.status is Status.OPEN and permissions.allowed(user, Permission.RANDOMISE),
        "by_group": f"See {PLURAL[protocol.allocation.unit]}" if protocol.allocation.by_group else "",
        "drew_it": scheme is not None and scheme.drawn_by == user.actor,
    }
    return render(request, "trials/randomisation.html", context)


@require_safe
def published_code(request: HttpRequest) -> HttpResponse:
    """The published line of the scheme in sight as a QR code, an SVG image."""
    permissions.check(cast(User, request.user), Permission.SEE_SCHEME)
    scheme = get_object_or_404(Scheme.objects.live().select_related("trial").exclude(commitment=""))
    drawn = io.BytesIO()
    segno.make(streams.line_of(scheme), micro=False).save(drawn, kind="svg", scale=4, svgclass=None, lineclass=None, light="#fff")
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


@require_POST
def draw_scheme(request: HttpRequest) -> HttpResponse:
    schemes.draw_scheme(by=cast(User, request.user), at=clock.now())
    return redirect("randomisation")


@require_POST
def approve_scheme(request: HttpRequest) -> HttpResponse:
    schemes.approve_scheme(by=cast(User, request.user), at=clock.now())
    return redirect("randomisation")


@require_http_methods(["GET", "POST"])
def close_scheme(request: HttpRequest) -> HttpResponse:
    permissions.check(cast(User, request.user), Permission.OPEN_SCHEME)
    effects = ["Nobody more is randomised. What was given stays.", "To go on, the statistician draws a new scheme."]
    return _with_reason(request, schemes.close_scheme, "Close randomisation", effects)


@require_http_methods(["GET", "POST"])
def discard_scheme(request: HttpRequest) -> HttpResponse:
    if not permissions.allowed(cast(User, request.user), Permission.DRAW_SCHEME):
        permissions.check(cast(User, request.user), Permission.OPEN_SCHEME)
    effects = ["Its seed is never used. The scheme is kept with your reason.", "The statistician can draw another one."]
    return _with_reason(request, schemes.discard_scheme, "Discard scheme", effects)


@require_http_methods(["GET", "POST"])
def close_stratum(request: HttpRequest) -> HttpResponse:
    key = _stratum(request)
    effects = [f"Nobody in {key} is randomised until it is opened again.", "Other strata go on."]
    return _with_reason(request, strata.close_stratum, f"Close stratum {key}", effects, label="Close stratum", stratum=key)


@require_http_methods(["GET", "POST"])
def reopen_stratum(request: HttpRequest) -> HttpResponse:
    key = _stratum(request)
    effects = [f"People in {key} are randomised again, from the place where it stopped."]
    return _with_reason(request, strata.reopen_stratum, f"Reopen stratum {key}", effects, label="Reopen stratum", stratum=key)


def _stratum(request: HttpRequest) -> str:
    """The key of the stratum asked about, where the protocol has it."""
    permissions.check(cast(User, request.user), Permission.OPEN_SCHEME)
    key, scheme = (request.POST or request.GET).get("stratum", ""), Scheme.objects.open().first()
    if scheme is None or key not in strata.keys_of(scheme):
        raise Refused("The open scheme has no such stratum.", code="no_stratum", way_out=schemes.ROOM, status=422)
    return key


def _with_reason(
    request: HttpRequest, step: Callable[..., object], heading: str, effects: list[str], *, label: str = "", **about: str
) -> HttpResponse:
    """A page that says what happens and asks why; with the reason, the step."""

    def taken(given: dict[str, Any]) -> str:
        step(**about, **given, by=cast(User, request.user), at=clock.now())
        return HERE

    return confirmed(
        request, ReasonForm(request.POST or None), taken, heading=heading, label=label, back=HERE, effects=effects,
        danger="eopen" not in heading, hidden=about,
    )  # fmt: skip


def _people(scheme: Scheme, names: dict[str, str]) -> dict[str, str]:
    return {"drew": names[scheme.drawn_by], "approved": names[scheme.approved_by]}


def _waits_for(scheme: Scheme | None, user: User, *, listed: bool) -> str:
    """What stands between now and the next person, in one sentence; empty where nothing does."""
    if scheme is None:
        return f"The unblinded statistician {'uploads the list' if listed else 'draws a scheme'}; then the trial manager approves it."
    if scheme.status is Status.OPEN:
        return ""
    if scheme.drawn_by == user.actor:
        return f"You {'uploaded this list' if listed else 'drew this scheme'}, so the trial manager, another person, approves it."
    return "The trial manager approves the scheme, or it is discarded and drawn anew."


def _details(table: dict[str, Any]) -> list[tuple[str, str]]:
    """The parameters of the method, for those who may know them."""
    rest = {key: value for key, value in table.items() if key not in ("method", "factors")}
    ratio = ":".join(str(share) for share in rest.pop("arms").values())
    return [("ratio", ratio), *((key.replace("_", " "), _plain(value)) for key, value in rest.items())]


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {held}" for key, held in value.items())
    return ", ".join(str(held) for held in value) if isinstance(value, list | tuple) else str(value)


def _strata(scheme: Scheme) -> list[dict[str, str]]:
    """Every stratum with why it is closed, empty where it is open, and the step that changes it."""
    closed = dict(scheme.strata.exclude(closed_at=None).values_list("key", "closed_reason"))
    return [
        {
            "key": key,
            "reason": closed.get(key, ""),
            "url": f"{reverse('reopen_stratum' if key in closed else 'close_stratum')}?{urlencode({'stratum': key})}",
        }
        for key in strata.keys_of(scheme)
    ]
