"""What a site keeps of its timetable: rooms, trainers' hours and absences; opening hours and holidays stand in the protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from participants.actions import hours as steps
from participants.domain.opening import NAMES
from participants.models import Absence, RosterHours
from participants.pages.common import user_of
from participants.pages.session_forms import ClockField, DayField
from participants.pages.week import site_chosen
from participants.queries import hours as reads
from participants.queries.sessions import trainers_at
from trials import clock
from trials.models import Site, User
from trials.permissions import Permission, Refused, sites_where
from trials.queries import protocol_in_force

WEEKDAYS = [(str(number), name[:-1]) for number, name in enumerate(NAMES)]
WHOLE_SITE = ("", "The whole site")


class RoomForm(forms.Form):
    name = forms.CharField(label="Room", max_length=80)


class HoursForm(forms.Form):
    trainer = forms.ChoiceField(label="Trainer", widget=forms.RadioSelect)
    weekday = forms.ChoiceField(label="Weekday", choices=WEEKDAYS, widget=forms.RadioSelect)
    opens = ClockField(label="From")
    closes = ClockField(label="To", help_text="00:00 is midnight.")

    def __init__(self, *args: Any, trainers: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trainer"].choices = [(str(t.pk), str(t)) for t in trainers]  # type: ignore[attr-defined]


class AbsenceForm(forms.Form):
    trainer = forms.ChoiceField(label="Who is away", required=False, widget=forms.RadioSelect)
    from_on = DayField(label="From day")
    from_at = ClockField(label="From time", initial="00:00")
    to_on = DayField(label="To day")
    to_at = ClockField(label="To time", initial="23:59")
    reason = forms.CharField(label="Why", max_length=200, help_text="Staff read this beside each time that is not free.")

    def __init__(self, *args: Any, trainers: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trainer"].choices = [WHOLE_SITE, *((str(t.pk), str(t)) for t in trainers)]  # type: ignore[attr-defined]


def kept_sites(user: User) -> list[Site]:
    """The sites whose timetable this user keeps; anybody else finds no such page."""
    reach = sites_where(user, Permission.KEEP_TIMETABLE)
    sites = list(Site.objects.all() if reach is None else Site.objects.filter(pk__in=reach))
    if not sites:
        raise Http404
    return sites


@require_http_methods(["GET", "HEAD", "POST"])
def timetable(request: HttpRequest) -> HttpResponse:
    """Rooms, hours and absences of a site; each form adds one."""
    user, now = user_of(request), clock.now()
    sites = kept_sites(user)
    site = site_chosen(request, sites)
    trainers = trainers_at(site, now)
    posted = request.POST.get("what", "") if request.method == "POST" else ""
    room = RoomForm(request.POST if posted == "room" else None)
    hours = HoursForm(request.POST if posted == "hours" else None, trainers=trainers, auto_id="hours_%s")
    absence = AbsenceForm(request.POST if posted == "absence" else None, trainers=trainers, auto_id="absence_%s")
    own = {"by": user, "at": now}
    staff = {str(t.pk): t for t in trainers}
    steps_of: dict[str, tuple[forms.Form, Callable[[dict[str, Any]], object], str]] = {
        "room": (room, lambda given: steps.add_room(site, name=given["name"], **own), "Room added"),
        "hours": (hours, lambda given: _keep_hours(site, staff, given, **own), "Hours saved"),
        "absence": (absence, lambda given: _record_absence(site, staff, given, **own), "Absence saved"),
    }
    status = 200
    if request.method == "POST":
        status = 422
        form, step, said = steps_of.get(posted, steps_of["room"])
        if form.is_valid():
            try:
                kept = step(form.cleaned_data)
            except Refused as refusal:
                if refusal.status == 403:
                    raise
                form.add_error(None, refusal.sentence)
                status = refusal.status
            else:
                toasts.success(request, said)
                return redirect(
                    reverse("absence", args=[kept.pk]) if isinstance(kept, Absence) else f"{reverse('timetable')}?site={site.code}"
                )
    known = next((s for s in protocol_in_force().sites if s.code == site.code), None)
    context = {
        "site": site,
        "site_tabs": [(s.name, f"{reverse('timetable')}?site={s.code}", s == site) for s in sites],
        "protocol_site": known,
        "rooms": reads.rooms_of(site),
        "roster": [(h, NAMES[h.weekday]) for h in reads.roster_at(site)],
        "absences": reads.absences_at(site, now),
        "room_form": room,
        "hours_form": hours,
        "absence_form": absence,
        "trainers": trainers,
    }
    return render(request, "participants/timetable.html", context, status=status)


@require_POST
def take_off_hours(request: HttpRequest, pk: int) -> HttpResponse:
    hours = get_object_or_404(RosterHours.objects.select_related("site"), pk=pk, site__in=kept_sites(user_of(request)))
    steps.take_off_hours(hours, by=user_of(request), at=clock.now())
    toasts.success(request, "Hours taken off")
    return redirect(f"{reverse('timetable')}?site={hours.site.code}")


@require_POST
def lift_absence(request: HttpRequest, pk: int) -> HttpResponse:
    absence = get_object_or_404(Absence.objects.select_related("site"), pk=pk, site__in=kept_sites(user_of(request)))
    steps.lift_absence(absence, by=user_of(request), at=clock.now())
    toasts.success(request, "Absence called off. Sessions that were moved stay where they are")
    return redirect(f"{reverse('timetable')}?site={absence.site.code}")


def _keep_hours(site: Site, staff: dict[str, User], given: dict[str, Any], *, by: User, at: datetime) -> RosterHours:
    trainer, weekday = staff[given["trainer"]], int(given["weekday"])
    return steps.keep_hours(site, trainer=trainer, weekday=weekday, opens=given["opens"], closes=given["closes"], by=by, at=at)


def _record_absence(site: Site, staff: dict[str, User], given: dict[str, Any], *, by: User, at: datetime) -> Absence:
    starts, ends = (datetime.combine(given[f"{word}_on"], given[f"{word}_at"], tzinfo=site.zone) for word in ("from", "to"))
    trainer = staff.get(given["trainer"])
    return steps.record_absence(site, trainer=trainer, starts_at=starts, ends_at=ends, reason=given["reason"], by=by, at=at)
