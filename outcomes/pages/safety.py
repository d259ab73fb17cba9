"""The safety desk: who is on duty, which alerts are open by least time left, and the work on one alert. Never an arm or a session."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from outcomes import permissions
from outcomes.actions import alerts
from outcomes.domain import safety_figures as figures
from outcomes.models import Alert
from outcomes.pages import alert_words as words
from outcomes.queries import alarm_path, drills
from outcomes.queries import alerts as desk
from outcomes.queries import duty as duty_roster
from participants.actions import identity
from trials import clock
from trials.actions.reauthentication import BadPassword
from trials.models import Site, User
from trials.permissions import Permission, Refused, allowed, check
from trials.queries import protocol_in_force

LEVELS = (("minimal", "Minimal"), ("lower", "Lower"), ("higher", "Higher"))
YES_NO = (("yes", "Yes"), ("no", "No"), ("not_asked", "Not asked"))


class ContactForm(forms.Form):
    reached = forms.ChoiceField(
        label="Was the person reached?", choices=(("yes", "Reached"), ("no", "Not reached")), widget=forms.RadioSelect
    )
    text = forms.CharField(label="How, and what came of it", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class AssessForm(forms.Form):
    """The four questions of the P4 screener, then the level they come to in the clinician's judgement."""

    past_attempt = forms.ChoiceField(label="Past attempt", choices=YES_NO, widget=forms.RadioSelect)
    plan = forms.ChoiceField(label="Plan", choices=YES_NO, widget=forms.RadioSelect)
    probability = forms.ChoiceField(
        label="Probability of acting on it",
        choices=(("not_at_all", "Not at all likely"), ("somewhat", "Somewhat likely"), ("very", "Very likely"), ("not_asked", "Not asked")),
        widget=forms.RadioSelect,
    )
    preventive = forms.ChoiceField(label="Something that keeps them from it", choices=YES_NO, widget=forms.RadioSelect)
    level = forms.ChoiceField(label="Level", choices=LEVELS, widget=forms.RadioSelect)
    text = forms.CharField(label="Notes", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class TextForm(forms.Form):
    text = forms.CharField(label="What was done", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class CloseForm(forms.Form):
    text = forms.CharField(label="Why it can be closed", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    messages = forms.ChoiceField(
        label="Reminders to this person",
        choices=(("release", "Let them go again"), ("hold", "Hold them still")),
        initial="release",
        widget=forms.RadioSelect,
    )
    password = forms.CharField(
        label="Your password, again",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@require_safe
def safety_desk(request: HttpRequest) -> HttpResponse:
    """On duty now and next, open alerts first by time left, then what was closed lately."""
    user = _user(request)
    check(user, Permission.SEE_ALERTS)
    at = clock.now()
    visible = desk.visible_to(user)
    open_alerts = list(desk.open_first(visible).prefetch_related(desk.openings()))
    context = {
        "rows": [words.row(alert, at) for alert in open_alerts],
        "count": len(open_alerts),
        "closed": visible.filter(closed_at__isnull=False).order_by("-closed_at")[:20],
        "duties": [_duty_line(site, at) for site in desk.sites_of(user)],
        "may_keep_roster": allowed(user, Permission.HANDLE_ALERT) or allowed(user, Permission.MANAGE_STAFF),
        "path": alarm_path.standing(at),
        "drills": [(drill, drill.runs(at)) for drill in drills.of(desk.sites_of(user))],
        "may_answer": allowed(user, Permission.HANDLE_ALERT),
        "at": at,
    }
    return render(request, "outcomes/safety.html", context)


@require_safe
def alert(request: HttpRequest, trial_id: str, alert_no: int) -> HttpResponse:
    """One alert: the answer in its form, what was done so far, and the next steps for whoever may take them."""
    return _alert_page(request, _alert(request, trial_id, alert_no))


@require_POST
def alert_step(request: HttpRequest, trial_id: str, alert_no: int, step: str) -> HttpResponse:
    """One step of the work, recorded by name and time."""
    found = _alert(request, trial_id, alert_no)
    if step not in ("open", "release") and step not in FORMS:
        raise Http404
    user, at = _user(request), clock.now()
    permissions.check_may_handle(user, found.participant)
    form = FORMS[step](request.POST, auto_id=f"id_{step}_%s") if step in FORMS else None
    if form is not None and not form.is_valid():
        return _alert_page(request, found, {step: form}, status=422)
    given = form.cleaned_data if form is not None else {}
    try:
        _take(found, step, given, user, at)
    except Refused as refusal:
        if form is None or refusal.status == 403:
            raise
        form.add_error("password" if isinstance(refusal, BadPassword) else None, refusal.sentence)
        return _alert_page(request, found, {step: form}, status=refusal.status)
    if step == "close":
        toasts.success(request, f"Alert {alert_no} of {trial_id} closed")
        return redirect("safety")
    return redirect("alert", trial_id=trial_id, alert_no=alert_no)


@require_POST
def alert_contact(request: HttpRequest, trial_id: str, alert_no: int) -> HttpResponse:
    """Name and phone of the person, for whoever handles the alert; that they were read is kept."""
    found = _alert(request, trial_id, alert_no)
    permissions.check_may_handle(_user(request), found.participant)
    contact = identity.show_contact(found.participant, by=_user(request), at=clock.now())
    return _alert_page(request, found, contact=contact)


FORMS: dict[str, type[forms.Form]] = {"contact": ContactForm, "assess": AssessForm, "action": TextForm, "close": CloseForm}
HEADINGS = {"contact": "Contact", "assess": "Assessment", "action": "Action", "close": "Close the alert"}


def _take(found: Alert, step: str, given: dict[str, Any], user: User, at: datetime) -> None:
    if step == "open":
        alerts.open_alert(found, by=user, at=at)
    elif step == "release":
        alerts.release_messages(found, by=user, at=at)
    elif step == "contact":
        alerts.record_contact(found, reached=given["reached"] == "yes", text=given["text"], by=user, at=at)
    elif step == "assess":
        answers = {key: given[key] for key in ("past_attempt", "plan", "probability", "preventive")}
        alerts.assess_risk(found, level=given["level"], text=given["text"], answers=answers, by=user, at=at)
    elif step == "action":
        alerts.record_action(found, text=given["text"], by=user, at=at)
    else:
        release = given["messages"] == "release"
        alerts.close(found, text=given["text"], password=given["password"], release=release, by=user, at=at)


def _alert(request: HttpRequest, trial_id: str, alert_no: int) -> Alert:
    check(_user(request), Permission.SEE_ALERTS)
    return get_object_or_404(desk.visible_to(_user(request)), participant__unit__trial_id=trial_id, alert_no=alert_no)


def _alert_page(
    request: HttpRequest,
    found: Alert,
    bound: dict[str, forms.Form] | None = None,
    *,
    contact: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = clock.now()
    steps = list(found.steps.select_related("user").order_by("at", "pk"))
    may_handle = found.closed_at is None and allowed(_user(request), Permission.HANDLE_ALERT, at_site=found.participant.site)
    given = bound or {}
    context = {
        "alert": found,
        "participant": found.participant,
        "site": found.participant.site,
        "what": words.what(found),
        "left": words.left(found, at),
        "state": words.state(found, at),
        "answers": words.answers(found),
        "concern": words.concern(found),
        "told": words.told(found),
        "may_release": found.released_at is None and allowed(_user(request), Permission.HANDLE_ALERT, at_site=found.participant.site),
        "steps": [(step, words.STEPS.get(step.kind, step.kind), words.detail(step)) for step in steps],
        "may_handle": may_handle,
        "opened": next((s for s in reversed(steps) if s.kind == "opened"), None),
        "forms": _forms(found, given) if may_handle else [],
        "failed": list(given.values()),
        "contact": contact,
        "script": protocol_in_force().distress_script.strip(),
    }
    return render(request, "outcomes/alert.html", context, status=status)


def _forms(found: Alert, given: dict[str, forms.Form]) -> list[tuple[str, str, forms.Form, bool]]:
    """Each step's form; the next step's stands open, and one that was just refused."""
    after_contact = "close" if found.risk_level or found.kind == Alert.Kind.CHECK else "assess"
    upcoming = "contact" if found.first_contact_at is None else after_contact
    opened = set(given) or {upcoming}
    return [(n, HEADINGS[n], given.get(n) or made(auto_id=f"id_{n}_%s"), n in opened) for n, made in FORMS.items()]


@require_safe
def safety_figures(request: HttpRequest) -> HttpResponse:
    """How alerts were dealt with, for the committee: pooled over the arms, of the sites this user may see."""
    user, at = _user(request), clock.now()
    check(user, Permission.SEE_ALERTS)
    found = figures.figures(desk.dealt(desk.visible_to(user)), as_of=at)
    by_trigger = [(words.threshold(trigger), count) for trigger, count in found.by_trigger]
    taking, contact, longest = (
        None if minutes is None else words.lasting(minutes)
        for minutes in (found.minutes_to_taking, found.minutes_to_contact, found.longest_to_contact)
    )
    context = {"found": found, "by_trigger": by_trigger, "taking": taking, "contact": contact, "longest": longest, "at": at}
    return render(request, "outcomes/safety_figures.html", context)


def _duty_line(site: Site, at: datetime) -> dict[str, Any]:
    now = duty_roster.on_duty(site, at)
    gap = next(iter(duty_roster.gaps([site], at)), None)
    return {"site": site, "now": now[0] if now else None, "stand_ins": now[1:], "next": duty_roster.next_on_duty(site, at), "gap": gap}


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
