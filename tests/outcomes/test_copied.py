"""What PostgreSQL writes of the big tables is what Python writes of the same facts, byte for byte."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connection, transaction

from outcomes.actions import exports
from outcomes.exports import copied, dataset, trained
from outcomes.exports.bundle import csv_line
from outcomes.exports.closed import write_closed
from outcomes.exports.columns import SPECS, columns_of
from outcomes.exports.copied import Copied, rows_of
from outcomes.exports.typed import csv_rows
from participants.models import ExerciseSet, TrainingSession
from tests.outcomes.courses import whole_course
from tests.outcomes.crowd import HARD
from tests.participants.training import session_of
from trials.actors import Machine
from trials.queries import protocol_in_force

SHELL = Machine("shell")


@pytest.mark.parametrize("file", Copied.files)
def test_every_column_of_a_table_is_written_in_its_place(file: str) -> None:
    statement = rows_of(file)
    columns = columns_of(file)
    places = [statement.index(copied.KINDS[c.kind][1].format(f"r.{c.name}")) for c in columns]
    assert places == sorted(places)
    assert len(columns) == len(SPECS[file])


def test_a_kind_that_the_database_cannot_write_is_no_kind_of_a_copied_table() -> None:
    assert {c.kind for file in Copied.files for c in columns_of(file)} <= set(copied.KINDS)


def test_a_lone_carriage_return_is_quoted_by_python_too() -> None:
    """Else a reader takes it for the end of a record."""
    assert csv_line(["a\rb", "c", ""]) == '"a\rb",c,\n'
    assert csv_line(["", "x y"]) == ",x y\n"


def written(place: Path, as_of) -> dict[str, bytes]:  # type: ignore[no-untyped-def]
    """Every file, made by Python of everybody's facts."""
    place.mkdir()
    people, providers = dataset.people(), dataset.providers()
    write_closed(place, people, protocol_in_force(), as_of, providers=providers, version=configured.UPLIFT_VERSION)
    return {path.name: path.read_bytes() for path in place.iterdir()}


@pytest.mark.django_db
def test_both_roads_lead_to_the_same_bytes(cast, at, settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    course = whole_course(cast, at)
    held, begun = session_of(course, 8), session_of(course, 9)
    sets = ExerciseSet.objects.filter(session=held).order_by("exercise_no", "set_no")
    ExerciseSet.objects.filter(pk=sets[0].pk).update(
        band=HARD, rpe=D("8.5"), rir=D("1.0"), planned_pct_1rm=D("0.7250"), exercise="deadlift"
    )
    TrainingSession.objects.filter(pk=held.pk).update(
        setting=HARD, equipment='a "b", c\rd', soreness=3, rescheduled_at=at + timedelta(hours=14)
    )
    TrainingSession.objects.filter(pk=begun.pk).update(equipment="left out, for it was not held", paused_seconds=70)
    ExerciseSet.objects.filter(session=begun, planned_load_kg=None).update(planned_load_kg=D(20))  # else Python writes all of their sets
    assert [kept is not None for person, kept in trained.whole() if person.trial_id == course.trial_id] == [True]
    for days in (45, 200):  # some planned sets are carried forward; then all
        as_of = at + timedelta(days=days)
        with transaction.atomic():
            cut = exports.take_cut(as_of, by=SHELL, at=as_of)
        folder = exports.folder_of(cut.at)
        frozen = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert frozen == written(tmp_path / f"python-{days}", as_of)
    assert {row["e1rm_kg"] for row in csv_rows(frozen["exercise_set.csv"])} > {""}, "no set has a 1RM"
    rows = frozen["exercise_set.csv"].decode().splitlines()
    assert len(rows) > 100, "no planned sets were carried forward"
    assert HARD.replace('"', '""').encode() in frozen["exercise_set.csv"]
    assert b"left out" not in frozen["session.csv"]
    assert [row["equipment"] for row in csv_rows(frozen["session.csv"])].count('a "b", c\rd') == 1


@pytest.mark.django_db
def test_nothing_told_outlives_the_cut(cast, at, settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    settings.UPLIFT_DATA = tmp_path / "data"
    whole_course(cast, at)
    exports.take_cut(at + timedelta(days=90), by=SHELL, at=at + timedelta(days=90))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relname LIKE 'told%%'")
        assert cursor.fetchone() == (0,)
