from __future__ import annotations

import itertools

import pytest

from participants.domain.journey import MOVES, Endings, NoSuchMove, Scope, Status, may_move, mermaid, move, states_page

FORWARD = {
    ("screened", "eligible"),
    ("screened", "excluded"),
    ("eligible", "consented"),
    ("eligible", "excluded"),
    ("consented", "randomised"),
    ("consented", "excluded"),
}
CORRECTED = {("eligible", "screened"), ("consented", "eligible"), ("excluded", "eligible"), ("excluded", "screened")}


def test_exactly_these_moves_exist() -> None:
    assert {(m.source, m.target) for m in MOVES} == FORWARD | CORRECTED
    assert len(MOVES) == len(FORWARD | CORRECTED)


@pytest.mark.parametrize(("source", "target"), list(itertools.product(Status, Status)))
def test_a_step_outside_the_table_is_refused(source: Status, target: Status) -> None:
    if (source, target) in FORWARD | CORRECTED:
        assert may_move(source, target)
        assert move(source, target) is target
    else:
        with pytest.raises(NoSuchMove, match=f"No step leads from {source} to {target}."):
            move(source, target)


def test_nothing_undoes_randomisation() -> None:
    assert [m for m in MOVES if m.source is Status.RANDOMISED] == []


@pytest.mark.parametrize(
    ("endings", "ended", "contact", "collect", "train"),
    [
        (Endings(), False, True, True, True),
        (Endings(training_stopped=True), False, True, True, False),
        (Endings(withdrawn=Scope.CONTACT), True, False, True, False),
        (Endings(withdrawn=Scope.DATA), True, False, False, False),
        (Endings(withdrawn=Scope.ALL), True, False, False, False),
        (Endings(died=True), True, False, True, False),
        (Endings(lost=True), True, False, True, False),
        (Endings(died=True, withdrawn=Scope.ALL, lost=True, training_stopped=True), True, False, False, False),
    ],
)
def test_the_four_endings_are_separate_facts(endings: Endings, ended: bool, contact: bool, collect: bool, train: bool) -> None:
    got = (endings.participation_ended, endings.may_be_contacted, endings.may_collect, endings.may_train)
    assert got == (ended, contact, collect, train)


def test_a_withdrawal_can_widen_and_never_narrows() -> None:
    assert [(a.value, b.value) for a in Scope for b in Scope if b.reaches_beyond(a)] == [
        ("contact", "data"),
        ("contact", "all"),
        ("data", "all"),
    ]


def test_the_diagram_holds_every_move_once() -> None:
    lines = mermaid().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> screened: first call"]
    assert lines[2:] == [f"    {m.source} --> {m.target}: {m.why}" for m in MOVES]
    assert mermaid() in states_page()
    assert all(scope.sentence in states_page() for scope in Scope)
