"""Whom to call because their training is slipping: for whoever may see sessions, and for nobody blind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from outcomes.domain.case import Case
from outcomes.domain.early_warning import EarlyWarning, early_warning
from outcomes.domain.training import sessions_of
from outcomes.exports import trained
from outcomes.exports.trained import sums_of_person
from participants.models import Participant, TrainingCall
from trials import queries
from trials.models import Site, User


@dataclass(frozen=True)
class Slipping:
    """One person with the warning, and the calls made since the last miss, newest last."""

    participant: Participant
    warning: EarlyWarning
    calls: list[TrainingCall]

    @property
    def reached(self) -> bool:
        return any(call.reached for call in self.calls)


def of(user: User, sites: Iterable[Site], at: datetime) -> list[Slipping]:
    """Those not reached yet first, then the longest run of misses, then the lowest dose. A fixed number of statements."""
    protocol = queries.protocol_in_force()
    seen = Participant.objects.visible_to(user).filter(unit__site__in=[s.pk for s in sites], enrolment__isnull=False)
    people = {p.trial_id: p for p in seen.select_related("unit__site")}
    calls: dict[int, list[TrainingCall]] = defaultdict(list)
    for call in TrainingCall.objects.filter(participant__in=people.values()).select_related("user"):
        calls[call.participant_id].append(call)
    found = []
    for person, kept in trained.people():
        case = Case(person, protocol, at)
        if person.trial_id not in people or not case.trains or case.stopped_on is not None or case.ended_on is not None:
            continue
        sessions = sessions_of(case)
        sums = sums_of_person(case, sessions, kept)
        warning = early_warning(sessions, sums, as_of=case.today, least_rdi=protocol.analysis.early_warning_rdi)
        if warning is not None:
            whom = people[person.trial_id]
            since = warning.last_missed_on
            mine = [c for c in calls[whom.pk] if since is None or case.day_of(c.at) >= since]
            found.append(Slipping(whom, warning, mine))
    return sorted(found, key=lambda s: (s.reached, -s.warning.misses, s.warning.rdi or Decimal(9), s.participant.trial_id))
