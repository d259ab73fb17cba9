"""What a person may answer now, and where each of their forms stands. Nothing is scheduled: it follows from dates and answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Exists, OuterRef, Q

from outcomes.domain import visits
from outcomes.domain.instrument import Instrument
from outcomes.domain.visits import Sitting, VisitStatus, Window
from outcomes.instruments import instruments
from outcomes.models import Assessment, AssessmentVersion
from outcomes.queries import wording
from participants.models import Ending, Enrolment, HarmsAsked, Participant, PersonalLink
from trials.domain.protocol.shape import Protocol, Visit

ENDED = (Ending.Kind.WITHDRAWAL, Ending.Kind.LOSS, Ending.Kind.DEATH)


@dataclass(frozen=True, kw_only=True)
class Form:
    """One instrument at one visit of one person, kept or not."""

    visit: Visit
    instrument: Instrument
    window: Window | None
    status: VisitStatus
    assessment: Assessment | None
    overlap: int = 0  # days of what it asks about that the same form was told of before

    @property
    def sent(self) -> bool:
        return self.assessment is not None and self.assessment.sent_at is not None

    @property
    def asked_for(self) -> bool:
        """Its window has opened and nothing was sent: it can be answered, or was missed."""
        return self.window is not None and not self.sent and self.status is not VisitStatus.NOT_DUE


def baseline_total(assessment: Assessment, protocol: Protocol) -> int | None:
    """The person's own total of the same questionnaire at the last baseline visit that has one."""
    before = [visit.code for visit in protocol.visits if visit.kind == "baseline"]
    same = Assessment.objects.filter(participant=assessment.participant_id, instrument=assessment.instrument, visit__in=before)
    return same.exclude(sent_at=None).exclude(total=None).order_by("-completed_at").values_list("total", flat=True).first()


def site_day(participant: Participant, at: datetime) -> date:
    """The date at the person's site."""
    return at.astimezone(participant.site.zone).date()


def enrolment_of(participant: Participant) -> Enrolment | None:
    try:
        return participant.enrolment  # type: ignore[no-any-return]
    except ObjectDoesNotExist:
        return None


def window_of(participant: Participant, visit: Visit) -> Window | None:
    enrolment = enrolment_of(participant)
    return visits.window(
        visit,
        screened_on=participant.screened_on,
        randomised_on=enrolment and enrolment.randomised_on,
        day0=enrolment and enrolment.day0,
    )


def ended_on(participant: Participant) -> date | None:
    """The first day on which participation ended by withdrawal, loss or death; None while it goes on."""
    days = [ending.happened_on for ending in participant.endings.all() if ending.voided_at is None and ending.kind in ENDED]
    return min(days, default=None)


def open_sittings(
    participant: Participant, protocol: Protocol, *, at: datetime, forms: Iterable[Assessment] | None = None
) -> tuple[Sitting, ...]:
    """The visits a person may answer at this moment, each with the instruments of theirs that are not sent yet.

    `forms` are all that is kept of the person, where the caller has read it.
    """
    enrolment = enrolment_of(participant)
    kept = participant.assessments.all() if forms is None else forms
    sent = {(a.visit, a.instrument) for a in kept if a.sent_at is not None}
    return visits.due(
        [replace(visit, instruments=wording.asked_of_people(visit, protocol)) for visit in protocol.visits],
        screened_on=participant.screened_on,
        randomised_on=enrolment and enrolment.randomised_on,
        day0=enrolment and enrolment.day0,
        on=site_day(participant, at),
        sent=sent,
    )


def changeable(participant: Participant, protocol: Protocol, visit: str, *, at: datetime) -> Sitting | None:
    """An open visit that the person has sent, with its instruments whose answers are theirs alone; None where nothing may change."""
    if not protocol.answering.change_until_close:
        return None
    web = participant.assessments.filter(visit=visit, mode=Assessment.Mode.WEB).exclude(sent_at=None)
    others = AssessmentVersion.objects.filter(assessment=OuterRef("pk")).exclude(actor=participant.actor)
    own = set(web.exclude(Exists(others)).values_list("instrument", flat=True))
    enrolment = enrolment_of(participant)
    found = visits.due(
        [replace(each, instruments=wording.asked_of_people(each, protocol)) for each in protocol.visits if each.code == visit],
        screened_on=participant.screened_on,
        randomised_on=enrolment and enrolment.randomised_on,
        day0=enrolment and enrolment.day0,
        on=site_day(participant, at),
        sent=(),
    )
    kept = [replace(sitting, instruments=tuple(code for code in sitting.instruments if code in own)) for sitting in found]
    return next((sitting for sitting in kept if sitting.instruments), None)


def forms_of(participant: Participant, protocol: Protocol, *, at: datetime) -> list[Form]:
    """Every form the protocol asks of this person or of staff about them, in its order."""
    kept = {(a.visit, a.instrument): a for a in participant.assessments.all()}
    gone = ended_on(participant) is not None
    today, answered = site_day(participant, at), _answered(participant)
    return [
        replace(
            _form(visit, instruments[code], window_of(participant, visit), kept.get((visit.code, code)), today=today, gone=gone),
            overlap=_overlap(instruments[code], answered, visit.code),
        )
        for visit in protocol.visits
        for code in wording.to_fill_in(visit)
        if code in instruments
    ]


def _answered(participant: Participant) -> dict[tuple[str, str], date]:
    """The site's day on which each form that was sent was answered, by instrument and visit."""
    sent = [a for a in participant.assessments.all() if a.sent_at is not None and a.completed_at is not None]
    return {(a.instrument, a.visit): a.completed_at.astimezone(participant.site.zone).date() for a in sent}


def _overlap(instrument: Instrument, answered: dict[tuple[str, str], date], visit: str) -> int:
    on = answered.get((instrument.code, visit))
    days = [day for (code, _), day in answered.items() if code == instrument.code]
    return 0 if on is None else visits.recall_overlap(instrument.recall_days, on, days)


def harms_of(participant: Participant, protocol: Protocol, *, at: datetime) -> list[tuple[Visit, date | None]]:
    """The visits whose window has opened and at which harms are asked, each with the day it was done; alike in every arm."""
    if not protocol.adverse_event_questions:
        return []
    asked = dict(HarmsAsked.objects.filter(participant=participant).values_list("visit", "asked_on"))
    today = site_day(participant, at)
    opened = [(visit, window_of(participant, visit)) for visit in protocol.visits if visit.asks_adverse_events]
    return [(visit, asked.get(visit.code)) for visit, window in opened if window is not None and window.opens_on <= today]


def _form(visit: Visit, instrument: Instrument, window: Window | None, assessment: Assessment | None, *, today: date, gone: bool) -> Form:
    answers = {} if assessment is None else assessment.answers
    status = visits.status(
        window,
        as_of=today,
        sent=assessment is not None and assessment.sent_at is not None,
        saved=bool(answers),
        complete=not instrument.missing(answers),
        gone=gone,
    )
    return Form(visit=visit, instrument=instrument, window=window, status=status, assessment=assessment)


def link_in_force(token_digest: str, at: datetime) -> PersonalLink | None:
    """The personal link of that digest, unless it was revoked or its time is over."""
    links = PersonalLink.objects.filter(token_digest=token_digest, revoked_at=None)
    links = links.select_related("participant__unit__site", "participant__enrolment")
    return links.filter(Q(expires_at=None) | Q(expires_at__gt=at)).first()


def drafts_of(participant: Participant, visit: str) -> dict[str, Assessment]:
    """The kept forms of one visit by instrument code."""
    return {a.instrument: a for a in participant.assessments.filter(visit=visit)}
