"""The components that every page is built of. `/styleguide/` shows each in every state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from trials.ui import fields, help_lines, timeline, words

register = template.Library()

STATES = ("due", "warn", "stop", "done")
Crumb = tuple[str, str]


# --- words ---------------------------------------------------------------------------------------------------------------------


@register.filter("figure")
def figure_filter(value: object, places: int | None = None) -> SafeString:
    """A number for people: `{{ load|figure:1 }}`; nothing recorded reads "not recorded"."""
    return _worded(words.number(value, places))


@register.filter
def percent(value: object, places: int = 0) -> SafeString:
    """A share of 1 as "81 %"."""
    return _worded(words.percent(value, places))


def _worded(text: str) -> SafeString:
    return format_html('<span class="{}">{}</span>', "absent" if text == words.NOT_RECORDED else "num", text)


@register.simple_tag
def when(instant: datetime | date | None, site: object = None, year: bool = False, zone: bool = False) -> SafeString | str:
    """A moment in site time: `{% when session.starts_at site %}` -> Tue 12 May, 18:00. A plain date gives "Tue 12 May"."""
    if instant is None:
        return _worded(words.NOT_RECORDED)
    if not isinstance(instant, datetime):
        return format_html('<time datetime="{}">{}</time>', instant.isoformat(), words.day(instant, year=year))
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), words.moment(instant, site, year=year, zone_named=zone))


@register.simple_tag
def clock_time(instant: datetime, site: object = None) -> SafeString:
    """The time of day at the site: 18:00."""
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), words.clock_time(instant, site))


@register.filter
def day(value: date | None) -> str:
    """A date as "Tue 12 May"."""
    return words.NOT_RECORDED if value is None else words.day(value)


@register.filter
def day_year(value: date | None) -> str:
    """A date as "Tue 12 May 2026"."""
    return words.NOT_RECORDED if value is None else words.day(value, year=True)


@register.simple_tag
def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `{% counted 3 "place" %}` -> 3 places."""
    return words.counted(count, one, many)


# --- page frame ----------------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The theme this reader chose, "light" or "dark"; empty when the system decides."""
    chosen = context.get("theme_shown") or getattr(context.get("request"), "COOKIES", {}).get("theme", "")
    return chosen if chosen in ("light", "dark") else ""


@register.simple_tag(takes_context=True)
def title_prefix(context: template.Context) -> str:
    """ "Error: " before the title of a page whose form was refused."""
    forms_here = [context.get("form"), context.get("formset"), *(context.get("forms") or ())]
    failed = bool(context.get("errors")) or any(getattr(f, "is_bound", False) and f.errors for f in forms_here)
    return "Error: " if failed else ""


@register.simple_tag
def link(name: str, *args: object) -> str:
    """The address of a named page, or nothing where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("ui/crumbs.html")
def crumbs(*parts: str) -> dict[str, object]:
    """The way here: `{% crumbs "Participants" url "P-014" %}`, label and address by turns; the last label stands alone."""
    pairs = [(parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]
    return {"crumbs": pairs}


@register.inclusion_tag("ui/help.html", takes_context=True)
def help_block(context: template.Context, lines: Sequence[Any] | None = None) -> dict[str, object]:
    """Emergency number and listening lines: those given, else the context's `help_lines`, else the ones that need no database."""
    return {"lines": lines or context.get("help_lines") or help_lines.ALWAYS}


@register.inclusion_tag("ui/toast.html", takes_context=True)
def toast(context: template.Context, message: Any) -> dict[str, object]:
    """One message of `django.contrib.messages`; extra_tags "undo:/address/" adds an Undo button."""
    tags = str(getattr(message, "extra_tags", "") or "").split()
    undo = next((t.removeprefix("undo:") for t in tags if t.startswith("undo:")), "")
    return {"text": message, "undo": undo, "csrf_token": context.get("csrf_token")}


# --- small things --------------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite; decoration unless it has a label."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" width="20" height="20" {} focusable="false"><use href="{}#{}"/></svg>', meaning, static("ui/icons.svg"), name
    )


@register.simple_tag
def icon_url(name: str) -> str:
    """The address of one drawing of the sprite, for `<use>` inside a larger drawing."""
    return f"{static('ui/icons.svg')}#{name}"


@register.simple_tag
def pill(state: str, word: object) -> SafeString:
    """A state as shape and word: `{% pill "due" "Due today" %}`; any other state is a plain grey one."""
    shape = state if state in STATES else "plain"
    return format_html('<span class="pill {}">{}{}</span>', shape, icon(f"state-{shape}"), word)


@register.simple_block_tag(takes_context=True)
def strip(context: template.Context, content: str, state: str = "") -> SafeString:
    """A line that must be seen: `{% strip "stop" %}Nobody is on duty.{% endstrip %}`."""
    shape = state if state in STATES else ""
    return format_html('<div class="strip {}">{}<div>{}</div></div>', shape, icon(f"state-{shape or 'plain'}"), content)


@register.simple_tag
def locked(text: str) -> SafeString:
    """What can no longer change, as text: `{% locked "Locked 2 May, M. Ryan" %}`."""
    return format_html('<span class="locked">{}{}</span>', icon("lock"), text)


@register.simple_tag
def saved(at: str = "") -> SafeString:
    """Said only after the commit: `{% saved "14:05" %}`; a region that later saves are spoken from."""
    words_ = format_html("{}Saved {}", icon("state-done"), at) if at else ""
    return format_html('<span class="saved" id="saved" role="status">{}</span>', words_)


@register.inclusion_tag("ui/fresh.html")
def fresh(as_of: datetime, site: object = None, url: str = "", region: str = "") -> dict[str, object]:
    """When the page was read. With `url` it asks each minute: JSON {"waiting": 3, "at": "14:06"} says "3 new: show"; silence says "Not updated since"."""
    return {"as_of": as_of, "site": site, "time": words.clock_time(as_of, site), "url": url, "region": region}


@register.inclusion_tag("ui/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, object]:
    """An empty list: what will appear, when, how; an address and its verb where something can be done."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("ui/progress.html")
def progress(done: int, total: int, label: str, cancel_url: str = "") -> dict[str, object]:
    """How far a running piece of work is: `{% progress 3 9 "Tables written" %}`."""
    return {"done": done, "total": total, "label": label, "cancel_url": cancel_url, "id": _id("progress", label)}


@register.inclusion_tag("ui/sparkline.html")
def sparkline(values: Sequence[Any], last: object = "") -> dict[str, object]:
    """A small line beside its last value; decoration, so the value itself is always written."""
    recorded = [float(v) for v in values if v is not None]
    points, x, y = timeline.spark(recorded) if recorded else ("", 0.0, 0.0)
    return {"points": points, "x": x, "y": y, "last": last}


# --- buttons -------------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("ui/button.html")
def button(
    label: str, kind: str = "", refused: object = None, name: str = "", value: str = "", icon: str = "", about: str = ""
) -> dict[str, object]:
    """A submit button, verb and object; with `refused` it can be focused but not pressed, and says why and the way out.

    `refused` is a `Refused`, or a sentence. `about` adds hidden words for screen readers where rows share a verb.
    """
    way_out = getattr(refused, "way_out", None)
    return {
        "label": label,
        "kind": kind,
        "refused": str(refused) if refused else "",
        "way_out": way_out,
        "name": name,
        "value": value,
        "icon": icon,
        "about": about,
        "id": _id("why", label + about),
    }


@register.simple_tag
def button_link(label: str, url: str, kind: str = "", icon: str = "", about: str = "", confirm: bool = False) -> SafeString:
    """A link that looks like a button; with `confirm=True` the confirm page it leads to opens as a dialog where script runs."""
    return format_html(
        '<a class="button {}" href="{}"{}>{}{}{}</a>',
        kind,
        url,
        mark_safe(" data-dialog") if confirm else "",
        globals()["icon"](icon) if icon else "",
        label,
        _hidden_words(about),
    )


@register.inclusion_tag("ui/post_button.html", takes_context=True)
def post_button(
    context: template.Context, label: str, url: str, kind: str = "", about: str = "", refused: object = None, **values: object
) -> dict[str, object]:
    """A form of one button: `{% post_button "Open alert" url about="P-014" next="/safety/" %}`; the rest become hidden fields."""
    return {
        "label": label,
        "url": url,
        "kind": kind,
        "about": about,
        "refused": refused,
        "values": values,
        "csrf_token": context.get("csrf_token"),
    }


def _hidden_words(text: str) -> SafeString | str:
    return format_html('<span class="visually-hidden"> {}</span>', text) if text else ""


# --- lists and tables ----------------------------------------------------------------------------------------------------------


@register.inclusion_tag("ui/worklist.html", takes_context=True)
def worklist(context: template.Context, rows: Sequence[Mapping[str, Any]], label: str = "") -> dict[str, object]:
    """Rows of work. Each is a mapping: what, who, who_url, when, note, state, word, action, url, method ("get"/"post"), refused."""
    return {"rows": rows, "label": label, "csrf_token": context.get("csrf_token")}


@register.simple_block_tag(takes_context=True)
def table(context: template.Context, content: str, caption: str, count: object = None, note: str = "") -> SafeString:
    """A table in a focusable, named, scrolling region: `{% table "Sessions" count=16 %}<thead>...{% endtable %}`."""
    ident = _id("table", caption)
    return format_html(
        '<div class="region" role="region" aria-labelledby="{}" tabindex="0"><table class="table"><caption id="{}">{}{}{}</caption>{}</table></div>',
        ident,
        ident,
        caption,
        "" if count is None else format_html(' <span class="count">{}</span>', words.number(count)),
        format_html('<span class="count">{} {}</span>', "" if count is None else ",", note) if note else "",
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


# --- forms ---------------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, object]:
    """One field with label, hint and error. Options: hint, unit, step (makes a stepper), width ("short", "medium"), row, any attribute."""
    step = options.pop("step", "")
    return {"f": fields.view_of(bound, step=str(step), **options)}


@register.inclusion_tag("ui/form_fields.html")
def form_fields(form: forms.Form) -> dict[str, object]:
    """Every field of a form in order, hidden ones too."""
    return {"form": form}


@register.inclusion_tag("ui/error_summary.html")
def error_summary(*given: Any) -> dict[str, object]:
    """What is wrong, at the top and focused, each line a link to its field. Takes forms, or a list of (sentence, field id)."""
    faults: list[tuple[str, str]] = []
    for form in given:
        if isinstance(form, forms.BaseForm):
            faults += _faults(form)
        elif form and not isinstance(form, str):
            faults += [(f, "") if isinstance(f, str) else f for f in form]
    return {"faults": faults}


def _faults(form: forms.BaseForm) -> list[tuple[str, str]]:
    if not form.is_bound:
        return []
    faults = [(str(e), "") for e in form.non_field_errors()]
    return faults + [(sentence, fields.target_of(bound)) for bound in form for sentence in fields.sentences(bound)]


# --- figures -------------------------------------------------------------------------------------------------------------------


@register.simple_block_tag(takes_context=True)
def plot(context: template.Context, content: str, title: str, rule: str = "", csv: str = "") -> SafeString:
    """A figure with its title, its rule (n, definition, as of) and a CSV link; inside stand the SVG and its table."""
    return format_html(
        '<figure class="plot"><figcaption><strong>{}</strong>{}</figcaption><div class="region" role="region" aria-label="{}, drawing" tabindex="0">{}</div>{}</figure>',
        title,
        format_html('<span class="rule">{}</span>', rule) if rule else "",
        title,
        content,
        format_html('<p class="small no-print"><a href="{}">Download {} as CSV</a></p>', csv, title) if csv else "",
    )


@register.inclusion_tag("ui/timeline.html")
def timeline_svg(course: timeline.Timeline) -> dict[str, object]:
    """A participant's course: one axis, lanes, window bars, marks, the today line, and the same as a table."""
    return {"t": course, "d": timeline.draw(course), "id": _id("timeline", course.title)}


def _id(kind: str, text: str) -> str:
    return f"{kind}-{slugify(text) or 'x'}"
