"""Another load than the rule proposed, before the first set: the session prescribes it, and the log of proposals says who and why."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from participants.actions.sessions.common import check_may, locked, words
from participants.actions.sessions.figures import kilograms
from participants.actions.sessions.rollup import keep_sums
from participants.actions.sessions.sets import last_loads
from participants.domain.prescription import REPS_ONLY, question_about_load
from participants.models import LoadProposal, TrainingSession
from participants.models.proposals import CLASSES
from trials import audit
from trials.actors import Actor
from trials.audit import action
from trials.models import User
from trials.permissions import NotAllowed, Permission, Refused


@action
def override_load(
    session: TrainingSession,
    *,
    exercise_no: int,
    load_kg: Decimal,
    reason: str,
    reason_class: str,
    by: Actor,
    at: datetime,
    confirmed: bool = False,
) -> LoadProposal:
    """A trainer prescribes another load than was proposed, with a reason and its class, while no set of the exercise is done.

    The proposal stays as it was made. The proposed load itself takes the override back. An unlikely load asks to be confirmed.
    """
    session = locked(session)
    participant = session.enrolment.participant
    check_may(by, participant, Permission.RECORD_SESSION)
    if not isinstance(by, User):
        raise NotAllowed("Another load than proposed is set by a named person.")
    load = kilograms(load_kg, "The load")
    proposal = _open_proposal(session, exercise_no)
    _check_reason(reason, reason_class)
    question = question_about_load(load, last_loads(session).get(proposal.exercise, proposal.load_kg))
    if question and not confirmed:
        raise Refused(question, code="confirm")
    if load == proposal.prescribed_kg:
        raise Refused(f"The session prescribes {load.normalize():f} kg already.", code="same_load")
    if load == proposal.load_kg:
        proposal.set_load_kg, proposal.set_by, proposal.set_at, proposal.set_reason, proposal.set_reason_class = None, None, None, "", ""
    else:
        proposal.set_load_kg, proposal.set_by, proposal.set_at = load, by, at
        proposal.set_reason, proposal.set_reason_class = reason.strip(), reason_class
    proposal.save(update_fields=["set_load_kg", "set_by", "set_at", "set_reason", "set_reason_class"])
    session.sets.filter(exercise_no=exercise_no, planned_reps__isnull=False).update(planned_load_kg=load)
    keep_sums([session])
    audit.record(
        "session.load_set", about=participant.trial_id, by=by, at=at, reason=reason.strip(),
        detail={"session_no": session.session_no, "exercise_no": exercise_no},
    )  # fmt: skip
    return proposal


def _open_proposal(session: TrainingSession, exercise_no: int) -> LoadProposal:
    """The proposal of an exercise that can still be set aside."""
    if session.started_at is None:
        raise Refused(f"{words(session)} has not begun.", code="not_started", way_out=("Open the session", session.get_absolute_url()))
    if session.ended_at is not None:
        raise Refused(f"{words(session)} is finished: what it prescribed stays.", code="finished")
    proposal = session.proposals.filter(exercise_no=exercise_no).first()
    rows = list(session.sets.filter(exercise_no=exercise_no))
    if proposal is None or not rows:
        raise Refused(f"{words(session)} has no proposed load for exercise {exercise_no}.", code="unknown_exercise")
    if rows[0].load_model == REPS_ONLY:
        raise Refused("This exercise counts repetitions only: it has no load.", code="no_load")
    if any(row.done_reps is not None for row in rows):
        raise Refused("A set of this exercise is done: what it prescribed stays. Enter the load that was lifted instead.", code="begun")
    return proposal


def _check_reason(reason: str, reason_class: str) -> None:
    if not reason.strip() or len(reason) > 500:
        raise Refused("Say in up to 500 characters why another load is set.", code="no_reason", status=422)
    if reason_class not in CLASSES:
        raise Refused(f"The reason is one of {', '.join(CLASSES)}.", code="unknown_class", status=422)
