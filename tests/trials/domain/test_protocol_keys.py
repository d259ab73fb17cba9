# ruff: noqa: E501
"""Each key by itself: its kind, its range, its spelling. Every row: edits of a minimal protocol, lines added to it, and all the faults that follow."""

from __future__ import annotations

import pytest

from tests.trials.domain.protocol_cases import Edit, faults_of

ROWS: dict[str, tuple[list[Edit], str, list[str]]] = {
    "unknown key with the nearest known one": (
        [('version = "0.1"', 'version = "0.1"\nvresion = "0.1"')],
        "",
        [
            "trial.vresion: is not a known key; did you mean version? Known: code, title, version, registration, sponsor, language, sample_size, day0_lag_days, consent_version, distress_script, double_entry."
        ],
    ),
    "unknown key like nothing known": (
        [('version = "0.1"', 'version = "0.1"\nzzz = 1')],
        "",
        [
            "trial.zzz: is not a known key; use one of code, title, version, registration, sponsor, language, sample_size, day0_lag_days, consent_version, distress_script, double_entry."
        ],
    ),
    "unknown key that needs quotes": (
        [('version = "0.1"', 'version = "0.1"\n"a b" = 1')],
        "",
        [
            'trial."a b": is not a known key; use one of code, title, version, registration, sponsor, language, sample_size, day0_lag_days, consent_version, distress_script, double_entry.'
        ],
    ),
    "more than all paper forms entered twice": (
        [('version = "0.1"', 'version = "0.1"\ndouble_entry = "1.5"')],
        "",
        ["trial.double_entry: 1.5 is out of range; use 0 to 1."],
    ),
    "share of paper forms as a binary fraction": (
        [('version = "0.1"', 'version = "0.1"\ndouble_entry = 0.1')],
        "",
        ['trial.double_entry: 0.1 is a binary fraction, which is not exact; put it in quotes: "0.1".'],
    ),
    "unknown table": (
        [],
        "[blindings]\nroles = []\n",
        ["blindings: is not a known key; did you mean blinding?"],
    ),
    "key missing": (
        [('rule = "observed_at_visit"\n', "")],
        "",
        ["primary.rule: is missing; add it: who counts as analysed."],
    ),
    "table missing": (
        [('[primary]\ninstrument = "phq9"\nvisit = "week8"\nrule = "observed_at_visit"\n', "")],
        "",
        ["primary: is missing; add [primary] with instrument, visit and rule."],
    ),
    "text where a number belongs": (
        [("weeks = 8\n", 'weeks = "8"\n')],
        "",
        ["plans.training.weeks: is text, not a whole number; write digits without quotes, such as 8."],
    ),
    "true where a number belongs": (
        [("per_week = 2\n", "per_week = true\n")],
        "",
        ["plans.training.per_week: is true or false, not a whole number; write digits without quotes, such as 8."],
    ),
    "number where text belongs": (
        [('title = "A trial of resistance exercise training"', "title = 7")],
        "",
        ['trial.title: is a number, not text; write it in quotes, such as "text".'],
    ),
    "binary fraction where text belongs": (
        [('title = "A trial of resistance exercise training"', "title = 0.7")],
        "",
        ['trial.title: is a binary fraction, not text; write it in quotes, such as "text".'],
    ),
    "number where a code belongs": (
        [('code = "squat"', "code = 7")],
        "",
        ['plans.training.exercises[1].code: is a number, not text; write it in quotes, such as "body_mass".'],
    ),
    "number where a zone belongs": (
        [('timezone = "Europe/Dublin"', "timezone = 1")],
        "",
        ['sites[1].timezone: is a number, not text; write it in quotes, such as "Europe/Dublin".'],
    ),
    "number where one of several words belongs": (
        [('kind = "baseline"', "kind = 1")],
        "",
        ["visits[1].kind: is a number, not text; use one of baseline, follow_up."],
    ),
    "list where a flag belongs": (
        [("control = true", "control = [true]")],
        "",
        ["arms.WL.control: is a list, not true or false; write true or false without quotes."],
    ),
    "table where a list belongs": (
        [("[[sites]]\n", "[sites]\n")],
        "",
        ["sites: is a table, not a list; start each entry with [[sites]]."],
    ),
    "text where a list belongs": (
        [('instruments = ["phq9", "gad7"]\n\n[[visits]]', 'instruments = "phq9"\n\n[[visits]]')],
        "",
        ["visits[1].instruments: is text, not a list; write it in square brackets."],
    ),
    "list where a table belongs": (
        [("[primary]\n", "[[primary]]\n")],
        "",
        ["primary: is a list, not a table; write [primary] and under it a line a key."],
    ),
    "list where a table of codes belongs": (
        [
            ("[plans.training]\n", "[[plans]]\n"),
            ("[plans.training.progression]", "[plans.progression]"),
            ("[[plans.training.exercises]]", "[[plans.exercises]]"),
            ("[[plans.training.doses]]", "[[plans.doses]]"),
        ],
        "",
        ["plans: is a list, not a table; write [plans] and under it a line each."],
    ),
    "list where the method's table belongs": (
        [("[allocation.parameters]\n", "[[allocation.parameters]]\n")],
        "",
        ["allocation.parameters: is a list, not a table; write [allocation.parameters] and under it a line each."],
    ),
    "empty text": (
        [('title = "A trial of resistance exercise training"', 'title = "  "')],
        "",
        ["trial.title: is empty; write the words, or leave the key out."],
    ),
    "text too long": (
        [
            (
                'title = "A trial of resistance exercise training"',
                'title = "' + "x" * 401 + '"',
            )
        ],
        "",
        ["trial.title: has 401 characters; use at most 400."],
    ),
    "NUL in a text": (
        [('title = "A trial of resistance exercise training"', 'title = "A\\u0000B"')],
        "",
        ["trial.title: holds a control character; type the text again without it."],
    ),
    "bad code": (
        [('code = "TRIAL"', 'code = "my trial"')],
        "",
        ['trial.code: "my trial" is not a code; write something like "RET".'],
    ),
    "whole number out of range": (
        [("per_week = 2\n", "per_week = 9\n")],
        "",
        ["plans.training.per_week: 9 is out of range; use 1 to 7."],
    ),
    "whole number of a million digits' kind": (
        [("sample_size = 40", "sample_size = " + "9" * 60)],
        "",
        ["trial.sample_size: the number is out of range; use 2 to 1000000."],
    ),
    "binary fraction where a whole number belongs": (
        [("per_week = 2\n", "per_week = 2.0\n")],
        "",
        ["plans.training.per_week: is a binary fraction, not a whole number; write digits without quotes, such as 8."],
    ),
    "kilograms as a binary fraction": (
        [('load_model = "external"', 'load_model = "external"\nincrement_kg = 2.5')],
        "",
        ['plans.training.exercises[1].increment_kg: 2.5 is a binary fraction, which is not exact; put it in quotes: "2.5".'],
    ),
    "kilograms as NaN": (
        [('load_model = "external"', 'load_model = "external"\nincrement_kg = nan')],
        "",
        [
            'plans.training.exercises[1].increment_kg: nan is a binary fraction, which is not exact; write a plain number in quotes, such as "2.5".'
        ],
    ),
    "kilograms as NaN in quotes": (
        [('load_model = "external"', 'load_model = "external"\nincrement_kg = "NaN"')],
        "",
        ['plans.training.exercises[1].increment_kg: "NaN" is not a plain number; write digits with a point, such as "2.5".'],
    ),
    "kilograms as an infinite number": (
        [('load_model = "external"', 'load_model = "external"\nincrement_kg = -inf')],
        "",
        [
            'plans.training.exercises[1].increment_kg: -inf is a binary fraction, which is not exact; write a plain number in quotes, such as "2.5".'
        ],
    ),
    "kilograms out of range": (
        [('load_model = "external"', 'load_model = "external"\nincrement_kg = "0"')],
        "",
        ["plans.training.exercises[1].increment_kg: 0 is out of range; use 0.25 to 50."],
    ),
    "kilograms as a huge number": (
        [
            (
                'load_model = "external"',
                'load_model = "external"\nincrement_kg = ' + "9" * 60,
            )
        ],
        "",
        ['plans.training.exercises[1].increment_kg: the number is not a plain number; write digits with a point, such as "2.5".'],
    ),
    "kilograms true": (
        [('load_model = "external"', 'load_model = "external"\nincrement_kg = true')],
        "",
        ['plans.training.exercises[1].increment_kg: is true or false, not a number; write it in quotes, such as "2.5".'],
    ),
    "date in quotes": (
        [('checked_on = 2026-10-12\nchecked_by = "nobody yet"\n\n', 'checked_on = "2026-10-12"\nchecked_by = "nobody yet"\n\n')],
        "",
        ["help[1].checked_on: is text, not a date; write year-month-day without quotes, such as 2026-10-01."],
    ),
    "date with a time": (
        [('checked_on = 2026-10-12\nchecked_by = "nobody yet"\n\n', 'checked_on = 2026-10-12T08:00:00Z\nchecked_by = "nobody yet"\n\n')],
        "",
        ["help[1].checked_on: is a date with a time, not a date; write year-month-day without quotes, such as 2026-10-01."],
    ),
    "date of another age": (
        [('checked_on = 2026-10-12\nchecked_by = "nobody yet"\n\n', 'checked_on = 0026-10-12\nchecked_by = "nobody yet"\n\n')],
        "",
        ["help[1].checked_on: the year 26 is out of range; use a year from 1990 to 2100."],
    ),
    "no time of day": (
        [],
        '[reminders]\nquiet_from = "25:00"\nquiet_to = 8\n',
        [
            'reminders.quiet_from: "25:00" is not a time of day; write hours and minutes, such as "20:00".',
            'reminders.quiet_to: a number is not a time of day; write hours and minutes, such as "20:00".',
        ],
    ),
    "time where text belongs": (
        [('title = "A trial of resistance exercise training"', "title = 08:00:00")],
        "",
        ['trial.title: is a time, not text; write it in quotes, such as "text".'],
    ),
    "list too short": (
        [
            ("[[plans.training.doses]]\nfrom_week = 1\nto_week = 8\nsets = 2\nreps_min = 8\nreps_max = 12\n", ""),
            ("per_week = 2\n", "per_week = 2\ndoses = []\n"),
        ],
        "",
        ["plans.training.doses: has 0 entries; use 1 to 200."],
    ),
    "list repeats itself": (
        [('instruments = ["phq9", "gad7"]\n\n[[visits]]', 'instruments = ["phq9", "phq9"]\n\n[[visits]]')],
        "",
        ['visits[1].instruments[2]: "phq9" stands there twice; name it once.'],
    ),
    "too many codes": (
        [],
        "[withdrawal_reasons]\n" + "\n".join(f'r{n} = "x"' for n in range(201)),
        ["withdrawal_reasons: has 201 entries; use at most 200."],
    ),
    "codes of another shape": (
        [
            ("[plans.training]", "[plans.Training-1]"),
            ("[plans.training.progression]", "[plans.Training-1.progression]"),
            ("[[plans.training.exercises]]", "[[plans.Training-1.exercises]]"),
            ("[[plans.training.doses]]", "[[plans.Training-1.doses]]"),
        ],
        "",
        ['plans."Training-1": is not a plan name; use a-z, 0-9 and _, beginning with a letter, at most 40.'],
    ),
}


@pytest.mark.parametrize(("edits", "added", "faults"), ROWS.values(), ids=ROWS)
def test_a_bad_protocol_is_refused_with_all_its_faults(edits, added, faults):
    assert faults_of(edits, added) == faults
