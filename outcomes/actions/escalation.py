"""The escalation clock: an alert that nobody has taken on is told to the next on the roster, then to the principal investigator.

A sweep, so nothing is booked ahead: a level has its row, and its message, only once it is due; taken on or closed in the meantime,
it is not sent. A message that a mail server refused for good makes the next level due at once.
"""

from __future__ import annotations

from datetime import datetime

from outcomes.actions.alerts import event_of
from outcomes.domain import escalation
from outcomes.models import Alert, AlertCall
from outcomes.queries import alerts as desk
from outcomes.queries import duty
from participants.actions import messages
from participants.actions.messages import Notice
from participants.models import Message
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import Role

LOST = (Message.Status.DEAD, Message.Status.DROPPED)


@action
def queue_due(*, by: Actor, at: datetime) -> int:
    """Tells every alert on that has waited too long; answers how many levels are new."""
    return sum(_tell_on(pk, by=by, at=at) for pk in list(desk.untaken().values_list("pk", flat=True)))


def _tell_on(pk: int, *, by: Actor, at: datetime) -> bool:
    """One alert by one level, with its row held: a second sweep at the same time passes it over."""
    alert = desk.untaken().select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if alert is None:
        return False
    rules, level = queries.protocol_in_force().escalation, alert.calls.count() + 2
    minutes = rules.urgent_minutes if alert.urgent else rules.minutes
    earlier = Message.objects.filter(kind="alert", event__in=[event_of(alert, n) for n in range(1, level)])
    if at < escalation.due_at(alert.raised_at, level, minutes=minutes) and not _undelivered(alert, level - 1):
        return False
    told = [user for user in User.objects.all() if user.actor in set(earlier.values_list("to", flat=True))]
    site = alert.participant.site
    roster = [turn.user for turn in duty.on_duty(site, at)]
    next_ones = escalation.whom(roster, list(queries.holders((Role.PI,), site, at)), told)
    if not next_ones:
        return False
    AlertCall.objects.create(alert=alert, level=level, whom="roster" if next_ones[0] in roster else "investigator", at=at)
    event = event_of(alert, level)
    ways = [(user, way) for user in next_ones for way in messages.ways_to(user)]
    messages.queue_all([Notice(to=u.actor, kind="alert", event=event, channel=way, due_at=at) for u, way in ways], by=by, at=at)
    audit.record("alert.told_on", about=alert.participant.trial_id, by=by, at=at, detail={"alert_no": alert.alert_no, "level": level})
    return True


def _undelivered(alert: Alert, level: int) -> bool:
    """Whether every message of a level is certain not to arrive."""
    statuses = set(Message.objects.filter(kind="alert", event=event_of(alert, level)).values_list("status", flat=True))
    return bool(statuses) and statuses <= set(LOST)
