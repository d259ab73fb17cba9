"""What became of each envelope, and the streams that envelopes are drawn from."""

from __future__ import annotations

import pytest

from trials.domain.envelopes import Slip, State, skipped_before, states
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.stream import BACKUP, DUMMY, envelope_arms, next_arm, open_stream

SEED = bytes(range(48))
BLOCKS = scheme_from({"method": "permuted_blocks", "arms": {"A": 1, "B": 1}, "multipliers": [2, 3]})


@pytest.mark.parametrize(
    ("slips", "told"),
    [
        ([], []),
        ([Slip(1, False), Slip(2, False)], [State.UNUSED, State.UNUSED]),
        ([Slip(1, True), Slip(2, False)], [State.USED, State.UNUSED]),
        ([Slip(1, False), Slip(2, True), Slip(3, False)], [State.SKIPPED, State.USED, State.UNUSED]),
        ([Slip(1, False, "missing"), Slip(2, False, "spoiled"), Slip(3, True)], [State.MISSING, State.SPOILED, State.USED]),
        ([Slip(1, True, "missing"), Slip(2, False, "spoiled")], [State.USED, State.SPOILED]),
    ],
    ids=["none", "unused", "in order", "skipped", "accounted for", "found again"],
)
def test_the_state_of_each_envelope(slips, told):
    assert states(slips) == told


@pytest.mark.parametrize(
    ("slips", "before", "skipped"),
    [
        ([Slip(1, True), Slip(2, False)], 2, []),
        ([Slip(1, False), Slip(2, False), Slip(3, False)], 3, [1, 2]),
        ([Slip(1, False, "missing"), Slip(2, False), Slip(3, False)], 3, [2]),
    ],
)
def test_which_come_first(slips, before, skipped):
    assert skipped_before(slips, before) == skipped


def listed(name: str, count: int) -> list[str]:
    return BLOCKS.draw_list(SEED, name, count)[:count]


def test_envelopes_come_from_streams_of_their_own():
    arms = envelope_arms(BLOCKS, seed=SEED, site="LIM", stratum="sex=F", count=40)
    assert [arm for arm, _ in arms] == listed(f"{BACKUP}LIM|sex=F", 40)
    assert [sham for _, sham in arms] == listed(f"{DUMMY}{BACKUP}LIM|sex=F", 40)
    assert envelope_arms(BLOCKS, seed=SEED, site="LIM", stratum="sex=F", count=7) == arms[:7]
    assert [arm for arm, _ in arms] != listed("sex=F", 40)
    assert arms != envelope_arms(BLOCKS, seed=SEED, site="GAL", stratum="sex=F", count=40)
    assert envelope_arms(BLOCKS, seed=SEED, site="LIM", stratum="sex=F", count=0) == []


def test_an_envelope_moves_no_live_place():
    state = open_stream(BLOCKS, seed=SEED, stratum="sex=F")
    first = next_arm(BLOCKS, state)
    envelope_arms(BLOCKS, seed=SEED, site="LIM", stratum="sex=F", count=9)
    assert next_arm(BLOCKS, state) == first


def test_a_method_that_looks_at_who_comes_has_no_envelopes():
    method = scheme_from(
        {"method": "minimisation", "arms": {"A": 1, "B": 1}, "factors": {"sex": ["F", "M"]}, "p": "4/5", "imbalance": "range"}
    )
    with pytest.raises(ValueError, match="its arms depend on who comes"):
        envelope_arms(method, seed=SEED, site="LIM", stratum="", count=1)
