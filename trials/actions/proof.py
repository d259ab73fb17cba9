"""Prove one allocation by the published line, and replay all of them from the unsealed seed."""

from __future__ import annotations

from datetime import datetime

from trials import audit, permissions, streams
from trials.actors import Actor
from trials.audit import action
from trials.domain.randomisation.commitment import Proof, prove
from trials.domain.roles import Permission
from trials.models import Allocation, Unit
from trials.permissions import Refused
from trials.replay import Fault, faults


@action
def prove_allocation(unit: Unit, *, by: Actor, at: datetime) -> Proof:
    """That this unit's arm was fixed before the first participant came: its place, its nonce and the way to the published root.

    Refused: not randomised here, a place beyond those committed to, and methods whose arms depend on who comes.
    """
    permissions.check(by, Permission.SEE_ARM, at_site=unit.site)
    allocation = Allocation.objects.select_related("scheme__trial", "stratum").filter(unit=unit).exclude(scheme=None).first()
    if allocation is not None and allocation.source == Allocation.Source.BACKUP:
        sentence = f"{unit} was randomised by an envelope, which the commitment does not cover; verify_randomisation replays it."
        raise Refused(sentence, code="not_committed")
    if allocation is None or allocation.scheme is None or allocation.seq is None:
        raise Refused(f"{unit} was not randomised here.", code="not_randomised")
    scheme, seed = allocation.scheme, streams.seed_of(allocation.scheme)
    method = streams.method_of(scheme)
    try:
        proof = prove(streams.commitment_of(scheme, seed), method, seed, allocation.stratum_key, allocation.seq)
    except ValueError as fault:
        why = "its method looks at who comes, so all are replayed by verify_randomisation" if method.across_strata else str(fault)
        raise Refused(f"{unit} can't be proved by itself: {why}.", code="not_committed") from None
    audit.record("allocation.proved", about=unit.trial_id, by=by, at=at)
    return proof


@action
def verify_randomisation(*, by: Actor, at: datetime) -> list[Fault]:
    """Unseal every seed and replay every allocation in its order; every fault that is found, and an event that it was looked for."""
    permissions.check(by, Permission.SEE_BY_ARM)
    found = faults()
    audit.record("randomisation.verified", about="randomisation", by=by, at=at, detail={"faults": len(found)})
    return found
