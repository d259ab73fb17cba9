"""A person's course as a drawing with its table; a whole page, or a part of the record."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from outcomes.queries import ahead
from outcomes.queries import course as reads
from participants.models import Participant
from participants.queries.people import endings_for
from trials import clock
from trials.models import User


@require_safe
def course(request: HttpRequest, trial_id: str) -> HttpResponse:
    user = cast(User, request.user)
    people = Participant.objects.visible_to(user).select_related("unit__site").prefetch_related(endings_for(user))
    person = get_object_or_404(people, unit__trial_id=trial_id)
    template = "outcomes/course_part.html" if request.headers.get("HX-Request") else "outcomes/course.html"
    at = clock.now()
    return render(request, template, {"participant": person, "course": reads.of(person, user, at), "ahead": ahead.of(person, user, at)})
