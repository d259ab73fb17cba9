"""What stands in a person's calendar: their sessions, and nothing that names a study, an arm or a condition."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from participants.domain.feed import Entry, calendar_text
from participants.models import CalendarFeed, TrainingSession
from participants.permissions import endings_of
from participants.queries import sessions as reads
from participants.queries.appointments import place_of
from trials.languages import ENGLISH, Language, language_of
from trials.models import RowVersion

BACK, AHEAD = timedelta(days=60), timedelta(days=400)
APPOINTMENT, APPOINTMENTS, SESSIONS = "Appointment", "Appointments", "Sessions"


def calendar_of(feed: CalendarFeed, *, at: datetime) -> str:
    """The calendar behind a feed as it stands, in a constant number of statements."""
    if feed.participant is not None:
        found = TrainingSession.objects.filter(enrolment__participant=feed.participant)
        known = list(found.select_related("enrolment__participant__unit__site"))
        over = not endings_of(feed.participant).may_train
        spoken = language_of(feed.participant.language)
        told = [(s, spoken.say(APPOINTMENT), over and s.status == s.Status.SCHEDULED) for s in known]
        return calendar_text(_entries(told, spoken), timezone=feed.participant.site.timezone, name=spoken.say(APPOINTMENTS))
    assert feed.user is not None
    mine = reads.visible_to(feed.user).filter(Q(trainer_planned=feed.user) | Q(trainer=feed.user))
    own = list(mine.filter(planned_at__gt=at - BACK, planned_at__lt=at + AHEAD))
    told = [(s, f"{s.trial_id}, session {s.session_no}", reads.left_over(s)) for s in own]
    zones = sorted({s.enrolment.participant.site.timezone for s in own})
    return calendar_text(_entries(told), timezone=zones[0] if zones else "UTC", name=SESSIONS)


def _entries(told: Iterable[tuple[TrainingSession, str, bool]], language: Language = ENGLISH) -> list[Entry]:
    """Each session with how often its row changed, which its history counts: a move, a cancellation and a change back all count up."""
    known = list(told)
    history = RowVersion.objects.filter(table_name="participants_trainingsession", row_id__in=[str(s.pk) for s, _, _ in known])
    versions = {row: (count, last) for row, count, last in history.values_list("row_id").annotate(Count("id"), Max("at"))}
    gone = (TrainingSession.Status.CANCELLED_BY_SITE, TrainingSession.Status.NOT_DELIVERED)
    return [
        Entry(
            uid=f"session-{session.pk}@uplift",
            starts_at=session.at,
            minutes=max(1, session.planned_minutes),
            summary=summary,
            location=place_of(session, language),
            sequence=versions[str(session.pk)][0] - 1,
            changed_at=versions[str(session.pk)][1],
            cancelled=over or session.status in gone,
        )
        for session, summary, over in known
    ]
