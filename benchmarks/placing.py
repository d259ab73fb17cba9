"""The raw side of an allocation: the same rows, locks, triggers, constraints and commits, in two statements."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from benchmarks.ground import AT, SAID, SHELL
from trials.actions import allocation, attempts
from trials.domain.randomisation.strata import Levels
from trials.models import Allocation, Site, Stratum, Unit
from trials.queries import protocol_in_force

THEIRS = "raw"

ATTEMPT = """INSERT INTO trials_attempt (unit_id, actor, at, key, body_digest, repeats_id, recorded_at)
    VALUES (%(unit)s, %(actor)s, %(at)s, NULL, '', NULL, clock_timestamp()) RETURNING id"""

RAW = f"""WITH {SAID},
scheme AS MATERIALIZED (SELECT s.id FROM trials_scheme s, said WHERE s.id = %(scheme)s AND s.closed_at IS NULL FOR SHARE OF s),
unit AS MATERIALIZED (SELECT u.id, u.site_id FROM trials_unit u, scheme WHERE u.id = %(unit)s FOR NO KEY UPDATE OF u),
whole AS MATERIALIZED (SELECT c.trial_id FROM trials_cap c, unit WHERE c.site_id IS NULL AND c.given < c.most FOR NO KEY UPDATE OF c),
here AS MATERIALIZED (SELECT c.id FROM trials_cap c, unit, whole WHERE c.site_id = unit.site_id FOR NO KEY UPDATE OF c),
held AS MATERIALIZED (SELECT s.id, s.next_seq, s.last_hash FROM trials_stratum s, here WHERE s.id = %(stratum)s FOR NO KEY UPDATE OF s),
moved AS (UPDATE trials_stratum s SET next_seq = s.next_seq + 1, sealed_state = %(state)s, sealed_dummy_state = %(state)s,
    last_hash = %(hash)s FROM held WHERE s.id = held.id RETURNING s.id),
given AS (INSERT INTO trials_allocation (unit_id, scheme_id, stratum_id, seq, stratum_key, factors, arm, dummy_arm, code, at,
    protocol_digest, source, code_digest, sealed_draw, previous_hash, hash)
    SELECT %(unit)s, %(scheme)s, held.id, held.next_seq, 'site=LIM|sex=F', '{{"sex": "F", "site": "LIM"}}', 'ret', 'ret', %(code)s, %(at)s,
    %(digest)s, 'live', %(digest)s, %(draw)s, held.last_hash, %(hash)s FROM held JOIN moved ON moved.id = held.id RETURNING unit_id),
ended AS (INSERT INTO trials_attemptoutcome (attempt_id, kind, code, at) SELECT %(attempt)s, 'given', '', %(at)s FROM given)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT 'unit.allocated', %(about)s, %(actor)s, %(at)s, '', '{{}}', clock_timestamp() FROM given"""


def raw_stratum(like: Stratum) -> Stratum:
    """A stratum that only the raw side fills, as large as ours."""
    return Stratum.objects.create(
        scheme=like.scheme, key=THEIRS, next_seq=1, sealed_state=like.sealed_state, sealed_dummy_state=like.sealed_dummy_state,
        last_hash=like.last_hash,
    )  # fmt: skip


def units(site: Site, prefix: str, count: int) -> Iterator[Unit]:
    return iter(Unit.objects.bulk_create(Unit(trial_id=f"{prefix}-{n:05}", site=site) for n in range(count)))


def ours(unit: Unit, strata: Levels) -> None:
    """Two commits: the attempt, then the allocation with the attempt's outcome."""
    attempt = attempts.begin(unit, claim=None, by=SHELL, at=AT)
    allocation.allocate(unit, strata=strata, attempt=attempt, by=SHELL, at=AT)


def theirs(raw: psycopg.Connection, unit: Unit, stratum: Stratum, like: Allocation) -> None:
    """The same two commits."""
    told = {
        "actor": SHELL.actor, "at": AT, "stratum": stratum.pk, "state": bytes(stratum.sealed_state), "scheme": stratum.scheme_id,
        "unit": unit.pk, "code": f"R{unit.pk:09}", "digest": protocol_digest(), "about": unit.trial_id, 
        "draw": bytes(like.sealed_draw or b""),        "hash": like.hash,
    }  # fmt: skip
    row = raw.execute(ATTEMPT, told).fetchone()
    assert row is not None
    raw.execute(RAW, told | {"attempt": row[0]})


_digest: list[str] = []


def protocol_digest() -> str:
    if not _digest:
        _digest.append(protocol_in_force().digest)
    return _digest[0]


def check_places(key: str, count: int) -> None:
    """No place twice and none left out."""
    places = list(Allocation.objects.filter(stratum__key=key).order_by("seq").values_list("seq", flat=True))
    assert places == list(range(1, count + 1)), f"{key}: the places are not 1 to {count}"
    assert Stratum.objects.get(key=key).next_seq == count + 1
