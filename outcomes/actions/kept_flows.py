"""The flow of a large trial, counted in the background: by arm, and pooled without reading anything that tells an arm."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from outcomes.actions import kept_reports
from outcomes.domain.consort import BrokenSum
from outcomes.models import Report
from outcomes.queries.changes import last_change
from outcomes.queries.flow import KINDS, flows, is_large
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.permissions import Refused

AT_MOST_EVERY = timedelta(minutes=10)
AT_LEAST_EVERY = timedelta(hours=24)  # windows close by the calendar, also when nobody changes a row


@action
def count_flows(*, by: Actor, at: datetime) -> list[Report]:
    """Counts the flow of a large trial anew where records changed since the last time, at most every ten minutes; else once a day."""
    if not is_large():
        return []
    made = [_made(by_arm, at) for by_arm in KINDS if _is_due(KINDS[by_arm], at)]
    if made:
        audit.record("flows.counted", about="trial", by=by, at=at, detail={"counted": len(made)})
    return made


def _made(by_arm: bool, at: datetime) -> Report:
    report = kept_reports.new(KINDS[by_arm], by=None, at=at)
    kept_reports.work_out(report, partial(_body, by_arm), at=at)
    return report


def _body(by_arm: bool, protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """Each flow as text: a column of JSON keeps no order of keys, and arms stand in the protocol's."""
    try:
        return {"flows": {code: json.dumps(flow) for code, flow in flows(protocol, by_arm=by_arm, as_of=as_of).items()}}
    except BrokenSum as broken:
        raise Refused(f"The flow does not add up. {broken}", code="broken_sum") from None


def _is_due(kind: str, at: datetime) -> bool:
    last = Report.objects.filter(kind=kind).order_by("-as_of", "-pk").values_list("as_of", flat=True).first()
    if last is None or at - last >= AT_LEAST_EVERY:
        return True
    changed = last_change()
    return at - last >= AT_MOST_EVERY and changed is not None and changed > last
