"""The minimal protocol loads; the reference page explains every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trials.domain.protocol import BadProtocol, load
from trials.domain.protocol.keys import FILE
from trials.domain.protocol.tables import ListOf, MapOf, Table
from trials.domain.protocol.writing import minimal, quoted, reference

PAGE = Path(__file__).resolve().parents[3] / "docs" / "protocol.md"


@pytest.mark.parametrize(
    ("arms", "sites"),
    [(["RET", "WL"], ["S1"]), (["HEAVY", "MODERATE", "CONTROL"], ["S1", "S2", "S3"]), ([f"A{n}" for n in range(20)], ["x-1"])],
    ids=["two arms", "three arms, three sites", "twenty arms"],
)
def test_the_minimal_protocol_loads(arms, sites):
    protocol = load(minimal(arms, sites), instruments=["phq9", "gad7"])
    assert ([arm.code for arm in protocol.arms], [site.code for site in protocol.sites]) == (arms, sites)
    assert [protocol.plan_of(code) is None for code in arms] == [False] * (len(arms) - 1) + [True]


@pytest.mark.parametrize(
    ("arms", "sites", "places"),
    [
        (["A"], ["S1"], ["arms", "plans.training", "arms"]),
        (["A", 'B"\n[x]'], ["S1"], ['arms."B"?[x]"']),
        (["A", "B"], [], ["sites"]),
    ],
    ids=["one arm", "quotes and line breaks", "no site"],
)
def test_a_minimal_protocol_for_impossible_codes_is_refused_like_any_other(arms, sites, places):
    with pytest.raises(BadProtocol) as bad:
        load(minimal(arms, sites))
    assert [fault.place for fault in bad.value.faults] == places


@pytest.mark.parametrize(
    ("text", "toml"),
    [("a", '"a"'), ('"', '"\\""'), ("\\", '"\\\\"'), ("\n\x7f", '"\\u000a\\u007f"')],
    ids=["plain", "quote", "backslash", "control"],
)
def test_text_is_quoted_as_toml(text, toml):
    assert quoted(text) == toml


def tables(table):
    yield table
    for key in table.keys:
        kind = key.kind.of if isinstance(key.kind, ListOf | MapOf) else key.kind
        if isinstance(kind, Table):
            yield from tables(kind)


def test_the_reference_names_every_key_of_every_table():
    page = reference()
    for table in list(tables(FILE))[1:]:
        section = page.split(f"\n{table.meaning}\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)`", section, re.M) == [key.name for key in table.keys]


def test_the_reference_shows_kinds_defaults_and_headers():
    page = reference()
    assert "## `[[plans.CODE.exercises]]`" in page
    assert (
        '| `max_increase` | exact number 0 to 0.5, such as `"2.5"` | `"0.05"` | Largest rise from one session to the next, as a share |'
        in page
    )
    assert '| `quiet_from` | time of day such as `"20:00"` | `"20:00"` | Nothing is sent from here on, in the site\'s time zone |' in page
    assert "| `nudge_days` | list of: whole number 1 to 365 | `2`, `5` |" in page
    assert "| `invitation` | true or false | `true` |" in page
    assert "## `[missing_rules]`" in page


def test_the_page_in_the_documentation_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == reference()
