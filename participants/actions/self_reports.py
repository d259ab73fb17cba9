"""Somebody who must not know an arm learned one, and says so: kept as told, and the site lets somebody else assess from now on.

Which arm is never asked: an answer would have to be kept from everybody who is still blind, and is worth less than the guess that
every assessor gives at the end.
"""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings

from participants import permissions
from participants.actions import messages, moves
from participants.actions.clinical import BadRecord, checks
from participants.actions.messages import Notice, Text
from participants.domain.unblinding import HOW, description
from participants.models import Message, Participant, SelfReport
from trials import audit, blinding, entropy, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.roles import Permission, Role
from trials.models import User
from trials.permissions import NotAllowed, Refused, check, roles_of

TOLD = (Role.PI, Role.COORDINATOR)
LONGEST = 1000


@action
def report_unblinding(
    participant: Participant, *, learned_on: date, how: str, sure: bool, by: Actor, at: datetime, note: str = ""
) -> SelfReport:
    """Somebody blind learned an arm, or believes so: a deviation follows, and coordinators and investigators are told.

    An assessor's report is a deviation `assessor_unblinded`; anybody else's is one of category `other`. Refused: roles that are not
    blind, people who are not randomised, a day before randomisation or in the future.
    """
    check(by, Permission.REPORT_UNBLINDING, at_site=participant.site)
    if not isinstance(by, User):
        raise NotAllowed("This is told by a named person.")
    if blinding.sees_arms(by, participant.site):
        raise Refused(f"You may know arms at {participant.site.code}: there is nothing to report.", code="not_blind")
    permissions.check_randomised(participant, "Nobody can have learned an arm")
    moves.lock(participant)
    _check(participant, learned_on, how, note, at)
    number = participant.self_reports.count() + 1
    code = entropy.code("self report", f"{participant.trial_id}|{number}")
    assessor = _assesses(by, participant)
    deviation = checks.follow(
        participant,
        category="assessor_unblinded" if assessor else "other",
        occurred_on=learned_on,
        description=description(how, sure=sure, assessor=assessor),
        source_record=f"self_report/{code}",
        at=at,
    )
    report = SelfReport.objects.create(
        participant=participant, deviation=deviation, code=code, user=by, assessor=assessor, learned_on=learned_on, how=how, sure=sure,
        note=note.strip(), at=at,
    )  # fmt: skip
    told = queries.holders(TOLD, participant.site, at)
    notices = [Notice(to=user.actor, kind="arm_learned", event=f"self_report:{code}", due_at=at) for user in told if user.pk != by.pk]
    messages.queue_all(notices, by=by, at=at)
    audit.record("unblinding.self_reported", about=participant.trial_id, by=by, at=at, detail={"code": code, "assessor": assessor})
    return report


def kinds() -> messages.Kinds:
    """Kind of message -> (still due?, what it says)."""
    return {"arm_learned": (_stands, _text)}


def _check(participant: Participant, learned_on: date, how: str, note: str, at: datetime) -> None:
    faults = {}
    today = at.astimezone(participant.site.zone).date()
    if how not in HOW:
        faults["how"] = f"Choose how: {', '.join(HOW)}."
    if not participant.enrolment.randomised_on <= learned_on <= today:
        faults["learned_on"] = "Enter a day between randomisation and today."
    if len(note) > LONGEST:
        faults["note"] = f"Shorten the note to {LONGEST} characters."
    if faults:
        raise BadRecord(faults)


def _assesses(user: User, participant: Participant) -> bool:
    roles = roles_of(user)
    sites = roles.get(Role.ASSESSOR, set())
    return sites is None or participant.site.pk in sites


def _stands(message: Message, at: datetime) -> bool:
    return _of(message).deviation.voided_at is None


def _text(message: Message, at: datetime) -> Text:
    report = _of(message)
    person = report.participant
    what = "knows" if report.sure else "believes to know, and is not sure of,"
    then = f"Let somebody else assess {person} from now on." if report.assessor else "Nothing else changes for the visits."
    return Text(
        f"Arm learned by blind staff: {person}",
        f"{report.user} {what} the arm of {person} ({person.site.name}) since {report.learned_on:%A} {report.learned_on.day} "
        f"{report.learned_on:%B}.\n\n{then} Don't tell them whether they are right.\n\n"
        f"The record:\n\n{settings.UPLIFT_BASE_URL}/unblindings/\n",
    )


def _of(message: Message) -> SelfReport:
    code = message.event.partition(":")[2]
    return SelfReport.objects.select_related("participant__unit__site", "user", "deviation").get(code=code)
