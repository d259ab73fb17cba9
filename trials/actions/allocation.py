"""Give the next arm of a stratum: drawn one at a time under the stratum's lock, never undone.

What comes next is written nowhere. The sealed state of a stratum is moved on in the transaction that writes the allocation, so
a step that is rolled back gives the same arm when it is tried again, and nobody can try until they like the answer.

The statements are written out, because this is the one step for which a whole trial stands in a queue.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from trials import audit, entropy, forcing, permissions, streams
from trials.actors import Actor
from trials.audit import action
from trials.domain.groups import PLURAL
from trials.domain.protocol.shape import PERSON
from trials.domain.randomisation.chain import BEGINNING, link
from trials.domain.randomisation.life import Status
from trials.domain.randomisation.scheme import Draw
from trials.domain.randomisation.strata import WHOLE_TRIAL, Levels, stratum_key
from trials.domain.randomisation.stream import next_arm, next_draw
from trials.domain.randomisation.uploaded_list import ListEnded
from trials.domain.roles import Permission
from trials.models import Allocation, Attempt, AttemptOutcome, Group, Scheme, Stratum, Trial, Unit
from trials.permissions import Refused

ROOM = ("See randomisation", "/randomisation/")

# The open scheme, shared with other allocations but not with whoever wants to close it, until the transaction ends; then the unit.
SHARED = """WITH scheme AS MATERIALIZED (SELECT s.id, s.version, s.trial_id, s."table"::text FROM trials_scheme s
    WHERE s.opened_at IS NOT NULL AND s.closed_at IS NULL AND s.discarded_at IS NULL FOR SHARE OF s),
unit AS MATERIALIZED (SELECT u.id FROM trials_unit u, scheme WHERE u.id = %(unit)s {u})
SELECT scheme.id, scheme.version, trial.id, trial.code, scheme."table",
    (SELECT p.digest FROM trials_protocolversion p ORDER BY p.in_force_from DESC, p.id DESC LIMIT 1)
FROM unit, scheme JOIN trials_trial trial ON trial.id = scheme.trial_id"""

# A second statement, so that it sees what was written while the first one waited. Each lock waits for the one before it, since
# it is joined to its row: count of the trial, count of the site, stratum.
LOCKED = """WITH whole AS MATERIALIZED (SELECT c.given, c.most FROM trials_cap c WHERE c.trial_id = %(trial)s AND c.site_id IS NULL {c}),
here AS MATERIALIZED (SELECT c.given, c.most FROM trials_cap c, whole WHERE c.site_id = %(site)s {c}),
stratum AS MATERIALIZED (SELECT t.id, t.next_seq, t.sealed_state, t.sealed_dummy_state, t.last_hash, t.closed_at, t.closed_reason
    FROM trials_stratum t, here WHERE t.scheme_id = %(scheme)s AND t.key = %(key)s {t})
SELECT whole.given, whole.most, here.given, here.most, EXISTS (SELECT FROM trials_allocation a WHERE a.unit_id = %(unit)s), stratum.*
FROM whole JOIN here ON true LEFT JOIN stratum ON true"""
LOCK = "FOR NO KEY UPDATE"

ALLOCATION = (
    "unit_id", "scheme_id", "stratum_id", "seq", "stratum_key", "factors", "arm", "dummy_arm", "code", "at", "protocol_digest",
    "source", "code_digest", "sealed_draw", "previous_hash", "hash", "group_id",
)  # fmt: skip
STRATUM = ("id", "next_seq", "sealed_state", "sealed_dummy_state", "last_hash", "closed_at", "closed_reason")

WRITTEN = f"""WITH moved AS (UPDATE trials_stratum SET next_seq = %(next_seq)s, sealed_state = %(state)s,
    sealed_dummy_state = %(dummy_state)s, last_hash = %(hash)s WHERE id = %(stratum_id)s),
ended AS (INSERT INTO trials_attemptoutcome (attempt_id, kind, code, at)
    SELECT %(attempt)s::bigint, 'given', '', %(at)s WHERE %(attempt)s::bigint IS NOT NULL),
said AS ({audit.EVENT})
INSERT INTO trials_allocation ({", ".join(ALLOCATION)}) VALUES ({", ".join(f"%({field})s" for field in ALLOCATION)}) RETURNING id"""


@action
def allocate(
    unit: Unit,
    *,
    strata: Levels,
    group: Group | None = None,
    people: int = 1,
    attempt: Attempt | None = None,
    by: Actor,
    at: datetime,
) -> Allocation:
    """Give a unit the next arm of its stratum; `strata` is the level of every factor as read from the records.

    For a group it is the first member's, and so many `people` get this arm: the others by `follow`, in the same transaction.
    Refused: not opened, closed, already randomised, no room for so many, the stratum closed, and another unit of allocation.
    How long it waits for locks is said by the step around it (`trials/waiting.py`).
    """
    permissions.check(by, Permission.RANDOMISE, at_site=unit.site)
    scheme, protocol_digest = _in_force(unit)
    _check_unit(scheme, unit, group)
    stratum = _admitted(unit, scheme, WHOLE_TRIAL if streams.method_of(scheme).across_strata else stratum_key(strata), people)
    seq, (draw, dummy_arm) = stratum.next_seq, _draw(stratum, dict(strata))
    allocation = Allocation(
        unit=unit,
        scheme=scheme,
        stratum=stratum,
        seq=seq,
        stratum_key=stratum.key,
        factors=dict(strata),
        arm=forcing.arm_of(unit.trial_id, draw.arm),
        dummy_arm=dummy_arm,
        code=draw.code or entropy.code("allocation", unit.trial_id),
        at=at,
        protocol_digest=protocol_digest,
        code_digest=streams.code_digest(),
        sealed_draw=streams.seal_draw(stratum, seq, draw),
        previous_hash=stratum.last_hash or BEGINNING,
        group=group,
    )
    allocation.hash = stratum.last_hash = link(allocation.previous_hash, streams.facts_of(allocation))
    _write(allocation, stratum, attempt, audit.said("unit.allocated", about=unit.trial_id, by=by, at=at))
    return allocation


@action
def follow(unit: Unit, *, drawn: Allocation, attempt: Attempt | None = None, by: Actor, at: datetime) -> Allocation:
    """Give a further member of a group what was drawn for it: no place is taken, and the caps count one person more.

    Refused: already randomised, a cap reached, the stratum closed, and a group whose scheme is closed. The caller holds the group.
    """
    permissions.check(by, Permission.RANDOMISE, at_site=unit.site)
    scheme, protocol_digest = _in_force(unit)
    assert drawn.group is not None, "only a group's draw is followed"
    assert drawn.stratum is not None, "a draw has a stratum"
    if scheme.pk != drawn.scheme_id:
        sentence = f"The scheme that {drawn.group.kind} {drawn.group} was drawn by is closed."
        raise Refused(sentence, code="randomisation_closed", way_out=ROOM)
    _admitted(unit, scheme, drawn.stratum.key)
    last = Allocation.objects.filter(group=drawn.group).order_by("-pk").values_list("hash", flat=True)[0]
    allocation = Allocation(
        unit=unit,
        scheme=scheme,
        stratum=drawn.stratum,
        seq=drawn.seq,
        stratum_key=drawn.stratum_key,
        factors=drawn.factors,
        arm=drawn.arm,
        dummy_arm=drawn.dummy_arm,
        code=entropy.code("allocation", unit.trial_id),
        at=at,
        protocol_digest=protocol_digest,
        code_digest=streams.code_digest(),
        previous_hash=last,
        group=drawn.group,
        follows=drawn,
    )
    allocation.hash = link(last, streams.facts_of(allocation))
    allocation.save(force_insert=True)
    if attempt is not None:
        AttemptOutcome.objects.create(attempt=attempt, kind=AttemptOutcome.Kind.GIVEN, at=at)
    audit.record("unit.allocated", about=unit.trial_id, by=by, at=at)
    return allocation


def _check_unit(scheme: Scheme, unit: Unit, group: Group | None) -> None:
    """Nobody is drawn for alone where couples or clusters are the unit."""
    wanted = scheme.table.get("unit", PERSON)
    if wanted == (PERSON if group is None else group.kind):
        return
    if wanted == PERSON:
        raise Refused("This trial randomises persons: nobody is randomised in a group.", code="by_person")
    sentence = f"This trial randomises {PLURAL[wanted]}: gather {unit} with the others, then randomise them together."
    raise Refused(sentence, code="not_gathered", way_out=(f"See {PLURAL[wanted]}", "/groups/"))


def _in_force(unit: Unit) -> tuple[Scheme, str]:
    """The open scheme, locked against closing, with the unit under lock, and the digest of the protocol in force."""
    with connection.cursor() as cursor:
        cursor.execute(SHARED.format(**_locking()), {"unit": unit.pk})
        found = cursor.fetchone()
    if found is None:
        raise _not_open()
    pk, version, trial, code, table, protocol_digest = found
    return Scheme(pk=pk, version=version, trial=Trial(pk=trial, code=code), table=json.loads(table)), protocol_digest


def _not_open() -> Refused:
    last = Scheme.objects.order_by("-version").first()
    if last is not None and last.status is Status.CLOSED:
        return Refused("Randomisation is closed.", code="randomisation_closed", way_out=ROOM)
    waits = last is not None and last.status is Status.DRAWN
    lacks = "the trial manager approves the scheme" if waits else "the unblinded statistician draws a scheme, the trial manager approves it"
    return Refused(f"Randomisation is not open yet: {lacks}.", code="randomisation_not_open", way_out=ROOM)


def _admitted(unit: Unit, scheme: Scheme, key: str, people: int = 1) -> Stratum:
    """The stratum under lock, for a unit that may still come: not randomised, within the caps, the stratum open."""
    given, most, given_here, most_here, there_already, *row = _locked(unit, scheme, key)
    if there_already:
        raise Refused(f"{unit} is already randomised.", code="already_randomised")
    if most is not None and given + people > most:
        raise _full("The trial", most, most - given)
    if most_here is not None and given_here + people > most_here:
        raise _full(f"Site {unit.site.code}", most_here, most_here - given_here)
    if row[0] is None:
        Stratum.objects.bulk_create([_new_stratum(scheme, key)], ignore_conflicts=True)
        row = _locked(unit, scheme, key)[5:]
    stratum = Stratum(scheme=scheme, key=key, **dict(zip(STRATUM, row, strict=True)))
    if stratum.closed_at is not None:
        raise Refused(f"Stratum {key} is closed: {stratum.closed_reason}.", code="stratum_closed", way_out=ROOM, status=423)
    return stratum


def _locked(unit: Unit, scheme: Scheme, key: str) -> list[Any]:
    told = {"unit": unit.pk, "site": unit.site_id, "trial": scheme.trial_id, "scheme": scheme.pk, "key": key}
    with connection.cursor() as cursor:
        cursor.execute(LOCKED.format(**_locking()), told)
        return list(cursor.fetchone())


def _new_stratum(scheme: Scheme, key: str) -> Stratum:
    try:
        return streams.new_stratum(Scheme.objects.get(pk=scheme.pk), key)
    except ListEnded:
        raise Refused(f"The uploaded list has no stratum {key}.", code="not_in_list", way_out=ROOM) from None


def _draw(stratum: Stratum, newcomer: Mapping[str, str]) -> tuple[Draw, str]:
    """The next draw and the next sham arm; the stratum stands one place further, not yet saved."""
    method, (state, dummy) = streams.method_of(stratum.scheme), streams.opened(stratum)
    try:
        draw = next_draw(method, state, newcomer)
        dummy_arm, after_dummy = next_arm(method, dummy, newcomer)
    except ListEnded as ended:
        raise Refused(f"Stratum {stratum.key}: {ended}. Nobody more is randomised in it.", code="list_ended", way_out=ROOM) from None
    except ValueError as fault:
        raise Refused(f"The open scheme can't place this person: {fault}.", code="no_level") from None
    stratum.next_seq += 1
    streams.close(stratum, draw.after, after_dummy)
    return draw, dummy_arm


def _write(allocation: Allocation, stratum: Stratum, attempt: Attempt | None, event: Mapping[str, object]) -> None:
    """The allocation, the stratum one place further, the attempt's outcome and the event, in one statement."""
    told = {field: getattr(allocation, field) for field in ALLOCATION} | event | {
        "next_seq": stratum.next_seq, "state": stratum.sealed_state, "dummy_state": stratum.sealed_dummy_state,
        "factors": Jsonb(allocation.factors), "attempt": attempt and attempt.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, told)
        allocation.pk = cursor.fetchone()[0]
    allocation._state.adding, allocation._state.db = False, connection.alias


def _full(where: str, most: int, room: int) -> Refused:
    sentence = f"{where} has its {most} people: nobody more is randomised unless the protocol is amended."
    if room > 0:
        sentence = f"{where} has room for {room} more of its {most} people: too few for all who would be randomised together."
    return Refused(sentence, code="cap_reached", way_out=ROOM)


def _locking() -> dict[str, str]:
    return {row: f"{LOCK} OF {row}" if LOCK else "" for row in "uct"}
