"""Small signs of a state: icon, pill, strip, lock, saved, empty, progress, sparkline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from trials.ui import timeline, words

register = template.Library()

STATES = ("due", "warn", "stop", "done")


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
    """When the page was read.

    With `url` it asks each minute: JSON {"waiting": 3, "at": "14:06"} says "3 new: show", silence says "Not updated since 14:05".
    """
    time = words.clock_time(as_of, site) + ("" if site else " UTC")
    return {"as_of": as_of, "site": site, "time": time, "url": url, "region": region}


@register.inclusion_tag("ui/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, object]:
    """An empty list: what will appear, when, how; an address and its verb where something can be done."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("ui/progress.html")
def progress(done: int, total: int, label: str, cancel_url: str = "") -> dict[str, object]:
    """How far a running piece of work is: `{% progress 3 9 "Tables written" %}`."""
    return {"done": done, "total": total, "label": label, "cancel_url": cancel_url, "id": ident("progress", label)}


@register.inclusion_tag("ui/sparkline.html")
def sparkline(values: Sequence[Any], last: object = "") -> dict[str, object]:
    """A small line beside its last value; decoration, so the value itself is always written."""
    recorded = [float(v) for v in values if v is not None]
    points, x, y = timeline.spark(recorded) if recorded else ("", 0.0, 0.0)
    return {"points": points, "x": x, "y": y, "last": last}


def ident(kind: str, text: str) -> str:
    return f"{kind}-{slugify(text) or 'x'}"
