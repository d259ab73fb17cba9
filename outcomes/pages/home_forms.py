"""The form of a session that its person logs by their link: the plan's exercises, then the session as a whole. Shape alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from participants.actions.sessions import LoggedSet, OwnFacts
from participants.domain.home import PLACES, WENT
from participants.models import ExerciseSet
from participants.pages.lifts import Lift, as_planned_words, in_words, lacks_load
from participants.pages.session_forms import ClockField, CountField, KilogramField
from trials.languages import Language
from trials.ui.words import number


@dataclass(frozen=True, kw_only=True)
class Block:
    """One exercise on the page, folded until something is entered: its words, "as planned" where a load is known, its sets."""

    lift: Lift
    words: str  # beside its name: what was done where it is put right, else the plan
    as_planned: BoundField | None
    band: BoundField | None
    sets: list[tuple[int, list[tuple[BoundField, str, str]]]]  # set, its fields with unit and keyboard
    open: bool


class HomeLogForm(forms.Form):
    """What was done of each exercise, when, for how long, how hard, where, with what; why it stopped; a note. In the person's language."""

    client = forms.UUIDField(widget=forms.HiddenInput)
    on = forms.ChoiceField(label="Which day?", widget=forms.RadioSelect)
    clock = ClockField(label="When did you begin?")
    minutes = CountField(label="How many minutes did it take?", min_value=1, max_value=720)
    session_rpe = KilogramField(label="How hard was all of it?", required=False)
    went = forms.ChoiceField(label="How did it go?", choices=list(WENT.items()), widget=forms.RadioSelect)
    early = forms.BooleanField(label="I stopped before all was done, or did none of it", required=False)
    stopped = forms.ChoiceField(label="Why you stopped", required=False, widget=forms.RadioSelect)
    place = forms.ChoiceField(label="Where were you?", choices=list(PLACES.items()), widget=forms.RadioSelect)
    equipment = forms.CharField(label="What did you use?", required=False, max_length=200, help_text="Like dumbbells, a chair, a red band.")
    together = CountField(label="How many people did it together, you included?", required=False, min_value=1, max_value=50)
    cost = KilogramField(label="What did it cost you?", required=False, help_text="Entry, travel. 0 if nothing, in your currency.")
    note = forms.CharField(label="A note to the study team", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))
    reason = forms.CharField(label="What was wrong before?", max_length=500)

    def __init__(
        self, *args: Any, lifts: Sequence[Lift], days: Sequence[tuple[str, str]], reasons: Sequence[tuple[str, str]], scale: str,
        language: Language, correcting: bool, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.lifts, self.sets, self.language, self.correcting = lifts, list[LoggedSet](), language, correcting
        self.fields["session_rpe"].help_text = SCALES[scale]
        for name in ("went", "note") if correcting else ("reason",):
            del self.fields[name]
        for name, field in self.fields.items():
            _speak(field, name, language)
        self.fields["on"].choices = days  # type: ignore[attr-defined]
        self.fields["stopped"].choices = reasons  # type: ignore[attr-defined]
        if not correcting and lifts and all(as_planned_words(lift) for lift in lifts):
            self.fields["all_planned"] = forms.BooleanField(label=language.say("I did all of it as planned"), required=False)
        for lift in lifts:
            self._add(lift)

    @property
    def when_and_where(self) -> str:
        """Day, time, minutes and place as they now stand in the form, in a few words."""
        days, places = dict(self.fields["on"].choices), dict(self.fields["place"].choices)  # type: ignore[attr-defined]
        told = {name: str(self[name].value() or "") for name in ("on", "clock", "minutes", "place")}
        words = days.get(told["on"], ""), told["clock"][:5], f"{told['minutes'][:4]} min", places.get(told["place"], "")
        return ", ".join(str(word) for word in words if word)

    @property
    def asks_where(self) -> bool:
        """Whether day, time, minutes and place are to be looked at: one of them is missing or wrong."""
        return not self["place"].value() or any(name in self.errors for name in ("on", "clock", "minutes", "place"))

    @property
    def open_list(self) -> bool:
        """Whether one of the exercises is open, so that the list of them must be."""
        return any(block.open for block in self.blocks())

    @property
    def asks_with_what(self) -> bool:
        return any(name in self.errors for name in ("equipment", "together", "cost"))

    def _add(self, lift: Lift) -> None:
        if not self.correcting and (words := as_planned_words(lift)):
            self.fields[f"planned_{lift.no}"] = forms.BooleanField(label=words, required=False)
        if lift.with_band:
            band = forms.CharField(label="Which band", required=False, max_length=40, help_text="In place of the load, where you used one.")
            self.fields[f"band_{lift.no}"] = _speak(band, "band", self.language)
        for row in lift.sets:
            for name, field in _fields_of(row):
                self.fields[f"{name}_{lift.no}_{row.set_no}"] = _speak(field, name, self.language)
                stands = _stands(row, name, self.language) if self.correcting else ""
                self.initial.setdefault(f"{name}_{lift.no}_{row.set_no}", stands)
        if lift.with_band and self.correcting:
            self.initial.setdefault(f"band_{lift.no}", next((s.band for s in lift.sets if s.band), ""))

    def blocks(self) -> list[Block]:
        """The exercises in the plan's order, for the page."""
        return [self._block(lift) for lift in self.lifts]

    def _block(self, lift: Lift) -> Block:
        sets = [(row.set_no, [(self[f"{name}_{lift.no}_{row.set_no}"], *LOOKS[name]) for name, _ in _fields_of(row)]) for row in lift.sets]
        planned, band = (self[name] if name in self.fields else None for name in (f"planned_{lift.no}", f"band_{lift.no}"))
        filled = any(bound.value() or bound.errors for _, fields in sets for bound, *_ in fields)
        done = [row for row in lift.sets if row.done_reps]
        words = in_words(done, self.language) if self.correcting and done else lift.plan
        wrong = any(bound.errors for _, fields in sets for bound, *_ in fields) or bool(band and band.errors)
        return Block(lift=lift, words=words, as_planned=planned, band=band, sets=sets, open=wrong if self.correcting else filled or wrong)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("early") and not given.get("stopped"):
            self.add_error("stopped", self.language.say(WRONG["stopped"]))
        if given.get("early") and given.get("all_planned"):
            self.add_error("all_planned", self.language.say("You can't have done all of it and stopped before. Take one back."))
        for lift in self.lifts:
            for row in lift.sets:
                self._take(lift, row, given)
        if not self.errors and not self.sets and not given.get("early"):
            self.add_error(None, self.language.say("Say what you did of at least one exercise, or that you did none of it and why."))
        return given

    def _take(self, lift: Lift, row: ExerciseSet, given: dict[str, Any]) -> None:
        """One set, where something was said of it; a correction says something of every one."""
        place = f"{lift.no}_{row.set_no}"
        reps, load, band = given.get(f"reps_{place}"), given.get(f"load_{place}"), given.get(f"band_{lift.no}") or ""
        rest = {"rpe": given.get(f"rpe_{place}"), "rir": given.get(f"rir_{place}")}
        if reps is None and any(value is not None for value in (load, *rest.values())):
            if f"reps_{place}" not in self.errors:
                self.add_error(f"reps_{place}", self.language.say(WRONG["reps"]))
            return
        if reps is None and not (given.get("all_planned") or given.get(f"planned_{lift.no}")):
            if not self.correcting:
                return
            reps = 0
        elif reps is None and not lacks_load(row):
            reps, load = row.planned_reps_max or row.planned_reps or 0, row.planned_load_kg
        if reps and row.load_model == "external" and load is None and not band:
            if f"load_{place}" not in self.errors:
                self.add_error(f"load_{place}", self.language.say(LOAD_OR_BAND if lift.with_band else WRONG["load"]))
            return
        done = LoggedSet(exercise_no=lift.no, set_no=row.set_no, done_reps=reps or 0, done_load_kg=load, band=band if reps else "", **rest)
        self.sets.append(done)

    def facts(self, began_at: datetime) -> OwnFacts:
        """The session as a whole; `began_at` is the day and time chosen, at the person's site."""
        given = self.cleaned_data
        return OwnFacts(
            began_at=began_at, minutes=given["minutes"], session_rpe=given["session_rpe"], place=given["place"],
            equipment=given["equipment"], together=given["together"] or 1, cost=given["cost"],
            stopped=given["stopped"] if given["early"] else "",
        )  # fmt: skip


LOOKS = {"reps": ("", "numeric"), "load": ("kg", "decimal"), "rpe": ("", "decimal"), "rir": ("", "decimal")}


SCALES = {"CR10": "0 (rest) to 10 (all you can)", "BORG20": "6 (no effort) to 20 (all you can)"}
LOAD_OR_BAND = "Enter the load in kg, like 7.5, or which band."
WRONG = {  # field -> what cures whatever is wrong with it
    "client": "Open this page again, and enter it once more.",
    "on": "Choose one of the days listed.",
    "clock": "Enter when you began, like 18:00.",
    "minutes": "Enter whole minutes, like 45.",
    "session_rpe": "Enter a rating on the scale, like 6.",
    "went": "Choose how it went.",
    "stopped": "Choose why you stopped.",
    "place": "Choose where you were.",
    "together": "Enter how many, like 1.",
    "cost": "Enter an amount, like 4.50.",
    "reason": "Say what was wrong before.",
    "reps": "Enter how many repetitions, like 12.",
    "load": "Enter the load in kg, like 7.5.",
    "rpe": "Enter a rating, like 8.",
    "rir": "Enter how many more, like 2.",
}
FAULTS = (
    "required", "invalid", "invalid_choice", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits",
)  # fmt: skip


def _speak(field: forms.Field, name: str, language: Language) -> forms.Field:
    """The field with its words in the language of the page."""
    field.label = language.say(str(field.label)) if field.label else field.label
    field.help_text = language.say(str(field.help_text)) if field.help_text else ""
    if name in WRONG:
        field.error_messages |= dict.fromkeys(FAULTS, language.say(WRONG[name]))
    if isinstance(field, forms.CharField) and field.max_length:
        field.error_messages["max_length"] = language.say("Write {count} letters at most.", count=field.max_length)
    if isinstance(field, forms.ChoiceField):
        field.choices = [(code, language.say(str(words))) for code, words in field.choices]  # type: ignore[union-attr]
    return field


def _fields_of(row: ExerciseSet) -> list[tuple[str, forms.Field]]:
    """Repetitions; the load where the exercise takes one; the rating that the plan asks for, and no other."""
    label = "Repetitions a side" if row.sides == 2 else "Repetitions"
    fields: list[tuple[str, forms.Field]] = [("reps", CountField(label=label, required=False, min_value=0, max_value=999))]
    if row.load_model != "reps_only":
        fields.append(("load", KilogramField(label="Load" if row.load_model == "external" else "Load added", required=False)))
    if row.planned_rpe is not None:
        fields.append(("rpe", KilogramField(label="Effort, 1 to 10", required=False)))
    if row.planned_rir is not None:
        fields.append(("rir", KilogramField(label="How many more were possible", required=False)))
    return fields


def _stands(row: ExerciseSet, name: str, language: Language) -> str:
    value = {"reps": row.done_reps, "load": row.done_load_kg, "rpe": row.rpe, "rir": row.rir}[name]
    return "" if value is None else language.number(number(value))
