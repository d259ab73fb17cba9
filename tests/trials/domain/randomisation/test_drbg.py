"""The generator against NIST's published vectors, and its whole numbers against hand-fed words."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import pytest

from tests.trials.domain.randomisation.acceptance import Fed
from trials.domain.randomisation.drbg import Drbg

SEED = bytes(range(32))

WITHOUT_RESEED = bytes.fromhex(
    "e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba6e624abf07745bc1"
    "07694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668961df86803482cb37ed6d5c0bb8d50cf1f50d476aa0458bdaba806f48be9dcb8"
)
WITH_RESEED = bytes.fromhex(
    "76fc79fe9b50beccc991a11b5635783a83536add03c157fb30645e611c2898bb2b1bc215000209208cd506cb28da2a51bdb03826aaf2bd2335d576d519160842"
    "e7158ad0949d1a9ec3e66ea1b1a064b005de914eac2e9d4f2d72a8616a80225422918250ff66a41bd2f864a6a38cc5b6499dc43f7f2bd09e1e0f8f5885935124"
)


def test_the_second_kilobit_is_nists_without_reseeding() -> None:
    drbg = Drbg.instantiate(
        bytes.fromhex("ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488"), bytes.fromhex("659ba96c601dc69fc902940805ec0ca8")
    )
    drbg.generate(128)
    assert drbg.generate(128) == WITHOUT_RESEED


def test_the_second_kilobit_is_nists_after_reseeding() -> None:
    drbg = Drbg.instantiate(
        bytes.fromhex("06032cd5eed33f39265f49ecb142c511da9aff2af71203bffaf34a9ca5bd9c0d"), bytes.fromhex("0e66f71edc43e42a45ad3c6fc6cdc4df")
    )
    drbg.reseed(bytes.fromhex("01920a4e669ed3a85ae8a33b35a74ad7fb2a6bb4cf395ce00334a9c9a5a5d552"))
    drbg.generate(128)
    assert drbg.generate(128) == WITH_RESEED


def test_a_stream_goes_on_from_its_state_as_if_it_had_never_stopped() -> None:
    whole, first = Drbg.instantiate(SEED), Drbg.instantiate(SEED)
    expected = [whole.word() for _ in range(10)]
    begun = [first.word() for _ in range(4)]
    resumed = Drbg.resume(first.state())
    assert begun + [resumed.word() for _ in range(6)] == expected


def test_additional_input_changes_what_comes() -> None:
    plain, mixed, again = Drbg.instantiate(SEED), Drbg.instantiate(SEED), Drbg.instantiate(SEED)
    assert mixed.generate(32, b"more") == again.generate(32, b"more") != plain.generate(32)


@pytest.mark.parametrize(
    ("n", "words", "expected"),
    [
        (1, [5], 0),
        (6, [7], 1),
        (6, [4294967291], 5),
        (6, [4294967292, 4294967295, 7], 1),
        (1 << 32, [4294967295], 4294967295),
        ((1 << 32) + 1, [1, 0], 4294967296),
        ((1 << 32) + 1, [4294967295, 4294967295, 0, 3], 3),
    ],
    ids=["one", "plain", "last kept", "two rejected", "a whole word", "two words", "two words rejected"],
)
def test_whole_numbers_come_by_rejection(n: int, words: list[int], expected: int) -> None:
    fed = Fed(*words)
    assert (fed.below(n), fed.words) == (expected, [])


def test_every_order_comes_from_exactly_one_path_of_choices() -> None:
    seen = Counter()
    for first in range(4):
        for second in range(3):
            for third in range(2):
                items = list("abcd")
                Fed(first, second, third).shuffle(items)
                seen["".join(items)] += 1
    assert seen == {"".join(order): 1 for order in permutations("abcd")}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda: Drbg.instantiate(bytes(31)), "a seed needs at least 32 bytes, not 31"),
        (lambda: Drbg.resume(bytes(71)), "this is not the state of a generator"),
        (lambda: Drbg.resume(bytes(72)), "this is not the state of a generator"),
        (lambda: Drbg.instantiate(SEED).generate(0), "between 1 and 65536 bytes a request, not 0"),
        (lambda: Drbg.instantiate(SEED).generate(65537), "between 1 and 65536 bytes a request, not 65537"),
        (lambda: Drbg.instantiate(SEED).below(0), "nothing lies below 0"),
        (lambda: Drbg(SEED, SEED, (1 << 48) + 1).word(), "the generator has to be reseeded"),
    ],
)
def test_misuse_is_refused(fault, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$"):
        fault()


def test_the_largest_request_is_served() -> None:
    assert len(Drbg.instantiate(SEED).generate(65536)) == 65536
