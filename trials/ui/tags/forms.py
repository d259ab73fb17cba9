"""Fields, whole forms and what is wrong with them."""

from __future__ import annotations

from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField

from trials.ui import fields
from trials.ui.tags.speaking import language_in

register = template.Library()


@register.inclusion_tag("ui/field.html", takes_context=True)
def field(context: template.Context, bound: BoundField, **options: Any) -> dict[str, object]:
    """One field with label, hint and error. Options: hint, unit, step (makes a stepper), width ("short", "medium"), row, any attribute."""
    step = options.pop("step", "")
    return {"f": fields.view_of(bound, step=str(step), **options), "language": language_in(context)}


@register.inclusion_tag("ui/form_fields.html")
def form_fields(form: forms.Form) -> dict[str, object]:
    """Every field of a form in order, hidden ones too."""
    return {"form": form}


@register.inclusion_tag("ui/error_summary.html", takes_context=True)
def error_summary(context: template.Context, *given: Any) -> dict[str, object]:
    """What is wrong, at the top and focused, each line a link to its field. Takes forms, or a list of (sentence, field id)."""
    faults: list[tuple[str, str]] = []
    for form in given:
        if isinstance(form, forms.BaseForm):
            faults += _faults(form)
        elif form and not isinstance(form, str):
            faults += [(f, "") if isinstance(f, str) else f for f in form]
    return {"faults": faults, "language": language_in(context)}


def _faults(form: forms.BaseForm) -> list[tuple[str, str]]:
    if not form.is_bound:
        return []
    faults = [(str(e), "") for e in form.non_field_errors()]
    return faults + [(sentence, fields.target_of(bound)) for bound in form for sentence in fields.sentences(bound)]
