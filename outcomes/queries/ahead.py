"""What is due with one person and what comes next, as far as the reader may see each; the nearest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from outcomes.domain.visits import VisitStatus
from outcomes.queries import alerts, sittings, today
from participants.models import Participant, TrainingSession
from participants.permissions import endings_of
from participants.queries import sessions
from trials import queries
from trials.domain.roles import Permission
from trials.models import User
from trials.permissions import allowed
from trials.ui.words import counted, day, moment


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """One thing due (`state` and `word`) or coming (neither), with the day or time it stands at and the page where it is done."""

    what: str
    when: str
    note: str = ""
    state: str = ""
    word: str = ""
    action: str = ""
    url: str = ""


def of(participant: Participant, user: User, at: datetime) -> list[Ahead]:
    """Alerts and clocks that run, sessions not recorded, open visits; then the next session and the next visit."""
    found = [*_alerts(participant, user), *_events(participant, user, at)]
    if endings_of(participant).participation_ended:
        return found
    due, coming = _visits(participant, user, at)
    unrecorded, next_session = _sessions(participant, user, at)
    return [*found, *unrecorded, *due, *next_session, *coming]


def _alerts(participant: Participant, user: User) -> list[Ahead]:
    site = participant.site
    if not allowed(user, Permission.SEE_ALERTS, at_site=site):
        return []
    return [
        Ahead(
            what=f"Safety alert {a.alert_no}", when=f"Raised {moment(a.raised_at, site)}", state="warn", word="Open", action="Open alert",
            url=reverse("alert", args=[participant.trial_id, a.alert_no]),
        )
        for a in alerts.open_first(alerts.visible_to(user)).filter(participant=participant)
    ]  # fmt: skip


def _events(participant: Participant, user: User, at: datetime) -> list[Ahead]:
    site = participant.site
    if not (allowed(user, Permission.ASSESS_EVENT, at_site=site) or allowed(user, Permission.RECORD_CLINICAL, at_site=site)):
        return []
    tasks = today.events_of(user, Participant.objects.filter(pk=participant.pk))
    return [
        Ahead(
            what=task.what, when=day(task.due), note=task.note, action=task.action, url=task.url,
            **({"state": "stop", "word": "Overdue"} if task.at is not None and task.at < at else {"state": "due", "word": "Due"}),
        )
        for task in tasks
    ]  # fmt: skip


def _visits(participant: Participant, user: User, at: datetime) -> tuple[list[Ahead], list[Ahead]]:
    """(visits open now, the next one); a visit that lapsed unanswered last stands with the open ones, for a late paper form."""
    site = participant.site
    if not allowed(user, Permission.SEE_SCORES, at_site=site):
        return [], []
    by_visit: dict[str, list[sittings.Form]] = {}
    for form in sittings.forms_of(participant, queries.protocol_in_force(), at=at):
        by_visit.setdefault(form.visit.code, []).append(form)
    url = reverse("visits", args=[participant.trial_id])
    action = "Enter answers" if allowed(user, Permission.ENTER_ASSESSMENT, at_site=site) else "See visits"
    due: list[Ahead] = []
    coming: list[tuple[date, Ahead]] = []
    for forms in by_visit.values():
        window, label = forms[0].window, forms[0].visit.label
        waiting = [f for f in forms if f.status is VisitStatus.PENDING]
        if window is None:
            continue
        if waiting:
            until = f"Open until {day(window.closes_on)}" if window.closes_on else "Open until randomisation"
            late = window.target_on is not None and window.target_on < sittings.site_day(participant, at)
            words = counted(len(waiting), "questionnaire")
            state, word = ("warn", "Past its day") if late else ("due", "Open")
            due.append(Ahead(what=f"{label}: {words}", when=until, state=state, word=word, action=action, url=url))
        elif forms[0].status is VisitStatus.NOT_DUE:
            target = f"Target {day(window.target_on)}" if window.target_on else ""
            opens = f"Opens {day(window.opens_on)}"
            coming.append((window.opens_on, Ahead(what=f"{label}: {counted(len(forms), 'questionnaire')}", when=opens, note=target)))
    return due, [ahead for _, ahead in sorted(coming, key=lambda pair: pair[0])[:1]]


def _sessions(participant: Participant, user: User, at: datetime) -> tuple[list[Ahead], list[Ahead]]:
    """(sessions that nobody recorded, the next one); nothing for eyes that see no sessions."""
    if participant.site not in sessions.sites_with_sessions(user):
        return [], []
    scheduled = sessions.visible_to(user).filter(enrolment__participant=participant, status=TrainingSession.Status.SCHEDULED)
    standing = sorted((s for s in scheduled if not sessions.left_over(s)), key=lambda s: s.at)
    may_record = allowed(user, Permission.RECORD_SESSION, at_site=participant.site)
    past = [s for s in standing if s.at <= at and s.started_at is None]
    coming = [s for s in standing if s.at > at or s.started_at is not None][:1]
    site = participant.site
    return [
        Ahead(
            what=f"Session {s.session_no}", when=moment(s.at, site), state="warn", word="Not recorded",
            action="Record session" if may_record else "See session", url=s.get_absolute_url(),
        )
        for s in past
    ], [
        Ahead(
            what=f"Session {s.session_no}", when=moment(s.at, site), note=str(s.trainer or s.trainer_planned or "No trainer yet"),
            action="Open session", url=s.get_absolute_url(),
        )
        for s in coming
    ]  # fmt: skip
