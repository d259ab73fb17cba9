"""A couple or cluster gets its arm: one draw, every member or none; and who comes later joins it where the protocol says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from outcomes.actions.tries import NobodyRandomised, carried_out
from outcomes.queries import readiness
from participants.actions import enrolment, moves
from participants.models import Enrolment, Participant
from participants.permissions import check_may_randomise
from trials import audit, permissions, queries
from trials.actions import attempts, groups
from trials.actions.attempts import Claim
from trials.actions.groups import Together
from trials.actors import Actor
from trials.audit import action, outermost
from trials.domain.groups import too_few, unlike
from trials.domain.roles import Permission
from trials.models import Attempt, Group, Unit, User
from trials.permissions import Refused
from trials.waiting import patiently


@outermost
def randomise_group(group: Group, *, claim: Claim | None = None, by: Actor, at: datetime) -> list[Enrolment]:
    """One draw for a couple or cluster, and each member gets its arm, in one transaction: all of them or none.

    Refused with every member at fault, each in a sentence; no place is taken then. An attempt is kept for every member. With a
    `claim` the same request sent again gets the same answer.
    """
    permissions.check(by, Permission.RANDOMISE, at_site=group.site)
    people = _people(groups.members_of(group))
    if not people:
        raise Refused(f"Nobody is in {group.kind} {group}.", code="empty_group")
    tries = attempts.begin_together([person.unit for person in people], claim=claim, by=by, at=at)
    pairs = list(zip(people, tries, strict=True))
    return carried_out(people, tries, lambda: _randomise_group(group, pairs, by=by, at=at), at=at)


@action
def _randomise_group(group: Group, pairs: list[tuple[Participant, Attempt]], *, by: Actor, at: datetime) -> list[Enrolment]:
    people = [person for person, _ in pairs]
    with patiently():
        groups.hold(group)
        if groups.is_drawn(group):
            raise Refused(f"The {group.kind} {group} is randomised already.", code="group_drawn")
        if [unit.pk for unit in groups.members_of(group)] != [person.unit_id for person in people]:
            raise Refused(f"Somebody joined or left {group.kind} {group} meanwhile: look at it again.", code="group_changed")
        moves.lock_all(people)
        read = {str(person): readiness.of(person) for person in people}
        _check(group, people, read, by)
        first, done, together = read[str(people[0])], [], Together(group, len(people))
        for person, tried in pairs:
            facts = read[str(person)].facts
            enrolled = enrolment.randomise(person, strata=first.strata, baseline=facts, attempt=tried, together=together, by=by, at=at)
            together = replace(together, drawn=together.drawn or enrolled.allocation)
            done.append(enrolled)
    audit.record("group.randomised", about=f"group:{group}", by=by, at=at, detail={"order": [str(person) for person in people]})
    return done


@outermost
def join_group(group: Group, *, trial_id: str, reason: str, claim: Claim | None = None, by: Actor, at: datetime) -> Enrolment:
    """Somebody who comes after the draw joins a cluster and gets its arm, where the protocol lets them; the reason is kept.

    Refused as somebody randomised alone is, and where the protocol takes no latecomers. The attempt is kept, and a `claim`
    answered again.
    """
    permissions.check(by, Permission.RANDOMISE, at_site=group.site)
    seen = Participant.objects.visible_to(by) if isinstance(by, User) else Participant.objects.all()
    person = seen.select_related("unit__site").filter(unit__trial_id=trial_id, unit__site=group.site).first()
    if person is None:
        raise Refused(f"{trial_id}: nobody you can see at this site has this id.", code="nobody", status=422)
    attempt = attempts.begin(person.unit, claim=claim, by=by, at=at)
    (enrolled,) = carried_out([person], [attempt], lambda: [_join_group(group, person, attempt, reason=reason, by=by, at=at)], at=at)
    return enrolled


@action
def _join_group(group: Group, person: Participant, attempt: Attempt, *, reason: str, by: Actor, at: datetime) -> Enrolment:
    with patiently():
        groups.hold(group)
        moves.lock(person)
        ready = readiness.of(person)
        check_may_randomise(by, person, ready.facts)
        together = groups.admit_latecomer(group, trial_id=str(person), reason=reason, by=by, at=at)
        if queries.protocol_in_force().allocation.levels_of == "all":
            faults = unlike({f"{group.kind} {group}": together.levels, str(person): ready.strata})
            if faults:
                raise Refused(faults[str(person)], code="another_stratum")
        return enrolment.randomise(
            person, strata=ready.strata, baseline=ready.facts, attempt=attempt, together=together, by=by, at=at
        )  # fmt: skip


def _check(group: Group, people: list[Participant], read: dict[str, readiness.Readiness], by: Actor) -> None:
    """Everybody at fault at once: who can't be randomised, else who is in another stratum; and a size the protocol does not take."""
    plan, faults = queries.protocol_in_force().allocation, {}
    lacking = too_few(plan, len(people))
    if lacking:
        raise Refused(f"Nobody was randomised. {lacking}", code="group_size")
    for person in people:
        try:
            check_may_randomise(by, person, read[str(person)].facts)
        except Refused as refused:
            faults[str(person)] = refused
    if not faults and plan.levels_of == "all":
        told = unlike({str(person): read[str(person)].strata for person in people})
        faults = {name: Refused(sentence, code="another_stratum") for name, sentence in told.items()}
    if faults:
        raise NobodyRandomised(faults, code="group_refused")


def _people(units: list[Unit]) -> list[Participant]:
    """The members as people, in the order in which they joined."""
    found = {p.unit_id: p for p in Participant.objects.select_related("unit__site").filter(unit__in=units)}
    return [found[unit.pk] for unit in units]
