"""Who may take which step with whom, and what the trial's rules ask before it. Each refusal names what, why and a way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from participants.domain import journey
from participants.domain.journey import Endings, Scope, Status
from participants.models import Ending, Participant
from trials.actors import Actor
from trials.languages import is_code
from trials.models import Site
from trials.permissions import Permission, Refused, check


@dataclass(frozen=True)
class BaselineFacts:
    """What the floor above read before randomisation: labels of whatever the baseline still lacks."""

    missing: Sequence[str] = ()


def endings_of(participant: Participant) -> Endings:
    """The four ends as they stand, wrong entries left out; one query, none where they were prefetched."""
    held = {e.kind: e for e in participant.endings.all() if e.voided_at is None}
    withdrawal = held.get(Ending.Kind.WITHDRAWAL)
    return Endings(
        withdrawn=None if withdrawal is None else Scope(withdrawal.scope),
        died=Ending.Kind.DEATH in held,
        lost=Ending.Kind.LOSS in held,
        training_stopped=Ending.Kind.TRAINING_STOP in held,
    )


def has_consented(participant: Participant) -> bool:
    """Whether a signed consent stands; one query, none where the consents were prefetched."""
    return any(consent.voided_at is None for consent in participant.consents.all())


def check_may_screen(actor: Actor, site: Site) -> None:
    check(actor, Permission.SCREEN, at_site=site)


def check_may_exclude(actor: Actor, participant: Participant) -> None:
    check(actor, Permission.SCREEN, at_site=participant.site)
    _move(participant, Status.EXCLUDED, f"{participant} can't be excluded")


def check_may_consent(actor: Actor, participant: Participant) -> None:
    check(actor, Permission.ENROL, at_site=participant.site)
    check_collectable(participant)
    _move(participant, Status.CONSENTED, f"{participant} can't give consent now")


def check_may_record_baseline(actor: Actor, participant: Participant) -> None:
    check(actor, Permission.ENROL, at_site=participant.site)
    check_collectable(participant)
    if participant.status == Status.RANDOMISED:
        raise Refused(
            f"The baseline of {participant} is closed since randomisation. Correct a single value with a reason instead.",
            code="baseline_closed",
        )
    if participant.status != Status.CONSENTED:
        raise no_consent(participant, "The baseline can't be recorded")


def check_may_randomise(actor: Actor, participant: Participant, baseline: BaselineFacts) -> None:
    """Consent, eligibility and a complete baseline, in that order; each lack is one sentence."""
    check(actor, Permission.RANDOMISE, at_site=participant.site)
    if participant.status == Status.RANDOMISED:
        raise Refused(
            f"{participant} is already randomised.", code="already_randomised", way_out=("See the result", f"/participants/{participant}/")
        )
    if endings_of(participant).participation_ended:
        raise Refused(f"{participant} can't be randomised: participation has ended.", code="ended")
    if participant.status in (Status.SCREENED, Status.EXCLUDED):
        raise Refused(
            f"{participant} can't be randomised: not eligible.",
            code="not_eligible",
            way_out=("See the screening", f"/participants/{participant}/screening/"),
        )
    if participant.status != Status.CONSENTED or not has_consented(participant):
        raise no_consent(participant, f"{participant} can't be randomised")
    if baseline.missing:
        raise Refused(
            f"{participant} can't be randomised: baseline lacks {', '.join(baseline.missing)}.",
            code="baseline_incomplete",
            way_out=("Complete the baseline", f"/participants/{participant}/baseline/"),
        )


def check_may_end(actor: Actor, participant: Participant) -> None:
    check(actor, Permission.END_PARTICIPATION, at_site=participant.site)


def check_randomised(participant: Participant, why: str) -> None:
    if participant.status != Status.RANDOMISED:
        raise Refused(f"{why}: {participant} is not randomised.", code="not_randomised")


def check_may_record(actor: Actor, participant: Participant, permission: Permission) -> None:
    """A clinical record of a person from whom data may still be collected."""
    check(actor, permission, at_site=participant.site)
    check_collectable(participant)


def check_collectable(participant: Participant) -> None:
    if not endings_of(participant).may_collect:
        raise Refused(f"{participant} withdrew from data collection: nothing new may be recorded.", code="withdrawn")


def no_consent(participant: Participant, what: str) -> Refused:
    return Refused(f"{what}: no signed consent.", code="no_consent", way_out=("Record consent", f"/participants/{participant}/consent/"))


def _move(participant: Participant, target: Status, what: str) -> None:
    source = Status(participant.status)
    if not journey.may_move(source, target):
        raise Refused(f"{what}: {participant} is {source}.", code="wrong_status")


def check_language(code: str) -> None:
    """A person's language is named as protocols name it."""
    if not is_code(code):
        raise Refused("Name the language by its code, like de or de-AT.", code="bad_language", status=422)
