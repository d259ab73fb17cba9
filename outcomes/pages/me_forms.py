"""What a participant fills in: the code at the door, and one answer at a time; every word in their language."""

from __future__ import annotations

from django import forms
from django.core.cache import cache
from django.http import HttpRequest

from outcomes.domain.sitting import Step
from trials.languages import Language

NO_CHOICE = "Choose an answer, or skip this question."
ELSEWHERE = "This question was answered on another page. That answer is shown; change it if it is not right, and continue."
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
        "invalid_choice": language.say("Choose one of the answers listed, or skip this question."),
    }
    answer = forms.ChoiceField(label=step.item.text, choices=choices, widget=forms.RadioSelect, error_messages=faults)
    form_class = type("AnswerForm", (forms.Form,), {"answer": answer})
    form: forms.Form = form_class(data, initial={} if value is None else {"answer": str(value)})
    return form


def too_many(request: HttpRequest) -> bool:
    """Typed codes are short, so tries are counted: a few a minute from one address, and a limit for all together."""
    own, everyone = f"me:{request.META.get('REMOTE_ADDR', '')}", "me:all"
    counts = []
    for key in (own, everyone):
        cache.add(key, 0, MINUTE)
        counts.append(cache.incr(key))
    return counts[0] > TRIES or counts[1] > TRIES_OF_ALL
