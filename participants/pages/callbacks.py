"""The door at which a provider tells what became of a message. It is let in by its signature alone."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from participants.actions import messages
from trials import clock
from trials.actors import Machine
from trials.permissions import Refused

GATEWAY = Machine("gateway")


@login_not_required
@csrf_exempt  # a gateway has no form of ours; its signature is the right to tell this one thing
@require_POST
def sms(request: HttpRequest) -> HttpResponse:
    if request.content_type != "application/json":
        raise Refused("Send the callback as JSON.", code="not_json", status=415)
    signed = {"timestamp": request.headers.get("X-Uplift-Timestamp", ""), "signature": request.headers.get("X-Uplift-Signature", "")}
    messages.take_report(request.body, **signed, by=GATEWAY, at=clock.now())
    return HttpResponse(status=204)
