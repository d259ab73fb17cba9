"""Forms drawn from the protocol: eligibility questions and baseline variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from participants.domain import bounds
from participants.pages.common import YES_NO, radios
from trials.domain.protocol.shape import BaselineVariable, EligibilityQuestion

PREFIX = "p_"  # before a protocol's code in a form's field names: a code can't collide with a field of ours


class ProtocolForm(forms.Form):
    """One field a question, none of them required: a form may be kept half-filled."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, asked: Iterable[EligibilityQuestion | BaselineVariable], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.asked = tuple(asked)
        for question in self.asked:
            self.fields[PREFIX + question.code] = _field(question)

    def answers(self) -> dict[str, str]:
        """Code -> text of everything that was answered."""
        given = {q.code: str(self.cleaned_data.get(PREFIX + q.code, "")) for q in self.asked}
        return {code: text for code, text in given.items() if text.strip()}


def initial(answers: Mapping[str, str]) -> dict[str, str]:
    return {PREFIX + code: text for code, text in answers.items()}


def _field(question: EligibilityQuestion | BaselineVariable) -> forms.Field:
    label = question.text if isinstance(question, EligibilityQuestion) else question.label
    if question.type == "yes_no":
        return radios(label, YES_NO, required=False)
    if question.type == "choice":
        return radios(label, [(c.code, c.label) for c in question.choices], required=False)
    widget = forms.TextInput(attrs={"inputmode": "decimal"} if question.type == "number" else {})
    return forms.CharField(label=label, required=False, max_length=500, widget=widget, help_text=_hint(question))


def _hint(question: EligibilityQuestion | BaselineVariable) -> str:
    """The unit; for a baseline variable its bounds too. The bounds of a criterion are not shown to whoever asks the question."""
    if question.type != "number":
        return ""
    if isinstance(question, EligibilityQuestion):
        return question.unit
    return _bounds(question.minimum, question.maximum, question.unit)


def _bounds(minimum: Decimal | None, maximum: Decimal | None, unit: str) -> str:
    words = bounds.in_words(minimum, maximum, unit)
    return words[:1].upper() + words[1:] if (minimum, maximum) != (None, None) else unit
