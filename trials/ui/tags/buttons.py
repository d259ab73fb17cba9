"""Buttons: verb and object; a refused one says why and the way out."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from trials.ui.tags.signs import icon as draw_icon
from trials.ui.tags.signs import ident

register = template.Library()


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
        "id": ident("why", label + about),
    }


@register.simple_tag
def button_link(label: str, url: str, kind: str = "", icon: str = "", about: str = "", confirm: bool = False) -> SafeString:
    """A link that looks like a button; with `confirm=True` the confirm page it leads to opens as a dialog where script runs."""
    return format_html(
        '<a class="button {}" href="{}"{}>{}{}{}</a>',
        kind,
        url,
        mark_safe(" data-dialog") if confirm else "",
        draw_icon(icon) if icon else "",
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
