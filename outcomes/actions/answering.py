"""What a form may take before an answer is kept: its place in the protocol, its window, its answers, its id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import prefetch_related_objects

from outcomes.domain.double_entry import drawn
from outcomes.domain.instrument import Answers, Instrument
from outcomes.domain.visits import Window
from outcomes.instruments import instruments
from outcomes.models import Assessment
from outcomes.queries import sittings, wording
from participants.actions import moves
from participants.domain.journey import Status
from participants.models import Participant
from participants.queries.self_reports import has_learned
from trials import entropy
from trials.actors import Actor
from trials.domain.protocol.shape import Protocol, Visit
from trials.models import User
from trials.permissions import Refused, roles_of
from trials.queries import protocol_in_force

CHANGED = "Changed before the window closed"  # what a version says that a person made of a form they had sent
MISSING_CODES = ("skipped", "refused", "dont_know", "not_asked")
Missing = Mapping[str, str]
Kept = dict[str, int | str]  # answers as they are stored: whole numbers, measured values with their decimals


@dataclass(frozen=True, kw_only=True)
class Form:
    protocol: Protocol
    visit: Visit
    instrument: Instrument
    window: Window | None

    @property
    def rule(self) -> str:
        return self.protocol.missing_rules.get(self.instrument.code, self.instrument.default_rule)


def find(participant: Participant, visit: str, instrument: str, language: str = "", *, protocol: Protocol | None = None) -> Form:
    """The form as the protocol asks it, in the words of `language` where it has any, else in those of the protocol's language."""
    protocol = protocol or protocol_in_force()
    found = visit_of(protocol, visit)
    if instrument not in found.instruments or instrument not in instruments:
        raise Refused(f"The protocol asks no questionnaire {instrument!r} at {found.label}.", code="unknown_form", status=404)
    worded = (wording.offered(instrument, language) if language else None) or wording.offered(instrument, protocol.language)
    if worded is None:
        raise Refused(wording.why_not(instrument, protocol.language), code="not_offered")
    window = sittings.window_of(participant, found)
    return Form(protocol=protocol, visit=found, instrument=worded, window=window)


def visit_of(protocol: Protocol, code: str) -> Visit:
    for visit in protocol.visits:
        if visit.code == code:
            return visit
    raise Refused(f"The protocol has no visit {code!r}.", code="unknown_visit", status=404)


def kept(participant: Participant, form: Form, *, at: datetime) -> Assessment:
    """The person's form as kept so far, or a fresh draft; the person's row is locked by the caller."""
    found = participant.assessments.filter(visit=form.visit.code, instrument=form.instrument.code).first()
    return found or fresh(participant, form, at=at)


def fresh(participant: Participant, form: Form, *, at: datetime) -> Assessment:
    """A form of which nothing is kept yet."""
    return Assessment(
        participant=participant,
        visit=form.visit.code,
        instrument=form.instrument.code,
        instrument_version=form.instrument.version,
        language=form.instrument.language,
        started_at=at,
        protocol_digest=form.protocol.digest,
    )


@dataclass(frozen=True, kw_only=True)
class Received:
    """A filled-in form as it came: checked answers, codes of items without one, and the digest that tells it from another."""

    form: Form
    answers: Kept
    codes: dict[str, str]
    mode: str
    client_uuid: UUID
    digest: str


def receive(
    participant: Participant,
    *,
    visit: str,
    instrument: str,
    answers: Answers,
    missing: Missing | None,
    mode: str,
    client_uuid: UUID,
    dated: date | None = None,
    language: str = "",
) -> Received:
    """Finds what the form belongs to, holds the person's row, and checks every answer."""
    form = find(participant, visit, instrument, language)
    moves.lock(participant)
    return checked(form, answers, missing, mode=mode, client_uuid=client_uuid, dated=dated)


def checked(form: Form, answers: Answers, missing: Missing | None, *, mode: str, client_uuid: UUID, dated: date | None = None) -> Received:
    """What came for a form that was found, of a person whose row is held, with every answer checked."""
    given, codes = clean(form.instrument, answers, missing or {})
    digest = digest_of(given, codes, mode, dated)
    return Received(form=form, answers=given, codes=codes, mode=mode, client_uuid=client_uuid, digest=digest)


def sent_under(ids: Collection[UUID]) -> dict[UUID, Assessment]:
    """The forms that were sent under these ids."""
    return {form.client_uuid: form for form in Assessment.objects.filter(client_uuid__in=ids)}


def sent_as(client_uuid: UUID) -> Assessment | None:
    return sent_under([client_uuid]).get(client_uuid)


def read_once(participant: Participant, visit: str, ids: Collection[UUID]) -> tuple[dict[str, Assessment], dict[UUID, Assessment]]:
    """What each form of a sitting is held against, read for all of them: drafts, what was sent under these ids, the person's endings."""
    prefetch_related_objects([participant], "endings")
    return sittings.drafts_of(participant, visit), sent_under(ids)


def check_same(received: Received, draft: Assessment, earlier: Assessment) -> None:
    """What was sent under this id before was this form with this body."""
    same_form = (earlier.participant_id, earlier.visit, earlier.instrument) == (draft.participant_id, draft.visit, draft.instrument)
    if not same_form or earlier.body_digest != received.digest:
        raise Refused("Other answers were already sent under this id. Reload the page to see what was kept.", code="conflict")


def check_open(participant: Participant, form: Form, *, at: datetime) -> None:
    """People answer while the visit is open and they take part."""
    if sittings.ended_on(participant) is not None or participant.status == Status.EXCLUDED:
        raise Refused("These questions are closed.", code="closed")
    randomised = sittings.enrolment_of(participant) is not None
    if form.visit.kind == "baseline" and randomised:
        raise Refused("These questions are closed: the baseline ended with randomisation.", code="closed")
    if form.window is None or not form.window.is_open(sittings.site_day(participant, at)):
        raise Refused("These questions are closed.", code="closed")


def check_dates(participant: Participant, form: Form, completed_on: date, *, today: date) -> None:
    if completed_on > today:
        raise Refused("The form can't be dated in the future. Enter the date written on it.", code="bad_date", status=422)
    if completed_on < participant.screened_on:
        raise Refused(
            f"The form can't be older than the screening on {participant.screened_on}. Enter the date written on it.",
            code="bad_date",
            status=422,
        )
    ended = sittings.ended_on(participant)
    if ended is not None and completed_on > ended:
        raise Refused(f"{participant} takes no part since {ended}; a form dated later can't be kept.", code="ended")


def check_window(participant: Participant, form: Form, completed_on: date, *, accepted: bool) -> None:
    if form.window is None:
        raise Refused(f"{form.visit.label} has no window: {participant} isn't randomised.", code="not_randomised")
    if not form.window.is_open(completed_on) and not accepted:
        raise Refused(
            f"{completed_on} lies outside the window {form.window.opens_on} to {form.window.closes_on or 'randomisation'}. "
            "Tick that the form is kept as out of window, or put the date right.",
            code="out_of_window",
            status=422,
        )


def clean(instrument: Instrument, answers: Answers, missing: Missing) -> tuple[Kept, dict[str, str]]:
    """Checked answers as they are stored, and the codes of items without one; an answer beats a code."""
    try:
        given = {number: instrument.item(number).kept(value) for number, value in instrument.checked(answers).items()}
        for number in missing:
            instrument.item(number)
    except ValueError as error:
        raise Refused(f"{error}.", code="bad_answer", status=422) from None
    for number, code in missing.items():
        if code not in MISSING_CODES:
            raise Refused(f"Item {number}: give one of {', '.join(MISSING_CODES)} for a missing answer.", code="bad_answer", status=422)
    return given, {number: code for number, code in missing.items() if number not in given}


def put(assessment: Assessment, form: Form, answers: Answers, missing: Missing) -> set[str]:
    """Lays what was given over what is kept, and answers the items it touches; a sent form says of every item without an answer why."""
    given, codes = clean(form.instrument, answers, missing)
    dropped, touched = set(answers) - set(given), set(answers) | set(codes)
    kept = {k: v for k, v in assessment.answers.items() if k not in dropped | set(codes)} | given
    left = {k: v for k, v in assessment.missing.items() if k not in touched} | codes
    if assessment.sent_at is not None:
        kept = form.instrument.reached(kept)
        left = all_codes(form.instrument, kept, {k: v for k, v in left.items() if v != "not_asked"})
    assessment.answers, assessment.missing = kept, left
    return touched


def all_codes(instrument: Instrument, given: Mapping[str, int | str], codes: Missing) -> dict[str, str]:
    """A sent form says of every unanswered item why: skipped, unless it was not asked."""
    to_answer = set(instrument.missing(given))
    return {
        item.number: codes.get(item.number, "skipped" if item.number in to_answer else "not_asked")
        for item in instrument.items
        if item.number not in given
    }


def drawn_twice(participant: Participant, form: Form) -> bool:
    """Whether a second person enters this paper form too: drawn by the protocol's share once it is entered, so that nobody foresees it."""
    word = entropy.fresh("double_entry", f"{participant.trial_id}|{form.visit.code}|{form.instrument.code}")
    return drawn(word, form.protocol.double_entry)


def check_to_save(assessment: Assessment, form: Form, by: Actor) -> bool:
    """Whether the form is sent: then its person alone may change it, where the protocol allows it, until staff have corrected it."""
    if assessment.sent_at is None:
        return False
    allowed = form.protocol.answering.change_until_close and assessment.mode == Assessment.Mode.WEB and isinstance(by, Participant)
    if not allowed or assessment.versions.exclude(actor=by.actor).exists():
        raise already_sent(assessment)
    return True


def already_sent(assessment: Assessment) -> Refused:
    return Refused(f"This form was already sent on {assessment.sent_at:%Y-%m-%d at %H:%M} UTC.", code="already_sent")


def rates_blind(user: User, participant: Participant, protocol: Protocol) -> bool:
    """Every role the rater holds is blind, and they never said that they learned this person's arm."""
    return all(role.value in protocol.blind_roles for role in roles_of(user)) and not has_learned(user, participant)


def digest_of(given: Mapping[str, int | str], codes: Missing, mode: str, on: date | None = None) -> str:
    body = json.dumps([dict(given), dict(codes), str(mode), on.isoformat() if on else None], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()
