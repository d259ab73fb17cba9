"""Randomisation described as a report needs it, each sentence with the record behind it."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trials import statement
from trials.domain.statement import RESTRICTION, TITLES, Sentence
from trials.domain.statement import statement as told
from trials.models import User

Item = tuple[str, str, list[Sentence]]


@require_safe
def describe_randomisation(request: HttpRequest) -> HttpResponse:
    """What may be printed now; and, while randomisation is open, what waits until it is closed."""
    statement.check_may_read(cast(User, request.user))
    facts, closed = statement.facts(), statement.all_closed()
    later = [] if closed else [item for item in _items(told(facts, details=True)) if item[0] == RESTRICTION]
    context = {"items": _items(told(facts, details=closed)), "later": later if facts.schemes else []}
    return render(request, "trials/statement.html", context)


def _items(sentences: tuple[Sentence, ...]) -> list[Item]:
    """Item, title and sentences, in CONSORT's order."""
    found = ((item, title, [s for s in sentences if s.item == item]) for item, title in TITLES.items())
    return [item for item in found if item[2]]
