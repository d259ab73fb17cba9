"""Sessions drawn for observation, and what was seen: for who may observe, and for reports by arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q, QuerySet

from participants.domain.fidelity import is_drawn
from participants.models import Observation, ObservationDraw, TrainingSession
from participants.queries import sessions as reads
from trials import sealing
from trials.domain.protocol.shape import Protocol
from trials.domain.roles import Permission
from trials.models import Site, User
from trials.permissions import Refused, sites_where

Draws = Callable[[str, int], bool]  # trial id, number of the session
AHEAD, BACK = timedelta(days=14), timedelta(days=28)
CONTEXT = "observation draw"
WATCHED = ~Q(supervision="none")  # where no trainer is, there is none to watch


def draw() -> ObservationDraw | None:
    return ObservationDraw.objects.first()


def draws_by(protocol: Protocol) -> Draws:
    """Whether a supervised session is drawn; none is before the draw was opened, or without a checklist. One statement."""
    opened = draw()
    if opened is None or protocol.fidelity is None:
        return lambda _trial_id, _session_no: False
    return partial(is_drawn, _seed(opened), share=protocol.fidelity.share)


def sites_observed_by(user: User) -> list[Site]:
    """Where the user may observe; a blind role at a site closes it."""
    reach = sites_where(user, Permission.OBSERVE_SESSIONS)
    return [site for site in reads.sites_with_sessions(user) if reach is None or site.pk in reach]


def near(user: User, protocol: Protocol, at: datetime) -> list[TrainingSession]:
    """The drawn sessions of the last four weeks and the next two that the user may observe, by time. None that the user holds."""
    draws, sites = draws_by(protocol), sites_observed_by(user)
    window = (at - BACK, at + AHEAD)
    stands_at = Q(rescheduled_at__range=window) | Q(rescheduled_at=None, planned_at__range=window)
    status = TrainingSession.Status
    standing = Q(status__in=[status.ATTENDED, status.MADE_UP]) | Q(status=status.SCHEDULED)
    found = reads.visible_to(user).filter(WATCHED, stands_at, standing, enrolment__participant__unit__site__in=[s.pk for s in sites])
    found = found.select_related("observation__observer", "trainer", "trainer_planned", "enrolment__participant__unit__site")
    mine = [s for s in found if user.pk not in (s.trainer_id, s.trainer_planned_id) and not reads.left_over(s)]
    return sorted((s for s in mine if draws(s.trial_id, s.session_no)), key=lambda s: (s.at, s.trial_id))


def ratings() -> Mapping[tuple[str, int], Mapping[str, str]]:
    """What each filled-in checklist says, by trial id and number of the session. One statement."""
    rows: QuerySet[Observation, tuple[str, int, dict[str, str]]] = Observation.objects.values_list(
        "session__enrolment__participant__unit__trial_id", "session__session_no", "verdicts"
    )
    return {(trial_id, number): verdicts for trial_id, number, verdicts in rows}


def _seed(opened: ObservationDraw) -> bytes:
    try:
        return sealing.open_sealed(sealing.SEED, opened.sealed, context=CONTEXT)
    except sealing.CannotUnseal:
        raise Refused("The draw of observed sessions can't be unsealed: the key is missing from the server.", code="sealed") from None
