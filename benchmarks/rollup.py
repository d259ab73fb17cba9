"""Adherence and dose of everybody: the everyday figures, read from the sums kept with each session, against every set added up anew.

Both feed the same pure functions; the two snapshots must be equal to the last digit.
"""

from __future__ import annotations

import gc
import resource
from datetime import UTC, datetime

from benchmarks import ground, pairs
from benchmarks.ground import SHELL
from benchmarks.result import Growth, Result
from outcomes.actions import reports
from participants.actions import sessions
from participants.models import ExerciseSet
from trials.queries import protocol_in_force

SIZES = {"small": (3, 1, 14), "full": (3, 1, 41)}  # blocks, figures each, people (then x4, x16); 384 sets a person
SETS = 3  # of each of 8 exercises in 16 sessions
AFTER_ALL = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    people, measured, stored = 0, [], []
    protocol = protocol_in_force()
    grew = 0
    for wanted in (least, 4 * least, 16 * least):
        with ground.filling() as owner:
            ground.fill_trained(owner, site, wanted - people, first=people + 1, on=ground.AT.date(), arm=arm, sets=SETS)
        people = wanted
        sessions.rebuild_sums(by=SHELL, at=AFTER_ALL)
        gc.collect()
        before = _peak_mb()
        read = reports.body_of(protocol, AFTER_ALL)
        grew = round(_peak_mb() - before)
        assert read == reports.recomputed(protocol, AFTER_ALL)
        assert len(read["people"]) == people
        limit, subject = lambda: reports.recomputed(protocol, AFTER_ALL), lambda: reports.body_of(protocol, AFTER_ALL)
        measured.append(pairs.measure(limit, subject, blocks=blocks, each=each, warm=0))
        stored.append(ExerciseSet.objects.count())
    growth = Growth("sets", tuple(stored), tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "1")
    sent = ground.statements(lambda: reports.body_of(protocol, AFTER_ALL))
    notes = {"people": people, "peak_memory_grew_mb": grew}
    return [
        Result(
            "rollup",
            "report",
            "every set added up anew by the database, fed to the same functions",
            size,
            stored[-1],
            measured[-1],
            sent,
            growth,
            notes,
        )
    ]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
