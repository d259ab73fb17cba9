"""A person's course on one axis: the way in, visit windows, sessions, events and ends, as far as the reader may see each."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from outcomes.domain.visits import VisitStatus
from outcomes.queries import sittings
from participants.models import Participant
from participants.queries.clinical import events_visible_to
from participants.queries.people import endings_shown_to
from trials import queries
from trials.models import User
from trials.permissions import Permission, allowed
from trials.ui.timeline import Bar, Lane, Mark, Timeline
from trials.ui.words import day

FORM = {VisitStatus.PENDING: "due", VisitStatus.DONE: "done", VisitStatus.PARTIAL: "warn", VisitStatus.MISSED: "stop"}
SESSION = {"scheduled": "due", "attended": "done", "made_up": "done", "missed": "stop", "cancelled_by_site": "warn"}
ENDING = {"withdrawal": "Withdrawal", "loss": "Lost to follow-up", "death": "Death", "training_stop": "Training stopped"}
MARGIN = timedelta(days=7)


def of(participant: Participant, user: User, at: datetime) -> Timeline:
    """Every lane this reader may see; one that betrays an arm is not there for blind eyes."""
    site = participant.site
    lanes = [_way_in(participant)]
    if allowed(user, Permission.SEE_SCORES, at_site=site):
        lanes.append(_visits(participant, at))
    if allowed(user, Permission.SEE_SESSIONS, at_site=site):
        lanes.append(_sessions(participant))
    if allowed(user, Permission.SEE_CLINICAL, at_site=site):
        lanes.append(_events(participant, user))
    lanes.append(
        Lane(name="Ends", marks=[Mark(on=e.happened_on, label=ENDING[e.kind], state="stop") for e in endings_shown_to(user, participant)])
    )
    shown = [lane for lane in lanes if lane.bars or lane.marks]
    today = at.astimezone(site.zone).date()
    days = [today, *(d for lane in shown for d in _days(lane))]
    return Timeline(
        title=f"Course of {participant}",
        first=min(days) - MARGIN,
        last=max(days) + MARGIN,
        lanes=shown,
        today=today,
        note=f"As of {day(today)}, site time",
    )


def _days(lane: Lane) -> list[date]:
    return [m.on for m in lane.marks] + [d for b in lane.bars for d in (b.first, b.last)]


def _way_in(participant: Participant) -> Lane:
    marks = [Mark(on=participant.screened_on, label="Screened", state="done")]
    marks += [Mark(on=c.signed_on, label="Consent signed", state="done") for c in participant.consents.filter(voided_at=None)]
    enrolment = sittings.enrolment_of(participant)
    if enrolment is not None:
        marks += [Mark(on=enrolment.randomised_on, label="Randomised", state="done"), Mark(on=enrolment.day0, label="Day 0")]
    return Lane(name="Way in", marks=marks)


def _visits(participant: Participant, at: datetime) -> Lane:
    """One bar a visit, in the state of the form that needs most attention."""
    worst = [VisitStatus.MISSED, VisitStatus.PARTIAL, VisitStatus.PENDING, VisitStatus.DONE, VisitStatus.NOT_DUE]
    by_visit: dict[str, list[sittings.Form]] = {}
    for form in sittings.forms_of(participant, queries.protocol_in_force(), at=at):
        by_visit.setdefault(form.visit.code, []).append(form)
    today = at.astimezone(participant.site.zone).date()
    bars = []
    for forms in by_visit.values():
        window = forms[0].window
        if window is not None:
            state = min((f.status for f in forms), key=worst.index)
            bars.append(
                Bar(
                    first=window.opens_on,
                    last=window.closes_on or max(today, window.opens_on),
                    label=forms[0].visit.label,
                    state=FORM.get(state, ""),
                )
            )
    return Lane(name="Visits", bars=bars)


def _sessions(participant: Participant) -> Lane:
    enrolment, zone = sittings.enrolment_of(participant), participant.site.zone
    if enrolment is None:
        return Lane(name="Sessions")
    marks = [
        Mark(
            on=s.held_on or s.at.astimezone(zone).date(),
            label=f"Session {s.session_no}, {s.status.replace('_', ' ')}",
            state=SESSION.get(s.status, ""),
        )
        for s in enrolment.sessions.order_by("session_no")
    ]
    return Lane(name="Sessions", marks=marks)


def _events(participant: Participant, user: User) -> Lane:
    found = events_visible_to(user).filter(participant=participant, voided_at=None).order_by("ae_no")
    return Lane(name="Events", marks=[Mark(on=e.started_on, label=e.term, state="stop" if e.serious else "warn") for e in found])
