"""The big tables, session.csv and exercise_set.csv, written by PostgreSQL: finished rows in order, straight into the file.

What is recorded stays where it lies. What the rules make of it - the status and the sums of a session, planned sets carried forward, the
sets of whoever a bundle stated figures for - is told to the database through temporary tables that end with the transaction. Columns, their
kinds and their order are those of `columns`: the kind of a column says how Python writes a value and how the database does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType

from django.db import connection

from outcomes.domain.facts import Person, Row
from outcomes.domain.records import HELD, NOT_HELD
from outcomes.domain.tables import Tables
from outcomes.domain.text import PLACES
from outcomes.exports.bundle import csv_writer, row_text
from outcomes.exports.columns import KEYS, Column, columns_of
from outcomes.exports.digested import Digested
from outcomes.queries.summed_sets import TESTED

KEPT_CHARACTERS = 1 << 18  # of told rows, before they are sent on

# Of each kind: the type of a told value, and the text of a value in a file, as `outcomes.domain.text.write` has it.
KINDS: Mapping[str, tuple[str, str]] = {
    "text": ("text", "nullif({0}, '')"),
    "date": ("date", "to_char({0}, 'YYYY-MM-DD')"),
    "instant": ("timestamptz", "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"),
    "flag": ("boolean", "{0}::int"),
    **{kind: ("numeric", f"trim_scale(round({{0}}::numeric, {places}))") for kind, places in PLACES.items()},
    "integer": ("bigint", "{0}"),
}
SESSIONS = columns_of("session")
SETS = columns_of("exercise_set")
# What the rules say of a session; all else of it is recorded.
TOLD = tuple(c for c in SESSIONS if c.derived or c.name in (*KEYS["session"], "status", "trainer", "trainer_planned"))

_HELD = f"{{0}}.status IN ({', '.join(repr(str(status)) for status in HELD)})"
_SET_HELD, _TOLD_HELD = _HELD.format("s"), _HELD.format("t")
_PERFORMED = "d.reps >= 1 AND x.load_model = 'external' AND x.done_load_kg IS NOT NULL"
# Where a column's value is found; a column that is not named here has its table's own of that name.
_OF_SESSION = (
    {c.name: f"t.{c.name}" for c in TOLD}
    | {name: f"CASE WHEN {_TOLD_HELD} THEN s.{name} END" for name in NOT_HELD}
    | {"rescheduled_on": "(s.rescheduled_at AT TIME ZONE i.timezone)::date"}
)
_OF_SET = {
    "trial_id": "u.trial_id",
    "session_no": "s.session_no",
    "done_reps": "d.reps",
    "done_load_kg": f"CASE WHEN {_SET_HELD} THEN x.done_load_kg END",
    "e1rm_kg": f"CASE WHEN {_PERFORMED} THEN nullif(t.e1rm_kg, 0) END",
    "pct_1rm": f"CASE WHEN {_PERFORMED} THEN x.done_load_kg::numeric(44, 30) / nullif(t.e1rm_kg, 0) END",
}
_ROWS = {
    "session": """SELECT {found} FROM told_session t JOIN trials_unit u ON u.trial_id = t.trial_id JOIN trials_site i ON i.id = u.site_id
        JOIN participants_participant p ON p.unit_id = u.id JOIN participants_enrolment e ON e.participant_id = p.id
        JOIN participants_trainingsession s ON s.enrolment_id = e.id AND s.session_no = t.session_no""",
    "exercise_set": f"""SELECT {{found}} FROM participants_exerciseset x JOIN participants_trainingsession s ON s.id = x.session_id
        JOIN participants_enrolment e ON e.id = s.enrolment_id JOIN participants_participant p ON p.id = e.participant_id
        JOIN trials_unit u ON u.id = p.unit_id
        CROSS JOIN LATERAL (SELECT CASE WHEN {_SET_HELD}
            THEN coalesce(x.done_reps, CASE WHEN x.planned_reps IS NOT NULL THEN 0 END) END AS reps) d
        LEFT JOIN ({TESTED}) t ON t.participant_id = e.participant_id AND t.exercise = x.exercise
            AND s.held_on >= t.since AND s.held_on < t.until
        WHERE u.trial_id <> ALL(%(apart)s)
        UNION ALL SELECT {{told}} FROM told_exercise_set t""",
}
_FOUND = {"session": (SESSIONS, "s", _OF_SESSION), "exercise_set": (SETS, "x", _OF_SET)}


class Copied:
    """One cut's big tables: people's rows are told as they come, and each table is written when everybody is through."""

    files = ("session", "exercise_set")

    def __init__(self) -> None:
        self._apart: list[str] = []
        self._told = {"session": _Told("told_session", TOLD), "exercise_set": _Told("told_exercise_set", SETS)}

    def __enter__(self) -> Copied:
        for told in self._told.values():
            told.create()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            for told in self._told.values():
                told.drop()

    def tell(self, person: Person, built: Tables, *, with_sets: bool) -> None:
        """What the rules made of one person; `with_sets` where every set of theirs is among the rows."""
        if with_sets or person.rows_left_out:
            self._apart.append(person.trial_id)
        for file, told in self._told.items():
            told.rows(built.get(file, ()))

    def write(self, file: str, out: Digested) -> int:
        """The rows of a table below its header, in the order of its key; answers how many."""
        for told in self._told.values():
            told.send()
        with connection.cursor() as cursor:
            with cursor.copy(rows_of(file), {"apart": self._apart}) as copy:
                for block in copy:
                    out.add(block)
            return int(cursor.rowcount)


def rows_of(file: str) -> str:
    """The statement that writes a table's rows, made of its columns."""
    columns, own, terms = _FOUND[file]
    found = ", ".join(f"{terms.get(c.name, f'{own}.{c.name}')} AS {c.name}" for c in columns)
    told = ", ".join(f"t.{c.name}" for c in columns)
    cells = ", ".join(KINDS[c.kind][1].format(f"r.{c.name}") for c in columns)
    kinds = {c.name: c.kind for c in columns}
    order = ", ".join(f'r.{name} COLLATE "C"' if kinds[name] == "text" else f"r.{name}" for name in KEYS[file])
    return f"COPY (SELECT {cells} FROM ({_ROWS[file].format(found=found, told=told)}) r ORDER BY {order}) TO STDOUT (FORMAT csv)"


class _Told:
    """A temporary table of rows as Python has them, filled a few thousand at a time."""

    def __init__(self, table: str, columns: tuple[Column, ...]) -> None:
        self._table, self._columns = table, columns
        self._texts: list[str] = []
        self._length = 0
        self._writer = csv_writer(self)

    def create(self) -> None:
        columns = ", ".join(f"{c.name} {KINDS[c.kind][0]}" for c in self._columns)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE {self._table} ({columns}) ON COMMIT DROP")

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {self._table}")

    def rows(self, rows: Iterable[Row]) -> None:
        self._writer.writerows(row_text(row, self._columns) for row in rows)
        if self._length > KEPT_CHARACTERS:
            self.send()

    def write(self, text: str) -> None:
        self._texts.append(text)
        self._length += len(text)

    def send(self) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY {self._table} FROM STDIN (FORMAT csv)") as copy:
            copy.write("".join(self._texts))
        self._texts.clear()
        self._length = 0
