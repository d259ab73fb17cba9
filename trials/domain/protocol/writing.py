"""Write a protocol to begin with, and the page that explains every key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal

from trials.domain.protocol.keys import FILE
from trials.domain.protocol.kinds import REQUIRED
from trials.domain.protocol.shape import AllocationPlan
from trials.domain.protocol.tables import Key, ListOf, MapOf, Table

HEAD = """\
# The smallest protocol that loads. Every key is explained in docs/protocol.md.
# Lines marked "yours" hold a place only: replace them before anybody is screened.

[trial]
code = "TRIAL"                     # yours
title = "A trial of resistance exercise training"  # yours
version = "0.1"
sample_size = 40                   # yours
day0_lag_days = 0
"""

REST = """\
# Permuted blocks are the plainest method; in an open-label trial they are easier to guess than big stick or block urn.
[allocation]
method = "permuted_blocks"

[allocation.parameters]
multipliers = [2, 3]
"""

TAIL = """\
[plans.training]
label = "Training"
weeks = 8
per_week = 2

[plans.training.progression]
rule = "double_progression"

[[plans.training.exercises]]       # yours
code = "squat"
label = "Squat"
load_model = "external"

[[plans.training.doses]]
from_week = 1
to_week = 8
sets = 2
reps_min = 8
reps_max = 12

[[visits]]
code = "baseline"
label = "Baseline"
kind = "baseline"
instruments = ["phq9", "gad7"]

[[visits]]
code = "week8"
label = "Week 8"
kind = "follow_up"
target_day = 56
opens_day = 56
closes_day = 70
instruments = ["phq9", "gad7"]

[primary]
instrument = "phq9"
visit = "week8"
rule = "observed_at_visit"

[[eligibility]]                    # yours
code = "adult"
text = "Age in years"
type = "number"
minimum = 18

[[baseline]]                       # yours
code = "mass_kg"
label = "Body mass"
type = "number"
unit = "kg"
minimum = 30
maximum = 300

[[alerts]]
instrument = "phq9"
item = "9"
at_least = 1

[[help]]                           # yours: check the number and put your name and the day
country = "IE"
name = "Emergency services"
number = "112"
emergency = true
checked_on = 2026-10-12
checked_by = "nobody yet"

[[help]]                           # yours: check the number and put your name and the day
country = "IE"
name = "Samaritans"
number = "116 123"
checked_on = 2026-10-12
checked_by = "nobody yet"
"""


OF_THE_UNIT = ("unit", "smallest", "largest", "levels_of", "latecomers")


def minimal(arms: Sequence[str], sites: Sequence[str]) -> str:
    """A minimal protocol for these arm and site codes: the last arm is the control, the others train.

    The codes are written as given; whether they may stand is for `load` to say.
    """
    parts = [HEAD, *(_arm(code, control=row == len(arms)) for row, code in enumerate(arms, start=1)), REST]
    return "\n".join([*parts, *(_site(code) for code in sites), TAIL])


def allocation(plan: AllocationPlan) -> str:
    """An `[allocation]` table with its parameters and factors, to be put in the place of another one."""
    lines = ["[allocation]", f"method = {quoted(plan.method)}"]
    usual = {name: held.default for name, held in AllocationPlan.__dataclass_fields__.items()}
    lines += [f"{name} = {_value(getattr(plan, name))}" for name in OF_THE_UNIT if getattr(plan, name) != usual[name]]
    if plan.parameters:
        lines += ["", "[allocation.parameters]", *(f"{key} = {_value(held)}" for key, held in plan.parameters.items())]
    for factor in plan.factors:
        lines += ["", "[[allocation.factors]]", f"name = {quoted(factor.name)}", f"source = {quoted(factor.source)}"]
        lines += [f"cuts = {_value([str(cut) for cut in factor.cuts])}"] if factor.cuts else []
        lines += [f"levels = {_value(factor.levels)}"] if factor.levels else []
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{quoted(str(key))} = {_value(held)}" for key, held in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(held) for held in value) + "]"
    return str(value) if isinstance(value, int) else quoted(str(value))


def reference() -> str:
    """The page docs/protocol.md: every table and key the loader knows, from the loader's own table."""
    return "\n".join([INTRODUCTION, *_sections(FILE, ())])


def _arm(code: str, *, control: bool) -> str:
    role = "control = true" if control else 'plan = "training"'
    return f"[arms.{quoted(code)}]\nlabel = {quoted(code)}\n{role}\n"


def _site(code: str) -> str:
    place = 'country = "IE"                     # yours\ntimezone = "Europe/Dublin"         # yours\n'
    return f"[[sites]]\ncode = {quoted(code)}\nname = {quoted(code)}\n{place}"


def quoted(text: str) -> str:
    """Text as a TOML string: quotes, backslashes and control characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(letter if ord(letter) > 31 and ord(letter) != 127 else f"\\u{ord(letter):04x}" for letter in escaped) + '"'


INTRODUCTION = """\
# The protocol file

A trial is one TOML file. It is refused with all its faults at once, each with its place and what would be right; rows are
counted from 1, so `visits[2].closes_day` is in the second `[[visits]]`. `python manage.py check_protocol FILE` prints the faults,
`python manage.py new_protocol --arms A,B --sites S1` a file to begin with; `trials/protocols/` holds two whole trials.

- Kilograms, shares and cut-points are exact: written in quotes (`"2.5"`) or as whole numbers. Binary fractions are refused.
- Days are whole days counted from day 0, which is `trial.day0_lag_days` after randomisation in every arm alike.
- The file is known by the SHA-256 of its text: an amendment is a new file with a new `trial.version`.
- Secrets and names of participants have no place in it.

This page is generated: `python manage.py write_docs`.
"""


def _sections(table: Table, path: tuple[str, ...]) -> Iterator[str]:
    if path:
        yield f"\n## `{_header(path)}`\n\n{table.meaning}\n"
        yield "| key | value | default | meaning |\n| --- | --- | --- | --- |"
        yield from (_row(table, key) for key in table.keys)
    for key in table.keys:
        inner = _table_in(key)
        if inner is not None:
            yield from _sections(inner[0], (*path, inner[1].format(key.name)))
        elif not path:
            yield f"\n## `[{key.name}]`\n\n{key.meaning}; default: {_default(table, key)}. Value: {key.kind.says}."


def _table_in(key: Key) -> tuple[Table, str] | None:
    """The table a key holds, with how it stands in a header: once, a row each, or under a code."""
    if isinstance(key.kind, Table):
        return key.kind, "{}"
    if isinstance(key.kind, ListOf) and isinstance(key.kind.of, Table):
        return key.kind.of, "[{}]"
    if isinstance(key.kind, MapOf) and isinstance(key.kind.of, Table):
        return key.kind.of, "{}.CODE"
    return None


def _header(path: tuple[str, ...]) -> str:
    """`("plans.CODE", "[doses]")` is `[[plans.CODE.doses]]`."""
    name = ".".join(part.strip("[]") for part in path)
    return f"[[{name}]]" if path[-1].startswith("[") else f"[{name}]"


def _row(table: Table, key: Key) -> str:
    cells = (f"`{key.name}`", key.kind.says, _default(table, key), key.meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(table: Table, key: Key) -> str:
    default = table.default_of(key)
    if default is REQUIRED:
        return "required"
    if _table_in(key) is not None:
        return "see there"
    return _shown(default)


def _shown(value: object) -> str:
    if value is None or value == "" or (isinstance(value, Mapping | tuple) and not value):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(_shown(each) for each in value)
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, time):
        return f'`"{value:%H:%M}"`'
    if isinstance(value, Decimal | date):
        return f'`"{value}"`'
    return f"`{value}`"
