"""A participant logs by their link what they did without anybody supervising, and puts right what they logged."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from outcomes.pages import whereabouts
from outcomes.pages.home_forms import HomeLogForm
from outcomes.pages.me_common import closed, page
from participants.actions import sessions as steps
from participants.actions.sessions import home
from participants.domain.home import read_by
from participants.domain.prescription import ABOVE_ALL, ABOVE_LAST
from participants.domain.wall_clock import instant
from participants.models import Participant, TrainingSession
from participants.pages.lifts import lifts_of
from participants.queries import appointments as reads
from participants.queries.hours import opening_at
from trials import clock, entropy
from trials.languages import Language
from trials.pages.language import of_request, refusal
from trials.permissions import Refused
from trials.queries import protocol_in_force
from trials.ui.tags.speaking import in_words as as_written
from trials.ui.words import number

PLAIN = {  # code of a refusal -> what the person is told where its own sentence, which names figures or scales, is not in their language
    "future": "What you did can't lie in the future. Look at the day, the time and the minutes.",
    "rating": "Choose each rating from its scale, like 6.",
    "cost": "Enter an amount, like 4.50.",
    "load": "Enter the load in kg, like 7.5.",
    "move_refused": "That day doesn't go with the days of the others. Choose another day.",
}


@login_not_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest, session_no: int) -> HttpResponse:
    """One form: the plan beside what was done. Once it is logged the same page puts it right."""
    at = clock.now()
    person = whereabouts.who_has_appointments(request, at)
    session = None if person is None else next((s for s in reads.of_person(person) if s.session_no == session_no), None)
    if person is None or session is None:
        return closed(request)
    correcting = home.may_be_corrected(session, at)
    if not correcting and not home.may_be_logged(session, at):
        return redirect("me_appointments")
    language = of_request(request, person.language)
    form = _form(request.POST if request.method == "POST" else None, session, at, language, correcting=correcting)
    if request.method != "POST":
        return _show(request, person, session, form, at)
    if not form.is_valid():
        return _show(request, person, session, form, at, status=422)
    try:
        _keep(form, person, session, at, confirmed=request.POST.get("confirmed") == "1")
    except Refused as refused:
        question = asked(language, refused.sentence) if refused.code == "confirm" else ""
        if not question:
            form.add_error(None, refusal(language, refused, PLAIN))
        return _show(request, person, session, form, at, question=question, status=refused.status)
    return redirect("me_appointments")


def _keep(form: HomeLogForm, person: Participant, session: TrainingSession, at: datetime, *, confirmed: bool) -> None:
    given, site = form.cleaned_data, person.site
    facts = form.facts(instant(datetime.fromisoformat(given["on"]).date(), given["clock"], site.timezone))
    same = {"sets": form.sets, "facts": facts, "confirmed": confirmed, "by": person, "at": at}
    if form.correcting:
        steps.correct_own(session, reason=given["reason"], **same)
    else:
        steps.log_own(session, went=given["went"], note=given["note"], client_uuid=given["client"], **same)


def asked(language: Language, question: str) -> str:
    """The question about an unlikely load in the person's language, its figures as they write them."""
    for sentence in (ABOVE_LAST, ABOVE_ALL):
        found = re.fullmatch(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(sentence)), question)
        if found:
            return language.say(sentence, **{name: language.number(value) for name, value in found.groupdict().items()})
    return question


def _form(data: Any, session: TrainingSession, at: datetime, language: Language, *, correcting: bool) -> HomeLogForm:
    protocol = protocol_in_force()
    ours = [
        (r.code, as_written(language, r.label, protocol.language))
        for r in protocol.missed_reasons
        if protocol.missed_reason_class.get(r.code) != "site"
    ]
    days = [(f"{noon:%Y-%m-%d}", language.day(noon.date())) for noon in home.days_of(session, at)]
    return HomeLogForm(
        data, initial=_as_it_stands(session, [key for key, _ in days], language, correcting=correcting), days=days, reasons=ours,
        lifts=lifts_of(session, language), scale=session.rpe_scale, language=language, correcting=correcting,
    )  # fmt: skip


def _as_it_stands(session: TrainingSession, days: list[str], language: Language, *, correcting: bool) -> dict[str, Any]:
    """When it was to be, and an id that makes a page sent twice count once; of what was logged, all of it."""
    planned = session.at.astimezone(session.enrolment.participant.site.zone)
    key = f"{session.trial_id}|{session.session_no}|{session.status}"
    known: dict[str, Any] = {"client": UUID(bytes=entropy.fresh("home_log", key)[:16], version=4), "equipment": session.equipment}
    if not correcting or session.started_at is None or session.ended_at is None:
        on = f"{planned:%Y-%m-%d}"
        return known | {
            "on": on if on in days else days[-1],
            "clock": f"{planned:%H:%M}",
            "minutes": session.planned_minutes,
            "together": 1,
            "place": "home" if session.delivery == "home" else session.setting,
        }
    began = session.started_at.astimezone(planned.tzinfo)
    return known | {
        "on": f"{began:%Y-%m-%d}", "clock": f"{began:%H:%M}", "minutes": (session.ended_at - session.started_at).seconds // 60,
        "session_rpe": "" if session.session_rpe is None else language.number(number(session.session_rpe)), "early": session.ended_early,
        "stopped": session.ended_early_reason, "place": session.setting, "together": session.group_size,
        "cost": "" if session.participant_cost is None else language.number(number(session.participant_cost)),
    }  # fmt: skip


def _show(
    request: HttpRequest, person: Participant, session: TrainingSession, form: HomeLogForm, at: datetime, *, question: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    protocol, language = protocol_in_force(), of_request(request, person.language)
    until = read_by(at.astimezone(person.site.zone).date(), opening_at(protocol, person.site))
    context = {
        "session": session, "site": person.site, "form": form, "question": question, "read_by": language.day(until),
    }  # fmt: skip
    return page(request, "outcomes/me_log.html", context, protocol=protocol, participant=person, status=status)
