"""Answers are kept as they come; what was sent is kept verbatim; an alerting answer raises its alert in the transaction that saves it.

All writes about one person wait for that person's row, so two devices or a double tap never lose an answer. Nothing here touches
the broker: a saved answer is safe once the database has committed it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID, uuid5

from outcomes import permissions
from outcomes.actions import answering, keeping
from outcomes.actions.answering import Missing
from outcomes.actions.keeping import Receipt
from outcomes.domain.instrument import Answers
from outcomes.domain.turns import Place, Turn
from outcomes.instruments import instruments
from outcomes.models import Assessment
from outcomes.queries import sittings, wording
from participants.actions import moves
from participants.models import Participant
from trials import audit
from trials.actors import Actor
from trials.audit import action, correction
from trials.models import User
from trials.permissions import Refused
from trials.queries import protocol_in_force


@action
def save_draft(
    participant: Participant,
    *,
    visit: str,
    instrument: str,
    answers: Answers,
    missing: Missing | None = None,
    turn: Turn | None = None,
    language: str = "",
    by: Actor,
    at: datetime,
) -> Receipt:
    """Keeps the given answers beside those kept before; the item of a `missing` code, or of None, has no answer any more.

    Allowed while the visit is open and the form is not sent, or may still be changed: then each change is a version of its own, and the
    form counts as answered when it was last changed. With a `turn`, what arrives after a later choice does not take its place;
    an alert that it calls for is raised all the same. `language` is the one that the question was read in.
    """
    permissions.check_may_answer(by, participant)
    form = answering.find(participant, visit, instrument, language)
    moves.lock(participant)
    answering.check_open(participant, form, at=at)
    assessment = answering.kept(participant, form, at=at)
    sent = answering.check_to_save(assessment, form, by)
    assessment.language = form.instrument.language
    before, codes_before = dict(assessment.answers), dict(assessment.missing)
    touched = answering.put(assessment, form, answers, missing or {})
    place = Place.LATEST if turn is None else turn.place(assessment.turns, touched)
    if turn is not None and place is Place.LATEST:
        assessment.turns = assessment.turns | {number: turn.kept(assessment.turns.get(number)) for number in touched}
    if sent and (assessment.answers, assessment.missing) == (before, codes_before):
        if turn is not None and place is Place.LATEST:
            assessment.save(update_fields=["turns"])  # an earlier choice that arrives after this one does not take its place
        return keeping.receipt(assessment, form, ())
    if sent and place is Place.LATEST:
        assessment.completed_at = assessment.entered_at = at
    raised = keeping.keep(assessment, form, before=before, sent=sent, reason=answering.CHANGED, by=by, at=at)
    if place is not Place.LATEST:
        late, assessment.answers, assessment.missing = assessment.answers, before, codes_before
        keeping.keep(assessment, form, before=late, sent=sent, reason=answering.CHANGED, by=by, at=at)
    verb = "assessment.changed" if sent else "assessment.saved"
    audit.record(verb, about=participant.trial_id, by=by, at=at, detail={"visit": visit, "instrument": instrument})
    return replace(keeping.receipt(assessment, form, raised), elsewhere=place is Place.ELSEWHERE)


@action
def submit(
    participant: Participant,
    *,
    visit: str,
    instrument: str,
    answers: Answers,
    missing: Missing | None = None,
    client_uuid: UUID,
    language: str = "",
    by: Actor,
    at: datetime,
) -> Receipt:
    """A person sends one form. The same form under the same id gives the same receipt; another body under that id is refused."""
    permissions.check_may_answer(by, participant)
    received = answering.receive(
        participant, visit=visit, instrument=instrument, answers=answers, missing=missing, mode=Assessment.Mode.WEB,
        client_uuid=client_uuid, language=language,
    )  # fmt: skip
    return _take(received, answering.kept(participant, received.form, at=at), answering.sent_as(client_uuid), by=by, at=at)


@action
def send_sitting(participant: Participant, *, visit: str, client_uuid: UUID, by: Actor, at: datetime) -> tuple[Receipt, ...]:
    """Sends every form of the visit as its draft stands: all of them or none."""
    permissions.check_may_answer(by, participant)
    moves.lock(participant)
    protocol = protocol_in_force()
    ids = {code: uuid5(client_uuid, code) for code in wording.asked_of_people(answering.visit_of(protocol, visit), protocol)}
    drafts, earlier = answering.read_once(participant, visit, ids.values())
    receipts = []
    for code, form_uuid in ids.items():
        kept = drafts.get(code)
        form = answering.find(participant, visit, code, "" if kept is None else kept.language, protocol=protocol)
        draft = kept or answering.fresh(participant, form, at=at)
        if draft.sent_at is None:
            answers = instruments[code].reached(draft.answers)
            received = answering.checked(form, answers, draft.missing, mode=Assessment.Mode.WEB, client_uuid=form_uuid)
            receipts.append(_take(received, draft, earlier.get(form_uuid), by=by, at=at))
        elif draft.client_uuid == form_uuid:
            receipts.append(keeping.receipt(draft, form, ()))
    audit.record("sitting.sent", about=participant.trial_id, by=by, at=at, detail={"visit": visit, "forms": len(receipts)})
    return tuple(receipts)


@action
def enter_paper(
    participant: Participant,
    *,
    visit: str,
    instrument: str,
    answers: Answers,
    missing: Missing | None = None,
    completed_on: date,
    client_uuid: UUID,
    accept_out_of_window: bool = False,
    by: Actor,
    at: datetime,
) -> Receipt:
    """Staff copy a paper form. It counts as answered at 12:00 site time of the date on it; an alert's clock runs from now."""
    return _enter(
        participant, visit, instrument, answers, missing, Assessment.Mode.PAPER, completed_on, client_uuid, accept_out_of_window, by, at
    )


@action
def enter_telephone(
    participant: Participant,
    *,
    visit: str,
    instrument: str,
    answers: Answers,
    missing: Missing | None = None,
    client_uuid: UUID,
    accept_out_of_window: bool = False,
    by: Actor,
    at: datetime,
) -> Receipt:
    """Staff ask the questions on the telephone and enter the answers as they are given; who asked, and whether blind, is kept."""
    return _enter(participant, visit, instrument, answers, missing, Assessment.Mode.PHONE, None, client_uuid, accept_out_of_window, by, at)


@action
def enter_interview(
    participant: Participant,
    *,
    visit: str,
    instrument: str,
    answers: Answers,
    missing: Missing | None = None,
    completed_on: date,
    client_uuid: UUID,
    accept_out_of_window: bool = False,
    by: Actor,
    at: datetime,
) -> Receipt:
    """Staff rate, ask or measure somebody at a visit; who did, and whether blind, is kept. It counts at 12:00 site time of that day."""
    return _enter(
        participant, visit, instrument, answers, missing, Assessment.Mode.INTERVIEW, completed_on, client_uuid, accept_out_of_window, by, at
    )


@correction
def correct(assessment: Assessment, *, answers: Answers, missing: Missing | None = None, reason: str, by: Actor, at: datetime) -> Receipt:
    """A sent form is put right with a reason: the earlier version stays, the score follows, an alert raised before stands."""
    participant = assessment.participant
    permissions.check_may_correct(by, participant)
    if not reason.strip():
        raise Refused("Say why the answers are corrected.", code="reason_needed", status=422)
    moves.lock(participant)
    assessment.refresh_from_db()
    if assessment.sent_at is None:
        raise Refused("This form isn't sent yet, so there is nothing to correct.", code="not_sent")
    permissions.check_sees_answers(by, assessment)
    form = answering.find(participant, assessment.visit, assessment.instrument)
    before = dict(assessment.answers)
    given, codes = answering.clean(form.instrument, answers, missing or {})
    assessment.answers, assessment.missing = given, answering.all_codes(form.instrument, given, codes)
    raised = keeping.keep(assessment, form, before=before, sent=True, reason=reason, by=by, at=at)
    audit.record(
        "assessment.corrected", about=participant.trial_id, by=by, at=at, reason=reason,
        detail={"visit": assessment.visit, "instrument": assessment.instrument},
    )  # fmt: skip
    return keeping.receipt(assessment, form, raised)


@action
def note_not_done(participant: Participant, *, visit: str, instrument: str, reason: str, by: Actor, at: datetime) -> Assessment:
    """Why a form was not answered, in staff's words; answers kept so far stay."""
    permissions.check_may_answer(by, participant)
    if not reason.strip():
        raise Refused("Say why the form wasn't answered.", code="reason_needed", status=422)
    form = answering.find(participant, visit, instrument)
    moves.lock(participant)
    assessment = answering.kept(participant, form, at=at)
    if assessment.sent_at is not None:
        raise answering.already_sent(assessment)
    assessment.not_done_reason = reason.strip()
    assessment.save()
    audit.record("assessment.not_done", about=participant.trial_id, by=by, at=at, detail={"visit": visit, "instrument": instrument})
    return assessment


def _enter(
    participant: Participant,
    visit: str,
    instrument: str,
    answers: Answers,
    missing: Missing | None,
    mode: str,
    dated: date | None,
    client_uuid: UUID,
    accept_out_of_window: bool,
    by: Actor,
    at: datetime,
) -> Receipt:
    """A form that staff enter, `dated` where it is on paper: a date outside the window needs to be accepted as such."""
    permissions.check_may_answer(by, participant)
    received = answering.receive(
        participant, visit=visit, instrument=instrument, answers=answers, missing=missing, mode=mode, client_uuid=client_uuid, dated=dated
    )
    earlier, draft = answering.sent_as(client_uuid), answering.kept(participant, received.form, at=at)
    if earlier is not None:
        answering.check_same(received, draft, earlier)
        return keeping.receipt(earlier, received.form, ())
    today = sittings.site_day(participant, at)
    answering.check_dates(participant, received.form, dated or today, today=today)
    answering.check_window(participant, received.form, dated or today, accepted=accept_out_of_window)
    noon = at if dated is None else datetime.combine(dated, time(12), tzinfo=participant.site.zone)
    return _send(received, draft, completed_at=min(noon, at), by=by, at=at)


def _take(received: answering.Received, draft: Assessment, earlier: Assessment | None, *, by: Actor, at: datetime) -> Receipt:
    """A person's own form, while it is open; what was sent before under its id (`earlier`) is not sent again. Their row is held."""
    if earlier is not None:
        answering.check_same(received, draft, earlier)
        return keeping.receipt(earlier, received.form, ())
    answering.check_open(draft.participant, received.form, at=at)
    return _send(received, draft, completed_at=at, by=by, at=at)


def _send(received: answering.Received, assessment: Assessment, *, completed_at: datetime, by: Actor, at: datetime) -> Receipt:
    participant, form, given, mode = assessment.participant, received.form, received.answers, received.mode
    if assessment.sent_at is not None:
        raise answering.already_sent(assessment)
    before = dict(assessment.answers)
    if any(given.get(number) != value for number, value in before.items()):
        keeping.version(assessment, by=by, at=at, reason="Saved before sending")
    assessment.answers, assessment.missing = given, answering.all_codes(form.instrument, given, received.codes)
    assessment.language = form.instrument.language
    assessment.mode, assessment.client_uuid, assessment.body_digest = mode, received.client_uuid, received.digest
    assessment.sent_at = assessment.entered_at = at
    assessment.completed_at, assessment.not_done_reason = completed_at, ""
    assessment.twice = mode == Assessment.Mode.PAPER and answering.drawn_twice(participant, form)
    if mode in (Assessment.Mode.PHONE, Assessment.Mode.INTERVIEW) and isinstance(by, User):
        assessment.rater, assessment.rater_blind = by, answering.rates_blind(by, participant, form.protocol)
    raised = keeping.keep(assessment, form, before=before, sent=True, by=by, at=at)
    audit.record(
        "assessment.sent", about=participant.trial_id, by=by, at=at,
        detail={"visit": form.visit.code, "instrument": form.instrument.code, "mode": mode},
    )  # fmt: skip
    return keeping.receipt(assessment, form, raised)
