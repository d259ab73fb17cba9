"""The two sweeps of the outbox: queue what is due, and what each kind of message says when its turn comes.

No text names the arm, a score, an answer or what the trial is about; a link stands in the message that carries it and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.db.models import Exists, QuerySet

from outcomes.actions import ahead, alarm_path, circulars, digests, drills, letters
from outcomes.actions.ahead import facts_of, until, way_in_of
from outcomes.models import Alert
from outcomes.queries import alerts as desk
from outcomes.queries import due, sittings
from outcomes.queries.due import HELD_FOR
from participants.actions import links, messages, reach, self_reports, unblinding
from participants.actions.messages import Notice, Text
from participants.actions.sessions import coming
from participants.models import Message, Participant, TrainingSession
from participants.permissions import endings_of
from participants.queries.appointments import notice_of, place_of
from trials import queries
from trials.actors import Actor
from trials.audit import action
from trials.languages import ENGLISH, Language, language_of
from trials.models import LockStep, Site
from trials.permissions import Permission, Refused, check

AHEAD = messages.Ahead(ahead.read, ahead.write)  # for a batch of the kinds below at once
WITHOUT_END = {"invitation": "invitation_open", "nudge": "nudge_open"}  # the words for a visit without a last day

# Until the transaction ends. The days looked at move on with every sweep: a plan kept for any days reads through everybody's sessions.
PLANNED_ANEW = "SET LOCAL plan_cache_mode = force_custom_plan"


@action
def queue_due(*, by: Actor, at: datetime) -> int:
    """Puts everything due at `at` into the outbox, each message once however often the sweep runs; answers how many are new.

    While the data are locked nobody is asked or reminded: what they sent would count for nothing.
    """
    protocol = queries.protocol_in_force()
    with connection.cursor() as cursor:
        cursor.execute(PLANNED_ANEW)
    notices = [
        Notice(to=f"participant:{trial_id}", kind=d.kind, event=d.event_key, due_at=d.due_at, not_after=d.not_after)
        for site in Site.objects.filter(~Exists(LockStep.objects.soft_lock_in_force()))
        for trial_id, d in due.at_site(site, protocol, at)
    ]
    there = Message.objects.filter(to__in={n.to for n in notices}, event__in={n.event for n in notices})
    known = set(there.values_list("to", "kind", "event")) if notices else set()
    fresh = [n for n in notices if (n.to, n.kind, n.event) not in known]
    agreed = messages.channels_of(n.to for n in fresh) if fresh else {}
    return messages.queue_all([replace(n, channel=agreed.get(n.to, n.channel)) for n in fresh], by=by, at=at)


@action
def resend_link(participant: Participant, *, visit: str, by: Actor, at: datetime) -> Message:
    """A fresh message with a fresh link to an open visit, at once; earlier links go on working."""
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    if _open(participant, visit, at) is None:
        raise Refused(f"{participant} has nothing to answer at this visit now.", code="not_open")
    reach.check_may_be_messaged(participant, at)
    return messages.queue_next(to=participant.actor, kind="invitation", event=f"sitting:{visit}:invitation", by=by, at=at)


@action
def tablet_code(participant: Participant, *, visit: str, by: Actor, at: datetime) -> str:
    """A code for answering at the site, told once; it opens this visit until its window ends."""
    check(by, Permission.SEND_MESSAGES, at_site=participant.site)
    sitting = _open(participant, visit, at)
    if sitting is None:
        raise Refused(f"{participant} has nothing to answer at this visit now.", code="not_open")
    expires = until(participant, sitting.window.closes_on)
    return links.mint(participant, visit=visit, expires_at=expires, by=by, at=at).code


def kinds() -> messages.Kinds:
    """Kind -> (still due?, what it says)."""
    return {
        "welcome": (_welcome_due, _welcome_text),
        "invitation": (_sitting_due, _sitting_text),
        "nudge": (_sitting_due, _sitting_text),
        "last_call": (_sitting_due, _sitting_text),
        "session_day_before": (_session_due, _session_text),
        "session": (_session_due, _session_text),
        "missed_session": (_missed_due, _missed_text),
        "deferred_start": (_start_due, _start_text),
        "alert": (_alert_due, _alert_text),
        **alarm_path.kinds(),
        **drills.kinds(),
        **unblinding.kinds(),
        **self_reports.kinds(),
        **coming.kinds(),
        **digests.kinds(),
        **letters.kinds(),
        **circulars.kinds(),
    }


def _welcome_due(message: Message, at: datetime) -> bool:
    """A consent that was recorded by mistake welcomes nobody."""
    participant = messages.reader_of(message)
    return participant is not None and participant.consents.filter(voided_at=None).exists()


def _welcome_text(message: Message, at: datetime) -> Text:
    participant = messages.reader_of(message)
    if participant is None:
        raise Refused("There is nobody to welcome.", code="closed")
    return _in_words(message.kind, message, participant, at, {"place": participant.site.name})


def _sitting_due(message: Message, at: datetime) -> bool | datetime:
    facts = facts_of(message, at)
    return False if facts.sitting is None else _unless_held(message, at)


def _unless_held(message: Message, at: datetime) -> bool | datetime:
    held = message.kind in due.NOT_DURING_AN_ALERT and facts_of(message, at).held
    return at + HELD_FOR if held else True


def _sitting_text(message: Message, at: datetime) -> Text:
    participant, sitting = messages.reader_of(message), facts_of(message, at).sitting
    if participant is None or sitting is None:
        raise Refused("There is nothing to answer any more.", code="closed")
    closes, minted = sitting.window.closes_on, way_in_of(message, at)
    spoken = _spoken(participant)
    way_in = {"link": link(minted.token, spoken), "address": _address(), "code": minted.code}
    if closes is None:
        return _in_words(WITHOUT_END.get(message.kind, "nudge_open"), message, participant, at, way_in)
    short = way_in | {"until": spoken.day(closes)}
    return _in_words(message.kind, message, participant, at, way_in | {"until": spoken.full_day(closes)}, short=short)


def _in_words(
    kind: str, message: Message, person: Participant, at: datetime, values: Mapping[str, str], *, short: Mapping[str, str] | None = None
) -> Text:
    return letters.text(kind, person, facts_of(message, at).standing, values, short=short)


def _address() -> str:
    """Where a code is typed: a code is a third of a link's length, and opens the same."""
    return f"{settings.UPLIFT_BASE_URL}/me/"


def link(token: str, language: Language = ENGLISH, *, to_appointments: bool = False) -> str:
    """The address in a message, naming its language where that is not English.

    The token stands behind the #, which no server, log or proxy sees.
    """
    asked = {"for": "appointments"} if to_appointments else {}
    asked |= {} if language is ENGLISH else {"language": language.code}
    return f"{_address()}{'?' if asked else ''}{urlencode(asked)}#t={token}"


def _session_due(message: Message, at: datetime) -> bool | datetime:
    """Nobody is reminded of what they said they can't come to: the message waits, in case they take it back."""
    session = facts_of(message, at).session
    if session is None or session.status != TrainingSession.Status.SCHEDULED or not _stands(session, message):
        return False
    return True if notice_of(session) is None else at + HELD_FOR


def _stands(session: TrainingSession, message: Message) -> bool:
    """Whether it is still at the time that the message was queued for."""
    return f"{session.at.astimezone(UTC):%Y%m%dT%H%MZ}" == _starts(message)


def _session_text(message: Message, at: datetime) -> Text:
    session = facts_of(message, at).session
    if session is None:
        raise Refused("The appointment is gone.", code="closed")
    minted = way_in_of(message, at)
    way_in = {"link": link(minted.token, _spoken(session.enrolment.participant), to_appointments=True), "address": _address()}
    return _about(message, session, at, way_in | {"code": minted.code})


def _about(message: Message, session: TrainingSession, at: datetime, way_in: Mapping[str, str] = MappingProxyType({})) -> Text:
    """What a message says of a session: when it begins, on the clock of its site and in the person's language, and where."""
    person = session.enrolment.participant
    spoken, wall = _spoken(person), session.at.astimezone(person.site.zone)
    told = {**way_in, "place": place_of(session, spoken)}
    short = told | {"when": spoken.moment(wall)}
    return _in_words(message.kind, message, person, at, told | {"when": spoken.full_moment(wall)}, short=short)


def _spoken(person: Participant) -> Language:
    return language_of(person.language)


def _missed_due(message: Message, at: datetime) -> bool | datetime:
    session, person = facts_of(message, at).session, messages.reader_of(message)
    if session is None or person is None or session.status != TrainingSession.Status.MISSED or not _stands(session, message):
        return False
    return False if endings_of(person).training_stopped else _unless_held(message, at)


def _missed_text(message: Message, at: datetime) -> Text:
    session = facts_of(message, at).session
    if session is None:
        raise Refused("The appointment is gone.", code="closed")
    return _about(message, session, at)


def _start_due(message: Message, at: datetime) -> bool:
    first = _first_deferred(message)
    return first is not None and first.status == TrainingSession.Status.SCHEDULED and first.at > at


def _start_text(message: Message, at: datetime) -> Text:
    first = _first_deferred(message)
    if first is None:
        raise Refused("The appointments are gone.", code="closed")
    return _about(message, first, at)


def _alert_due(message: Message, at: datetime) -> bool:
    alert = _alert(message)
    if alert is None or alert.closed_at is not None:
        return False
    return _level(message) == 1 or desk.untaken().filter(pk=alert.pk).exists()


def _alert_text(message: Message, at: datetime) -> Text:
    alert = _alert(message)
    if alert is None:
        raise Refused("The alert is gone.", code="closed")
    first = _level(message) == 1
    waits = "" if first else " Nobody has taken this alert on yet."
    return Text(
        f"Please look{'' if first else ' now'}: {alert.participant}",
        f"{alert.participant} needs you.{waits} Open the safety desk:\n\n{settings.UPLIFT_BASE_URL}/safety/\n",
        f"{alert.participant} needs you{'' if first else ' now'}. Open the safety desk: {settings.UPLIFT_BASE_URL}/safety/",
    )


def _alert(message: Message) -> Alert | None:
    trial_id, _, number = message.event.split(":")[1].rpartition("/")
    return Alert.objects.select_related("participant__unit").filter(participant__unit__trial_id=trial_id, alert_no=number).first()


def _level(message: Message) -> int:
    """1 for whoever was told first; a further level stands behind the alert's number."""
    return int((message.event.split(":")[2:] or ["1"])[0])


def _first_deferred(message: Message) -> TrainingSession | None:
    return _sessions(message).filter(due.OF_DEFERRED).order_by("session_no").first()


def _sessions(message: Message) -> QuerySet[TrainingSession]:
    people = TrainingSession.objects.select_related("enrolment__participant__unit__site")
    return people.filter(enrolment__participant__unit__trial_id=message.to.partition(":")[2])


def _open(participant: Participant, visit: str, at: datetime) -> sittings.Sitting | None:
    found = sittings.open_sittings(participant, queries.protocol_in_force(), at=at)
    return next((s for s in found if s.visit == visit), None)


def _starts(message: Message) -> str:
    return message.event.rsplit(":", 1)[1]
