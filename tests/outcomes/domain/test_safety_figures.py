from __future__ import annotations

from datetime import UTC, datetime, timedelta

from outcomes.domain.safety_figures import Dealt, figures

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def alert(person: str, *, taken: float | None = None, contact: float | None = None, closed: float | None = None, **more) -> Dealt:
    def then(minutes: float | None) -> datetime | None:
        return None if minutes is None else NOW + timedelta(minutes=minutes)

    facts = dict(trigger="phq9.9>=1", check=False, person=person, raised_at=NOW, due_at=then(240), level="")
    return Dealt(**facts | dict(taken_at=then(taken), contact_at=then(contact), closed_at=then(closed)) | more)


def test_figures_of_nothing() -> None:
    found = figures([], as_of=NOW)
    assert (found.alerts, found.checks, found.people, found.open, found.due, found.by_trigger) == (0, 0, 0, 0, 0, ())
    assert (found.minutes_to_taking, found.minutes_to_contact, found.longest_to_contact) == (None, None, None)
    assert found.by_level == (("minimal", 0), ("lower", 0), ("higher", 0))


def test_each_figure_counts_what_it_says() -> None:
    rows = [
        alert("P-1", taken=5, contact=30.1, closed=60, level="minimal"),
        alert("P-1", taken=20, contact=300, level="higher", calls=2),
        alert("P-2", calls=1),
        alert("P-3", due_at=None),
        alert("P-4", trigger="concern", check=True, closed=10, level=""),
    ]
    found = figures(rows, as_of=NOW + timedelta(minutes=240))
    assert (found.alerts, found.checks, found.people, found.open) == (4, 1, 4, 3)
    assert (found.in_time, found.due) == (1, 3)
    assert figures(rows, as_of=NOW + timedelta(minutes=239)).due == 2
    assert found.by_trigger == (("concern", 1), ("phq9.9>=1", 4))
    assert found.by_level == (("minimal", 1), ("lower", 0), ("higher", 1))
    assert (found.unassessed, found.told_on) == (2, 2)
    assert (found.minutes_to_taking, found.minutes_to_contact, found.longest_to_contact) == (13, 166, 300)
