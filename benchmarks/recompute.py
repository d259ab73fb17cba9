"""Adherence and dose of everybody with every set added up anew, against hand-written SQL, sets to session to person.

Two limits: `recompute` is held against the same sums and the same figures a person, written by hand in the database's own language and
found equal to ours in every figure; `recompute_bare` against the two sums and four figures that attendance and one ratio need. The
ground is 16 sessions of 8 exercises x 3 sets a person.
"""

from __future__ import annotations

import gc
import resource

from benchmarks import ground, pairs, two_levels
from benchmarks.report import AFTER_ALL
from benchmarks.result import Growth, Result
from outcomes.actions import reports
from participants.models import ExerciseSet
from trials.queries import protocol_in_force

SIZES = {"small": (3, 1, 14), "full": (3, 1, 814)}  # blocks, figures each, people (then x4, x16: 5 million sets); 384 sets a person
SETS = 3
LIMITS = {
    "recompute": (two_levels.SAME, "two-level SQL in one statement, the same sums a session and the same figures a person"),
    "recompute_bare": (two_levels.BARE, "two-level SQL in one statement, two sums a session and four figures a person"),
}


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    people, stored, grew = 0, [], 0
    measured: dict[str, list[pairs.Pairs]] = {name: [] for name in LIMITS}
    protocol, on = protocol_in_force(), AFTER_ALL.date()
    subject = lambda: reports.recomputed(protocol, AFTER_ALL)  # noqa: E731
    with ground.raw() as raw:
        for wanted in (least, 4 * least, 16 * least):
            with ground.filling() as owner:
                ground.fill_trained(owner, site, wanted - people, first=people + 1, on=ground.AT.date(), arm=arm, sets=SETS)
            people = wanted
            gc.collect()
            before = _peak_mb()
            body = subject()["people"]
            grew = round(_peak_mb() - before)
            assert len(body) == people
            for name, (statement, _) in LIMITS.items():
                two_levels.check(raw, statement, on, body)
                measured[name].append(pairs.measure(two_levels.limit(raw, statement, on), subject, blocks=blocks, each=each, warm=0))
            stored.append(ExerciseSet.objects.count())
    sent, notes = ground.statements(subject), {"people": people, "peak_memory_grew_mb": grew}
    return [
        Result(name, "report", words, size, stored[-1], measured[name][-1], sent, _growth(stored, measured[name]), notes)
        for name, (_, words) in LIMITS.items()
    ]


def _growth(stored: list[int], measured: list[pairs.Pairs]) -> Growth:
    return Growth("sets", tuple(stored), tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "1")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
