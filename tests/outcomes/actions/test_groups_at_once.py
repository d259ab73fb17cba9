"""A group in a database that commits: a crash leaves nobody randomised, and two presses draw once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from outcomes.actions.groups import randomise_group
from participants.actions import sessions
from participants.models import Enrolment
from tests.outcomes.actions.test_batches import outcomes
from tests.outcomes.gathering import COUPLES, by_group, ids, ready
from tests.trials.allocating import expected
from trials import replay
from trials.actions.groups import gather_group
from trials.models import Allocation, AttemptOutcome, Group, Scheme
from trials.permissions import Refused

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_couple(cast) -> Group:
    return gather_group(ids(ready(cast, AT, 2)), by=cast.coordinator, at=AT)


def test_a_crash_in_the_middle_leaves_nobody_randomised(committing, monkeypatch):
    cast = by_group(COUPLES, AT)
    couple, lay_out, count = a_couple(cast), sessions.lay_out, []

    def crash(*args, **told):
        count.append(1)
        if len(count) == 2:
            raise SystemError("the power fails")
        return lay_out(*args, **told)

    monkeypatch.setattr(sessions, "lay_out", crash)
    with pytest.raises(SystemError):
        randomise_group(couple, by=cast.coordinator, at=AT)
    assert (Allocation.objects.count(), Enrolment.objects.count()) == (0, 0)
    assert outcomes() == [("P-001", "", ""), ("P-002", "", "")]
    monkeypatch.undo()
    randomise_group(couple, by=cast.coordinator, at=AT)
    assert list(Allocation.objects.values_list("arm", flat=True)) == expected(Scheme.objects.get(), "site=LIM|sex=F", 1) * 2


def test_two_presses_at_once_draw_once(committing):
    cast = by_group(COUPLES, AT)
    couple = a_couple(cast)
    together, told = threading.Barrier(2), []

    def press() -> None:
        try:
            together.wait(30)
            randomise_group(Group.objects.get(pk=couple.pk), by=cast.coordinator, at=AT)
            told.append("given")
        except Refused as refused:
            told.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == ["given", "group_drawn"]
    assert (Allocation.objects.count(), AttemptOutcome.objects.filter(kind="given").count()) == (2, 2)
    assert replay.faults() == []
