"""What a participant fills in: the code at the door, and one answer at a time; every word in their language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django import forms
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.html import format_html

from outcomes.domain.sitting import Step
from trials.languages import Language

NO_CHOICE = "Choose an answer, or skip this question."
NOT_LISTED = "Choose one of the answers listed, or skip this question."
ELSEWHERE = "This question was answered on another page. That answer is shown; change it if it is not right, and continue."
SKIP = "skip"
TRIES, TRIES_OF_ALL, MINUTE = 10, 300, 60


class StartForm(forms.Form):
    t = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    code = forms.CharField(max_length=40)

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.fields["code"].label = language.say("Code from your message")


def answer_form(language: Language, step: Step, value: int | None, data: object = None) -> forms.Form:
    choices = [(str(option.value), option.label) for option in step.item.options]
    faults = {
        "required": language.say(NO_CHOICE),
        "invalid_choice": language.say(NOT_LISTED),
    }
    answer = forms.ChoiceField(label=step.item.text, choices=choices, widget=forms.RadioSelect, error_messages=faults)
    form_class = type("AnswerForm", (forms.Form,), {"answer": answer})
    form: forms.Form = form_class(data, initial={} if value is None else {"answer": str(value)})
    return form


def field_name(step: Step) -> str:
    """Of a question among others: its own name, whatever its place."""
    return f"{step.instrument.code}-{step.item.number}"


def together_form(
    language: Language, steps: Sequence[Step], kept: Mapping[str, str], data: object = None, *, count: int, left: Collection[str] = ()
) -> forms.Form:
    """All questions of a screen, each with its answers and the choice to skip it.

    `kept`: field name -> the answer as it stands, or `SKIP`; `count`: of the questions of the visit.
    The questions `left` (field names) may stay untouched.
    """
    skip = (SKIP, format_html('<span lang="{}">{}</span>', language.code, language.say("Skip this question")))
    fields = {}
    for step in steps:
        place = language.say("Question {number} of {count}", number=step.number, count=count)
        fields[field_name(step)] = forms.ChoiceField(
            label=f"{step.number}. {step.item.text}",
            choices=[*((str(option.value), option.label) for option in step.item.options), skip],
            widget=forms.RadioSelect,
            required=field_name(step) not in left,
            error_messages={
                "required": f"{place}: {language.say(NO_CHOICE)}",
                "invalid_choice": f"{place}: {language.say(NOT_LISTED)}",
            },
        )
    made = type("TogetherForm", (forms.Form,), fields)
    form: forms.Form = made(data, initial=dict(kept))
    return form


def too_many(request: HttpRequest) -> bool:
    """Typed codes are short, so tries are counted: a few a minute from one address, and a limit for all together."""
    own, everyone = f"me:{request.META.get('REMOTE_ADDR', '')}", "me:all"
    counts = []
    for key in (own, everyone):
        cache.add(key, 0, MINUTE)
        counts.append(cache.incr(key))
    return counts[0] > TRIES or counts[1] > TRIES_OF_ALL
