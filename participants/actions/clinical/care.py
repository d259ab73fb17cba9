"""Other care and training, asked alike in all arms; deviations and intercurrent events."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from participants import permissions
from participants.actions import moves
from participants.actions.clinical import checks
from participants.actions.clinical.checks import BadRecord
from participants.models import Concomitant, Deviation, Participant, TrainingSession
from trials import audit
from trials.actors import Actor
from trials.audit import action, correction
from trials.permissions import Permission, check


@action
def record_concomitant(
    participant: Participant,
    *,
    kind: str,
    by: Actor,
    at: datetime,
    description: str = "",
    started_on: str = "",
    stopped_on: str = "",
    sessions_per_week: Decimal | None = None,
    minutes_per_session: int | None = None,
    source_visit: str = "",
) -> Concomitant:
    """Other care or training outside the trial, asked alike in all arms."""
    permissions.check_may_record(by, participant, Permission.RECORD_CLINICAL)
    moves.lock(participant)
    concomitant = Concomitant(
        participant=participant,
        con_no=checks.next_number(Concomitant.objects.filter(participant=participant), "con_no"),
        kind=kind,
        description=description.strip(),
        started_on=started_on.strip(),
        stopped_on=stopped_on.strip(),
        sessions_per_week=sessions_per_week,
        minutes_per_session=minutes_per_session,
        source_visit=source_visit,
        at=at,
    )
    checks.check_concomitant(concomitant)
    concomitant.save()
    audit.record("concomitant.recorded", about=participant.trial_id, by=by, at=at, detail={"con_no": concomitant.con_no, "kind": kind})
    return concomitant


@action
def record_deviation(
    participant: Participant,
    *,
    kind: str,
    category: str,
    occurred_on: date,
    by: Actor,
    at: datetime,
    found_on: date | None = None,
    session: TrainingSession | None = None,
    visit: str = "",
    given_arm: str = "",
    description: str = "",
) -> Deviation:
    """A departure from the protocol or an intercurrent event. Whether it is important is judged later, by blind eyes."""
    check(by, Permission.RECORD_DEVIATION, at_site=participant.site)
    moves.lock(participant)
    deviation = Deviation(
        participant=participant,
        dev_no=checks.next_number(Deviation.objects.filter(participant=participant), "dev_no"),
        kind=kind,
        category=category,
        occurred_on=occurred_on,
        found_on=found_on or at.astimezone(participant.site.zone).date(),
        session=session,
        visit=visit,
        given_arm=given_arm,
        description=description.strip(),
        at=at,
    )
    checks.check_deviation(deviation, today=at.astimezone(participant.site.zone).date())
    deviation.save()
    audit.record("deviation.recorded", about=participant.trial_id, by=by, at=at, detail={"dev_no": deviation.dev_no, "category": category})
    return deviation


@correction
def judge_deviation(deviation: Deviation, *, important: bool, by: Actor, at: datetime, reason: str = "") -> Deviation:
    """Whether a deviation is important; judging again needs a reason."""
    check(by, Permission.RECORD_DEVIATION, at_site=deviation.participant.site)
    checks.check_standing(deviation)
    if deviation.important is not None and not reason.strip():
        raise BadRecord({"reason": "This deviation is judged already: say why the judgement changes."})
    deviation.important = important
    deviation.judged_on = at.astimezone(deviation.participant.site.zone).date()
    deviation.save(update_fields=["important", "judged_on"])
    audit.record("deviation.judged", about=deviation.participant.trial_id, by=by, at=at, reason=reason, detail={"dev_no": deviation.dev_no})
    return deviation
