"""Give the next arm of a stratum: opened once, drawn one at a time under the stratum's lock, never undone.

What comes next is written nowhere. The sealed state of a stratum is moved on in the transaction that writes the allocation, so
a step that is rolled back gives the same arm when it is tried again, and nobody can try until they like the answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import DatabaseError, connection
from psycopg import errors

from trials import audit, entropy, forcing, permissions, queries, sealing
from trials.actors import Actor
from trials.audit import action
from trials.domain.randomisation import Scheme as Method
from trials.domain.randomisation import StreamState, scheme_from
from trials.domain.randomisation.strata import WHOLE_TRIAL, Levels, stratum_key
from trials.domain.randomisation.stream import next_arm, open_dummy_stream, open_stream
from trials.domain.roles import Permission
from trials.models import Allocation, Scheme, Stratum, Unit
from trials.permissions import Refused

LOCK_TIMEOUT = "5s"
ORDERED = ("arms", "factors")
TRY_AGAIN = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


@action
def open_scheme(*, by: Actor, at: datetime) -> Scheme:
    """Open randomisation under the protocol in force: a seed of 48 bytes is made, sealed and shown to nobody.

    Refused while a scheme is open, and for an allocation table that no method can carry out.
    """
    permissions.check(by, Permission.OPEN_SCHEME)
    trial, protocol = queries.trial(), queries.protocol_in_force()
    if Scheme.objects.filter(trial=trial, closed_at=None).exists():
        raise Refused("Randomisation is open already.", code="already_open")
    table = protocol.allocation_table()
    try:
        scheme_from(table)
    except ValueError as fault:
        raise Refused(f"The protocol's allocation can't be carried out: {fault}.", code="bad_scheme") from None
    version = Scheme.objects.filter(trial=trial).count() + 1
    name = f"{trial.code}|{version}"
    seed = entropy.fresh("scheme seed, first part", name) + entropy.fresh("scheme seed, second part", name)[:16]
    scheme = Scheme(trial=trial, version=version, table=_kept(table), protocol_digest=protocol.digest, opened_at=at)
    scheme.sealed_seed = sealing.seal(sealing.SEED, seed, context=_seed_context(scheme))
    scheme.save(force_insert=True)
    audit.record("scheme.opened", about=f"scheme:{version}", by=by, at=at, detail={"protocol": protocol.digest})
    return scheme


@action
def close_scheme(*, reason: str, by: Actor, at: datetime) -> Scheme:
    """Close randomisation: allocations under way are waited for, later ones are refused."""
    permissions.check(by, Permission.OPEN_SCHEME)
    if not reason.strip():
        raise Refused("Say why randomisation is closed.", code="no_reason", status=422)
    scheme = _in_force()
    scheme.closed_at = at
    scheme.save(update_fields=["closed_at"])
    audit.record("scheme.closed", about=f"scheme:{scheme.version}", by=by, at=at, reason=reason)
    return scheme


@action
def allocate(unit: Unit, *, strata: Levels, by: Actor, at: datetime) -> Allocation:
    """Give a unit the next arm of its stratum; `strata` is the level of every factor as read from the records.

    Refused: not opened, closed, already randomised; `busy` (503) when the stratum stays locked by others for 5 seconds: nothing
    has happened then, and the step may be tried again.
    """
    permissions.check(by, Permission.RANDOMISE, at_site=unit.site)
    try:
        return _allocate(unit, strata, by, at)
    except DatabaseError as failed:
        if not isinstance(failed.__cause__, TRY_AGAIN):
            raise
        raise Refused("Others are randomising just now. Nothing has happened: try again.", code="busy", status=503) from None


def _allocate(unit: Unit, strata: Levels, by: Actor, at: datetime) -> Allocation:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
    scheme = _in_force()
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    if Allocation.objects.filter(unit=unit).exists():
        raise Refused(f"{unit} is already randomised.", code="already_randomised")
    stratum = _locked(scheme, WHOLE_TRIAL if _method(scheme).across_strata else stratum_key(strata))
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
    scheme = next(iter(Scheme.objects.raw("SELECT * FROM trials_scheme WHERE closed_at IS NULL FOR SHARE")), None)
    if scheme is not None:
        return scheme
    if Scheme.objects.exists():
        raise Refused("Randomisation is closed.", code="randomisation_closed")
    raise Refused("Randomisation is not open yet: the trial manager opens it.", code="randomisation_not_open")


def _locked(scheme: Scheme, key: str) -> Stratum:
    """The stratum's row under lock; the first comer makes it, and whoever comes at the same moment waits for that."""
    queue = Stratum.objects.select_for_update().filter(scheme=scheme, key=key)
    stratum = queue.first()
    if stratum is None:
        Stratum.objects.bulk_create([_new_stratum(scheme, key)], ignore_conflicts=True)
        stratum = queue.get()
    stratum.scheme = scheme
    return stratum


def _new_stratum(scheme: Scheme, key: str) -> Stratum:
    seed = sealing.open_sealed(sealing.SEED, scheme.sealed_seed, context=_seed_context(scheme))
    stratum = Stratum(scheme=scheme, key=key, next_seq=1)
    _seal(stratum, open_stream(_method(scheme), seed=seed, stratum=key), open_dummy_stream(_method(scheme), seed=seed, stratum=key))
    return stratum


def _draw(stratum: Stratum, newcomer: Mapping[str, str]) -> tuple[str, str]:
    """The next arm and the next sham arm; the stratum stands one place further, not yet saved."""
    method = _method(stratum.scheme)
    real = sealing.open_sealed(sealing.SEED, stratum.sealed_state, context=_context(stratum, "state"))
    sham = sealing.open_sealed(sealing.SEED, stratum.sealed_dummy_state, context=_context(stratum, "dummy"))
    state, dummy = StreamState.from_bytes(real), StreamState.from_bytes(sham)
    try:
        arm, after = next_arm(method, state, newcomer)
        dummy_arm, after_dummy = next_arm(method, dummy, newcomer)
    except ValueError as fault:
        raise Refused(f"The open scheme can't place this person: {fault}.", code="no_level") from None
    stratum.next_seq += 1
    _seal(stratum, after, after_dummy)
    return arm, dummy_arm


def _seal(stratum: Stratum, state: StreamState, dummy: StreamState) -> None:
    stratum.sealed_state = sealing.seal(sealing.SEED, state.to_bytes(), context=_context(stratum, "state"))
    stratum.sealed_dummy_state = sealing.seal(sealing.SEED, dummy.to_bytes(), context=_context(stratum, "dummy"))


def _seed_context(scheme: Scheme) -> str:
    return f"trials_scheme|{scheme.version}|seed"


def _context(stratum: Stratum, stream: str) -> str:
    """Bound to the place as well: a state put back by hand to an earlier one does not open."""
    return f"trials_stratum|{stratum.scheme.version}|{stratum.key}|{stream}|{stratum.next_seq}"


def _kept(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table as the database keeps it: arms and factors as lists, because jsonb forgets the order of keys and draws depend on it."""
    return {**table, **{key: [[name, held] for name, held in table[key].items()] for key in ORDERED}}


def _method(scheme: Scheme) -> Method:
    return _read(json.dumps(scheme.table))


@lru_cache(maxsize=32)
def _read(kept: str) -> Method:
    table = json.loads(kept)
    return scheme_from({**table, **{key: dict(table[key]) for key in ORDERED}})
