"""Give the next arm of a stratum: drawn one at a time under the stratum's lock, never undone.

What comes next is written nowhere. The sealed state of a stratum is moved on in the transaction that writes the allocation, so
a step that is rolled back gives the same arm when it is tried again, and nobody can try until they like the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import DatabaseError, connection
from django.db.models import F, Q
from psycopg import errors

from trials import audit, entropy, forcing, permissions, queries, streams
from trials.actors import Actor
from trials.audit import action
from trials.domain.randomisation.life import Status
from trials.domain.randomisation.strata import WHOLE_TRIAL, Levels, stratum_key
from trials.domain.randomisation.stream import next_arm
from trials.domain.roles import Permission
from trials.models import Allocation, Cap, Scheme, Stratum, Unit
from trials.permissions import Refused

LOCK_TIMEOUT = "5s"
TRY_AGAIN = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)
ROOM = ("See randomisation", "/randomisation/")
OPEN_SCHEME = """SELECT * FROM trials_scheme
    WHERE opened_at IS NOT NULL AND closed_at IS NULL AND discarded_at IS NULL FOR SHARE"""


@action
def allocate(unit: Unit, *, strata: Levels, by: Actor, at: datetime) -> Allocation:
    """Give a unit the next arm of its stratum; `strata` is the level of every factor as read from the records.

    Refused: not opened, closed, already randomised, a cap reached, the stratum closed; `busy` (503) when others hold a lock for
    5 seconds: nothing has happened then, and the step may be tried again.
    """
    permissions.check(by, Permission.RANDOMISE, at_site=unit.site)
    try:
        return _allocate(unit, strata, by, at)
    except DatabaseError as failed:
        if not isinstance(failed.__cause__, TRY_AGAIN):
            raise
        raise Refused("Others are randomising just now. Nothing has happened: try again.", code="busy", status=503) from None


def _allocate(unit: Unit, strata: Levels, by: Actor, at: datetime) -> Allocation:
    """The locks always in one order: scheme, unit, cap of the trial, cap of the site, stratum."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    scheme = _in_force()
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if Allocation.objects.filter(unit=unit).exists():
        raise Refused(f"{unit} is already randomised.", code="already_randomised")
    _check_caps(unit)
    stratum = locked_stratum(scheme, WHOLE_TRIAL if streams.method_of(scheme).across_strata else stratum_key(strata))
    if stratum.closed_at is not None:
        raise Refused(f"Stratum {stratum.key} is closed: {stratum.closed_reason}.", code="stratum_closed", way_out=ROOM, status=423)
    place, (arm, dummy_arm) = stratum.next_seq, _draw(stratum, dict(strata))
    allocation = Allocation.objects.create(
        unit=unit,
        scheme=scheme,
        stratum=stratum,
        seq=place,
        stratum_key=stratum.key,
        factors=dict(strata),
        arm=forcing.arm_of(unit.trial_id, arm),
        dummy_arm=dummy_arm,
        code=entropy.code("allocation", unit.trial_id),
        at=at,
        protocol_digest=queries.protocol_in_force().digest,
    )
    stratum.save(update_fields=["next_seq", "sealed_state", "sealed_dummy_state"])
    audit.record("unit.allocated", about=unit.trial_id, by=by, at=at)
    return allocation


def _in_force() -> Scheme:
    """The open scheme, shared with other allocations but not with whoever wants to close it, until this transaction ends."""
    scheme = next(iter(Scheme.objects.raw(OPEN_SCHEME)), None)
    if scheme is not None:
        return scheme
    last = Scheme.objects.order_by("-version").first()
    if last is not None and last.status is Status.CLOSED:
        raise Refused("Randomisation is closed.", code="randomisation_closed", way_out=ROOM)
    waits = last is not None and last.status is Status.DRAWN
    lacks = "the trial manager approves the scheme" if waits else "the unblinded statistician draws a scheme, the trial manager approves it"
    raise Refused(f"Randomisation is not open yet: {lacks}.", code="randomisation_not_open", way_out=ROOM)


def _check_caps(unit: Unit) -> None:
    """Refuses beyond the trial's sample size or the site's cap; both counts stay locked until this transaction ends."""
    caps = Cap.objects.filter(Q(site=None) | Q(site=unit.site_id)).order_by(F("site").asc(nulls_first=True))
    for cap in caps.select_for_update(no_key=True):
        if cap.reached:
            where = f"Site {unit.site.code} has its {cap.most}" if cap.site_id else f"The trial has its {cap.most}"
            raise Refused(f"{where} people: nobody more is randomised unless the protocol is amended.", code="cap_reached", way_out=ROOM)


def locked_stratum(scheme: Scheme, key: str) -> Stratum:
    """The stratum's row under lock; the first comer makes it, and whoever comes at the same moment waits for that."""
    queue = Stratum.objects.select_for_update().filter(scheme=scheme, key=key)
    stratum = queue.first()
    if stratum is None:
        Stratum.objects.bulk_create([streams.new_stratum(scheme, key)], ignore_conflicts=True)
        stratum = queue.get()
    stratum.scheme = scheme
    return stratum


def _draw(stratum: Stratum, newcomer: Mapping[str, str]) -> tuple[str, str]:
    """The next arm and the next sham arm; the stratum stands one place further, not yet saved."""
    method, (state, dummy) = streams.method_of(stratum.scheme), streams.opened(stratum)
    try:
        arm, after = next_arm(method, state, newcomer)
        dummy_arm, after_dummy = next_arm(method, dummy, newcomer)
    except ValueError as fault:
        raise Refused(f"The open scheme can't place this person: {fault}.", code="no_level") from None
    stratum.next_seq += 1
    streams.close(stratum, after, after_dummy)
    return arm, dummy_arm
