from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from participants.domain.clocks import Clock, Relatedness, SeriousEvent, Seriousness, State, awaits_judgement, ethics, overdue, sponsor

AWARE = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MILD = SeriousEvent(serious=False, aware_at=AWARE, related=Relatedness.DEFINITE, expected=False)
NEW = SeriousEvent(serious=True, aware_at=AWARE)


def test_a_mild_event_starts_no_clock() -> None:
    assert (sponsor(MILD, AWARE + 99 * DAY), ethics(MILD, AWARE + 99 * DAY)) == (Clock(State.NOT_NEEDED), Clock(State.NOT_NEEDED))


@pytest.mark.parametrize(
    ("reported", "at", "state"),
    [
        (None, AWARE + DAY, State.RUNNING),
        (None, AWARE + DAY + SECOND, State.OVERDUE),
        (AWARE + DAY, AWARE + 3 * DAY, State.MET),
        (AWARE + DAY + SECOND, AWARE + 3 * DAY, State.LATE),
    ],
)
def test_the_sponsor_hears_within_24_hours(reported: datetime | None, at: datetime, state: State) -> None:
    assert sponsor(SeriousEvent(serious=True, aware_at=AWARE, sponsor_at=reported), at) == Clock(state, AWARE + DAY)


@pytest.mark.parametrize(
    ("related", "expected", "needed"),
    [
        (Relatedness.UNRELATED, False, False),
        (Relatedness.UNLIKELY, False, False),
        (Relatedness.POSSIBLE, False, True),
        (Relatedness.PROBABLE, False, True),
        (Relatedness.DEFINITE, False, True),
        (Relatedness.DEFINITE, True, False),
        (Relatedness.DEFINITE, None, False),
        (None, False, False),
    ],
)
def test_only_a_related_and_unexpected_event_goes_to_the_ethics_committee(
    related: Relatedness | None, expected: bool | None, needed: bool
) -> None:
    event = SeriousEvent(serious=True, aware_at=AWARE, related=related, expected=expected)
    assert ethics(event, AWARE) == (Clock(State.RUNNING, AWARE + 15 * DAY) if needed else Clock(State.NOT_NEEDED))


def test_an_event_waits_until_both_judgements_are_made() -> None:
    events = [
        MILD,
        NEW,
        SeriousEvent(serious=True, aware_at=AWARE, related=Relatedness.UNLIKELY),
        SeriousEvent(serious=True, aware_at=AWARE, related=Relatedness.UNLIKELY, expected=True),
    ]
    assert [awaits_judgement(e) for e in events] == [False, True, True, False]


@pytest.mark.parametrize(
    ("at", "sponsor_at", "ethics_at", "late"),
    [
        (AWARE + DAY, None, None, False),
        (AWARE + 2 * DAY, None, None, True),
        (AWARE + 15 * DAY, AWARE, None, False),
        (AWARE + 16 * DAY, AWARE, None, True),
        (AWARE + 16 * DAY, AWARE, AWARE + 2 * DAY, False),
    ],
)
def test_the_overdue_list_watches_both_clocks(at: datetime, sponsor_at: datetime | None, ethics_at: datetime | None, late: bool) -> None:
    event = SeriousEvent(
        serious=True, aware_at=AWARE, related=Relatedness.PROBABLE, expected=False, sponsor_at=sponsor_at, ethics_at=ethics_at
    )
    assert overdue(event, at) is late


def test_every_criterion_has_its_words() -> None:
    assert [c.label for c in Seriousness] == [
        "Death",
        "Life-threatening",
        "Stay in hospital, new or prolonged",
        "Lasting or significant disability",
        "Congenital anomaly",
        "Medically important otherwise",
    ]
