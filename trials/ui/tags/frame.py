"""What stands around a page: theme, title, way here, help, messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

from trials.ui import help_lines
from trials.ui.tags.speaking import language_in

register = template.Library()


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
    return f"{language_in(context).say('Error')}: " if failed else ""


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
    language = language_in(context)
    found = lines or context.get("help_lines") or help_lines.ALWAYS
    return {"lines": help_lines.in_order(found, language), "language": language}


@register.inclusion_tag("ui/toast.html", takes_context=True)
def toast(context: template.Context, message: Any) -> dict[str, object]:
    """One message of `django.contrib.messages`; extra_tags "undo:/address/" adds an Undo button."""
    tags = str(getattr(message, "extra_tags", "") or "").split()
    undo = next((t.removeprefix("undo:") for t in tags if t.startswith("undo:")), "")
    return {"text": message, "undo": undo, "csrf_token": context.get("csrf_token")}
