"""One person's training as a paper, asked for by whoever may see their sessions; what it says is kept as it stood."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings

from outcomes.actions.kept_reports import asked, worked
from outcomes.domain.case import Case
from outcomes.domain.derive import figures as totals_of
from outcomes.domain.forms import Training
from outcomes.domain.training import sessions_of, sets_of
from outcomes.domain.written.words import percent
from outcomes.exports import papers, person_figures
from outcomes.exports.closed import rules_of
from outcomes.exports.dataset import person_who_trains
from outcomes.models import Report
from outcomes.permissions import check_sees_sessions
from participants.models import Participant
from trials import queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.models import User

KIND = "training_of_person"


@action
def request_training_report(participant: Participant, *, by: User, at: datetime) -> Report:
    """Ask for a person's training as PDF; a worker makes it and the last one stays until then. One request a person waits at a time."""
    check_sees_sessions(by, participant.site)
    return asked(KIND, "training_report", by=by, at=at, about=participant.trial_id, paper=True)


@action
def compute(report: Report, *, by: Actor, at: datetime) -> Report:
    """The worker's part: the figures of the page as of the report's instant, then their PDF."""
    return worked(report, "training_report", partial(body_of, report.body["trial_id"]), by=by, at=at, paper_of=paper_of)


def body_of(trial_id: str, protocol: Protocol, as_of: datetime) -> dict[str, Any]:
    """The page's figures and the totals above them."""
    case = Case(person_who_trains(trial_id), protocol, as_of)
    sessions = sessions_of(case)
    known = Training(sessions, sets_of(case, sessions))
    attended, given = totals_of(case, sessions, known.sums)
    address = f"/participants/{trial_id}/sessions/"
    return {
        "trial_id": trial_id,
        "totals": [
            f"Attended {attended.sessions_attended} of {attended.sessions_due} sessions due"
            + ("." if attended.attendance is None else f" ({percent(attended.attendance)})."),
            f"Volume done of planned: {_share(given.rdi)}. Sets done, attended sessions: {_share(given.sets_compliance)}. "
            f"Sessions reduced: {given.sessions_modified}.",
            "A session is due once the last day of its trial week has passed.",
        ],
        "figures": [replace(figure, rows_at=address).plain for figure in person_figures.figures(case, known)],
        "rules": {name: rule for name, rule in rules_of(protocol).items() if name.startswith("adherence.")},
    }


def paper_of(report: Report) -> dict[str, Any]:
    protocol = queries.protocol_of(report.protocol_digest)
    return papers.paper(
        title=f"{protocol.code}: training of {report.body['trial_id']}",
        about=[protocol.title, *papers.made_with(report)],
        sections=[{"title": "Training", "text": report.body["totals"], "figures": report.body["figures"]}],
        as_of=report.as_of,
        base=settings.UPLIFT_BASE_URL,
        rules=report.body["rules"],
    )


def _share(value: object) -> str:
    return "not due" if value is None else percent(value)
