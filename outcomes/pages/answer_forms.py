"""The form of an instrument that staff fill in: an item is a choice or a measured value, with the reason where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django import forms

from outcomes.domain.instrument import Answers, Instrument, Item
from outcomes.models import Assessment

NO_ANSWER = (("skipped", "Left blank"), ("refused", "Refused"), ("dont_know", "Don't know"))
NOT_MEASURED = (("", "It was measured"), ("skipped", "Not measured"), ("refused", "Refused"))
MODES = (("paper", "Paper form"), ("phone", "Telephone"))
AT_A_VISIT = (("interview", "At a visit"),)


class _Entry(forms.Form):
    mode = forms.ChoiceField(label="How it was answered", choices=MODES, widget=forms.RadioSelect, initial="paper")
    completed_on = forms.DateField(label="Date on the form", widget=forms.DateInput, help_text="On the telephone: today.")
    uuid = forms.UUIDField(widget=forms.HiddenInput)


class _Rating(_Entry):
    mode = forms.ChoiceField(choices=AT_A_VISIT, widget=forms.HiddenInput, initial="interview")
    completed_on = forms.DateField(label="Day of the visit", widget=forms.DateInput)


class _Again(forms.Form):
    completed_on = forms.DateField(label="Date on the form", widget=forms.DateInput)


class _Reason(forms.Form):
    reason = forms.CharField(label="Why it is corrected", max_length=500, widget=forms.TextInput)


class _Measured(forms.CharField):
    """A value of the item's unit and range. A wanted one may be left out where the form says why, which the form as a whole sees to."""

    def __init__(self, item: Item, **more: Any) -> None:
        self.item = item
        super().__init__(max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), **more)

    def clean(self, value: Any) -> str:
        text: str = self.to_python(value)
        self.run_validators(text)
        try:
            return str(self.item.kept(self.item.read(text))) if text else ""
        except ValueError as fault:
            raise forms.ValidationError(f"{self.label}: {fault}.") from None


class _WithMeasures(forms.Form):
    """A measured value and the reason for its absence exclude each other; of a wanted one, one of both is needed."""

    measured: tuple[Item, ...] = ()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for item in self.measured:
            value, why = given.get(f"item_{item.number}"), given.get(f"none_{item.number}")
            if value and why:
                self.add_error(f"none_{item.number}", "Give the value or the reason why there is none, not both.")
            if item.scored and not value and not why and f"item_{item.number}" not in self.errors:
                self.add_error(f"item_{item.number}", "Enter the value, or say below why there is none.")
        return given


def entry_form(found: Instrument, data: object, *, today: date, uuid: UUID) -> forms.Form:
    """The empty form, or the form as it was sent."""
    rated = found.answered_by == "staff"
    out = forms.BooleanField(label="Keep it although it is dated outside the window", required=False)
    made = _form(found, _Rating if rated else _Entry, {"out_of_window": out, "handed_over_to": _handed_over()})
    return made(data, initial={"completed_on": today, "uuid": uuid, "mode": "interview" if rated else "paper"})


def second_form(found: Instrument, data: object) -> forms.Form:
    """The empty form for whoever enters it the second time: nothing in it comes from the first entry, not even the date."""
    return _form(found, _Again, {"handed_over_to": _handed_over()})(data)


def correction_form(found: Instrument, kept: Assessment, data: object) -> forms.Form:
    """The kept answers, to be put right."""
    initial = {f"item_{item.number}": _kept(item, kept) for item in found.items}
    initial |= {f"none_{item.number}": kept.missing.get(item.number, "") for item in found.items}
    return _form(found, _Reason, {})(data, initial=initial)


def split(found: Instrument, given: Mapping[str, Any]) -> tuple[Answers, dict[str, str]]:
    """Form values as answers and as reasons for their absence."""
    answers: dict[str, int | str] = {}
    missing: dict[str, str] = {}
    for item in found.items:
        value, why = given.get(f"item_{item.number}") or "", given.get(f"none_{item.number}") or ""
        if item.quantity is not None and value:
            answers[item.number] = value
        elif value.isdecimal():
            answers[item.number] = int(value)
        elif value or why:
            missing[item.number] = value or why
    return answers, missing


def items_of(found: Instrument, form: forms.Form) -> list[dict[str, Any]]:
    """Each item with its bound field, its unit, and beside a measured value the field for why there is none."""
    return [
        {
            "name": f"item_{item.number}",
            "field": form[f"item_{item.number}"],
            "unit": item.quantity.unit if item.quantity else "",
            "none": form[f"none_{item.number}"] if item.quantity else None,
        }
        for item in found.items
    ]


def _handed_over() -> forms.CharField:
    return forms.CharField(
        label="Handed over to", required=False, max_length=200, help_text="Whom you told, and how. You can say it after saving, too."
    )


def _kept(item: Item, kept: Assessment) -> str:
    return str(kept.answers.get(item.number, "" if item.quantity else kept.missing.get(item.number, "")))


def _form(found: Instrument, base: type[forms.Form], more: Mapping[str, forms.Field]) -> type[forms.Form]:
    fields: dict[str, Any] = {}
    for item in found.items:
        fields |= _measured_fields(item) if item.quantity else {f"item_{item.number}": _choice(item)}
    measured = tuple(item for item in found.items if item.quantity)
    return type("InstrumentForm", (_WithMeasures, base), {**fields, **more, "measured": measured})


def _choice(item: Item) -> forms.ChoiceField:
    choices = [(str(option.value), option.label) for option in item.options] + [*NO_ANSWER]
    hint = f"Only after an answer of {item.only_if.at_least} or more to question {item.only_if.item}." if item.only_if else ""
    return forms.ChoiceField(
        label=f"{item.number}. {item.text}", choices=choices, widget=forms.RadioSelect, help_text=hint,
        required=item.scored and item.only_if is None,
    )  # fmt: skip


def _measured_fields(item: Item) -> dict[str, forms.Field]:
    quantity = item.quantity
    assert quantity is not None
    words = [f"{quantity.low} to {quantity.high} {quantity.unit}", quantity.method, quantity.device]
    return {
        f"item_{item.number}": _Measured(item, label=item.text, help_text=". ".join(filter(None, words)) + ".", required=item.scored),
        f"none_{item.number}": forms.ChoiceField(label=f"{item.text}: why there is no value", choices=NOT_MEASURED, required=False),
    }
