"""Fidelity: the draw of sessions to observe is opened once, and each drawn session that was held gets one checklist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from participants.actions.sessions.common import check_may, locked, words
from participants.domain.fidelity import commitment, fault_of
from participants.models import Observation, ObservationDraw, TrainingSession
from participants.permissions import check_collectable
from participants.queries import observations as reads
from trials import audit, entropy, sealing
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol.fidelity import Fidelity
from trials.domain.protocol.shape import Protocol
from trials.models import User
from trials.permissions import NotAllowed, Permission, Refused, check
from trials.queries import protocol_in_force


@action
def open_draw(*, by: Actor, at: datetime) -> ObservationDraw:
    """From now on sessions are drawn, by a seed that nobody has seen. Opened once: whoever asks again gets the same draw."""
    check(by, Permission.OBSERVE_SESSIONS)
    protocol = protocol_in_force()
    _checklist(protocol)
    standing = reads.draw()
    if standing is not None:
        return standing
    seed = entropy.fresh("observation draw", protocol.code)
    try:
        sealed = sealing.seal(sealing.SEED, seed, context=reads.CONTEXT)
    except sealing.CannotUnseal:
        raise Refused("The draw can't be sealed: the key is missing from the server.", code="sealed") from None
    kept, made = ObservationDraw.objects.get_or_create(pk=1, defaults={"sealed": sealed, "commitment": commitment(seed), "at": at})
    if made:
        audit.record("observations.opened", about=f"trial:{protocol.code}", by=by, at=at, detail={"commitment": kept.commitment})
    return kept


@action
def observe(session: TrainingSession, *, verdicts: Mapping[str, str], by: Actor, at: datetime, reason: str = "") -> Observation:
    """One person who watched a drawn session fills in the checklist, never its trainer. A changed verdict needs a reason."""
    session = locked(session)
    person = session.enrolment.participant
    check_may(by, person, Permission.OBSERVE_SESSIONS)
    if not isinstance(by, User):
        raise NotAllowed("A session is observed by a named person.")
    check_collectable(person)
    protocol = protocol_in_force()
    checklist = _checklist(protocol)
    if by.pk in (session.trainer_id, session.trainer_planned_id):
        raise Refused(f"{words(session)} is your own: somebody else fills in its checklist.", code="own_session")
    if session.supervision == "none" or not reads.draws_by(protocol)(person.trial_id, session.session_no):
        raise Refused(
            f"{words(session)} was not drawn for observation.", code="not_drawn", way_out=("See drawn sessions", "/observations/")
        )
    if not session.held:
        raise Refused(f"{words(session)} was not held: there is nothing to fill in.", code="not_held")
    fault = fault_of(verdicts, checklist.items)
    if fault:
        raise Refused(fault, code="bad_checklist", status=422)
    facts = {"observer": by, "verdicts": dict(verdicts), "protocol_digest": protocol.digest, "at": at}
    standing = Observation.objects.filter(session=session).first()
    if standing is not None:
        return _change(standing, facts, session, by=by, at=at, reason=reason)
    kept = Observation.objects.create(session=session, **facts)
    audit.record("session.observed", about=person.trial_id, by=by, at=at, reason=reason, detail={"session_no": session.session_no})
    return kept


def _change(
    standing: Observation, facts: dict[str, object], session: TrainingSession, *, by: User, at: datetime, reason: str
) -> Observation:
    if standing.verdicts == facts["verdicts"]:
        return standing
    if not reason.strip():
        raise Refused(f"{words(session)} has its checklist already: say why it changes.", code="no_reason", status=422)
    for name, value in facts.items():
        setattr(standing, name, value)
    standing.save()
    detail = {"session_no": session.session_no}
    audit.record("session.observation_corrected", about=session.enrolment.participant.trial_id, by=by, at=at, reason=reason, detail=detail)
    return standing


def _checklist(protocol: Protocol) -> Fidelity:
    if protocol.fidelity is None:
        raise Refused("The protocol in force has no checklist: its table [fidelity] is missing.", code="no_checklist")
    return protocol.fidelity
