"""Figures: a drawing, its rule, its table."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from trials.ui import timeline
from trials.ui.tags.signs import ident

register = template.Library()


@register.simple_block_tag(takes_context=True)
def plot(context: template.Context, content: str, title: str, rule: str = "", csv: str = "") -> SafeString:
    """A figure with its title, its rule (n, definition, as of) and a CSV link; inside stand the SVG and its table."""
    return format_html(
        '<figure class="plot"><figcaption><strong>{}</strong>{}</figcaption>'
        '<div class="region" role="region" aria-label="{}, drawing" tabindex="0">{}</div>{}</figure>',
        title,
        format_html('<span class="rule">{}</span>', rule) if rule else "",
        title,
        content,
        format_html('<p class="small no-print"><a href="{}">Download {} as CSV</a></p>', csv, title) if csv else "",
    )


@register.inclusion_tag("ui/timeline.html")
def timeline_svg(course: timeline.Timeline) -> dict[str, object]:
    """A participant's course: one axis, lanes, window bars, marks, the today line, and the same as a table."""
    return {"t": course, "d": timeline.draw(course), "id": ident("timeline", course.title)}
