"""The list of participants, one person's record, and the audited look behind the identity wall."""

from __future__ import annotations

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.actions import identity
from participants.domain.journey import Status
from participants.domain.person import FIELDS
from participants.models import Participant
from participants.pages.common import find, form_page, radios, tabs, user_of
from participants.permissions import endings_of
from participants.queries import people
from trials import blinding, clock, queries
from trials.models import Site
from trials.permissions import Permission, allowed, check, sites_where

PAGE = 50
LABELS = {
    "given_name": "Given name",
    "family_name": "Family name",
    "born_on": "Date of birth",
    "email": "E-mail",
    "phone": "Telephone",
    "emergency_name": "Emergency contact",
    "emergency_phone": "Emergency telephone",
}


SEX = {"M": "Male", "F": "Female"}


class PeopleFilter(forms.Form):
    q = forms.CharField(label="Trial id", required=False, max_length=40)
    status = radios("Status", [("", "All"), *((s.value, people.WORDS[s][1]) for s in Status)], required=False)
    site = radios("Site", (), required=False)

    def __init__(self, *args: object, sites: list[Site], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].choices = [("", "All"), *((s.code, s.name) for s in sites)]
        if len(sites) < 2:
            del self.fields["site"]


class ContactForm(forms.Form):
    """Name and contacts; everything may stay empty."""

    given_name = forms.CharField(label=LABELS["given_name"], required=False, max_length=200)
    family_name = forms.CharField(label=LABELS["family_name"], required=False, max_length=200)
    born_on = forms.CharField(label=LABELS["born_on"], required=False, help_text="Like 1985-03-14", max_length=10)
    email = forms.CharField(label=LABELS["email"], required=False, max_length=200)
    phone = forms.CharField(label=LABELS["phone"], required=False, max_length=40)
    emergency_name = forms.CharField(label=LABELS["emergency_name"], required=False, max_length=200)
    emergency_phone = forms.CharField(label=LABELS["emergency_phone"], required=False, max_length=40)


@require_safe
def participant_list(request: HttpRequest) -> HttpResponse:
    """Whoever this user may see, newest first; the filters stand in the address."""
    user = user_of(request)
    check(user, Permission.SEE_PEOPLE)
    reach = sites_where(user, Permission.SEE_PEOPLE)
    sites = [s for s in Site.objects.all() if reach is None or s.pk in reach]
    form = PeopleFilter(request.GET or None, sites=sites)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = people.listed(user, status=wanted.get("status", ""), site=wanted.get("site", ""), text=wanted.get("q", ""))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [{"person": p, "state": people.state_of(p)} for p in page]
    context = {
        "form": form,
        "rows": rows,
        "page": page,
        "shown": page.paginator.count,
        "total": Participant.objects.visible_to(user).count(),
        "may_screen": allowed(user, Permission.SCREEN),
    }
    return render(request, "participants/people.html", context)


@require_safe
def participant(request: HttpRequest, trial_id: str) -> HttpResponse:
    """One person: where they stand, what is next, what blocks it; and the ways on."""
    user, person = user_of(request), find(request, trial_id)
    enrolment = getattr(person, "enrolment", None)
    told = blinding.told_for(user, enrolment.allocation) if enrolment else None
    protocol, screening = queries.protocol_in_force(), getattr(person, "screening", None)
    labels = {c.code: c.label for c in (*protocol.withdrawal_reasons, *protocol.exclusion_reasons)}
    labels |= {question.code: question.text for question in protocol.eligibility}
    context = {
        "participant": person,
        "site": person.site,
        "state": people.state_of(person),
        "next": people.next_step(person, user),
        "ends": [(e, labels.get(e.reason, e.reason)) for e in people.endings_shown_to(user, person)],
        "screening": screening,
        "reasons": [labels.get(code, code.replace("_", " ").capitalize()) for code in screening.exclusion_reasons] if screening else [],
        "sex": SEX.get(person.sex, person.sex),
        "consents": person.consents.filter(voided_at=None).order_by("signed_on"),
        "availability": getattr(person, "availability", None),
        "enrolment": enrolment,
        "arm": told or None,
        "actions": _actions(request, person),
        "may_correct": allowed(user, Permission.CORRECT, at_site=person.site),
        "may_see_contact": allowed(user, Permission.SEE_IDENTITY, at_site=person.site),
        "tabs": tabs(user, person, "Overview"),
        "endings": endings_of(person),
        "days": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    }
    return render(request, "participants/participant.html", context)


@require_POST
def show_contact(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Name and contacts in clear; asked for by a press of a button, and kept in the audit."""
    person = find(request, trial_id, Permission.SEE_IDENTITY)
    facts = identity.show_contact(person, by=user_of(request), at=clock.now())
    rows = [(LABELS[name], facts[name]) for name in FIELDS if name in facts]
    may_edit = allowed(user_of(request), Permission.SCREEN, at_site=person.site)
    return render(request, "participants/contact.html", {"participant": person, "rows": rows, "may_edit": may_edit})


@require_http_methods(["GET", "POST"])
def edit_contact(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Name and contacts written down or changed; opening the page shows them, which is audited too."""
    person = find(request, trial_id, Permission.SCREEN)
    check(user_of(request), Permission.SEE_IDENTITY, at_site=person.site)
    home = person.get_absolute_url()
    if request.method == "POST":
        form = ContactForm(request.POST)
    else:
        form = ContactForm(initial=identity.show_contact(person, by=user_of(request), at=clock.now()))
    return form_page(
        request,
        form,
        lambda given: identity.record_contact(person, given, by=user_of(request), at=clock.now()),
        heading=f"Name and contact of {person}",
        action_label="Save contact",
        done=home,
        said="Contact saved",
        participant=person,
    )


def _actions(request: HttpRequest, person: Participant) -> list[tuple[str, str]]:
    """The steps this user may take with this person now, besides the next one."""
    user, home, site = user_of(request), person.get_absolute_url(), person.site
    ends = endings_of(person)
    excluded = getattr(getattr(person, "screening", None), "exclusion_category", "")
    before = person.status not in (Status.RANDOMISED, Status.EXCLUDED) and not ends.participation_ended
    steps = [
        ("Open screening answers", "screening/", Permission.SCREEN, True),
        ("Exclude", "exclude/", Permission.SCREEN, before),
        ("Take back exclusion", "reopen/", Permission.CORRECT, excluded in ("declined", "other") and not ends.participation_ended),
        ("Correct sex or age", "person/", Permission.CORRECT, True),
        ("Baseline form", "baseline/", Permission.ENROL, person.status == Status.CONSENTED),
        ("Times and channel", "availability/", Permission.ENROL, ends.may_be_contacted and person.status != Status.EXCLUDED),
        ("Raise a concern", "concern/", Permission.RAISE_CONCERN, not ends.died),
        ("Break the code", "code-break/", Permission.BREAK_CODE, person.status == Status.RANDOMISED),
        (
            "Report that you learned the arm",
            f"/unblindings/report/?about={person}",
            Permission.REPORT_UNBLINDING,
            person.status == Status.RANDOMISED,
        ),
        ("Report adverse event", "events/new/", Permission.RECORD_EVENT, ends.may_collect),
        ("Record withdrawal", "withdraw/", Permission.END_PARTICIPATION, not ends.died),
        ("Record stopped training", "stop-training/", Permission.END_PARTICIPATION, person.status == Status.RANDOMISED and ends.may_train),
        ("Record loss", "loss/", Permission.END_PARTICIPATION, person.status == Status.RANDOMISED and not (ends.lost or ends.died)),
        ("Record death", "death/", Permission.END_PARTICIPATION, not ends.died),
    ]
    return [
        (label, path if path.startswith("/") else home + path)
        for label, path, permission, now in steps
        if now and allowed(user, permission, at_site=site)
    ]
