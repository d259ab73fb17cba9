"""One participant's training: all their records read anew, their figures, totals and plots, against one raw statement of the same figures.

The promise is under 10 ms of SQL a participant, whatever the size of the trial: told as `sql_ms`, the sum of what its statements took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter

from django.db import connection

from benchmarks import ground, pairs, two_levels
from benchmarks.report import AFTER_ALL
from benchmarks.result import Growth, Result
from outcomes.actions import person_reports
from participants.models import Enrolment
from trials.queries import protocol_in_force

SIZES = {"small": (5, 6, 10), "full": (9, 8, 100)}  # blocks, figures each, people in the trial (then x4, x16)
SETS = 3  # of each of 8 exercises in 16 sessions
PROMISED_MS = 10
ASKED = "B-0000007"


def run(size: str) -> list[Result]:
    blocks, each, least = SIZES[size]
    site, arm = ground.load_trial(), ground.training_arm()
    people, measured, sql, sizes = 0, [], [], (least, 4 * least, 16 * least)
    protocol, on = protocol_in_force(), AFTER_ALL.date()
    subject = lambda: person_reports.body_of(ASKED, protocol, AFTER_ALL)  # noqa: E731
    with ground.raw() as raw:
        for wanted in sizes:
            with ground.filling() as owner:
                ground.fill_trained(owner, site, wanted - people, first=people + 1, on=ground.AT.date(), arm=arm, sets=SETS)
            people = wanted
            enrolment = Enrolment.objects.get(participant__unit__trial_id=ASKED)
            limit = two_levels.limit(raw, two_levels.OF_PERSON, on, enrolment=enrolment.pk)
            (told,) = limit()
            assert f"Attended {told[2]} of {told[1]} sessions due" in subject()["totals"][0]
            measured.append(pairs.measure(limit, subject, blocks=blocks, each=each))
            sql.append(_sql_ms(subject, times=blocks * each))
    growth = Growth("people in the trial", sizes, tuple(m.subject_ms for m in measured), tuple(m.limit_ms for m in measured), "0")
    notes = {"sql_ms": round(max(sql), 2), "promised_ms": PROMISED_MS, "kept": int(max(sql) < PROMISED_MS)}
    words = "one raw statement, the same figures of that person"
    sent = ground.statements(subject)
    return [Result("person", "participant", words, size, 384, measured[-1], sent, growth, notes)]


def _sql_ms(step: Callable[[], object], *, times: int) -> float:
    """Milliseconds between sending the step's statements and having their answers, in the median; whole answers, without a cursor."""
    taken = []
    with _whole_answers():
        for _ in range(times):
            spent = 0.0

            def timing(execute: Callable[..., object], statement: str, *told: object) -> object:
                nonlocal spent
                began = perf_counter()
                try:
                    return execute(statement, *told)
                finally:
                    spent += perf_counter() - began

            with connection.execute_wrapper(timing):
                step()
            taken.append(1000 * spent)
    return median(taken)


@contextmanager
def _whole_answers() -> Iterator[None]:
    before = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False)
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
    try:
        yield
    finally:
        connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = before
