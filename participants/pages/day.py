"""One day of a site, or of one trainer: sessions and slots by time, trainers side by side; and the slots that can be opened there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from participants.actions import sessions as steps
from participants.actions.sessions.filling import lying_at
from participants.domain.opening import Opening, shut_all_day
from participants.domain.wall_clock import instant
from participants.models import Room, Slot, TrainingSession
from participants.pages.common import user_of
from participants.pages.session_forms import ClockField, CountField
from participants.pages.week import Block, date_given, half_hours, site_chosen, sites_or_404, starts_in, word_of
from participants.queries import hours as kept
from participants.queries import sessions as reads
from trials import clock
from trials.models import Site, User
from trials.permissions import Permission, Refused, allowed, check
from trials.queries import protocol_in_force
from trials.ui.words import counted

NOBODY = "No trainer yet"


@dataclass(frozen=True, kw_only=True)
class Column:
    """What one trainer holds that day, in order of time."""

    trainer: User | None
    note: str  # why the trainer isn't there, or when they are; empty where nothing is kept
    blocks: list[Block] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.trainer) if self.trainer else NOBODY


class SlotForm(forms.Form):
    trainer = forms.ChoiceField(label="Trainer", widget=forms.RadioSelect)
    room = forms.ChoiceField(label="Room", required=False, widget=forms.RadioSelect)
    at = ClockField(label="Begins at")
    minutes = CountField(label="Minutes", what="how many minutes, like 60", min_value=1, max_value=720, initial=60)
    capacity = CountField(label="Places", what="how many places, like 4", min_value=1, max_value=99, initial=1)

    def __init__(self, *args: Any, trainers: Sequence[User], rooms: Sequence[Room], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trainer"].choices = [(str(t.pk), str(t)) for t in trainers]  # type: ignore[attr-defined]
        self.fields["room"].choices = [("", "No room"), *((str(r.pk), r.name) for r in rooms)]  # type: ignore[attr-defined]


class PlacesForm(forms.Form):
    capacity = CountField(label="Places", what="how many places, like 4", min_value=1, max_value=99)


@require_http_methods(["GET", "HEAD", "POST"])
def day(request: HttpRequest) -> HttpResponse:
    """The day of a site with a column a trainer; with a trainer in the address, that trainer's day."""
    user, now = user_of(request), clock.now()
    sites = sites_or_404(user)
    site = site_chosen(request, sites)
    today = now.astimezone(site.zone).date()
    on = date_given(request.GET.get("on"), today)
    trainers, rooms = reads.trainers_at(site, now), list(kept.rooms_of(site))
    form = SlotForm(request.POST if request.method == "POST" else None, trainers=trainers, rooms=rooms)
    status = 200
    if request.method == "POST":
        check(user, Permission.PLAN_SESSIONS, at_site=site)
        status = 422
        if form.is_valid():
            try:
                new = _open(site, on, form.cleaned_data, trainers, rooms, by=user, at=now)
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
                status = refusal.status
            else:
                toasts.success(request, "Slot opened")
                there = lying_at(new, viewer=user, at=now).sessions
                return redirect("slot", pk=new.pk) if there else redirect(request.get_full_path())
    timetable = kept.timetable_of(protocol_in_force(), site)
    columns = _columns(reads.of_days(user, site, on, on), _slots_of(site, on), timetable, on, site, now)
    chosen = request.GET.get("trainer", "")
    shown = [c for c in columns if c.trainer and str(c.trainer.pk) == chosen] if chosen else columns
    address = {"site": site.code, "on": on.isoformat(), "trainer": chosen}
    context = {
        "site": site,
        "on": on,
        "today": on == today,
        "now": now,
        "closed": shut_all_day(on, timetable.opening()),
        "columns": shown,
        "rows": _rows(shown, site),
        "count": sum(len(c.blocks) for c in shown),
        "form": form if allowed(user, Permission.PLAN_SESSIONS, at_site=site) and trainers else None,
        "before_url": _url(address, on=(on - timedelta(days=1)).isoformat()),
        "after_url": _url(address, on=(on + timedelta(days=1)).isoformat()),
        "week_url": f"/week/?site={site.code}&on={on.isoformat()}",
        "site_tabs": [(s.name, _url(address, site=s.code, trainer=""), s == site) for s in sites],
        "trainer_tabs": [
            ("All trainers", _url(address, trainer=""), not chosen),
            *((c.name, _url(address, trainer=c.trainer.pk), chosen == str(c.trainer.pk)) for c in columns if c.trainer),
        ],
    }
    return render(request, "participants/day.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def slot(request: HttpRequest, pk: int) -> HttpResponse:
    """A slot: who has joined, who stands at its time and could, more or fewer places, and giving it up once it is empty."""
    user, now = user_of(request), clock.now()
    seen = Slot.objects.filter(site__in=sites_or_404(user)).select_related("site", "trainer", "room")
    found = get_object_or_404(kept.with_people(seen), pk=pk)
    form = PlacesForm(request.POST if "capacity" in request.POST else None, initial={"capacity": found.capacity})
    refused = None
    if request.method == "POST":
        try:
            if "seen" in request.POST:
                joined = steps.fill_slot(found, seen=request.POST["seen"], by=user, at=now).found.joins
                toasts.success(request, f"{counted(len(joined), 'session')} joined the slot")
                return redirect("slot", pk=found.pk)
            if "capacity" not in request.POST:
                steps.cancel_slot(found, by=user, at=now)
                toasts.success(request, "Slot given up")
                return redirect(_url({"site": found.site.code, "on": found.starts_at.astimezone(found.site.zone).date().isoformat()}))
            if form.is_valid():
                steps.change_places(found, capacity=form.cleaned_data["capacity"], by=user, at=now)
                toasts.success(request, "Places saved")
                return redirect("slot", pk=found.pk)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            refused = refusal
    people = sorted(found.sessions.all(), key=lambda s: s.trial_id)
    on, may_plan = found.starts_at.astimezone(found.site.zone).date(), allowed(user, Permission.PLAN_SESSIONS, at_site=found.site)
    context = {
        "slot": found,
        "site": found.site,
        "people": people,
        "lies": lying_at(found, viewer=user, at=now) if may_plan else None,
        "form": form,
        "refused": refused,
        "may_plan": may_plan,
        "day_url": _url({"site": found.site.code, "on": on.isoformat()}),
    }
    status = refused.status if refused else 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "participants/slot.html", context, status=status)


def _url(address: dict[str, Any], **changes: Any) -> str:
    return "/day/?" + urlencode({key: value for key, value in {**address, **changes}.items() if value})


def _open(site: Site, on: date, given: dict[str, Any], trainers: Sequence[User], rooms: Sequence[Room], *, by: User, at: datetime) -> Slot:
    trainer = next(t for t in trainers if str(t.pk) == given["trainer"])
    room = next((r for r in rooms if str(r.pk) == given["room"]), None)
    starts_at = instant(on, given["at"], site.timezone)
    size = {"minutes": given["minutes"], "capacity": given["capacity"]}
    return steps.open_slot(site, trainer=trainer, room=room, starts_at=starts_at, **size, by=by, at=at)


def _slots_of(site: Site, on: date) -> list[Slot]:
    opens, closes = (instant(on + timedelta(days=n), time(0), site.timezone) for n in (0, 1))
    return list(kept.slots_between(site, opens, closes))


def _columns(
    found: Iterable[TrainingSession], slots: Iterable[Slot], timetable: kept.Timetable, on: date, site: Site, now: datetime
) -> list[Column]:
    """Trainers by name, whoever has none last."""
    blocks: dict[int, list[Block]] = defaultdict(list)
    held: dict[int, list[Slot]] = defaultdict(list)
    staff: dict[int, User] = {}
    for session in found:
        trainer = session.trainer or session.trainer_planned
        state, word = word_of(session, now)
        block = Block(session=session, starts=session.at.astimezone(site.zone), state=state, state_word=word)
        blocks[trainer.pk if trainer else 0].append(block)
        staff |= {trainer.pk: trainer} if trainer else {}
    for one in slots:
        held[one.trainer_id].append(one)
        staff[one.trainer_id] = one.trainer
    order = sorted(staff, key=lambda pk: (str(staff[pk]), pk)) + ([0] if blocks[0] else [])
    return [
        Column(trainer=staff.get(pk), note=_note(timetable.opening(staff[pk]), on) if pk else "", blocks=blocks[pk], slots=held[pk])
        for pk in order
    ]


def _note(opening: Opening, on: date) -> str:
    """Why the trainer isn't there for all of the day, in a few words."""
    begins = datetime.combine(on, time(0))
    away = [a for a in opening.absences if a.who and a.meets(begins, begins + timedelta(days=1))]
    return f"{away[0].in_words}." if away else ""


def _rows(columns: Sequence[Column], site: Site) -> list[tuple[time, list[tuple[list[Block], list[Slot]]]]]:
    """Half hours down, trainers across."""
    begins = {s.pk: s.starts_at.astimezone(site.zone).time() for c in columns for s in c.slots}
    starts = [*begins.values(), *(b.starts.time() for c in columns for b in c.blocks)]
    rows = []
    for at in half_hours(starts):
        here = [
            ([b for b in c.blocks if starts_in(at, b.starts.time())], [s for s in c.slots if starts_in(at, begins[s.pk])]) for c in columns
        ]
        rows.append((at, here))
    return rows
