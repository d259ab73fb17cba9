"""Say beside an allocation what went wrong with it. Nothing is undone and no place is given again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from trials import audit, blinding, entropy, permissions, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.annotations import KINDS, stratum_fault, used_factors
from trials.domain.roles import Permission
from trials.models import Allocation, AllocationAnnotation, Unit, User
from trials.permissions import NotAllowed, Refused


class BadAnnotation(Refused):
    """An annotation that can't be kept; `faults` has a sentence a field."""

    def __init__(self, **faults: str) -> None:
        super().__init__(" ".join(faults.values()), code="bad_annotation", status=422)
        self.faults = faults


@action
def record_annotation(
    unit: Unit, *, kind: str, reason: str, by: Actor, at: datetime, given_arm: str = "", true_factors: Mapping[str, str] | None = None
) -> AllocationAnnotation:
    """One error, with its reason. Refused: nobody randomised, an unknown kind, no reason, a stratum that was the right one, and for an
    arm given wrongly: eyes that may not know arms, an unknown arm, and the arm that was allocated.
    """
    permissions.check(by, Permission.RECORD_DEVIATION, at_site=unit.site)
    if not isinstance(by, User):
        raise NotAllowed("An allocation is annotated by a named person.")
    allocation = Allocation.objects.filter(unit=unit).first()
    if allocation is None:
        raise Refused(f"{unit} is not randomised.", code="not_randomised")
    true = dict(true_factors or {})
    _check(allocation, kind, reason, given_arm, true, by)
    annotation = AllocationAnnotation.objects.create(
        allocation=allocation,
        code=entropy.code("annotation", f"{unit.trial_id}|{allocation.annotations.count()}"),
        kind=kind,
        true_factors=true,
        reason=reason.strip(),
        user=by,
        at=at,
    )
    detail = {"code": annotation.code, "kind": kind}
    audit.record("allocation.annotated", about=unit.trial_id, by=by, at=at, reason=reason, detail=detail)
    return annotation


def _check(allocation: Allocation, kind: str, reason: str, given_arm: str, true: Mapping[str, str], by: User) -> None:
    faults = {}
    if kind not in KINDS:
        faults["kind"] = f"Choose what went wrong: {', '.join(KINDS)}."
    if not reason.strip():
        faults["reason"] = "Say in a sentence what happened."
    if kind == "wrong_arm_given":
        faults |= _arm_faults(allocation, given_arm, by)
    elif given_arm:
        faults["given_arm"] = "Name an arm only where another was given."
    table = queries.protocol_of(allocation.protocol_digest).allocation_table()
    if kind == "wrong_stratum":
        used = used_factors(allocation.factors, allocation.stratum_key)
        fault = stratum_fault(true, used=used, known=table["factors"])
        faults |= {"true_factors": fault} if fault else {}
    elif true:
        faults["true_factors"] = "Name a stratum only where another was used."
    if faults:
        raise BadAnnotation(**faults)


def _arm_faults(allocation: Allocation, given_arm: str, by: User) -> dict[str, str]:
    allocated = blinding.arm_for(by, allocation)
    if not allocated:
        raise NotAllowed("Only somebody who may know arms can say that another one was given.")
    known = [arm.code for arm in queries.protocol_of(allocation.protocol_digest).arms]
    if given_arm not in known:
        return {"given_arm": f"Choose the arm that was given: {', '.join(known)}."}
    return {"given_arm": "This is the arm that was allocated."} if given_arm == allocated else {}
