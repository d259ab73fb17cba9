"""Give a unit its arm, the attempt kept: two steps of ours against two raw statements that do the same durable work."""

from __future__ import annotations

from benchmarks import ground, pairs, placing
from benchmarks.ground import AT, SHELL
from benchmarks.result import Growth, Result
from trials import sealing
from trials.actions import allocation
from trials.domain.randomisation import scheme_from
from trials.models import Allocation, AttemptOutcome, Event, RowVersion, Stratum, Unit
from trials.queries import protocol_in_force

SIZES = {"small": (5, 4, 250), "full": (11, 12, 2_500)}  # blocks, operations each, allocations already there (then x4, x16)
STRATA = (("site", "LIM"), ("sex", "F"))
OURS = "site=LIM|sex=F"


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site = ground.load_trial()
    first = allocation.allocate(Unit.objects.create(trial_id="U-0", site=site), strata=STRATA, by=SHELL, at=AT)
    raw_stratum = placing.raw_stratum(Stratum.objects.get(key=OURS))
    turns = blocks * each + 2
    measured, sizes = [], (least, 4 * least, 16 * least)
    filled = 0
    for round_no, stored in enumerate(sizes):
        with ground.filling() as owner:
            ground.fill_people(owner, site, stored - filled, first=filled + 1, at=AT, arm=ground.training_arm())
        filled = stored
        ours = placing.units(site, f"S{round_no}", turns)
        theirs = placing.units(site, f"R{round_no}", 2 * turns)
        with ground.raw() as raw:
            measured.append(
                pairs.measure(
                    lambda: placing.theirs(raw, next(theirs), raw_stratum, first),  # noqa: B023
                    lambda: placing.ours(next(ours), STRATA),  # noqa: B023
                    blocks=blocks,
                    each=each,
                )
            )
    one_more = Unit.objects.create(trial_id="U-1", site=site)
    sent = ground.statements(lambda: placing.ours(one_more, STRATA))
    _check(turns * len(sizes) + 2, 2 * turns * len(sizes))
    growth = Growth("allocations already there", sizes, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "0")
    limit = "two raw statements, two commits: the attempt; then locks, stratum moved on, allocation, outcome and event written"
    return [Result("randomise", "allocation", limit, size, sizes[0], measured[0], sent, growth)]


def _check(ours: int, theirs: int) -> None:
    """No place twice and none left out, the arms that the sealed seed stands for, and the same rows kept on both sides."""
    placing.check_places(OURS, ours)
    placing.check_places(placing.THEIRS, theirs)
    scheme = ground.scheme()
    seed = sealing.open_sealed(sealing.SEED, scheme.sealed_seed, context=f"trials_scheme|{scheme.version}|seed")
    listed = scheme_from(protocol_in_force().allocation_table()).draw_list(seed, OURS, ours)[:ours]
    given = list(Allocation.objects.filter(stratum__key=OURS).order_by("seq").values_list("arm", flat=True))
    assert given == listed, "the arms are not those of the seed"
    assert Event.objects.filter(verb="unit.allocated").count() == ours + theirs
    kept = RowVersion.objects.filter(table_name="trials_allocation").count()
    assert kept == ours + theirs, f"{kept} allocations in the history, {ours + theirs} made"
    told = AttemptOutcome.objects.filter(kind="given").count()
    assert told == ours - 1 + theirs, f"{told} attempts given, {ours - 1 + theirs} made"
