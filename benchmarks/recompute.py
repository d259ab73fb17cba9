"""Adherence and dose of everybody with every set added up anew, against hand-written SQL, sets to session to person.

The limit makes two sums a session and four figures a person and keeps them as a snapshot; the recomputation makes twenty sums a session,
planned doses carried forward, and forty figures a person.
"""

from __future__ import annotations

import gc
import resource
from datetime import timedelta
from itertools import count

from benchmarks import ground, pairs
from benchmarks.report import AFTER_ALL, RAW
from benchmarks.result import Growth, Result
from outcomes.actions import reports
from participants.models import ExerciseSet
from trials.queries import protocol_in_force

SIZES = {"small": (3, 1, 20), "full": (3, 1, 1221)}  # blocks, figures each, people (then x4, x16: 5 million sets); 256 sets a person


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    people, measured, stored, grew = 0, [], [], 0
    clock = (AFTER_ALL + timedelta(minutes=n) for n in count())
    protocol = protocol_in_force()
    with ground.raw() as raw:
        for wanted in (least, 4 * least, 16 * least):
            with ground.filling() as owner:
                ground.fill_trained(owner, site, wanted - people, first=people + 1, on=ground.AT.date(), arm=arm)
            people = wanted
            gc.collect()
            before = _peak_mb()
            assert len(reports.recomputed(protocol, AFTER_ALL)["people"]) == people
            grew = round(_peak_mb() - before)
            limit = lambda: raw.execute(RAW, {"actor": ground.SHELL.actor, "at": next(clock), "digest": protocol.digest})  # noqa: E731
            subject = lambda: reports.recomputed(protocol, AFTER_ALL)  # noqa: E731
            measured.append(pairs.measure(limit, subject, blocks=blocks, each=each, warm=0))
            stored.append(ExerciseSet.objects.count())
    growth = Growth("sets", tuple(stored), tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "1")
    sent = ground.statements(lambda: reports.recomputed(protocol, AFTER_ALL))
    words = "two-level SQL in one statement, its four figures a person kept as a snapshot"
    return [
        Result("recompute", "report", words, size, stored[-1], measured[-1], sent, growth, {"people": people, "peak_memory_grew_mb": grew})
    ]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
