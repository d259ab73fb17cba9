"""What the table of adherence says of a person where there is nothing to divide by: why, in a word, never as 0 and never as another why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from outcomes.exports import arm_figures
from outcomes.exports.adherence_figures import RULES, shown
from outcomes.exports.closed import rules_of
from tests.outcomes import world


def person(**more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict(trial_id="P-001", site="LIM", sessions_due=3, sessions_attended=2, missed_episodes=0, interruptions=0)
    return row | {"attendance": "0.6667", "sets_compliance": "0.5", "reps_compliance": "0.5", "load_compliance": "0.5", "rdi": "0.5"} | more


NONE = dict.fromkeys(("sets_compliance", "reps_compliance", "load_compliance"))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (person(), ("67 % (2 of 3 due)", "50 %", "50 %", "50 %", "50 %")),
        (person(**NONE, sessions_attended=0, attendance="0", rdi="0"), ("0 % (0 of 3 due)", *["none attended"] * 3, "0 %")),
        (person(load_compliance=None), ("67 % (2 of 3 due)", "50 %", "50 %", "no load", "50 %")),
        (person(**NONE), ("67 % (2 of 3 due)", "nothing planned", "nothing planned", "no load", "50 %")),
        (person(**NONE, sessions_due=0, sessions_attended=0, attendance=None, rdi=None), ("not due",) * 5),
    ],
    ids=["both", "due and none attended", "nothing with a load", "nothing planned", "none due"],
)
def test_why_there_is_no_compliance(row: dict[str, Any], told: tuple[str, ...]) -> None:
    found = shown(row)["told"]
    assert tuple(found[name] for name in ("attendance", "sets", "repetitions", "load", "rdi")) == told


@pytest.mark.parametrize("included", [True, False])
def test_the_rule_of_a_dose_is_the_protocols(included: bool) -> None:
    """Undelivered sessions count as 0 or are left out: the figure says which, and so does the list of rules."""
    known = world.protocol()
    rules = rules_of(replace(known, analysis=replace(known.analysis, rdi_includes_undelivered=included)))
    body = {"doses": [dict.fromkeys(arm_figures.SPREAD) | {"arm": "RET", "n": 1, "rdis": ["0.5"]}], "rules": rules}
    (figure,) = arm_figures._doses(body, {})
    assert ("undelivered sessions count as 0" in figure.rule, "undelivered sessions left out" in figure.rule) == (included, not included)
    assert "all due sessions" not in figure.rule
    assert not any("undelivered ones have nothing done" in rule for rule in RULES)
