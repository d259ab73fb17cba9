"""A participant's own sessions, as their personal link shows them, and what they said about coming."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from participants.models import CannotCome, HomeLog, Participant, TrainingSession
from trials.languages import Language

SAID = CannotCome.objects.filter(
    session=OuterRef("pk"), for_at=Coalesce(OuterRef("rescheduled_at"), OuterRef("planned_at")), taken_back_at=None
)
WAITS = Q(status=TrainingSession.Status.SCHEDULED, started_at=None)
NOT_COMING = Exists(SAID)  # of a session that waits: the person said that they can't come to where it now stands


def of_person(participant: Participant) -> list[TrainingSession]:
    """Every session that was to be held, in order of time, each with what the person said of it. Two statements."""
    found = TrainingSession.objects.filter(enrolment__participant=participant).exclude(status=TrainingSession.Status.NOT_DELIVERED)
    found = found.select_related("enrolment__participant__unit__site", "enrolment__allocation", "home_log").prefetch_related("cannot_come")
    return sorted(found, key=lambda session: (session.at, session.session_no))


def notice_of(session: TrainingSession) -> CannotCome | None:
    """What the person said of the session where it now stands; None once they took it back or staff have acted."""
    if session.status != TrainingSession.Status.SCHEDULED or session.started_at is not None:
        return None
    return next((n for n in session.cannot_come.all() if n.for_at == session.at and n.taken_back_at is None), None)


def place_of(session: TrainingSession, language: Language) -> str:
    """Where the person does it, in their language: the site by its name, or at home."""
    return language.say("At home") if session.alone else session.enrolment.participant.site.name


def home_log_of(session: TrainingSession) -> HomeLog | None:
    """What the person logged of it by their link, if they did."""
    return getattr(session, "home_log", None)
