"""The shapes of clinical forms; the rules stand with the records themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from participants.domain import clinical as words
from participants.domain.clocks import Relatedness, Seriousness
from participants.models import Participant
from participants.pages.common import YES_NO, DecimalField, date_field, radios, text_area
from trials import queries

PARTIAL = "As far as it is known: 2026-03-14, 2026-03 or 2026"


def moment_field(label: str) -> forms.DateTimeField:
    """A moment by the clock of the person's site; Django must not put a zone in."""
    return SiteMoment(label=label, help_text="By the clock of the site, like 2026-03-14 18:30", widget=forms.TextInput())


class SiteMoment(forms.Field):
    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            return datetime.fromisoformat(str(value).strip()).replace(tzinfo=None)
        except ValueError:
            raise forms.ValidationError("Enter the moment as 2026-03-14 18:30.") from None


def event_start(participant: Participant, at: datetime) -> dict[str, object]:
    local = at.astimezone(participant.site.zone)
    return {
        "aware_at": f"{local:%Y-%m-%d %H:%M}",
        "reported_at": f"{local:%Y-%m-%d %H:%M}",
        "reported_on": local.date(),
        "elicited": "visit",
    }


def visit_choices() -> list[tuple[str, str]]:
    return [(v.code, v.label) for v in queries.protocol_in_force().visits]


class EventForm(forms.Form):
    """What happened, how bad it was, whether it is serious, and how and when it became known."""

    term = forms.CharField(label="What happened", max_length=200, help_text="A few words, as it was told")
    category = forms.CharField(label="Kind of event", max_length=100, required=False, help_text="Like injury, pain, illness")
    description = text_area("More about it", required=False)
    started_on = date_field("Started on")
    ended_on = date_field("Ended on", required=False)
    ongoing = forms.BooleanField(label="Still going on", required=False)
    severity = radios("How bad was it?", words.SEVERITIES.items())
    ctcae_grade = forms.TypedChoiceField(
        label="CTCAE grade", choices=[(str(g), w) for g, w in words.GRADES.items()], coerce=int, empty_value=None, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip
    criteria = forms.MultipleChoiceField(
        label="Serious because of", choices=[(s.value, s.label) for s in Seriousness], required=False,
        widget=forms.CheckboxSelectMultiple, help_text="Any of these makes the event serious and starts the 24-hour clock.",
    )  # fmt: skip
    action = radios("What changed in the trial's treatment", words.ACTIONS.items(), required=False)
    outcome = radios("How it ended", words.OUTCOMES.items(), required=False)
    elicited = radios("How it became known", words.ELICITED.items())
    visit = radios("At which visit", (), required=False)
    session_no = forms.IntegerField(
        label="At which session", required=False, min_value=1, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    aware_at = moment_field("When the site became aware")

    def __init__(self, *args: Any, participant: Participant, sessions: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.participant = participant
        self.fields["visit"].choices = visit_choices()  # type: ignore[attr-defined]
        if not sessions:
            del self.fields["session_no"], self.fields["action"]
            self.fields["elicited"].choices = [(c, w) for c, w in words.ELICITED.items() if c != "session"]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        number, enrolment = given.pop("session_no", None), getattr(self.participant, "enrolment", None)
        given["session"] = enrolment.sessions.filter(session_no=number).first() if number and enrolment else None
        if number and given["session"] is None:
            self.add_error("session_no", f"{self.participant} has no session {number}.")
        return given

    def facts(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given["aware_at"] = given["aware_at"].replace(tzinfo=self.participant.site.zone)
        return given


class FollowUpForm(forms.Form):
    text = text_area("What was learnt")


class AssessForm(forms.Form):
    related = radios("Related to the trial's treatment?", [(r.value, r.value.capitalize()) for r in Relatedness])
    expected = radios("Expected, as listed in the protocol?", YES_NO)
    reason = forms.CharField(
        label="Why does the judgement change?", required=False, max_length=500, help_text="Only for a second judgement"
    )


class SponsorForm(forms.Form):
    reported_at = moment_field("Reported to the sponsor at")


class EthicsForm(forms.Form):
    reported_on = date_field("Reported to the ethics committee on")


class MedicationForm(forms.Form):
    drug = forms.CharField(label="Drug, as it was named", max_length=200)
    atc = forms.CharField(label="ATC code", required=False, max_length=10, help_text="Like N06AB03, or its first letters")
    indication = forms.CharField(label="For what", required=False, max_length=200)
    dose = DecimalField(label="Dose", required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    unit = forms.CharField(label="Unit", required=False, max_length=40, help_text="Like mg")
    frequency = forms.CharField(label="How often", required=False, max_length=100, help_text="Like daily, or when needed")
    route = forms.CharField(label="How taken", required=False, max_length=100, help_text="Like by mouth")
    started_on = forms.CharField(label="Started on", required=False, max_length=10, help_text=PARTIAL)
    stopped_on = forms.CharField(label="Stopped on", required=False, max_length=10, help_text=PARTIAL)
    ongoing = forms.BooleanField(label="Still taken", required=False)


class DoseForm(forms.Form):
    dose = DecimalField(label="New dose", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    unit = forms.CharField(label="Unit", required=False, max_length=40)
    frequency = forms.CharField(label="How often", required=False, max_length=100)
    changed_on = forms.CharField(label="Changed on", max_length=10, help_text=PARTIAL)
    reason = forms.CharField(label="Why", required=False, max_length=500)


class StopForm(forms.Form):
    stopped_on = forms.CharField(label="Stopped on", max_length=10, help_text=PARTIAL)
    reason = forms.CharField(label="Why", required=False, max_length=500)


class ConcomitantForm(forms.Form):
    kind = radios("Kind", words.CONCOMITANT.items())
    description = text_area("What it is", required=False)
    started_on = forms.CharField(label="Started on", required=False, max_length=10, help_text=PARTIAL)
    stopped_on = forms.CharField(label="Stopped on", required=False, max_length=10, help_text=PARTIAL)
    sessions_per_week = DecimalField(label="Times a week", required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    minutes_per_session = forms.IntegerField(
        label="Minutes each time", required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    source_visit = radios("Asked at", (), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source_visit"].choices = visit_choices()  # type: ignore[attr-defined]


class DeviationForm(forms.Form):
    """One list of both kinds: the chosen category says which it is."""

    what = radios("What", ())
    occurred_on = date_field("Happened on")
    found_on = date_field("Found on", required=False, help_text="Empty: today")
    visit = radios("At which visit", (), required=False)
    given_arm = radios("Which arm was given instead", (), required=False, help_text="Only for another arm given")
    description = text_area("Description", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = {"deviation": words.DEVIATIONS, "intercurrent_event": words.INTERCURRENT}
        self.fields["what"].choices = [(f"{k}:{c}", w) for k, known in kinds.items() for c, w in known.items()]  # type: ignore[attr-defined]
        self.fields["visit"].choices = visit_choices()  # type: ignore[attr-defined]
        self.fields["given_arm"].choices = [(a.code, a.label) for a in queries.protocol_in_force().arms]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        kind, category = given.pop("what").split(":")
        return given | {"kind": kind, "category": category}


class ImportanceForm(forms.Form):
    important = radios("Is it important for the analysis?", YES_NO)
    reason = forms.CharField(
        label="Why does the judgement change?", required=False, max_length=500, help_text="Only for a second judgement"
    )
