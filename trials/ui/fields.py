"""One form field as people meet it: its words, its hint, what is wrong and how to cure it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString


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


def view_of(
    bound: BoundField, *, hint: str = "", unit: str = "", step: str = "", width: str = "", row: bool = False, **attrs: object
) -> FieldView:
    """One bound field ready to draw; `attrs` go to the control (inputmode, autocomplete, enterkeyhint...)."""
    kind = kind_of(bound)
    view = FieldView(
        kind=kind, id=bound.auto_id, name=bound.html_name, label=str(bound.label), hint=hint or str(bound.help_text or ""),
        errors=tuple(str(e) for e in bound.errors), optional=not bound.field.required and kind != "check", unit=unit, step=step, row=row,
        options=tuple(_options(bound)) if kind in ("radios", "checkboxes", "check") else (),
    )
    if kind not in ("input", "hidden"):
        return view
    return FieldView(**{**vars(view), "control": _control(bound, view, width=width, attrs=attrs)})


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
