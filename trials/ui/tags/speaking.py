"""Sentences in the language of the page. A page without one is English, as every page of staff is."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from trials.languages import ENGLISH, Language, language_of, languages

register = template.Library()


def language_in(context: Any) -> Language:
    """The language of the page that is being drawn."""
    found = context.get("language")
    return found if isinstance(found, Language) else ENGLISH


@register.simple_tag(takes_context=True)
def say(context: template.Context, sentence: str, **values: object) -> SafeString:
    """`{% say "Question {number} of {count}" number=3 count=16 %}`; the sentence is ours, its values are escaped."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return SafeString(language_in(context).say(sentence, **escaped))


@register.simple_tag(takes_context=True)
def page_language(context: template.Context) -> Language:
    """The language itself, for `lang` and `dir`."""
    return language_in(context)


@register.inclusion_tag("ui/language_switch.html", takes_context=True)
def language_switch(context: template.Context, fixed: str = "") -> dict[str, object]:
    """A plain link for each language, to this page or to the `fixed` one; drawn on pages of participants only."""
    request = context.get("request")
    if request is None or not request.path.startswith("/me/"):
        return {"choices": ()}
    kept = request.GET.copy()
    for name in ("language", "questions"):
        kept.pop(name, None)
    more = "" if fixed or not kept else f"&{kept.urlencode()}"
    now = language_in(context)
    choices = [(each, f"{fixed}?language={each.code}{more}", each.code == now.code) for each in languages.values()]
    return {"choices": choices, "language": now}


@register.simple_tag(takes_context=True)
def as_written(context: template.Context, text: str, code: str) -> SafeString:
    """A text of the protocol, written in the language `code`: in the page's own words where they are known, else marked as it is."""
    return in_words(language_in(context), text, code)


def in_words(language: Language, text: str, code: str) -> SafeString:
    """A text of the protocol as `as_written` draws it, for a choice of a form."""
    if text in language.words:
        return format_html("{}", language.words[text])
    return format_html("{}", text) if code == language.code else format_html('<span lang="{}">{}</span>', code, text)


@register.simple_tag(takes_context=True)
def other_language(context: template.Context, code: str) -> SafeString | str:
    """The own name of a language that is not the page's, marked as such; nothing for the page's own and for one without a name here."""
    spoken = language_of(code)
    if spoken is language_in(context) or spoken.code != code.partition("-")[0]:
        return ""
    return format_html('<span lang="{}">{}</span>', spoken.code, spoken.name)
