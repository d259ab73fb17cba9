from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from participants.domain.rate import SENDERS_APART, capacity, interval, taken

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def greedy(per_minute: int, step: timedelta, until: timedelta) -> list[datetime]:
    """When somebody gets a token who asks for all there are, every `step`."""
    got, full_at, at = [], AT, AT
    while at < AT + until:
        full = taken(full_at, per_minute, at)
        if full is None:
            at += step
        else:
            full_at = full
            got.append(at)
    return got


@pytest.mark.parametrize("per_minute", [1, 2, 5, 6, 12, 60, 100])
@pytest.mark.parametrize("step", [SECOND / 10, 5 * SECOND])
def test_no_minute_ever_holds_more_than_the_limit(per_minute: int, step: timedelta) -> None:
    got = greedy(per_minute, step, 3 * MINUTE)
    most = max(sum(begins <= at < begins + MINUTE for at in got) for begins in got)
    assert most <= per_minute
    assert len(got) >= 2 * per_minute  # and it is not throttled to nothing


def test_a_full_bucket_gives_its_burst_at_once_and_no_more() -> None:
    assert greedy(60, MINUTE, SECOND) == [AT] * 10
    assert (capacity(60), capacity(5)) == (10, 1)


def test_an_empty_bucket_gives_again_after_one_interval_and_not_a_microsecond_sooner() -> None:
    full_at = AT
    for _ in range(capacity(12)):
        full_at = taken(full_at, 12, AT)
    soon = AT + interval(12)
    assert taken(full_at, 12, soon - timedelta(microseconds=1)) is None
    assert taken(full_at, 12, soon) == full_at + interval(12)


def test_a_bucket_fills_no_further_than_its_brim() -> None:
    assert taken(AT - timedelta(days=300), 12, AT) == AT + interval(12)


def test_a_clock_set_back_holds_messages_for_no_longer_than_an_empty_bucket() -> None:
    brim = capacity(12) * interval(12)
    assert taken(AT + brim + SENDERS_APART, 12, AT) is None  # another sender, a little ahead
    assert taken(AT + brim + SENDERS_APART + SECOND, 12, AT) == AT + brim
    assert taken(AT + brim, 12, AT) is None
