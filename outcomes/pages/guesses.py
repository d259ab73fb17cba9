"""The guess of the arm at the last visit: the same choices for everybody, and nobody's answer but one's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from outcomes.actions import guesses as steps
from outcomes.domain.blinding_index import Index
from outcomes.domain.guessing import DONT_KNOW_CODE, Certainty, Whose
from outcomes.models import Guess
from outcomes.permissions import whose_guess
from outcomes.queries import guesses
from participants.pages.common import find, person_page, user_of
from trials import clock
from trials.domain.protocol import Protocol
from trials.domain.roles import Permission
from trials.queries import protocol_in_force

SURE = ((f"{Certainty.SOMEWHAT}", "Somewhat sure"), (f"{Certainty.STRONGLY}", "Strongly sure"))
WORDS = {
    Whose.ASSESSOR: ("In which group do you think {} is?", "Answer without asking anybody. Nobody tells you whether you are right."),
    Whose.PARTICIPANT: ("In which group does {} think they are?", "Ask in these words, before anything is said about the results."),
}


class GuessForm(forms.Form):
    """An arm or "don't know", and how sure; a correction says why as well."""

    arm = forms.ChoiceField(label="Group", widget=forms.RadioSelect)
    certainty = forms.ChoiceField(label="How sure?", choices=SURE, widget=forms.RadioSelect, required=False)
    reason = forms.CharField(label="Why is it corrected?", max_length=500, strip=True)

    def __init__(self, *args: Any, protocol: Protocol, corrects: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        arms = [(arm.code, arm.label or arm.code) for arm in protocol.arms]
        self.fields["arm"].choices = [*arms, (DONT_KNOW_CODE, "Don't know")]  # type: ignore[attr-defined]
        self.fields["certainty"].help_text = "Say it with a group; leave it empty for don't know."
        if not corrects:
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """A radio that was chosen can't be emptied again, so "don't know" empties it."""
        given = dict(self.cleaned_data)
        return given | {"arm": "", "certainty": ""} if given.get("arm") == DONT_KNOW_CODE else given


@require_http_methods(["GET", "HEAD", "POST"])
def guess(request: HttpRequest, trial_id: str) -> HttpResponse:
    """Ask for the guess, or show one's own with the form that corrects it."""
    person, user = find(request, trial_id, Permission.RECORD_GUESS), user_of(request)
    whose, own = whose_guess(user, person), guesses.own_guess(user, person)
    told = {"arm": own.arm or DONT_KNOW_CODE, "certainty": own.certainty} if own else None
    form = GuessForm(request.POST or None, initial=told, protocol=protocol_in_force(), corrects=own is not None)
    step = steps.correct_guess if own else steps.record_guess
    heading, text = (words.format(person) for words in WORDS[whose])
    return person_page(
        request,
        person,
        form,
        lambda given: step(person, whose=whose, by=user, at=clock.now(), **given),
        heading=heading,
        text=f"{text} {_recorded(own)}" if own else text,
        action_label="Correct guess" if own else "Save guess",
        said="Guess saved",
    )


def shown(group: guesses.Blinded) -> dict[str, Any]:
    """A group's guesses and indices as the reports page shows them."""
    bangs = dict(group.bang)
    rows = zip(group.guesses.arms, group.guesses.counts, group.guesses.unknown, strict=True)
    return {
        "whose": group.whose.value,
        "caption": f"Guesses by arm: {group.whose}s",
        "guesses": group.guesses,
        "rows": [(arm, counts, unknown, _figure(bangs[arm])) for arm, counts, unknown in rows],
        "james": _figure(group.james),
    }


def _figure(index: Index | None) -> str:
    return "" if index is None else f"{float(index.estimate):.3f} (95 % CI {index.low:.3f} to {index.high:.3f})"


def _recorded(own: Guess) -> str:
    return f"You answered on {own.at.astimezone(own.participant.site.zone):%d %B %Y}; that answer is chosen below."
