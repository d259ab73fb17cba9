"""Training sessions as somebody may see them: nothing for whoever must not know arms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from participants.domain.wall_clock import instant, local_day
from participants.models import Ending, ExerciseSet, LoadProposal, Participant, TrainingSession
from participants.queries.appointments import NOT_COMING, WAITS, home_log_of
from trials import blinding
from trials.domain.roles import Permission, roles_that_may
from trials.models import Site, User
from trials.permissions import allowed, sites_where


def sites_with_sessions(user: User) -> list[Site]:
    """The sites whose training sessions the user may see; a blind role at a site closes it."""
    reach = sites_where(user, Permission.SEE_SESSIONS)
    sites = Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach)
    return [site for site in sites if blinding.sees_arms(user, site)]


def visible_to(user: User) -> QuerySet[TrainingSession]:
    """Sessions of the people the user's roles reach, at the sites where the user sees sessions and is not blind.

    Each carries `ended_on`: the first day on which the person's training or participation ended, if it did; and `not_coming`: whether
    they said that they can't come at the time it now has.
    """
    sessions = TrainingSession.objects.filter(
        enrolment__participant__in=Participant.objects.visible_to(user).values("pk"),
        enrolment__participant__unit__site__in=[site.pk for site in sites_with_sessions(user)],
    )
    ended = Ending.objects.filter(participant=OuterRef("enrolment__participant"), voided_at=None).order_by("happened_on")
    sessions = sessions.annotate(ended_on=Subquery(ended.values("happened_on")[:1]), not_coming=NOT_COMING)
    return sessions.select_related("trainer", "trainer_planned", "enrolment__participant__unit__site", "enrolment__allocation")


def of_days(user: User, site: Site, first: date, last: date) -> list[TrainingSession]:
    """The sessions that stand at a site from one of its days to another, inclusive, in order of time. One statement.

    What the end of somebody's training left over is not there.
    """
    opens = instant(first, time(0), site.timezone)
    closes = instant(last + timedelta(days=1), time(0), site.timezone)
    sessions = visible_to(user).filter(enrolment__participant__unit__site=site)
    sessions = sessions.annotate(stands_at=Coalesce("rescheduled_at", "planned_at"))
    found = sessions.filter(stands_at__gte=opens, stands_at__lt=closes).order_by("stands_at", "enrolment__participant__unit__trial_id")
    return [s for s in found if not left_over(s)]


def left_over(session: TrainingSession) -> bool:
    """Still planned on or after the day the training ended: it will not take place."""
    ended_on = session.ended_on  # type: ignore[attr-defined]  # annotated by `visible_to`
    if session.status == TrainingSession.Status.NOT_DELIVERED:
        return True
    if ended_on is None or session.status != TrainingSession.Status.SCHEDULED or session.started_at is not None:
        return False
    return local_day(session.at, session.enrolment.participant.site.timezone) >= ended_on


def asking(user: User, site: Site, at: datetime) -> list[TrainingSession]:
    """Sessions about which their person told something that staff have to act on, the next first. One statement.

    Either they can't come to one ahead and nobody has acted on it, or they logged one by their link with a note that nobody has read.
    """
    waits = Q(WAITS, not_coming=True) | Q(home_log__read_by_on__isnull=False, home_log__read_at=None)
    found = visible_to(user).filter(waits, enrolment__participant__unit__site=site).select_related("home_log")
    kept = (s for s in found if home_log_of(s) is not None or (s.at > at and not left_over(s)))
    return sorted(kept, key=lambda s: (s.at, s.trial_id))


def of_trainer(sessions: Sequence[TrainingSession], trainer_id: int) -> list[TrainingSession]:
    """Those a trainer holds or is to hold."""
    return [s for s in sessions if trainer_id in (s.trainer_id, s.trainer_planned_id)]


def trainers_at(site: Site, at: datetime) -> list[User]:
    """Whoever may record sessions at a site, by name."""
    roles = [role.value for role in roles_that_may(Permission.RECORD_SESSION)]
    here = Q(memberships__site=site) | Q(memberships__site=None)
    in_force = Q(memberships__starts_at__lte=at) & (Q(memberships__ended_at=None) | Q(memberships__ended_at__gt=at))
    return list(User.objects.filter(here & in_force, is_active=True, memberships__role__in=roles).distinct().order_by("name", "pk"))


def sets_done_before(session: TrainingSession) -> QuerySet[ExerciseSet]:
    """The working sets done in the person's held sessions with a lower number, newest session first."""
    done = ExerciseSet.objects.filter(session__enrolment=session.enrolment_id, session__session_no__lt=session.session_no)
    done = done.filter(session__held_on__isnull=False, set_kind="working", done_reps__gt=0)
    return done.order_by("-session__held_on", "-session__session_no", "exercise_no", "set_no")


def proposals_of(sessions: QuerySet[TrainingSession]) -> QuerySet[LoadProposal]:
    """What the rules proposed in these sessions and who set it aside, newest session first."""
    found = LoadProposal.objects.filter(session__in=sessions.values("pk")).select_related("session", "set_by")
    return found.order_by("-session__session_no", "exercise_no")


def may_record(user: User, session: TrainingSession) -> bool:
    return allowed(user, Permission.RECORD_SESSION, at_site=session.enrolment.participant.site)


def may_plan(user: User, session: TrainingSession) -> bool:
    return allowed(user, Permission.PLAN_SESSIONS, at_site=session.enrolment.participant.site)


def may_correct(user: User, session: TrainingSession) -> bool:
    return allowed(user, Permission.CORRECT, at_site=session.enrolment.participant.site)
