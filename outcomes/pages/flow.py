"""The live CONSORT flow: a drawing, the same as a table and as a nested list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from outcomes.domain.consort import BrokenSum
from outcomes.domain.written.words import percent
from outcomes.exports.closed import codes_of, labels_of
from outcomes.exports.flow_svg import LINES, balance, count, flow_svg
from outcomes.queries.flow import LiveFlow, live_flow
from trials import clock
from trials.domain.protocol import Protocol
from trials.models import User
from trials.permissions import Refused
from trials.queries import protocol_in_force, zone_of_all
from trials.ui.words import moment

CATEGORIES = (("not_meeting_criteria", "Not meeting criteria"), ("declined", "Declined"), ("other", "Other reasons"))


@require_safe
def flow(request: HttpRequest) -> HttpResponse:
    """Pooled for everybody but those who may see figures by arm."""
    at = clock.now()
    protocol = protocol_in_force()
    try:
        live = live_flow(cast(User, request.user), as_of=at)
    except BrokenSum as broken:
        raise Refused(f"The flow does not add up. {broken}", code="broken_sum") from None
    words = _words(protocol, live)
    as_of = moment(live.as_of, zone_of_all(), year=True, zone_named=True)
    drawing = flow_svg(live.flow, title=f"{protocol.code}: flow of participants", as_of=as_of, labels=words)
    return render(
        request,
        "outcomes/flow.html",
        {
            "live": live,
            "flow": live.flow,
            "drawing": mark_safe(drawing.decode()),  # noqa: S308 - made by flow_svg, which escapes every word
            "balance": balance(live.flow),
            "excluded": [(label, live.flow["excluded"][code]) for code, label in CATEGORIES],
            "reasons": _named(live.flow["excluded"]["reasons"], words),
            "threshold": percent(protocol.analysis.per_protocol_attendance) if live.by_arm else "",
            "columns": [words.get(name, name) for name in _columns(live.flow)],
            "rows": _table(live.flow),
            "groups": [_group(name, column, words) for name, column in _columns(live.flow).items()],
        },
    )


def _words(protocol: Protocol, live: LiveFlow) -> dict[str, str]:
    """Labels of reasons; of arms only where the viewer sees arms."""
    labels = labels_of(protocol) | {question.code: question.text for question in protocol.eligibility}
    if live.by_arm:
        return labels | {"all": "Everybody"}
    known = codes_of(protocol) | {question.code for question in protocol.eligibility}
    return {code: label for code, label in labels.items() if code in known} | {"all": "Everybody"}


def _columns(flow: Mapping[str, Any]) -> dict[str, Any]:
    return dict(flow["arms"]) if "arms" in flow else {"all": flow["all"]}


def _table(flow: Mapping[str, Any]) -> list[tuple[str, list[object]]]:
    columns = list(_columns(flow).values())
    return [(label, [count(column[key]) for column in columns]) for key, label in LINES if key in columns[0]]


def _group(name: str, column: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    lines = [
        (label, count(column[key]), _named(column[key]["reasons"], words) if isinstance(column[key], dict) else [])
        for key, label in LINES
        if key in column
    ]
    return {"name": words.get(name, name), "lines": lines}


def _named(reasons: Mapping[str, int], words: Mapping[str, str]) -> Iterable[tuple[str, int]]:
    return [(words.get(code, code.replace("_", " ").capitalize()), n) for code, n in reasons.items()]
