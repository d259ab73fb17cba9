"""What participants logged of their sessions by their own link, as staff read it."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from participants.actions import sessions as steps
from participants.pages.week import session_or_404
from trials import clock
from trials.models import User


@require_POST
def read_home_note(request: HttpRequest, trial_id: str, session_no: int) -> HttpResponse:
    """The note of a session that its person logged is read, and leaves the list of work."""
    found = session_or_404(cast(User, request.user), trial_id, session_no)
    steps.read_note(found, by=cast(User, request.user), at=clock.now())
    return redirect(found)
