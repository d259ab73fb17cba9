from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from participants.domain.reminders import (
    Due,
    Sitting,
    Training,
    ahead,
    allowed,
    due,
    looked_back,
    of_sitting,
    of_training,
    quiet,
    start_looked_ahead,
)
from trials.domain.protocol.shape import Reminders

DUBLIN = ZoneInfo("Europe/Dublin")
POLICY = Reminders()
WEEK8 = Sitting("week8", date(2026, 5, 4), date(2026, 5, 17))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_sitting_has_one_series_in_which_each_step_ends_where_the_next_begins() -> None:
    assert of_sitting(POLICY, DUBLIN, WEEK8) == (
        Due("invitation", "sitting:week8:invitation", utc("2026-05-04T07:00"), utc("2026-05-06T07:00")),
        Due("nudge", "sitting:week8:nudge-2", utc("2026-05-06T07:00"), utc("2026-05-09T07:00")),
        Due("nudge", "sitting:week8:nudge-5", utc("2026-05-09T07:00"), utc("2026-05-16T07:00")),
        Due("last_call", "sitting:week8:last-call", utc("2026-05-16T07:00"), utc("2026-05-17T23:00")),
    )


@pytest.mark.parametrize(
    ("policy", "closes", "keys"),
    [
        (Reminders(invitation=False, nudge_days=(), last_call_days=None), 17, []),
        (Reminders(last_call_days=None), 17, ["invitation", "nudge-2", "nudge-5"]),
        (Reminders(last_call_days=None), 8, ["invitation", "nudge-2"]),
        (Reminders(), 7, ["invitation", "last-call"]),
        (Reminders(), 6, ["invitation", "last-call"]),
        (Reminders(), 5, ["invitation"]),
        (Reminders(), 4, ["invitation"]),
        (Reminders(nudge_days=(3, 1)), 17, ["invitation", "nudge-1", "nudge-3", "last-call"]),
        (Reminders(invitation=False, nudge_days=(2,)), 17, ["nudge-2", "last-call"]),
    ],
    ids=[
        "silent",
        "no last call",
        "nudge after the close",
        "nudge on the last call",
        "short window",
        "last call on the first day",
        "one day",
        "any order",
        "no invitation",
    ],
)
def test_the_policy_decides_which_steps_there_are(policy: Reminders, closes: int, keys: list[str]) -> None:
    steps = of_sitting(policy, DUBLIN, Sitting("week8", date(2026, 5, 4), date(2026, 5, closes)))
    assert [s.event_key for s in steps] == [f"sitting:week8:{k}" for k in keys]


@pytest.mark.parametrize(
    ("at", "keys"),
    [
        ("2026-05-04T06:59", []),
        ("2026-05-04T07:00", ["invitation"]),
        ("2026-05-06T06:59", ["invitation"]),
        ("2026-05-12T12:00", ["nudge-5"]),
        ("2026-05-17T22:59", ["last-call"]),
        ("2026-05-17T23:00", []),
    ],
    ids=["before", "first instant", "until the nudge", "after a standstill only the latest", "last minute of the last day", "closed"],
)
def test_at_most_one_message_of_a_sitting_is_due(at: str, keys: list[str]) -> None:
    assert [d.event_key for d in due(POLICY, DUBLIN, utc(at), sittings=[WEEK8])] == [f"sitting:week8:{k}" for k in keys]


def test_one_loud_minute_a_day_is_found() -> None:
    nearly_silent = Reminders(quiet_from=time(0, 0), quiet_to=time(23, 59), nudge_days=(), last_call_days=None)
    one_day = Sitting("week8", date(2026, 5, 4), date(2026, 5, 4))
    assert [(d.due_at, d.not_after) for d in of_sitting(nearly_silent, DUBLIN, one_day)] == [
        (utc("2026-05-04T22:59"), utc("2026-05-04T23:00"))
    ]


@pytest.mark.parametrize(
    ("starts", "hours", "expected"),
    [
        ("2026-05-12T17:00", 24, ("2026-05-11T17:00", "2026-05-12T17:00")),
        ("2026-05-12T06:00", 24, ("2026-05-11T07:00", "2026-05-12T06:00")),
        ("2026-05-12T08:00", 12, ("2026-05-12T07:00", "2026-05-12T08:00")),
        ("2026-05-12T06:00", 8, None),
        ("2026-05-12T17:00", None, None),
    ],
    ids=["a day before", "quiet hours end later", "night before moves to the morning", "quiet until it begins", "not in the policy"],
)
def test_a_session_is_reminded_of_once_before_it_begins(starts: str, hours: int | None, expected: tuple[str, str] | None) -> None:
    got = of_training(Reminders(session_before_hours=hours), DUBLIN, Training("s-7", utc(starts).astimezone(DUBLIN)))
    key = f"session:s-7:{utc(starts):%Y%m%dT%H%MZ}"
    assert got == (() if expected is None else (Due("session", key, utc(expected[0]), utc(expected[1])),))


def test_a_moved_session_is_reminded_of_anew() -> None:
    first, moved = (of_training(POLICY, DUBLIN, Training("s-7", utc(t)))[0].event_key for t in ("2026-05-12T17:00", "2026-05-13T17:00"))
    assert first != moved


@pytest.mark.parametrize(
    ("eve", "hours", "starts", "expected"),
    [
        (
            time(17),
            3,
            "2026-05-12T16:00",
            [("session_day_before", "05-11T16:00", "05-12T13:00"), ("session", "05-12T13:00", "05-12T16:00")],
        ),
        (time(17), None, "2026-05-12T16:00", [("session_day_before", "05-11T16:00", "05-12T16:00")]),
        (
            time(17),
            24,
            "2026-05-12T15:00",
            [("session", "05-11T15:00", "05-11T16:00"), ("session_day_before", "05-11T16:00", "05-12T15:00")],
        ),
        (time(17), 23, "2026-05-12T15:00", [("session_day_before", "05-11T16:00", "05-12T15:00")]),
        (time(19), 2, "2026-05-11T23:30", [("session_day_before", "05-11T18:00", "05-11T23:30")]),
        (
            time(17),
            3,
            "2026-05-12T07:30",
            [("session_day_before", "05-11T16:00", "05-12T07:00"), ("session", "05-12T07:00", "05-12T07:30")],
        ),
    ],
    ids=["both", "only the day before", "the hours first", "both at once are one", "the day is the site's", "a morning"],
)
def test_the_day_before_and_the_hours_before_follow_each_other(
    eve: time, hours: int | None, starts: str, expected: list[tuple[str, str, str]]
) -> None:
    found = of_training(Reminders(session_day_before=eve, session_before_hours=hours), DUBLIN, Training("7", utc(starts)))
    event = f"session:7:{utc(starts):%Y%m%dT%H%MZ}"
    assert found == tuple(Due(kind, event, utc(f"2026-{opens}"), utc(f"2026-{ends}")) for kind, opens, ends in expected)


@pytest.mark.parametrize(
    ("hours", "starts", "expected"),
    [
        (None, "2026-05-12T09:00", None),
        (2, "2026-05-12T09:00", ("2026-05-12T11:00", "2026-05-15T11:00")),
        (2, "2026-05-12T18:00", ("2026-05-13T07:00", "2026-05-16T07:00")),
    ],
    ids=["not in the policy", "some hours later", "in the morning after quiet hours"],
)
def test_a_missed_session_is_asked_about_for_three_days_and_reminded_of_no_more(
    hours: int | None, starts: str, expected: tuple[str, str] | None
) -> None:
    policy = Reminders(session_day_before=time(17), missed_session_hours=hours)
    found = of_training(policy, DUBLIN, Training("7", utc(starts), missed=True))
    key = f"session:7:{utc(starts):%Y%m%dT%H%MZ}"
    assert found == (() if expected is None else (Due("missed_session", key, utc(expected[0]), utc(expected[1])),))


def test_deferred_training_is_announced_once_whatever_its_time() -> None:
    policy = Reminders(session_before_hours=None, deferred_start_days=7)
    first, moved = (Training("1", utc(t), begins_deferred=True) for t in ("2026-05-12T09:00", "2026-05-13T09:00"))
    assert of_training(policy, DUBLIN, first) == (
        Due("deferred_start", "deferred:start", utc("2026-05-05T09:00"), utc("2026-05-12T09:00")),
    )
    assert [d.event_key for d in of_training(policy, DUBLIN, moved)] == ["deferred:start"]
    assert of_training(policy, DUBLIN, Training("2", utc("2026-05-12T09:00"))) == ()
    assert of_training(Reminders(session_before_hours=None), DUBLIN, first) == ()


@pytest.mark.parametrize(
    ("policy", "behind", "days"),
    [(Reminders(), 0, 0), (Reminders(deferred_start_days=7, missed_session_hours=2), 98, 7)],
    ids=["neither", "start and missed"],
)
def test_a_sweep_looks_as_far_back_and_for_starts_as_the_policy_reaches(policy: Reminders, behind: int, days: int) -> None:
    assert (looked_back(policy), start_looked_ahead(policy)) == (timedelta(hours=behind), timedelta(days=days))


@pytest.mark.parametrize(
    ("policy", "at", "expected"),
    [
        (Reminders(session_before_hours=None), "2026-03-02T12:00", {}),
        (Reminders(), "2026-03-02T12:00", {"session": "2026-03-03T12:00"}),
        (Reminders(session_day_before=time(17), session_before_hours=None), "2026-03-02T16:59", {"session_day_before": "2026-03-03T00:00"}),
        (
            Reminders(session_day_before=time(17), session_before_hours=3),
            "2026-03-02T17:00",
            {"session_day_before": "2026-03-04T00:00", "session": "2026-03-02T20:00"},
        ),
    ],
    ids=["nothing", "hours", "today's are told", "from then on tomorrow's"],
)
def test_a_sweep_looks_no_further_ahead_than_each_kind_can_be_due(policy: Reminders, at: str, expected: dict[str, str]) -> None:
    assert ahead(policy, DUBLIN, utc(at)) == {kind: utc(end) for kind, end in expected.items()}


@pytest.mark.parametrize("clock", [time(0), time(1, 30), time(17), time(19, 59)])
@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_whatever_is_due_lies_within_the_look_of_the_sweep_through_both_clock_changes(clock: time, hour: int) -> None:
    policy = Reminders(session_day_before=clock, missed_session_hours=2, quiet_from=time(0), quiet_to=time(0))
    for day in (date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 10, 26)):
        starts = datetime.combine(day, time(hour, 59), tzinfo=DUBLIN).astimezone(UTC)
        planned = of_training(policy, DUBLIN, Training("7", starts))
        assert all(starts <= ahead(policy, DUBLIN, d.due_at)[d.kind] for d in planned)
        assert "session_day_before" in {d.kind for d in planned}
        missed = of_training(policy, DUBLIN, Training("7", starts, missed=True))
        assert all(d.not_after - starts <= looked_back(policy) for d in missed)
        assert len(missed) == 1


def test_sessions_and_sittings_come_in_order_of_time() -> None:
    found = due(
        POLICY,
        DUBLIN,
        utc("2026-05-12T08:00"),
        sittings=[WEEK8],
        trainings=[Training("s-7", utc("2026-05-12T17:00")), Training("s-8", utc("2026-05-15T17:00"))],
    )
    assert [d.kind for d in found] == ["nudge", "session"]


@pytest.mark.parametrize(
    ("local", "sent"),
    [
        ("2026-03-28T21:00", "2026-03-29T07:00"),
        ("2026-03-29T05:00", "2026-03-29T07:00"),
        ("2026-03-29T08:00", "2026-03-29T07:00"),
        ("2026-10-24T19:59", "2026-10-24T18:59"),
        ("2026-10-24T20:00", "2026-10-25T08:00"),
        ("2026-10-25T07:59", "2026-10-25T08:00"),
    ],
    ids=[
        "spring evening",
        "spring night",
        "quiet ends at eight by the new clock",
        "last allowed minute",
        "autumn evening",
        "autumn morning",
    ],
)
def test_quiet_hours_follow_the_clock_of_the_site_through_its_changes(local: str, sent: str) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=DUBLIN)
    assert allowed(at, POLICY, DUBLIN) == utc(sent)


@pytest.mark.parametrize(
    ("starts", "ends", "loud"),
    [
        (time(20), time(8), [False, True, True, False]),
        (time(1), time(6), [False, True, True, True]),
        (time(9), time(9), [True, True, True, True]),
    ],
    ids=["over midnight", "within a day", "none"],
)
def test_quiet_hours_may_span_midnight_or_not_be_there(starts: time, ends: time, loud: list[bool]) -> None:
    policy = Reminders(quiet_from=starts, quiet_to=ends)
    clocks = [datetime(2026, 5, 12, h, m, tzinfo=DUBLIN) for h, m in ((3, 0), (8, 0), (19, 59), (20, 0))]
    assert [not quiet(c, policy, DUBLIN) for c in clocks] == loud


def test_a_welcome_follows_consent_once_out_of_quiet_hours_and_for_a_week() -> None:
    policy, consented = Reminders(welcome=True), utc("2026-05-04T21:30")
    welcome = Due("welcome", "welcome", utc("2026-05-05T07:00"), utc("2026-05-11T21:30"))
    for moment, found in (
        ("2026-05-05T06:59", ()), ("2026-05-05T07:00", (welcome,)), ("2026-05-11T21:29", (welcome,)), ("2026-05-11T21:30", ()),
    ):  # fmt: skip
        assert due(policy, DUBLIN, utc(moment), consented_at=consented) == found
    assert due(Reminders(), DUBLIN, utc("2026-05-05T07:00"), consented_at=consented) == ()
