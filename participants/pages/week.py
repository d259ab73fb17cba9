"""The week of a site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from participants.domain.opening import shut_all_day
from participants.models import TrainingSession
from participants.queries import sessions as reads
from participants.queries.hours import opening_at
from trials import clock
from trials.models import Site, User
from trials.permissions import Permission, allowed
from trials.queries import protocol_in_force
from trials.ui.tags.signs import pill
from trials.ui.tags.wording import clock_time
from trials.ui.words import day

OPENS, CLOSES = time(8, 0), time(19, 30)  # shown even when nothing is planned


@dataclass(frozen=True, kw_only=True)
class Block:
    """One session on the calendar: where it leads, what stands on it, and its state as word and shape."""

    session: TrainingSession
    starts: datetime
    state: str
    state_word: str

    @property
    def trial_id(self) -> str:
        return self.session.enrolment.participant.trial_id

    @property
    def who_leads(self) -> str:
        if self.session.alone:
            return "at home, alone"
        trainer = self.session.trainer or self.session.trainer_planned
        return str(trainer) if trainer else "no trainer yet"

    @cached_property
    def html(self) -> SafeString:
        """The block as it stands on a page, made once: the week shows each block in its table and in the list of a narrow screen."""
        session, site = self.session, self.session.enrolment.participant.site
        group = f", group of {session.group_size}" if session.group_size > 1 else ""
        return format_html(
            '<a class="block" href="{}"><span class="visually-hidden">{}, </span>{} {}, {}{} {}</a>',
            session.get_absolute_url(), day(self.starts.date()), clock_time(session.at, site), self.trial_id, self.who_leads, group,
            pill(self.state, self.state_word),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Day:
    on: date
    closed: str
    today: bool
    blocks: list[Block] = field(default_factory=list)


def word_of(session: TrainingSession, now: datetime) -> tuple[str, str]:
    """A session's state as pill and word."""
    status = session.status
    if reads.left_over(session):
        return "", "Not delivered"
    if status == session.Status.SCHEDULED:
        if session.started_at is not None:
            return "due", "In progress"
        if session.at <= now:
            return "warn", "Not recorded"
        return ("warn", "Can't come") if session.not_coming else ("due", "Planned")  # type: ignore[attr-defined]  # by `visible_to`
    words = {
        session.Status.ATTENDED: ("done", "Attended"),
        session.Status.MADE_UP: ("done", "Made up"),
        session.Status.MISSED: ("stop", "Missed"),
        session.Status.CANCELLED_BY_SITE: ("warn", "Cancelled by site"),
    }
    return words[session.Status(status)]


def sites_or_404(user: User) -> list[Site]:
    """Whoever may see no sessions finds no such page; before a protocol is loaded its lack is told, since it brings the sites."""
    sites = reads.sites_with_sessions(user)
    if not sites:
        if allowed(user, Permission.SEE_SESSIONS):
            protocol_in_force()
        raise Http404
    return sites


def site_chosen(request: HttpRequest, sites: Sequence[Site]) -> Site:
    code = request.GET.get("site") or sites[0].code
    found = next((s for s in sites if s.code == code), None)
    if found is None:
        raise Http404
    return found


def date_given(text: str | None, otherwise: date) -> date:
    """A date of the address; anything else, or one far outside any trial, is today."""
    try:
        given = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return given if 1990 <= given.year <= 2100 else otherwise


@require_GET
def week(request: HttpRequest) -> HttpResponse:
    user, now = cast(User, request.user), clock.now()
    sites = sites_or_404(user)
    site = site_chosen(request, sites)
    today = now.astimezone(site.zone).date()
    chosen = date_given(request.GET.get("on"), today)
    monday = chosen - timedelta(days=chosen.weekday())
    found = reads.of_days(user, site, monday, monday + timedelta(days=6))
    shown = _only(found, request.GET.get("trainer", ""))
    days = _days(shown, site, monday, today, now)
    observes = allowed(user, Permission.OBSERVE_SESSIONS, at_site=site) and protocol_in_force().fidelity is not None
    address = _Address(site=site.code, on=monday, trainer=request.GET.get("trainer", ""))
    return render(
        request,
        "participants/week.html",
        {
            "site": site,
            "monday": monday,
            "days": days,
            "rows": _rows(days),
            "has_closure": any(d.closed for d in days),
            "shown": shown,
            "now": now,
            "this_week": monday <= today < monday + timedelta(days=7),
            "before_url": address.with_(on=monday - timedelta(days=7)),
            "after_url": address.with_(on=monday + timedelta(days=7)),
            "now_url": address.with_(on=today),
            "site_tabs": [(s.name, address.with_(site=s.code, trainer=""), s == site) for s in sites],
            "trainer_tabs": _trainer_tabs(found, address),
            "keeps_timetable": allowed(user, Permission.KEEP_TIMETABLE, at_site=site),
            "timetable_url": f"/timetable/?site={site.code}",
            "observes": observes,
            "may_plan": allowed(user, Permission.PLAN_SESSIONS, at_site=site),
            "clock_change": clock_change(monday, site.zone),
        },
    )


@dataclass(frozen=True, kw_only=True)
class _Address:
    """The state of the page, which is its address."""

    site: str
    on: date
    trainer: str

    def with_(self, **changes: Any) -> str:
        state = {**vars(self), **changes}
        return "/week/?" + urlencode({key: value for key, value in state.items() if value})


def _trainer_tabs(found: Iterable[TrainingSession], address: _Address) -> list[tuple[str, str, bool]]:
    trainers = {t.pk: t for s in found if (t := s.trainer or s.trainer_planned)}
    tabs = [("All trainers", address.with_(trainer=""), not address.trainer)]
    by_name = sorted(trainers.values(), key=lambda t: (str(t), t.pk))
    return tabs + [(str(t), address.with_(trainer=t.pk), address.trainer == str(t.pk)) for t in by_name]


def _only(found: list[TrainingSession], trainer: str) -> list[TrainingSession]:
    return reads.of_trainer(found, int(trainer)) if trainer.isascii() and trainer.isdecimal() else found


def _days(found: Iterable[TrainingSession], site: Site, monday: date, today: date, now: datetime) -> list[Day]:
    opening = opening_at(protocol_in_force(), site)
    by_day: dict[date, list[Block]] = defaultdict(list)
    for session in found:
        starts = session.at.astimezone(site.zone)
        state, word = word_of(session, now)
        by_day[starts.date()].append(Block(session=session, starts=starts, state=state, state_word=word))
    dates = [monday + timedelta(days=n) for n in range(7)]
    return [Day(on=on, closed=shut_all_day(on, opening), today=on == today, blocks=by_day[on]) for on in dates]


def _rows(days: Sequence[Day]) -> list[tuple[time, list[tuple[Day, list[Block]]]]]:
    """Half hours down, days across."""
    placed: dict[tuple[date, time], list[Block]] = defaultdict(list)
    for one in days:
        for block in one.blocks:
            placed[one.on, _half_hour(block.starts.time())].append(block)
    times = half_hours([at for _, at in placed])
    return [(at, [(one, placed.get((one.on, at), [])) for one in days]) for at in times]


def half_hours(starts: Iterable[time]) -> list[time]:
    """From the first of these times, or the usual opening, to the last."""
    known = [_half_hour(at) for at in starts]
    first, last = min([OPENS, *known]), max([CLOSES, *known])
    return [at for at in (time(n // 2, n % 2 * 30) for n in range(48)) if first <= at <= last]


def starts_in(half_hour: time, at: time) -> bool:
    return _half_hour(at) == half_hour


def _half_hour(at: time) -> time:
    return time(at.hour, 30 if at.minute >= 30 else 0)


def clock_change(monday: date, zone: ZoneInfo) -> str:
    """A note for the week in which the clocks change; sessions keep their wall-clock time."""
    for on in (monday + timedelta(days=n) for n in range(7)):
        before, after = (datetime.combine(on + timedelta(days=n), time(0), tzinfo=zone).utcoffset() for n in (0, 1))
        if before is not None and after is not None and before != after:
            way = "forward" if after > before else "back"
            return f"Clocks go {way} on {day(on)}. Sessions keep their time of day."
    return ""


def session_or_404(user: User, trial_id: str, session_no: int) -> TrainingSession:
    sites_or_404(user)
    return get_object_or_404(reads.visible_to(user), enrolment__participant__unit__trial_id=trial_id, session_no=session_no)
