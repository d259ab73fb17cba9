"""Give a unit its arm: `allocation.allocate` against one raw statement that locks the stratum and writes the same rows."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import ground, pairs
from benchmarks.ground import AT, SAID, SHELL
from benchmarks.result import Growth, Result
from trials import sealing
from trials.actions import allocation
from trials.domain.randomisation import scheme_from
from trials.models import Allocation, Event, RowVersion, Stratum, Unit
from trials.queries import protocol_in_force

SIZES = {"small": (5, 4, 250), "full": (11, 12, 2_500)}  # blocks, operations each, allocations already there (then x4, x16)
STRATA = (("site", "LIM"), ("sex", "F"))
OURS, THEIRS = "site=LIM|sex=F", "raw"

RAW = f"""WITH {SAID},
held AS (SELECT s.id, s.next_seq FROM trials_stratum s, said WHERE s.id = %(stratum)s FOR UPDATE OF s),
moved AS (UPDATE trials_stratum s SET next_seq = s.next_seq + 1, sealed_state = %(state)s, sealed_dummy_state = %(state)s
    FROM held WHERE s.id = held.id RETURNING s.id),
given AS (INSERT INTO trials_allocation (unit_id, scheme_id, stratum_id, seq, stratum_key, factors, arm, dummy_arm, code, at,
    protocol_digest,
    source) SELECT %(unit)s, %(scheme)s, held.id, held.next_seq, 'raw', '{{"sex": "F", "site": "LIM"}}', 'ret', 'ret', %(code)s, %(at)s,
    %(digest)s, 'live' FROM held JOIN moved ON moved.id = held.id RETURNING unit_id)
INSERT INTO trials_event (verb, about, actor, at, reason, detail, recorded_at)
SELECT 'unit.allocated', %(about)s, %(actor)s, %(at)s, '', '{{}}', clock_timestamp() FROM given"""


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site = ground.load_trial()
    allocation.allocate(Unit.objects.create(trial_id="U-0", site=site), strata=STRATA, by=SHELL, at=AT)
    theirs_stratum = raw_stratum(like=Stratum.objects.get(key=OURS))
    turns = blocks * each + 2
    measured, sizes = [], (least, 4 * least, 16 * least)
    filled = 0
    for round_no, stored in enumerate(sizes):
        with ground.filling() as owner:
            ground.fill_people(owner, site, stored - filled, first=filled + 1, at=AT, arm=ground.training_arm())
        filled = stored
        ours = _units(site, f"S{round_no}", turns)
        theirs = _units(site, f"R{round_no}", 2 * turns)
        with ground.raw() as raw:
            measured.append(
                pairs.measure(
                    lambda: _raw(raw, next(theirs), theirs_stratum),  # noqa: B023
                    lambda: allocation.allocate(next(ours), strata=STRATA, by=SHELL, at=AT),  # noqa: B023
                    blocks=blocks,
                    each=each,
                )
            )
    one_more = Unit.objects.create(trial_id="U-1", site=site)
    sent = ground.statements(lambda: allocation.allocate(one_more, strata=STRATA, by=SHELL, at=AT))
    _check(turns * len(sizes) + 2, 2 * turns * len(sizes))
    growth = Growth("allocations already there", sizes, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "0")
    limit = "one raw statement: stratum locked and moved on, allocation and event written"
    return [Result("randomise", "allocation", limit, size, sizes[0], measured[0], sent, growth)]


def raw_stratum(*, like: Stratum) -> Stratum:
    """The stratum that the raw side moves on."""
    return Stratum.objects.create(
        scheme=like.scheme, key=THEIRS, next_seq=1, sealed_state=like.sealed_state, sealed_dummy_state=like.sealed_dummy_state
    )


def _units(site: object, prefix: str, count: int) -> Iterator[Unit]:
    return iter(Unit.objects.bulk_create(Unit(trial_id=f"{prefix}-{n:05}", site=site) for n in range(count)))


def _raw(raw: object, unit: Unit, stratum: Stratum) -> None:
    told = {
        "actor": SHELL.actor, "at": AT, "stratum": stratum.pk, "state": bytes(stratum.sealed_state), "scheme": stratum.scheme_id,
        "unit": unit.pk, "code": f"R{unit.pk}", "digest": protocol_digest(), "about": unit.trial_id,
    }  # fmt: skip
    raw.execute(RAW, told)  # type: ignore[attr-defined]


_digest: list[str] = []


def protocol_digest() -> str:
    if not _digest:
        _digest.append(protocol_in_force().digest)
    return _digest[0]


def _check(ours: int, theirs: int) -> None:
    """No place twice and none left out, the arms that the sealed seed stands for, and the same rows kept on both sides."""
    for key, count in ((OURS, ours), (THEIRS, theirs)):
        places = list(Allocation.objects.filter(stratum__key=key).order_by("seq").values_list("seq", flat=True))
        assert places == list(range(1, count + 1)), f"{key}: the places are not 1 to {count}"
        assert Stratum.objects.get(key=key).next_seq == count + 1
    scheme = ground.scheme()
    seed = sealing.open_sealed(sealing.SEED, scheme.sealed_seed, context=f"trials_scheme|{scheme.version}|seed")
    listed = scheme_from(protocol_in_force().allocation_table()).draw_list(seed, OURS, ours)[:ours]
    given = list(Allocation.objects.filter(stratum__key=OURS).order_by("seq").values_list("arm", flat=True))
    assert given == listed, "the arms are not those of the seed"
    assert Event.objects.filter(verb="unit.allocated").count() == ours + theirs
    kept = RowVersion.objects.filter(table_name="trials_allocation").count()
    assert kept == ours + theirs, f"{kept} allocations in the history, {ours + theirs} made"
