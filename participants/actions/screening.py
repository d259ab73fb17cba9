"""From the first call to eligible or excluded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import connection

from participants import permissions
from participants.actions import identity as wall
from participants.actions import moves
from participants.domain import eligibility
from participants.domain.eligibility import Outcome
from participants.domain.journey import Status
from participants.models import Participant, Screening
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action, correction
from trials.domain.protocol import Protocol
from trials.models import Site, Unit
from trials.permissions import Permission, Refused, check

SEXES = ("F", "M", "X")
_STATUS = {Outcome.ELIGIBLE: Status.ELIGIBLE, Outcome.EXCLUDED: Status.EXCLUDED, Outcome.INCOMPLETE: Status.SCREENED}
_STORED = {Outcome.ELIGIBLE: "eligible", Outcome.EXCLUDED: "excluded", Outcome.INCOMPLETE: "pending"}


class BadAnswers(Refused):
    """Eligibility answers that fit no question; `faults` has a sentence a question."""

    def __init__(self, bad: eligibility.BadAnswers) -> None:
        super().__init__(str(bad), code="bad_answers", status=422)
        self.faults = bad.faults


@action
def screen(
    site: Site,
    *,
    answers: Mapping[str, str],
    by: Actor,
    at: datetime,
    person: Mapping[str, str] | None = None,
    age: int | None = None,
    sex: str = "",
    language: str = "",
    screened_on: date | None = None,
) -> Participant:
    """A person assessed for eligibility gets the next trial id; the answers decide. `person` (name, contacts) may be absent.

    `age` (years) is used where no date of birth is given; `screened_on` is today at the site unless the call was earlier.
    """
    permissions.check_may_screen(by, site)
    protocol = queries.protocol_in_force()
    today = at.astimezone(site.zone).date()
    _check_day(screened_on or today, today)
    _check_person(age, sex)
    permissions.check_language(language or protocol.language)
    participant = Participant.objects.create(
        unit=Unit.objects.create(trial_id=_next_trial_id(), site=site),
        screened_on=screened_on or today,
        screened_at=at,
        age=age,
        sex=sex,
        language=language or protocol.language,
    )
    if person:
        wall.record_contact(participant, person, by=by, at=at)
    screening = Screening(participant=participant, at=at, protocol_digest=protocol.digest)
    _decide(participant, screening, protocol, answers, at)
    audit.record("participant.screened", about=participant.trial_id, by=by, at=at, detail={"outcome": screening.outcome})
    return participant


@action
def answer(participant: Participant, *, answers: Mapping[str, str], by: Actor, at: datetime, reason: str = "") -> Screening:
    """Answers added or corrected; the outcome follows them. Changing an answer already given needs a reason, until randomisation."""
    permissions.check_may_screen(by, participant.site)
    moves.lock(participant)
    if participant.status == Status.RANDOMISED and not reason:
        raise Refused(f"{participant} is randomised: say why the answers are corrected.", code="reason_needed")
    screening = Screening.objects.get(participant=participant)
    changed = {code for code, old in screening.answers.items() if answers.get(code, old) != old}
    if changed and not reason:
        raise Refused(f"Say why answers of {participant} are changed.", code="reason_needed")
    _decide(participant, screening, queries.protocol_in_force(), {**screening.answers, **answers}, at)
    audit.record("screening.answered", about=participant.trial_id, by=by, at=at, reason=reason, detail={"outcome": screening.outcome})
    return screening


@action
def exclude(participant: Participant, *, reason: str, by: Actor, at: datetime, category: str = "") -> Screening:
    """A person who declined, or who does not take part for another reason; `reason` is a code of the protocol, which sorts it."""
    permissions.check_may_exclude(by, participant)
    moves.lock(participant)
    category = _category(reason, category)
    moves.move(participant, Status.EXCLUDED)
    screening = Screening.objects.get(participant=participant)
    screening.outcome, screening.exclusion_category = "excluded", category
    screening.exclusion_reason, screening.exclusion_reasons = reason, [reason]
    screening.excluded_on = at.astimezone(participant.site.zone).date()
    screening.save()
    audit.record("participant.excluded", about=participant.trial_id, by=by, at=at, reason=reason, detail={"category": category})
    return screening


@action
def reopen(participant: Participant, *, reason: str, by: Actor, at: datetime) -> Screening:
    """An exclusion as declined or other is taken back, with a reason; the answers decide anew."""
    check(by, Permission.CORRECT, at_site=participant.site)
    moves.lock(participant)
    screening = Screening.objects.get(participant=participant)
    if screening.exclusion_category not in ("declined", "other"):
        raise Refused(f"{participant} is not excluded as declined or other.", code="not_excluded")
    if permissions.endings_of(participant).participation_ended:
        raise Refused(f"{participant} has withdrawn: void the withdrawal first.", code="ended")
    if not reason.strip():
        raise Refused("Say why the exclusion is taken back.", code="reason_needed", status=422)
    screening.exclusion_category = ""
    _decide(participant, screening, queries.protocol_in_force(), screening.answers, at)
    if participant.status == Status.ELIGIBLE and participant.consents.filter(voided_at=None).exists():
        moves.move(participant, Status.CONSENTED)
    audit.record("screening.reopened", about=participant.trial_id, by=by, at=at, reason=reason, detail={"outcome": screening.outcome})
    return screening


@correction
def correct_person(
    participant: Participant, *, reason: str, by: Actor, at: datetime, sex: str | None = None, age: int | None = None
) -> Participant:
    """Sex or age put right, with a reason. After randomisation the stratum stays as it was used."""
    check(by, Permission.CORRECT, at_site=participant.site)
    if not reason.strip():
        raise Refused("Say why this is corrected.", code="reason_needed", status=422)
    moves.lock(participant)
    _check_person(age, sex or "")
    participant.sex = participant.sex if sex is None else sex
    participant.age = participant.age if age is None else age
    participant.save(update_fields=["sex", "age"])
    audit.record("participant.corrected", about=participant.trial_id, by=by, at=at, reason=reason)
    return participant


def _decide(participant: Participant, screening: Screening, protocol: Protocol, answers: Mapping[str, str], at: datetime) -> None:
    """Writes what the answers say. A randomised person keeps the status: being found ineligible later is a fact of its own."""
    try:
        cleaned = eligibility.clean(protocol.eligibility, answers)
        result = eligibility.assess(protocol.eligibility, cleaned)
    except eligibility.BadAnswers as bad:
        raise BadAnswers(bad) from None
    excluded = result.outcome is Outcome.EXCLUDED
    kept = screening.exclusion_category in ("declined", "other") and not excluded
    screening.answers = cleaned
    if not kept:
        screening.outcome = _STORED[result.outcome]
        screening.exclusion_category = "not_meeting_criteria" if excluded else ""
        screening.exclusion_reasons = [r.code for r in result.reasons]
        screening.exclusion_reason = result.reasons[0].code if excluded else ""
        screening.excluded_on = (screening.excluded_on or at.astimezone(participant.site.zone).date()) if excluded else None
    screening.save()
    target = _STATUS[result.outcome]
    stands = participant.status == Status.RANDOMISED or (participant.status == Status.CONSENTED and target is Status.ELIGIBLE)
    if not (kept or stands):
        moves.move(participant, target)


def _next_trial_id() -> str:
    """The next number of the trial; the lock makes two calls at once queue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('uplift trial id'))")
    number = Unit.objects.count() + 1
    while Unit.objects.filter(trial_id=f"P-{number:03d}").exists():
        number += 1
    return f"P-{number:03d}"


def _category(reason: str, category: str) -> str:
    """Declined or other, as the protocol sorts its reasons."""
    protocol = queries.protocol_in_force()
    known = [c.code for c in protocol.exclusion_reasons]
    if reason not in known:
        raise Refused(f"Choose one of the protocol's reasons: {', '.join(known)}.", code="bad_reason", status=422)
    sorted_as = protocol.exclusion_category.get(reason) or category or "other"
    if category and category != sorted_as:
        raise Refused(f"The protocol sorts that reason under {sorted_as}.", code="bad_category", status=422)
    return sorted_as


def _check_person(age: int | None, sex: str) -> None:
    if sex and sex not in SEXES:
        raise Refused("Enter sex as F, M or X.", code="bad_sex", status=422)
    if age is not None and not 0 <= age <= 120:
        raise Refused("Enter the age in completed years, 0 to 120.", code="bad_age", status=422)


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise Refused("The screening call can't lie in the future.", code="bad_date", status=422)
