"""Worklists, tables, tabs, steps, checks and the filter bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from trials.ui import words
from trials.ui.tags.signs import icon, ident

register = template.Library()


@register.inclusion_tag("ui/worklist.html", takes_context=True)
def worklist(context: template.Context, rows: Sequence[Mapping[str, Any]], label: str = "") -> dict[str, object]:
    """Rows of work. Each is a mapping: what, who, who_url, when, note, state, word, action, url, method ("get"/"post"), refused."""
    return {"rows": rows, "label": label, "csrf_token": context.get("csrf_token")}


@register.simple_block_tag(takes_context=True)
def table(context: template.Context, content: str, caption: str, count: object = None, note: str = "") -> SafeString:
    """A table in a focusable, named, scrolling region: `{% table "Sessions" count=16 %}<thead>...{% endtable %}`."""
    name = ident("table", caption)
    counts = "" if count is None else format_html(' <span class="count">{}</span>', words.number(count))
    notes = format_html('<span class="count">{} {}</span>', "" if count is None else ",", note) if note else ""
    return format_html(
        '<div class="region" role="region" aria-labelledby="{}" tabindex="0">'
        '<table class="table"><caption id="{}">{}{}{}</caption>{}</table></div>',
        name,
        name,
        caption,
        counts,
        notes,
        content,
    )


@register.simple_tag(takes_context=True)
def sort_th(context: RequestContext, label: str, key: str, numeric: bool = False) -> SafeString:
    """A column head that sorts by `?sort=key`, then `?sort=-key`, keeping the other filters."""
    query = context["request"].GET.copy()
    now = query.get("sort", "")
    query["sort"] = f"-{key}" if now == key else key
    query.pop("page", None)
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "none")
    return format_html(
        '<th scope="col" aria-sort="{}"{}><a href="?{}">{}{}</a></th>',
        order,
        mark_safe(' class="num"') if numeric else "",
        query.urlencode(),
        label,
        icon("chevron-down") if order != "none" else "",
    )


@register.inclusion_tag("ui/tabs.html")
def tabs(items: Sequence[tuple[Any, ...]], label: str) -> dict[str, object]:
    """Links between parts of one thing; each item is (label, url, current) or (label, url, current, count)."""
    return {"tabs": [(*item, None)[:4] for item in items], "label": label}


@register.inclusion_tag("ui/steps.html")
def steps(items: Sequence[Mapping[str, Any]], label: str = "Steps") -> dict[str, object]:
    """Steps in order; each a mapping: label, state ("done", "now", "todo", "stop"), note, url, word."""
    return {"steps": items, "label": label}


@register.inclusion_tag("ui/checks.html")
def checks(items: Sequence[Mapping[str, Any]], label: str = "Checks") -> dict[str, object]:
    """What must hold; each a mapping: ok, text, and for a failed one url and action."""
    return {"checks": items, "label": label}


@register.inclusion_tag("ui/filters.html", takes_context=True)
def filter_bar(context: RequestContext, form: forms.Form, shown: int, total: int) -> dict[str, object]:
    """A GET form whose state is the address: its fields, a chip for each one in use, "12 of 60" and Clear."""
    request = context["request"]
    chips = []
    for bound in form:
        for value in request.GET.getlist(bound.html_name):
            if value:
                rest = request.GET.copy()
                rest.setlist(bound.html_name, [v for v in rest.getlist(bound.html_name) if v != value])
                chips.append((f"{bound.label}: {_choice_word(bound, value)}", f"{request.path}?{rest.urlencode()}"))
    kept = [(k, v) for k in ("sort",) for v in request.GET.getlist(k)]
    return {"form": form, "chips": chips, "shown": shown, "total": total, "clear": request.path, "kept": kept}


def _choice_word(bound: BoundField, value: str) -> str:
    for code, word in getattr(bound.field, "choices", ()):
        if str(code) == value:
            return str(word)
    return value
