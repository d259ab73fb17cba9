"""The guesses set against the arms, for who may see figures by arm; and, for whoever guesses, their own answer alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from outcomes.domain.blinding_index import Guesses, Index, bang, counted, james
from outcomes.domain.guessing import Whose, asked_at, asked_from
from outcomes.models import Guess
from outcomes.permissions import check_sees_by_arm, guess_is_asked, whose_guess
from participants.models import Participant
from trials import blinding, queries
from trials.actors import Actor
from trials.domain.roles import Permission
from trials.models import User
from trials.permissions import allowed


@dataclass(frozen=True)
class Blinded:
    """How well one group was kept blind: their guesses by arm, James' index over all and Bang's of each arm."""

    whose: Whose
    guesses: Guesses
    james: Index | None
    bang: tuple[tuple[str, Index | None], ...]


def indices(viewer: Actor) -> list[Blinded]:
    """For assessors, and for participants where anything of theirs is recorded. Withdrawn people included, as randomised."""
    check_sees_by_arm(viewer)
    arms = tuple(arm.code for arm in queries.protocol_in_force().arms)
    given = dict(blinding.arms_seen_by(viewer).values_list("unit__trial_id", "arm"))
    rows = list(Guess.objects.order_by("pk").values_list("whose", "participant__unit__trial_id", "arm"))
    return list(_indices(arms, [(Whose(whose), given[who], guess) for whose, who, guess in rows]))


def own_guess(user: User, participant: Participant) -> Guess | None:
    """What this user recorded about this person."""
    return Guess.objects.filter(participant=participant, user=user, whose=whose_guess(user, participant)).first()


def is_due(user: User, participant: Participant, *, at: datetime) -> bool:
    """Whether the page of the guess is this user's to open now: the same days in every arm."""
    enrolment = getattr(participant, "enrolment", None)
    visit = asked_at(queries.protocol_in_force())
    if enrolment is None or visit is None or not allowed(user, Permission.RECORD_GUESS, at_site=participant.site):
        return False
    today = at.astimezone(participant.site.zone).date()
    return guess_is_asked(whose_guess(user, participant)) and asked_from(visit, enrolment.day0) <= today


def _indices(arms: tuple[str, ...], rows: list[tuple[Whose, str, str]]) -> Iterator[Blinded]:
    for whose in Whose:
        pairs = [(arm, guess) for of, arm, guess in rows if of is whose]
        if pairs:
            guesses = counted(arms, pairs)
            yield Blinded(whose, guesses, james(guesses), tuple((arm, bang(guesses, arm)) for arm in arms))
