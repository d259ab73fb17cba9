"""One form field as people meet it: its words, its hint, what is wrong and how to cure it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

LIKE = {
    forms.NumberInput: "as a number, like 62.5",
    forms.DateInput: "as a date",
    forms.TimeInput: "as a time, like 18:00",
    forms.DateTimeInput: "as a date and time, like 2026-05-12 18:00",
    forms.EmailInput: "as an address, like name@example.org",
}


class DecimalField(forms.DecimalField):
    """A decimal as people type it: comma and point both count."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)


@dataclass(frozen=True, kw_only=True)
class Option:
    id: str
    value: str
    label: object
    checked: bool
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """What `ui/field.html` draws; `kind` is "radios", "checkboxes", "check", "hidden" or "input"."""

    kind: str
    id: str
    name: str
    label: str
    hint: str
    errors: tuple[str, ...]
    optional: bool
    unit: str
    control: SafeString | str = ""
    options: tuple[Option, ...] = ()
    step: str = ""
    row: bool = False

    @property
    def hint_id(self) -> str:
        return f"{self.id}_hint" if self.hint else ""

    @property
    def error_id(self) -> str:
        return f"{self.id}_error" if self.errors else ""

    @property
    def described_by(self) -> str:
        return " ".join(filter(None, (self.hint_id, self.error_id)))


def kind_of(bound: BoundField) -> str:
    """How a field is drawn, from its widget; radio and checkbox groups become a fieldset."""
    widget = bound.field.widget
    if bound.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    return "check" if isinstance(widget, forms.CheckboxInput) else "input"


def target_of(bound: BoundField) -> str:
    """The id that a link to this field leads to: the first choice of a group, else the control."""
    kind = kind_of(bound)
    return f"{bound.auto_id}_0" if kind in ("radios", "checkboxes") else bound.auto_id


def sentences(bound: BoundField) -> tuple[str, ...]:
    """What is wrong with a field, as a cure: a framework's own wording for an empty or unreadable answer is replaced."""
    return tuple(_cure(bound, error) for error in bound.errors.as_data())


def _cure(bound: BoundField, error: ValidationError) -> str:
    label = str(bound.label)
    thing = label[:1].lower() + label[1:] if label[1:2].islower() else label
    words = next(iter(error.messages))
    own = bound.field.default_error_messages.get(error.code or "") if bound.field else None
    if error.code == "required" and words in (str(own), str(forms.Field.default_error_messages["required"])):
        return {"radios": "Choose an answer: ", "checkboxes": "Choose at least one: ", "check": "Tick: "}.get(
            kind_of(bound), "Enter "
        ) + thing
    if error.code == "invalid" and own is not None and words == str(own):
        return f"Enter {thing} {LIKE.get(type(bound.field.widget), 'as asked')}"
    if error.code == "invalid_choice" and error.message == own:
        return f"Choose one of the answers listed: {thing}"
    return words


def view_of(
    bound: BoundField, *, hint: str = "", unit: str = "", step: str = "", width: str = "", row: bool = False, **attrs: object
) -> FieldView:
    """One bound field ready to draw; `attrs` go to the control (inputmode, autocomplete, enterkeyhint...)."""
    kind = kind_of(bound)
    view = FieldView(
        kind=kind,
        id=bound.auto_id,
        name=bound.html_name,
        label=str(bound.label),
        hint=hint or str(bound.help_text or ""),
        errors=sentences(bound),
        optional=not bound.field.required and kind != "check",
        unit=unit,
        step=step,
        row=row,
        options=tuple(_options(bound)) if kind in ("radios", "checkboxes", "check") else (),
    )
    if kind not in ("input", "hidden"):
        return view
    return replace(view, control=_control(bound, view, width=width, attrs=attrs))


def _options(bound: BoundField) -> Iterator[Option]:
    if isinstance(bound.field.widget, forms.CheckboxInput):
        yield Option(id=bound.auto_id, value="on", label=bound.label, checked=bool(bound.value()))
        return
    for place, sub in enumerate(bound.subwidgets):
        data = sub.data
        yield Option(id=f"{bound.auto_id}_{place}", value=str(data["value"]), label=data["label"], checked=bool(data["selected"]))


def _control(bound: BoundField, view: FieldView, *, width: str, attrs: dict[str, object]) -> SafeString:
    given = {name.replace("_", "-"): value for name, value in attrs.items() if value not in (None, "")}
    own = str(bound.field.widget.attrs.get("class", ""))
    given["class"] = " ".join(filter(None, (own, "input", width)))
    given["required"] = False
    _as_typed(bound.field.widget, given)
    if view.step:
        given.setdefault("inputmode", "decimal")
        given.setdefault("autocomplete", "off")
    if view.unit:
        given.setdefault("data-unit", view.unit)
    if view.described_by:
        given["aria-describedby"] = view.described_by
    if view.errors:
        given["aria-invalid"] = "true"
    bound.form.use_required_attribute = False
    return bound.as_widget(attrs=given)


def _as_typed(widget: forms.Widget, given: dict[str, object]) -> None:
    """A number is typed as text with the right keyboard, since spinners swallow commas; days and times use the device's own picker."""
    if isinstance(widget, forms.NumberInput):
        widget.input_type = "text"
        given.setdefault("inputmode", "decimal")
        given.setdefault("autocomplete", "off")
        given |= {"min": False, "max": False, "step": False}
    elif type(widget) is forms.DateInput:
        widget.input_type, widget.format = "date", "%Y-%m-%d"
        given["class"] = f"{given['class']} medium"
    elif type(widget) is forms.TimeInput:
        widget.input_type, widget.format = "time", "%H:%M"
        given["class"] = f"{given['class']} short"
