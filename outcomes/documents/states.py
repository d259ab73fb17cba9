"""docs/states.md: the journey of a participant with its moves, and the other things that have a status."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import TextChoices

from outcomes.documents.comments import behind
from outcomes.documents.markdown import WRITTEN_BY, bullets
from outcomes.domain.visits import VisitStatus
from outcomes.models import Report
from participants.domain.clocks import State
from participants.domain.journey import states_page
from participants.models import Message, TrainingSession
from trials.domain import locking, unblinding
from trials.domain.randomisation.life import Status, mermaid

OTHERS: tuple[tuple[str, str, type[StrEnum] | type[TextChoices]], ...] = (
    ("A randomisation scheme", f"```mermaid\n{mermaid()}```", Status),
    (
        "The data of the trial",
        f"Follows from the steps of the lock. Alerts and code breaks go on in every state.\n\n```mermaid\n{locking.mermaid()}```",
        locking.State,
    ),
    ("A training session", "Recorded by staff. What training stopped early leaves over becomes `not_delivered`.", TrainingSession.Status),
    ("A questionnaire at a visit", "Never stored: it follows from the protocol, day 0 and what was answered.", VisitStatus),
    ("The arm of a broken code", "Never stored: it follows from the steps of the code break and the time.", unblinding.State),
    ("A message", "Set by the sender alone, in the statement that claims or closes the row.", Message.Status),
    ("A reporting clock of a serious event", "Never stored: it follows from the event's times.", State),
    ("A report or an export", "Set by the worker that makes it.", Report.Status),
)


def page() -> str:
    return states_page() + "\n" + "\n".join(_section(*other) for other in OTHERS) + "\n" + WRITTEN_BY


def _section(title: str, how: str, statuses: type[StrEnum] | type[TextChoices]) -> str:
    said = behind(statuses)
    return f"## {title}\n\n{how}\n\n" + bullets((str(member.value), said.get(member.name, "")) for member in statuses)
