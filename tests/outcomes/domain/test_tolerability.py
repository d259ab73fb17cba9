"""What was missed, reduced, shortened and stopped, split by the class of its reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

from outcomes.domain.records import Rules, SessionRecord
from outcomes.domain.tolerability import Split, Tolerance, tolerability, tolerance
from tests.outcomes.domain.training import AFTER, a_session, a_set, course

NONE = Split()


def missed(no: int, reason_class: str = "") -> SessionRecord:
    return a_session(no, "M", reason_class=reason_class)


def of(sessions: list[SessionRecord], **more: object) -> Tolerance:
    return tolerance(sessions, [], as_of=AFTER, **more)  # type: ignore[arg-type]


def test_missed_sessions_split_by_their_reasons() -> None:
    found = of([missed(1, "health"), missed(2, "non_health"), missed(3, "site"), missed(4), a_session(5, "S"), a_session(6, "C")])
    assert found.missed == Split(total=5, health=1, non_health=1, site=1, unknown=2)


@pytest.mark.parametrize(
    ("classes", "split"),
    [
        (("non_health", "health"), Split(total=1, health=1)),
        (("site", "non_health"), Split(total=1, non_health=1)),
        (("", "site"), Split(total=1, site=1)),
        (("", ""), Split(total=1, unknown=1)),
    ],
)
def test_a_run_is_for_health_where_one_of_its_sessions_was(classes: tuple[str, str], split: Split) -> None:
    runs = [missed(no, one) for no, one in enumerate(classes, start=1)]
    assert (of([*runs, a_session(3)]).missed_episodes, of([*runs, a_session(3)]).interruptions) == (split, NONE)
    longer = [*runs, missed(3, classes[0])]
    assert (of(longer).missed_episodes, of(longer).interruptions) == (NONE, split)


def test_modified_shortened_and_premodified_sessions_split_by_their_own_reasons() -> None:
    sessions = [
        a_session(1, modified_reason_class="health", ended_early=True, ended_early_reason_class="non_health"),
        a_session(2, reason_class="health", ended_early=True, modified_before=True),
        a_session(3, modified_before=True),
        a_session(4, "M", ended_early=True, modified_before=True),
        a_session(5, ended_early=False, modified_before=False),
    ]
    sets = [a_set(1, done="4x50"), a_set(2, done="4x50"), a_set(3, done="8x50"), a_set(4), a_set(5, done="8x50")]
    found = tolerance(sessions, sets, as_of=AFTER)
    assert found.modified == Split(total=2, health=2)
    assert found.ended_early == Split(total=2, health=1, non_health=1)
    assert found.modified_before == Split(total=2, health=1, unknown=1)


@pytest.mark.parametrize(
    ("letters", "stopped_for", "split"),
    [
        ("AA", None, NONE),
        ("AN", None, Split(total=1, health=1)),
        ("AA", "non_health", Split(total=1, non_health=1)),
        ("AA", "", Split(total=1, unknown=1)),
        ("AN", "", Split(total=1, health=1)),
        ("AN", "site", Split(total=1, site=1)),
    ],
    ids=["none", "sessions not delivered", "recorded after the last session", "recorded without a reason", "the sessions' reason",
         "the recorded reason first"],
)  # fmt: skip
def test_who_stopped_for_good_counts_once(letters: str, stopped_for: str | None, split: Split) -> None:
    sessions = [a_session(no, letter, reason_class="health" if letter == "N" else "") for no, letter in enumerate(letters, start=1)]
    assert of([*sessions, a_session(9, "N", phase="deferred")], stopped_for=stopped_for).discontinued == split


def test_only_due_sessions_of_the_phase_count() -> None:
    sessions = [missed(1), a_session(2, "M", phase="familiarisation"), missed(3)]
    assert tolerance(sessions, [], as_of=a_session(3).planned_on).missed.total == 1
    assert of(course("UA"), rules=Rules(made_up_counts=False)).missed.total == 1


def test_a_groups_table_counts_times_and_people() -> None:
    people = [of([missed(1, "health"), a_session(2), missed(3, "site")]), of([missed(1, "health")]), of([a_session(1)])]
    rows = {row.metric: row for row in tolerability(people)}
    assert rows["missed"].times == Split(total=3, health=2, site=1)
    assert rows["missed"].people == Split(total=2, health=2, site=1)
    assert (rows["missed"].of, rows["missed"].share) == (3, Decimal(2) / 3)
    assert (rows["interruptions"].times, rows["interruptions"].share) == (NONE, 0)
    assert list(rows) == ["missed", "missed_episodes", "interruptions", "modified", "modified_before", "ended_early", "discontinued"]


def test_a_group_of_nobody_has_no_shares() -> None:
    assert {(row.of, row.share, row.times.total) for row in tolerability([])} == {(0, None, 0)}


def test_the_worked_example_of_four_sessions() -> None:
    """4 x 1600 kg planned; done 1600, 1200, 0, 800: one missed, two modified, no interruption."""
    kg = [1600, 1200, None, 800]
    sessions = [
        a_session(no, "M" if done is None else "A", planned_volume_kg=Decimal(1600), done_volume_kg=None if done is None else Decimal(done))
        for no, done in enumerate(kg, start=1)
    ]
    found = of(sessions)
    assert (found.missed.total, found.missed_episodes.total, found.interruptions.total, found.modified.total) == (1, 1, 0, 2)
