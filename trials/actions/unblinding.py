"""A blind role asks for one person's arm: always with a reason, always kept."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from trials import audit, permissions
from trials.actors import Actor
from trials.audit import action
from trials.domain.roles import Permission
from trials.models import Allocation, ArmRequest, Unit, User
from trials.permissions import Refused


@action
def request_arm(unit: Unit, *, reason: str, by: Actor, at: datetime) -> str:
    """The arm of one unit for the safety clinician. The request and its reason stay; the arm itself stands in neither.

    Refused: without a reason, before randomisation, and to anybody whose role may not ask.
    """
    permissions.check(by, Permission.REQUEST_ARM, at_site=unit.site)
    if not reason.strip():
        raise Refused("Say why the arm is needed.", code="no_reason", status=422)
    allocation = Allocation.objects.filter(unit=unit).first()
    if allocation is None:
        raise Refused(f"{unit} is not randomised.", code="not_randomised")
    ArmRequest.objects.create(allocation=allocation, user=cast(User, by), reason=reason, at=at)
    audit.record("arm.requested", about=unit.trial_id, by=by, at=at, reason=reason)
    return allocation.arm
