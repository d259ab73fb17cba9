"""What there is to do now, for one member of staff: overdue, due today, later this week. Counts are the lengths of the lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.urls import reverse

from outcomes.domain.alarm_path import Standing
from outcomes.models import Alert, Assessment
from outcomes.queries import alarm_path, alerts, double_entry, wording
from outcomes.queries.duty import Gap, gaps
from participants.domain import clocks
from participants.domain.journey import Status
from participants.models import AdverseEvent, Ending, Enrolment, Participant, TrainingSession
from participants.queries import outbox, sessions
from participants.queries.appointments import home_log_of
from trials.domain.protocol import Protocol
from trials.domain.protocol.shape import Visit
from trials.domain.roles import Permission
from trials.models import Site, User
from trials.permissions import allowed, sites_where
from trials.ui.words import counted, day, moment

LATER = timedelta(days=3)
UNRECORDED = timedelta(days=14)
JUDGE_WITHIN = timedelta(days=7)
STEP = {
    Status.SCREENED: ("Screening answers are missing", "Complete screening", "screening"),
    Status.ELIGIBLE: ("Eligible, not yet consented", "Record consent", "consent"),
    Status.CONSENTED: ("Consented, not yet randomised", "Check and randomise", "randomise"),
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """One row of work; `due` is the site's date by which it is wanted, `at` its instant where it has one. `who` may be empty."""

    what: str
    who: str
    url: str
    action: str
    due: date
    at: datetime | None = None
    site: Site | None = None
    note: str = ""
    open_now: bool = False  # work that can be done already, however far off its last day is


@dataclass(frozen=True)
class Today:
    overdue: list[Task] = field(default_factory=list)
    due: list[Task] = field(default_factory=list)
    later: list[Task] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    nobody_on_duty: list[Gap] = field(default_factory=list)
    path: Standing | None = None  # of alerts, for those who can do something about it
    next_session: TrainingSession | None = None

    @property
    def clear(self) -> bool:
        return not (self.overdue or self.due or self.alerts)


def of(user: User, protocol: Protocol, *, at: datetime) -> Today:
    """A constant number of queries a site, whatever the number of people."""
    known = [(site, sessions.of_days(user, site, *_days_around(site, at))) for site in _training_sites(user)]
    coming = [s for _, found in known for s in found if s.status == TrainingSession.Status.SCHEDULED and s.at > at]
    seen = Today(
        alerts=_open_alerts(user), nobody_on_duty=_unguarded(user, at), path=_path(user, at),
        next_session=min(coming, key=lambda s: s.at, default=None),
    )  # fmt: skip
    tasks = [*_tasks(user, protocol, at), *(task for site, found in known for task in _sessions(site, found, at))]
    tasks += [_asking(session, at) for site, _ in known for session in sessions.asking(user, site, at)]
    for task in sorted(tasks, key=lambda t: (t.due, t.at or at, t.who, t.what)):
        today = at.astimezone(task.site.zone).date() if task.site else at.date()
        if task.due < today or (task.at is not None and task.at < at - timedelta(hours=2)):
            seen.overdue.append(task)
        elif task.due == today:
            seen.due.append(task)
        elif task.open_now or task.due <= today + LATER:
            seen.later.append(task)
    return seen


def _tasks(user: User, protocol: Protocol, at: datetime) -> Iterator[Task]:
    people = Participant.objects.visible_to(user).select_related("unit__site")
    if allowed(user, Permission.ENROL):
        yield from _enrolling(user, at)
    if allowed(user, Permission.ENTER_ASSESSMENT):
        for visit in protocol.visits:
            yield from _visits(people, visit, at)
    if allowed(user, Permission.ASSESS_EVENT) or allowed(user, Permission.RECORD_CLINICAL):
        yield from events_of(user, people)
    if allowed(user, Permission.SEND_MESSAGES):
        yield from _messages(user, at)
    yield from _entered_twice(user, at)


def _training_sites(user: User) -> list[Site]:
    """Where the user records sessions; a blind role at a site closes it."""
    reach = sites_where(user, Permission.RECORD_SESSION)
    return [site for site in sessions.sites_with_sessions(user) if reach is None or site.pk in reach]


def _days_around(site: Site, at: datetime) -> tuple[date, date]:
    today = at.astimezone(site.zone).date()
    return today - UNRECORDED, today + LATER


def _at_sites(user: User, permission: Permission) -> list[int] | None:
    reach = sites_where(user, permission)
    return None if reach is None else sorted(reach)


def _enrolling(user: User, at: datetime) -> Iterator[Task]:
    reach = _at_sites(user, Permission.ENROL)
    people = Participant.objects.visible_to(user).select_related("unit__site").filter(status__in=list(STEP))
    people = people.exclude(endings__in=Ending.objects.filter(voided_at=None))
    for person in people if reach is None else people.filter(unit__site__in=reach):
        what, action, page = STEP[Status(person.status)]
        yield Task(
            what=what, who=person.trial_id, url=f"/participants/{person.trial_id}/{page}/", action=action, site=person.site,
            due=at.astimezone(person.site.zone).date(), note=f"Screened {day(person.screened_on)}",
        )  # fmt: skip


def _visits(people: object, visit: Visit, at: datetime) -> Iterator[Task]:
    """Open windows with something unsent, once the target day is near: the people to ring or to meet."""
    if visit.kind != "follow_up" or visit.opens_day is None or visit.closes_day is None or not visit.instruments:
        return
    today = at.date()
    ended = Ending.objects.filter(voided_at=None, kind__in=["withdrawal", "loss", "death"]).values("participant")
    open_now = Enrolment.objects.filter(
        participant__in=people.values("pk"),  # type: ignore[attr-defined]
        day0__gte=today - timedelta(days=visit.closes_day + 1),
        day0__lte=today - timedelta(days=visit.opens_day - 1),
    ).exclude(participant__in=ended)
    rows = list(open_now.select_related("participant__unit__site", "participant__availability"))
    sent: dict[int, set[str]] = {}
    done = Assessment.objects.filter(visit=visit.code, participant__in=[r.participant_id for r in rows]).exclude(sent_at=None)
    for person, instrument in done.values_list("participant_id", "instrument"):
        sent.setdefault(person, set()).add(instrument)
    for row in rows:
        opens, closes = row.day0 + timedelta(days=visit.opens_day), row.day0 + timedelta(days=visit.closes_day)
        here = at.astimezone(row.participant.site.zone).date()
        if not opens <= here <= closes or sent.get(row.participant_id, set()) >= set(wording.to_fill_in(visit)):
            continue
        by_phone = getattr(row.participant, "availability", None) is None or row.participant.availability.channel == "none"
        yield Task(
            what=f"{visit.label}: questionnaires", who=row.participant.trial_id, url=f"/participants/{row.participant.trial_id}/visits/",
            action="Ring and enter answers" if by_phone else "See questionnaires", site=row.participant.site,
            due=opens if by_phone else row.day0 + timedelta(days=visit.target_day or visit.closes_day),
            note=("Call list. " if by_phone else "") + f"Closes {day(closes)}",
        )  # fmt: skip


def _sessions(site: Site, found: list[TrainingSession], at: datetime) -> Iterator[Task]:
    """Today's sessions, and earlier ones that nobody recorded."""
    today = at.astimezone(site.zone).date()
    for session in found:
        wall = session.at.astimezone(site.zone)
        if session.status != TrainingSession.Status.SCHEDULED or wall.date() > today:
            continue
        trainer = session.trainer or session.trainer_planned
        yield Task(
            what=f"Session {session.session_no}", who=session.enrolment.participant.trial_id, url=session.get_absolute_url(),
            action="Open session" if wall.date() == today else "Record session", site=site, due=wall.date(), at=session.at,
            note=f"{trainer or 'No trainer yet'}" + ("" if session.at > at or session.started_at else ", not recorded"),
        )  # fmt: skip


def _asking(session: TrainingSession, at: datetime) -> Task:
    """Somebody can't come: to be dealt with today, however far off it is. Or wrote a note, to be read by the day they were told."""
    person, logged = session.enrolment.participant, home_log_of(session)
    if logged is not None and logged.read_by_on is not None:
        return Task(
            what=f"Note on session {session.session_no}, logged by the participant", who=person.trial_id, url=session.get_absolute_url(),
            action="Read note", site=person.site, due=logged.read_by_on, note=f"They were told: read by {day(logged.read_by_on)}",
            open_now=True,
        )  # fmt: skip
    return Task(
        what=f"Can't come to session {session.session_no}", who=person.trial_id, url=f"{session.get_absolute_url()}move/",
        action="Find another time", site=person.site, due=at.astimezone(person.site.zone).date(),
        note=f"{moment(session.at, person.site)}, {session.trainer_planned or 'no trainer yet'}",
    )  # fmt: skip


def events_of(user: User, people: object) -> Iterator[Task]:
    """Serious events whose clock runs, and events that the investigator has not judged."""
    standing = AdverseEvent.objects.filter(voided_at=None, participant__in=people.values("pk"))  # type: ignore[attr-defined]
    for event in standing.select_related("participant__unit__site").filter(serious=True, reported_sponsor_at=None):
        until = event.aware_at + clocks.SPONSOR_LIMIT
        yield _event(event, "Serious event: report to the sponsor", until)
    related = [r.value for r in clocks.Relatedness if r.related]
    for event in standing.select_related("participant__unit__site").filter(
        serious=True, related__in=related, expected=False, reported_ethics_on=None
    ):
        yield _event(event, "Serious, related, unexpected: report to the ethics committee", event.aware_at + clocks.ETHICS_LIMIT)
    if allowed(user, Permission.ASSESS_EVENT):
        for event in standing.select_related("participant__unit__site").filter(assessed_at=None):
            yield _event(event, "Event to judge", event.aware_at + JUDGE_WITHIN)


def _event(event: AdverseEvent, what: str, until: datetime) -> Task:
    site, trial_id = event.participant.site, event.participant.trial_id
    wall = until.astimezone(site.zone)
    return Task(
        what=what, who=trial_id, url=reverse("event", args=[trial_id, event.ae_no]), action="Open event", site=site,
        open_now=True, due=wall.date(), at=until, note=f"{event.term}. By {day(wall.date())}, {wall:%H:%M}",
    )  # fmt: skip


def _messages(user: User, at: datetime) -> Iterator[Task]:
    """Messages that perhaps never arrived, as one row."""
    stuck = outbox.need_a_person(outbox.visible_to(user)).count()
    if stuck:
        what = f"{counted(stuck, 'message')} may not have arrived"
        yield Task(what=what, who="", url=reverse("messages"), action="See messages", due=at.date())


def _entered_twice(user: User, at: datetime) -> Iterator[Task]:
    """Paper forms that wait for a second entry, and second entries that differ from the first, as a row each."""
    url = reverse("double_entry")
    if allowed(user, Permission.ENTER_ASSESSMENT) and (waiting := double_entry.waiting_for(user).count()):
        yield Task(what=f"{counted(waiting, 'paper form')} to enter again", who="", url=url, action="Enter forms again", due=at.date())
    if allowed(user, Permission.CORRECT) and (differing := double_entry.unsettled_for(user).count()):
        words = f"{counted(differing, 'second entry', 'second entries')} to settle"
        yield Task(what=words, who="", url=url, action="Settle differences", due=at.date())


def _open_alerts(user: User) -> list[Alert]:
    """With who opened each, least time first."""
    if not allowed(user, Permission.SEE_ALERTS):
        return []
    return list(alerts.open_first(alerts.visible_to(user)).prefetch_related(alerts.openings()))


GUARDS = (Permission.MANAGE_STAFF, Permission.SCREEN, Permission.HANDLE_ALERT)


def _path(user: User, at: datetime) -> Standing | None:
    return alarm_path.standing(at) if any(allowed(user, permission) for permission in GUARDS) else None


def _unguarded(user: User, at: datetime) -> list[Gap]:
    """Sites without anybody on duty now or at some time of the next day, told to those who can do something about it."""
    able = (p for p in GUARDS if allowed(user, p))
    permission = next(able, None)
    if permission is None:
        return []
    reach = sites_where(user, permission)
    sites = Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach)
    return gaps(sites, at)
