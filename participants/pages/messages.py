"""The outbox as staff see it, one person's messages, and the mail a demonstration has captured."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from participants.actions import messages
from participants.actions.messages import is_real
from participants.models import CapturedMail, DeliveryReport, Message, MessageAttempt, Participant
from participants.pages import message_words
from participants.pages.common import find, tabs, user_of
from participants.queries import outbox
from trials import clock
from trials.models import Unit, User
from trials.permissions import Permission, allowed, check
from trials.queries import protocol_in_force

PAGE, MAILS, MOST = 50, 15, 200
DELIVERIES = {
    Message.Delivery.ACCEPTED: ("", "On its way"),
    Message.Delivery.DELIVERED: ("done", "Delivered"),
    Message.Delivery.FAILED: ("warn", "Not delivered"),
}
WORDS = {
    Message.Status.PENDING: ("due", "Waiting"),
    Message.Status.SENT: ("done", "Sent"),
    Message.Status.UNKNOWN: ("warn", "Perhaps sent"),
    Message.Status.DEAD: ("stop", "Given up"),
    Message.Status.DROPPED: ("", "Not needed"),
}


@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    """Messages to the people this user may see, newest first; those that need a person stand above."""
    user = user_of(request)
    check(user, Permission.SEE_MESSAGES)
    seen = outbox.visible_to(user)
    counts = seen.aggregate(**{s.value: Count("pk", filter=Q(status=s.value)) for s in WORDS})
    page = Paginator(seen.order_by("-due_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    stuck = outbox.need_a_person(seen).order_by("-due_at")[:PAGE]
    context = {
        "page": page,
        "rows": _rows(page, user),
        "stuck": _rows(stuck, user),
        "lacking": outbox.lacking(),
        "stands_still": outbox.stands_still(clock.now()),
        "counts": [(WORDS[s][1], counts[s.value]) for s in WORDS],
        "may_send": allowed(user, Permission.SEND_MESSAGES),
    }
    return render(request, "participants/messages.html", context)


@require_safe
def of_participant(request: HttpRequest, trial_id: str) -> HttpResponse:
    person, user = find(request, trial_id, Permission.SEE_MESSAGES), user_of(request)
    rows = _rows(Message.objects.filter(to=person.actor).order_by("-due_at", "-pk")[:MOST], user)
    may_send = allowed(user, Permission.SEND_MESSAGES, at_site=person.site)
    reached = outbox.reached(person, clock.now())
    context = {
        "participant": person,
        "site": person.site,
        "rows": rows,
        "tries": _tries(person),
        "tabs": tabs(user, person, "Messages"),
        "bounced_at": reached.bounced_at,
        "paused_until": reached.paused_until,
        "stopped_at": reached.stopped_at,
        "may_send": may_send,
        "by_telephone": reached.channel == "sms",
        "may_pause": may_send and bool(reached.channel),
    }
    return render(request, "participants/participant_messages.html", context)


@require_POST
def send_again(request: HttpRequest, trial_id: str, kind: str, event: str, occurrence: int) -> HttpResponse:
    found = outbox.of_person(user_of(request), trial_id).filter(kind=kind, event=event, occurrence=occurrence)
    message = found.first()
    if message is None:
        raise Http404
    messages.send_again(message, by=user_of(request), at=clock.now())
    return redirect("participant_messages", trial_id=trial_id)


@require_safe
def captured_mail(request: HttpRequest) -> HttpResponse:
    """What a demonstration or a test would have sent. A real trial has no such page."""
    if is_real():
        raise Http404
    check(user_of(request), Permission.SEE_MESSAGES)
    page = Paginator(CapturedMail.objects.order_by("-at", "-pk"), MAILS).get_page(request.GET.get("page"))
    return render(request, "participants/captured_mail.html", {"page": page})


def _tries(person: Participant) -> list[dict[str, object]]:
    """Every attempt at sending to this person and what came of it, and what the gateway told later."""
    protocol = protocol_in_force()
    tries = MessageAttempt.objects.filter(message__to=person.actor).select_related("message").order_by("-at", "-pk")[:MOST]
    told = DeliveryReport.objects.filter(message__to=person.actor).select_related("message").order_by("-at", "-pk")[:MOST]
    rows: list[dict[str, object]] = [
        {
            "message": t.message,
            "at": t.at,
            "outcome": message_words.outcome(t),
            "detail": t.detail,
            "segments": t.segments,
            "words": message_words.of_letter(t.letter),
        }
        for t in tries
    ]
    rows += [{"message": r.message, "at": r.at, "outcome": message_words.REPORTS[r.status], "detail": r.code} for r in told]
    for row in rows:
        message = cast(Message, row["message"])
        row |= {"what": message_words.what(message), "about": message_words.about(message, protocol, person.site)}
    return sorted(rows, key=lambda row: cast(datetime, row["at"]), reverse=True)[:MOST]


def _rows(found: Iterable[Message], user: User) -> list[dict[str, object]]:
    """What a line shows; times are those of the person's site."""
    listed = list(found)
    ids = {m.to.removeprefix("participant:") for m in listed}
    sites = {u.trial_id: u.site for u in Unit.objects.filter(trial_id__in=ids).select_related("site")}
    may_send, protocol = allowed(user, Permission.SEND_MESSAGES), protocol_in_force()
    return [
        {
            "message": m,
            "trial_id": m.to.removeprefix("participant:"),
            "site": sites.get(m.to.removeprefix("participant:")),
            "what": message_words.what(m),
            "about": message_words.about(m, protocol, sites.get(m.to.removeprefix("participant:"))),
            "state": DELIVERIES.get(Message.Delivery(m.delivery), WORDS[Message.Status(m.status)]),
            "again": (m.status in ("unknown", "dead") or m.delivery == "failed") and may_send,
        }
        for m in listed
    ]
