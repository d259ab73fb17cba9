"""All questions of a visit on one screen: what was chosen there is kept like answers given one by one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from outcomes import permissions
from outcomes.actions import assessments
from outcomes.actions.keeping import Receipt
from outcomes.domain.turns import Turn
from outcomes.models import Assessment
from outcomes.queries import sittings
from participants.actions import moves
from participants.models import Participant
from trials.actors import Actor
from trials.audit import action

Choices = Mapping[str, int | None]  # item number -> answer, None where the question was passed over


@action
def save_screen(
    participant: Participant,
    *,
    visit: str,
    chosen: Mapping[str, Choices],
    languages: Mapping[str, str],
    turn: Turn,
    by: Actor,
    at: datetime,
) -> dict[tuple[str, str], Receipt]:
    """Keeps the choices of one screen (`chosen`: instrument -> choices), all or none, and answers each question's receipt.

    Each question's choice stands or falls by its own turn, and raises its alert, as if it had been asked alone; one that is late and says
    what stands already is passed over. `languages` are those that the instruments were read in.
    """
    permissions.check_may_answer(by, participant)
    moves.lock(participant)
    kept = sittings.drafts_of(participant, visit)
    receipts = {}
    for code, choices in chosen.items():
        for numbers in _groups(kept.get(code), choices, turn):
            receipt = assessments.save_draft(
                participant,
                visit=visit,
                instrument=code,
                answers={number: value for number in numbers if (value := choices[number]) is not None},
                missing={number: "skipped" for number in numbers if choices[number] is None},
                turn=turn,
                language=languages[code],
                by=by,
                at=at,
            )
            receipts |= {(code, number): receipt for number in numbers}
    return receipts


def _groups(kept: Assessment | None, choices: Choices, turn: Turn) -> list[list[str]]:
    """The questions to keep in one go: all whose choice is the latest, and each late one that differs from what stands by itself."""
    if kept is None:
        return [list(choices)]
    latest, late = turn.apart(kept.turns, choices)
    return ([latest] if latest else []) + [[number] for number in late if choices[number] != kept.answers.get(number)]
