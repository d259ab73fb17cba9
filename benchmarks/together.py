"""Eight clients at once on one stratum: ours against eight raw clients that stand in the same kind of queue."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from django.db import connection

from benchmarks import ground, pairs, placing
from benchmarks.ground import AT, SHELL
from benchmarks.result import Result
from trials.actions import allocation
from trials.models import Stratum, Unit

CLIENTS = 8
SIZES = {"small": (3, 5), "full": (9, 25)}  # blocks, operations of each client
STRATA = (("site", "LIM"), ("sex", "F"))
OURS = "site=LIM|sex=F"


def run(size: str) -> list[Result]:
    blocks, each = SIZES[size]
    site = ground.load_trial()
    first = allocation.allocate(Unit.objects.create(trial_id="U-0", site=site), strata=STRATA, by=SHELL, at=AT)
    raw_stratum = placing.raw_stratum(Stratum.objects.get(key=OURS))
    ours = placing.units(site, "S", (blocks + 1) * CLIENTS * each)
    theirs = placing.units(site, "R", (2 * blocks + 1) * CLIENTS * each)

    def raw_client(people: list[Unit]) -> Callable[[], None]:
        def go() -> None:
            with ground.raw() as raw:
                for unit in people:
                    placing.theirs(raw, unit, raw_stratum, first)

        return go

    def our_client(people: list[Unit]) -> Callable[[], None]:
        def go() -> None:
            for unit in people:
                placing.ours(unit, STRATA)

        return go

    _all_at_once(raw_client, theirs, each)
    _all_at_once(our_client, ours, each)
    limit, subject, again = [], [], []
    for _ in range(blocks):
        limit.append(_all_at_once(raw_client, theirs, each))
        subject.append(_all_at_once(our_client, ours, each))
        again.append(_all_at_once(raw_client, theirs, each))
    placing.check_places(OURS, 1 + (blocks + 1) * CLIENTS * each)
    placing.check_places(placing.THEIRS, (2 * blocks + 1) * CLIENTS * each)
    measured = pairs.of_times(limit, subject, again, each=1)
    said = "eight raw clients on one stratum, two statements and two commits each; the ratio is of their time an allocation"
    return [Result("together", "allocation of one of 8 clients", said, size, CLIENTS * each, measured)]


def _all_at_once(client: Callable[[list[Unit]], Callable[[], None]], people: Iterator[Unit], each: int) -> float:
    """Seconds an allocation while eight clients work at the same time, each on a connection of its own."""
    together = threading.Barrier(CLIENTS + 1)
    work = [client([next(people) for _ in range(each)]) for _ in range(CLIENTS)]

    def one(go: Callable[[], None]) -> None:
        connection.ensure_connection()
        try:
            together.wait(timeout=60)
            go()
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(one, go) for go in work]
        together.wait(timeout=60)
        began = perf_counter()
        for done in running:
            done.result()
        return (perf_counter() - began) / (CLIENTS * each)
