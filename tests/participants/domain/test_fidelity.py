"""The draw of sessions to observe, by known answers and by its properties; and what is wrong with a checklist."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal

import pytest

from participants.domain.fidelity import commitment, fault_of, is_drawn

SEED = bytes(range(32))
SESSIONS = [(f"P-{person:03d}", number) for person in range(1, 201) for number in range(1, 23)]
ITEMS = {"warm_up": "Warms up", "loads": "Sets the loads"}


def drawn(share: str, seed: bytes = SEED) -> set[tuple[str, int]]:
    return {key for key in SESSIONS if is_drawn(seed, *key, share=Decimal(share))}


def test_a_session_is_drawn_where_its_word_as_a_fraction_lies_below_the_share() -> None:
    word = int(hmac.new(SEED, b"P-001/7", hashlib.sha256).hexdigest()[:16], 16)
    fraction = Decimal(word) / 2**64
    assert not is_drawn(SEED, "P-001", 7, share=fraction)
    assert is_drawn(SEED, "P-001", 7, share=fraction + Decimal("1e-9"))
    assert not is_drawn(SEED, "P-001", 7, share=fraction - Decimal("1e-9"))


@pytest.mark.parametrize("share", ["0.01", "0.1", "0.5"])
def test_the_share_drawn_is_the_share_asked_for(share: str) -> None:
    """Within five standard errors of a binomial count."""
    n, p = len(SESSIONS), float(share)
    assert abs(len(drawn(share)) - n * p) < 5 * (n * p * (1 - p)) ** 0.5


def test_all_are_drawn_where_all_are_asked_for() -> None:
    assert drawn("1") == set(SESSIONS)


def test_a_larger_share_keeps_what_a_smaller_one_drew() -> None:
    assert drawn("0.05") < drawn("0.1") < drawn("0.2")


def test_another_seed_draws_other_sessions() -> None:
    """What one seed draws says nothing of another: a tenth of a tenth is common to both, not more."""
    both = drawn("0.1") & drawn("0.1", seed=bytes(32))
    assert abs(len(both) - 44) < 5 * 44**0.5


def test_the_commitment_is_the_digest_of_the_seed() -> None:
    assert commitment(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert commitment(SEED) != commitment(bytes(32))


@pytest.mark.parametrize(
    ("verdicts", "fault"),
    [
        ({"warm_up": "done", "loads": "not_done"}, ""),
        ({"warm_up": "not_applicable", "loads": "done"}, ""),
        ({"warm_up": "done"}, "Say whether this was done: Sets the loads"),
        ({"warm_up": "maybe", "loads": "done"}, "Warms up: choose one of done, not_done, not_applicable."),
        (
            {"warm_up": "done", "loads": "done", "mood": "done"},
            "The checklist of the protocol in force has these items only: warm_up, loads.",
        ),
        ({}, "Say whether this was done: Warms up"),
    ],
    ids=["complete", "did not apply", "an item left out", "no such verdict", "an item too many", "empty"],
)
def test_every_item_and_no_other_has_a_verdict(verdicts: dict[str, str], fault: str) -> None:
    assert fault_of(verdicts, ITEMS) == fault
