"""Forms of the training pages: shape alone; every rule stands in the action."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from participants.actions.sessions.strength import PURPOSES
from participants.domain.prescription import FORMULAS
from trials.models import User


class KilogramField(forms.DecimalField):
    """A decimal with point or comma."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        what = kwargs.pop("what", "the load in kg, like 62.5")
        super().__init__(**{"max_digits": 8, "decimal_places": 2, **kwargs})
        cure = f"Enter {what}."
        self.error_messages = {key: cure for key in ("required", "invalid", "max_digits", "max_decimal_places", "max_whole_digits")}
        self.validators = [v for v in self.validators if getattr(v, "code", "") != "min_value"]

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)


class CountField(forms.IntegerField):
    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        what = kwargs.pop("what", "a whole number")
        super().__init__(**kwargs)
        self.error_messages = {**self.error_messages, "required": f"Enter {what}.", "invalid": f"Enter {what}."}


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"})
    default_error_messages = {"required": "Enter a day, like 2026-05-12.", "invalid": "Enter a day, like 2026-05-12."}


class ClockField(forms.TimeField):
    widget = forms.TimeInput(attrs={"type": "time"})
    default_error_messages = {"required": "Enter a time, like 18:00.", "invalid": "Enter a time, like 18:00."}


class SetForm(forms.Form):
    """One set as done. `exercise_no`, `set_no` and `client` come back hidden."""

    exercise_no = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=99)
    set_no = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=99)
    client = forms.UUIDField(widget=forms.HiddenInput)
    load = KilogramField(label="Load", required=False)
    reps = CountField(label="Repetitions", what="how many repetitions, like 12", min_value=0, max_value=999)
    rir = KilogramField(label="Repetitions in reserve", required=False, what="how many more would have been possible, like 2")
    substitute = forms.CharField(label="Done instead", required=False, max_length=60)
    substitute_reason = forms.CharField(label="Why", required=False, max_length=200)

    def __init__(self, *args: Any, needs_load: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["load"].required = needs_load and str(self.data.get("reps", "")).strip() != "0"


class FinishForm(forms.Form):
    session_rpe = KilogramField(label="How hard was the session?", required=False, what="a rating on the scale, like 13")
    soreness = CountField(label="Soreness now, 0 to 10", required=False, what="0 for none to 10 for the worst", min_value=0, max_value=10)
    paused_minutes = CountField(label="Paused for", required=False, min_value=0, max_value=720, what="whole minutes, like 5")
    warmup_minutes = CountField(label="Warm-up", required=False, min_value=0, max_value=720, what="whole minutes, like 10")
    working_minutes = CountField(label="Working sets", required=False, min_value=0, max_value=720, what="whole minutes, like 40")
    cooldown_minutes = CountField(label="Cool-down", required=False, min_value=0, max_value=720, what="whole minutes, like 5")
    ended_early = forms.BooleanField(label="Ended before the planned sets were done", required=False)
    reason = forms.ChoiceField(label="Why it ended early, or no set was done", required=False, widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note: pain, events, anything to keep", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, reasons: list[tuple[str, str]], scale: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reasons
        self.fields["session_rpe"].help_text = "Borg 6 to 20" if scale == "BORG20" else "0 to 10"


class WhyForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=500, error_messages={"required": "Say why."})


class ReasonForm(forms.Form):
    """A coded reason with a note; choices come from the protocol."""

    reason = forms.ChoiceField(label="Reason", widget=forms.RadioSelect, error_messages={"required": "Choose a reason."})
    note = forms.CharField(label="Note", required=False, max_length=2000)

    def __init__(self, *args: Any, reasons: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reasons


class AnotherTimeForm(forms.Form):
    """A slot pressed, or a day and time typed."""

    on = forms.DateField(
        label="Day", widget=forms.DateInput(attrs={"type": "date"}), error_messages={"required": "Enter a day, like 2026-05-12."}
    )
    clock = forms.TimeField(
        label="Time", widget=forms.TimeInput(attrs={"type": "time"}), error_messages={"required": "Enter a time, like 18:00."}
    )
    reason = forms.CharField(label="Why", required=False, max_length=200)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        if data is not None and data.get("slot"):
            on, _, clock = str(data["slot"]).partition("T")
            data = {"on": on, "clock": clock, "reason": data.get("reason", "")}
        super().__init__(data, **kwargs)


class TrainerForm(forms.Form):
    trainer = forms.ChoiceField(label="Trainer", widget=forms.RadioSelect, error_messages={"required": "Choose a trainer."})

    def __init__(self, *args: Any, trainers: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trainer"].choices = [(str(t.pk), str(t)) for t in trainers]


class LoadForm(forms.Form):
    """A starting load or a strength test."""

    exercise = forms.ChoiceField(label="Exercise", widget=forms.RadioSelect, error_messages={"required": "Choose an exercise."})
    purpose = forms.ChoiceField(
        label="What it is",
        widget=forms.RadioSelect,
        choices=[(p, w) for p, w in zip(PURPOSES, ("Starting load", "Strength test before training", "Later strength test"), strict=True)],
        initial=PURPOSES[0],
    )
    load = KilogramField(label="Load")
    reps = CountField(label="Repetitions", what="how many repetitions, like 10", min_value=1, max_value=100)
    rir = CountField(label="Repetitions in reserve", required=False, what="how many more were possible, like 2", min_value=0, max_value=50)
    formula = forms.ChoiceField(label="1RM by", widget=forms.RadioSelect, choices=[(f, f.title()) for f in FORMULAS], initial="epley")
    tested_on = DayField(label="Day")
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, exercises: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["exercise"].choices = exercises


class OverrideForm(forms.Form):
    """Another load than proposed, and why."""

    load = KilogramField(label="Load to prescribe")
    reason_class = forms.ChoiceField(
        label="What kind of reason",
        widget=forms.RadioSelect,
        choices=[
            ("health", "Health: pain, fatigue, illness"),
            ("non_health", "Not health: form, wish, time"),
            ("site", "The site's: equipment"),
        ],
        error_messages={"required": "Choose what kind of reason it is."},
    )
    reason = forms.CharField(label="Why", max_length=500, error_messages={"required": "Say why."})
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


class WallClockField(forms.CharField):
    """A date and time as the clock at the site showed it; no zone is read into it."""

    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            return datetime.strptime(text.replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007
        except ValueError:
            raise forms.ValidationError("Enter date and time like 2026-05-12 18:00.") from None


class CorrectSessionForm(forms.Form):
    started = WallClockField(label="Began", required=False, help_text="Site time, like 2026-05-12 18:00")
    ended = WallClockField(label="Ended", required=False, help_text="Site time, like 2026-05-12 18:55")
    session_rpe = KilogramField(label="Session RPE", required=False, what="a rating on the scale, like 13")
    soreness = CountField(label="Soreness, 0 to 10", required=False, min_value=0, max_value=10)
    note = forms.CharField(label="Note", required=False, max_length=2000)
    reason = forms.CharField(label="Why it is corrected", max_length=500, error_messages={"required": "Say why it is corrected."})

    @staticmethod
    def wall(instant: datetime | None, zone: Any) -> str:
        return "" if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


class CorrectSetForm(forms.Form):
    place = forms.ChoiceField(label="Set", widget=forms.RadioSelect, error_messages={"required": "Choose a set."})
    load = KilogramField(label="Load", required=False)
    reps = CountField(label="Repetitions", what="how many repetitions, like 12", min_value=0, max_value=999)
    rir = KilogramField(label="Repetitions in reserve", required=False)
    reason = forms.CharField(label="Why it is corrected", max_length=500, error_messages={"required": "Say why it is corrected."})
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = places
