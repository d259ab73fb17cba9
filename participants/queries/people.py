"""People as the clinic's pages list them: filtered, with the step that comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from participants.domain import baseline
from participants.domain.journey import Status
from participants.models import Ending, Participant
from participants.permissions import endings_of
from trials import queries
from trials.models import User
from trials.permissions import Permission, allowed, sites_where
from trials.ui.words import day

WORDS = {
    Status.SCREENED: ("warn", "Screening open"),
    Status.EXCLUDED: ("", "Excluded"),
    Status.ELIGIBLE: ("due", "Eligible"),
    Status.CONSENTED: ("due", "Consented"),
    Status.RANDOMISED: ("done", "Randomised"),
}
REVEALS_ARM = (Ending.Kind.TRAINING_STOP,)


@dataclass(frozen=True)
class Next:
    """What comes next for a person, and the page where it is done; no page = nothing to do, or nothing this reader may do."""

    words: str
    label: str = ""
    url: str = ""


def listed(user: User, *, status: str = "", site: str = "", text: str = "") -> QuerySet[Participant]:
    """The people this user may see, newest first, narrowed by status, site code and a part of the trial id."""
    people = Participant.objects.visible_to(user).select_related("unit__site", "screening").prefetch_related(endings_for(user))
    if status:
        people = people.filter(status=status)
    if site:
        people = people.filter(unit__site__code=site)
    if text:
        people = people.filter(unit__trial_id__icontains=text.strip())
    return people.order_by("-screened_on", "-pk")


def state_of(participant: Participant) -> tuple[str, str]:
    """(shape, word) of where a person stands; an ended participation says so."""
    ends = endings_of(participant)
    if ends.died:
        return ("", "Died")
    if ends.withdrawn is not None:
        return ("stop", "Withdrawn")
    if ends.lost:
        return ("stop", "Lost")
    return WORDS[Status(participant.status)]


def next_step(participant: Participant, user: User) -> Next:
    """One step, the next one, with its page if this user may take it."""
    home = f"/participants/{participant}/"
    if endings_of(participant).participation_ended:
        return Next("Participation has ended.")
    status = Status(participant.status)
    if status is Status.EXCLUDED:
        return Next("Not in the trial.")
    if status is Status.RANDOMISED:
        return Next(f"In the trial; day 0 was {day(participant.enrolment.day0, year=True)}.")
    words, label, url, permission = {
        Status.SCREENED: ("The screening lacks answers.", "Complete screening", home + "screening/", Permission.SCREEN),
        Status.ELIGIBLE: ("Eligible; consent comes next.", "Record consent", home + "consent/", Permission.ENROL),
        Status.CONSENTED: _after_consent(participant, home),
    }[status]
    return Next(words, label, url) if allowed(user, permission, at_site=participant.site) else Next(words)


def _after_consent(participant: Participant, home: str) -> tuple[str, str, str, Permission]:
    values = {v.variable: v.value for v in participant.baseline.all()}
    lacking = baseline.lacking(queries.protocol_in_force().baseline, values)
    if lacking:
        return (f"The baseline form lacks {len(lacking)} of its answers.", "Complete baseline", home + "baseline/", Permission.ENROL)
    return ("The baseline form is complete.", "Check and randomise", home + "randomise/", Permission.RANDOMISE)


def endings_for(user: User) -> Prefetch[Any]:
    """The ends that a reader may see, to be read with people: for eyes that see no sessions a stopped training is not even read."""
    reach, ends = sites_where(user, Permission.SEE_SESSIONS), Ending.objects.all()
    if reach is not None:
        ends = ends.filter(~Q(kind__in=REVEALS_ARM) | Q(participant__unit__site__in=reach))
    return Prefetch("endings", ends)


def endings_shown_to(user: User, participant: Participant) -> list[Ending]:
    """The ends that stand; a stopped training is not there for eyes that may not see sessions."""
    seen = allowed(user, Permission.SEE_SESSIONS, at_site=participant.site)
    return [e for e in participant.endings.all() if e.voided_at is None and (seen or e.kind not in REVEALS_ARM)]
