"""The protocol's questions about harms, asked alike at every visit in every arm (CONSORT Harms 2022: solicited apart from spontaneous)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from participants import permissions
from participants.actions import moves
from participants.actions.clinical.checks import BadRecord
from participants.models import HarmsAsked, Participant
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.permissions import Permission, Refused

ANSWERS = ("yes", "no")


@action
def ask_harms(participant: Participant, *, visit: str, answers: Mapping[str, str], by: Actor, at: datetime, reason: str = "") -> HarmsAsked:
    """Every question of the protocol gets yes or no; what a yes stands for is reported as an event of its own.

    Asked again for the same visit it needs a reason; the first answers stay in the history.
    """
    permissions.check_may_record(by, participant, Permission.RECORD_EVENT)
    moves.lock(participant)
    protocol = queries.protocol_in_force()
    if visit not in {v.code for v in protocol.visits if v.asks_adverse_events}:
        raise Refused("The protocol asks about harms at no such visit.", code="no_such_visit", status=422)
    _check(answers, [q.code for q in protocol.adverse_event_questions])
    kept = HarmsAsked.objects.filter(participant=participant, visit=visit).first()
    if kept is not None and kept.answers != dict(answers) and not reason.strip():
        raise BadRecord({"reason": "These questions were answered already: say why the answers change."})
    asked, _ = HarmsAsked.objects.update_or_create(
        participant=participant,
        visit=visit,
        defaults={"answers": dict(answers), "asked_on": at.astimezone(participant.site.zone).date(), "by": by.actor, "at": at},
    )
    audit.record("harms.asked", about=participant.trial_id, by=by, at=at, reason=reason, detail={"visit": visit})
    return asked


def _check(answers: Mapping[str, str], questions: list[str]) -> None:
    if not questions:
        raise Refused("The protocol has no questions about harms.", code="no_questions")
    faults = {code: "Choose yes or no." for code in questions if answers.get(code) not in ANSWERS}
    faults |= {code: f"The protocol has no question {code}." for code in answers if code not in questions}
    if faults:
        raise BadRecord(faults)
