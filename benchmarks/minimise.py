"""Minimisation with few and with many people there: its marginal counts are kept, so nobody is counted again."""

from __future__ import annotations

from benchmarks import ground, pairs, placing
from benchmarks.ground import AT, SHELL
from benchmarks.result import Growth, Result
from trials.actions import allocation
from trials.models import Stratum, Unit
from trials.replay import faults

SIZES = {"small": (5, 4, 500), "full": (11, 12, 5_000)}  # blocks, operations each, participants already there (then x10)
STRATA = (("site", "LIM"), ("sex", "F"))
OURS = "all"
MINIMISING = (('method = "permuted_blocks"', 'method = "minimisation"'), ("multipliers = [2, 3]", 'p = "4/5"'))


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site = ground.load_trial(*MINIMISING)
    first = allocation.allocate(Unit.objects.create(trial_id="U-0", site=site), strata=STRATA, by=SHELL, at=AT)
    raw_stratum = placing.raw_stratum(Stratum.objects.get(key=OURS))
    turns, sizes, measured, filled = blocks * each + 2, (least, 10 * least), [], 1
    for round_no, stored in enumerate(sizes):
        for unit in placing.units(site, f"F{round_no}", stored - filled):
            allocation.allocate(unit, strata=(STRATA[0], ("sex", "FM"[unit.pk % 2])), by=SHELL, at=AT)
        ours, theirs = placing.units(site, f"S{round_no}", turns), placing.units(site, f"R{round_no}", 2 * turns)
        filled = stored + turns
        with ground.raw() as raw:
            measured.append(
                pairs.measure(
                    lambda: placing.theirs(raw, next(theirs), raw_stratum, first),  # noqa: B023
                    lambda: placing.ours(next(ours), STRATA),  # noqa: B023
                    blocks=blocks,
                    each=each,
                )
            )
    sent = ground.statements(lambda: placing.ours(Unit.objects.create(trial_id="U-1", site=site), STRATA)) - 1
    placing.check_places(OURS, filled + 1)
    strange = [fault for fault in faults() if not fault.about.startswith("R") and fault.about != f"stratum {placing.THEIRS}"]
    assert strange == [], f"the replay finds {strange[0]}"
    growth = Growth("participants already there", sizes, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "0")
    limit = "two raw statements, two commits: the attempt; then locks, counts moved on, allocation, outcome and event written"
    return [Result("minimise", "allocation", limit, size, sizes[-1], measured[-1], sent, growth)]
