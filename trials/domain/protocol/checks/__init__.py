"""What must hold between the keys of a protocol, once each key by itself is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from trials.domain.protocol.checks import design, people, questionnaires, training, units, visits
from trials.domain.protocol.faults import Finding
from trials.domain.protocol.questionnaires import Known
from trials.domain.protocol.shape import Protocol

ALWAYS: tuple[Callable[[Protocol], Iterator[Finding]], ...] = (
    design.arms,
    design.allocation,
    design.factors,
    design.strata,
    design.commitment,
    units.units,
    design.sites,
    training.references,
    training.plans,
    training.exercises,
    training.doses,
    training.hours,
    training.familiarisation,
    training.fidelity,
    visits.windows,
    visits.overlaps,
    visits.primary,
    visits.instruments_in_use,
    visits.alerts,
    visits.score_alerts,
    people.eligibility,
    people.baseline,
    people.reminders,
    people.blinding,
    people.reasons,
    people.repeated_codes,
    people.help_lines,
)
UNLESS_IMPORTED: tuple[Callable[[Protocol], Iterator[Finding]], ...] = (
    design.needs_sessions,
    visits.needs_visits,
    people.needs_forms,
    people.needs_help,
)


def findings(protocol: Protocol, *, instruments: Known | None, made_by_import: bool) -> Iterator[Finding]:
    """Everything wrong between the keys. A protocol made by import is held to less: it is what was found, not what was planned."""
    for check in ALWAYS if made_by_import else ALWAYS + UNLESS_IMPORTED:
        yield from check(protocol)
    if instruments is not None:
        yield from questionnaires.known(protocol, instruments)
        yield from questionnaires.fitting(protocol, instruments)
