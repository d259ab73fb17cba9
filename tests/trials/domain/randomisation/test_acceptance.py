"""The allocator passes the acceptance tests from a fixed seed and, in the long form, from a fresh one; every test catches a planted fault."""

from __future__ import annotations

import pytest

from tests.fresh import seed_of
from tests.trials.domain.randomisation import acceptance, faults
from tests.trials.domain.randomisation.acceptance import LONG, SHORT, OutOfRegion

pytestmark = pytest.mark.unmeasured

SEED = bytes(range(32))

CONTROLS = [
    (acceptance.fours, faults.swap_with_any),
    (acceptance.fours, faults.never_in_place),
    (acceptance.words_beyond_the_last_multiple, faults.word_modulo),
    (acceptance.sixes, faults.swap_with_any),
    (acceptance.eights, faults.swap_with_any),
    (acceptance.sixes_of_three_arms, faults.swap_with_any),
    (acceptance.neighbours, faults.reseeded),
    (acceptance.neighbours, faults.drawn_again),
    (acceptance.sizes, faults.scaled),
    (acceptance.places, faults.never_in_place),
    (acceptance.places, faults.scaled),
    (acceptance.symmetry, faults.scaled),
    (acceptance.symmetry, faults.ratio_forgotten),
    (acceptance.preferred, faults.three_quarters),
    (acceptance.preferred, faults.scaled),
    (acceptance.the_others_of_three, faults.scaled),
    (acceptance.the_others_of_three, faults.three_quarters),
    (acceptance.ties, faults.scaled),
    (acceptance.ties, faults.reseeded),
    (acceptance.ties_of_three, faults.scaled),
    (acceptance.guesser, faults.in_pairs),
    (acceptance.guesser, faults.by_coins),
    (acceptance.unlike_lists, faults.one_seed_for_all),
    (acceptance.unlike_lists, faults.last_bit_lost),
    (acceptance.unlike_lists, faults.one_sequence_moved_along),
    (acceptance.bounds, faults.by_coins),
    (acceptance.bounds, faults.big_stick_one_more),
    (acceptance.bounds, faults.block_urn_one_more),
    (acceptance.bounds, faults.never_brought_home),
]
LONG_CONTROLS = [(acceptance.a_million_fours, faults.byte_modulo), (acceptance.a_million_of_six, faults.byte_modulo)]


def name(part):
    return part.__name__ if hasattr(part, "__name__") else None


@pytest.mark.parametrize("acceptable", SHORT, ids=name)
def test_the_allocator_passes(acceptable):
    acceptable(SEED)


@pytest.mark.long
@pytest.mark.parametrize("acceptable", SHORT + LONG, ids=name)
def test_the_allocator_passes_from_a_fresh_seed(acceptable):
    seed = seed_of(acceptable.__name__)
    try:
        acceptable(seed)
    except OutOfRegion as found:
        pytest.fail(f"{found} (drawn from the seed {seed.hex()})")


@pytest.mark.parametrize(("acceptable", "plant"), CONTROLS, ids=name)
def test_a_planted_fault_is_caught(acceptable, plant, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(OutOfRegion):
        acceptable(SEED)


@pytest.mark.long
@pytest.mark.parametrize(("acceptable", "plant"), CONTROLS + LONG_CONTROLS, ids=name)
def test_a_planted_fault_is_caught_from_a_fresh_seed(acceptable, plant, monkeypatch):
    plant(monkeypatch)
    with pytest.raises(OutOfRegion):
        acceptable(seed_of(f"{acceptable.__name__}, {plant.__name__}"))


def test_every_acceptance_test_has_a_fault_to_catch():
    assert {acceptable for acceptable, _ in CONTROLS + LONG_CONTROLS} == {*SHORT, *LONG}
