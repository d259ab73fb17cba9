"""Around every step that gives an arm: what became of each attempt is kept, and a request that comes again is answered as before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from participants.models import Enrolment, Participant
from trials.actions import attempts
from trials.models import Attempt
from trials.permissions import Refused


class NobodyRandomised(Refused):
    """A batch, or a group, with somebody at fault; `each` has the refusal of whoever is, by trial id."""

    def __init__(self, each: Mapping[str, Refused], code: str = "batch_refused") -> None:
        super().__init__(f"Nobody was randomised. {_sentences(each)}", code=code)
        self.each = each


def carried_out(
    people: Sequence[Participant], tries: Sequence[Attempt], step: Callable[[], list[Enrolment]], *, at: datetime
) -> list[Enrolment]:
    """What the step gives these people, each of whom has an attempt; where the same key was given it before, what it was given then.

    A refusal is the outcome of every attempt, somebody's own before that of all, and is raised again.
    """
    if attempts.was_given(tries[0]):
        return _answered(people, tries, at)
    try:
        return step()
    except Refused as refused:
        if attempts.was_given(tries[0]):  # the first request with this key was still under way when this one began
            return _answered(people, tries, at)
        own = refused.each if isinstance(refused, NobodyRandomised) else {}
        attempts.refuse_each([(tried, own.get(str(person), refused)) for person, tried in zip(people, tries, strict=True)], at=at)
        raise


def _answered(people: Sequence[Participant], tries: Sequence[Attempt], at: datetime) -> list[Enrolment]:
    """What an earlier request with the same key was given; the attempts that repeat it are kept as answered."""
    found = Enrolment.objects.select_related("allocation", "participant__unit__site").filter(participant__in=people)
    by_person = {enrolled.participant_id: enrolled for enrolled in found}
    given = [by_person[person.pk] for person in people]
    attempts.answer_again(tries, at=at)
    return given


def _sentences(each: Mapping[str, Refused]) -> str:
    """One sentence a fault; those who share one that names nobody stand before it together."""
    whom: dict[str, list[str]] = {}
    for trial_id, refused in each.items():
        whom.setdefault(refused.sentence, []).append(trial_id)
    return " ".join(said if said.startswith(people[0]) else f"{', '.join(people)}: {said}" for said, people in whom.items())
