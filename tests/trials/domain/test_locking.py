"""The states of the data's lock, told by the table of moves; and whose signature is still lacking."""

from __future__ import annotations

import pytest

from trials.domain.locking import (
    MEANINGS,
    MOVES,
    SIDES,
    SIGNED,
    Move,
    Side,
    Standing,
    State,
    complete,
    mermaid,
    side_of,
    signing_role,
    standing,
    why_not,
)
from trials.domain.roles import Permission, Role, roles_that_may

LOCKED = (Move.SOFT_LOCK, Move.HARD_LOCK)
PASSED = ""


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ((), Standing(State.OPEN, False)),
        ((Move.SOFT_LOCK,), Standing(State.SOFT, False)),
        ((Move.SOFT_LOCK, Move.LIFT), Standing(State.OPEN, False)),
        (LOCKED, Standing(State.HARD, False)),
        ((*LOCKED, Move.UNLOCK), Standing(State.SOFT, False)),
        ((*LOCKED, Move.UNBLIND), Standing(State.HARD, True)),
        ((*LOCKED, Move.UNBLIND, Move.UNLOCK), Standing(State.SOFT, True)),
        ((*LOCKED, Move.UNBLIND, Move.UNLOCK, Move.HARD_LOCK), Standing(State.HARD, True)),
    ],
)
def test_the_moves_come_to_a_standing(moves, expected) -> None:
    assert standing(moves) == expected


@pytest.mark.parametrize(
    ("state", "unblinded", "refused"),
    [
        (
            State.OPEN, False,
            {
                Move.SOFT_LOCK: PASSED, Move.LIFT: "The data are not locked.", Move.HARD_LOCK: "The data are not locked.",
                Move.UNLOCK: "The data are not locked.", Move.UNBLIND: "The data are not locked.",
            },
        ),
        (
            State.SOFT, False,
            {
                Move.SOFT_LOCK: "The data are soft-locked.", Move.LIFT: PASSED, Move.HARD_LOCK: PASSED,
                Move.UNLOCK: "The data are not hard-locked.", Move.UNBLIND: "The data are not hard-locked.",
            },
        ),
        (
            State.HARD, False,
            {
                Move.SOFT_LOCK: "The data are hard-locked.", Move.LIFT: "The data are hard-locked: two people unlock them first.",
                Move.HARD_LOCK: "The data are hard-locked.", Move.UNLOCK: PASSED, Move.UNBLIND: PASSED,
            },
        ),
        (
            State.HARD, True,
            {
                Move.SOFT_LOCK: "The data are hard-locked.",
                Move.LIFT: "The trial was unblinded: its data stay locked, and corrections need a reason.",
                Move.HARD_LOCK: "The data are hard-locked.", Move.UNLOCK: PASSED, Move.UNBLIND: "The trial was unblinded already.",
            },
        ),
    ],
    ids=["open", "soft", "hard", "unblinded"],
)  # fmt: skip
def test_a_move_is_made_or_refused_with_a_sentence(state, unblinded, refused) -> None:
    assert {move: why_not(Standing(state, unblinded), move) for move in Move} == refused


def test_an_unblinded_trial_is_never_opened_again() -> None:
    with pytest.raises(ValueError, match="stay locked"):
        standing((*LOCKED, Move.UNBLIND, Move.UNLOCK, Move.LIFT))


def test_steps_out_of_order_are_no_history() -> None:
    with pytest.raises(ValueError, match="not locked"):
        standing((Move.HARD_LOCK,))


@pytest.mark.parametrize(
    ("held", "signed", "role"),
    [
        ((Role.PI,), (), Role.PI),
        ((Role.MANAGER,), (Side.STATISTICS,), Role.MANAGER),
        ((Role.PI,), (Side.CONDUCT,), None),
        ((Role.MANAGER, Role.UNBLINDED_STATISTICIAN), (), Role.MANAGER),
        ((Role.MANAGER, Role.UNBLINDED_STATISTICIAN), (Side.CONDUCT,), Role.UNBLINDED_STATISTICIAN),
        ((Role.BLINDED_STATISTICIAN,), (Side.CONDUCT,), Role.BLINDED_STATISTICIAN),
        ((Role.COORDINATOR, Role.MONITOR), (), None),
        ((Role.PI, Role.BLINDED_STATISTICIAN), tuple(Side), None),
    ],
)
def test_somebody_signs_for_a_side_that_lacks_a_signature(held, signed, role) -> None:
    assert signing_role(held, signed) is role


def test_both_sides_sign() -> None:
    assert [complete(signed) for signed in ((), (Side.CONDUCT,), (Side.STATISTICS,), tuple(Side))] == [False, False, False, True]


def test_each_signature_has_its_meaning_and_each_signing_role_its_side() -> None:
    assert set(MEANINGS) == {(move, side) for move in SIGNED for side in Side}
    assert len(set(MEANINGS.values())) == len(MEANINGS)
    assert {role for roles in SIDES.values() for role in roles} == set(roles_that_may(Permission.SIGN_LOCK))
    assert [side_of(role) for role in (Role.PI, Role.BLINDED_STATISTICIAN, Role.TRAINER)] == [Side.CONDUCT, Side.STATISTICS, None]


def test_the_diagram_shows_every_move() -> None:
    drawn = mermaid().splitlines()
    assert drawn[:2] == ["stateDiagram-v2", "    [*] --> open: protocol loaded"]
    assert drawn[2:] == [f"    {source} --> {target}: {why}" for source, target, _, why in MOVES]
