"""Three shares of a seed: any two give it back, one tells nothing, and what is wrong or mixed is refused in a sentence."""

from __future__ import annotations

from itertools import combinations, permutations

import pytest
from shamir_mnemonic import shamir
from shamir_mnemonic.utils import MnemonicError

from trials.escrow import Joined, NoSeed, fingerprint, join, numbered, split, words

SEED = bytes(range(48))
OTHER = bytes(range(1, 49))
SHARES = split(SEED, "T-1|1")


@pytest.mark.parametrize("pair", list(permutations(range(3), 2)))
def test_any_two_give_the_seed_back(pair):
    assert join(SHARES[pair[0]], SHARES[pair[1]]) == Joined(SEED, (min(pair) + 1, max(pair) + 1))


def test_the_same_issue_gives_the_same_shares_and_another_issue_others():
    before = shamir.RANDOM_BYTES
    assert split(SEED, "T-1|1") == SHARES
    assert shamir.RANDOM_BYTES is before
    assert len({fingerprint(share) for share in (*SHARES, *split(SEED, "T-1|2"), *split(OTHER, "T-1|1"))}) == 9
    assert [len(words(share)) for share in SHARES] == [46, 46, 46]


@pytest.mark.parametrize("share", SHARES)
def test_one_share_alone_gives_nothing_and_holds_no_piece_of_the_seed(share):
    with pytest.raises(MnemonicError):
        shamir.combine_mnemonics([share])
    held = shamir.Share.from_mnemonic(share).value
    assert not {SEED[at : at + 4] for at in range(45)} & {held[at : at + 4] for at in range(45)}


def test_spaces_numbers_and_capitals_do_not_matter():
    written = "\n".join(f"{number}. {word.upper()}" for number, word in numbered(SHARES[0]))
    assert join(written, f"  {SHARES[2]}\n").seed == SEED
    assert fingerprint(written) == fingerprint(SHARES[0])


def refused(first: str, second: str) -> str:
    with pytest.raises(NoSeed) as said:
        join(first, second)
    assert not set(words(str(said.value))) & (set(words(SHARES[0])[:4]) - set(["the", "a", "is", "one"]))
    return str(said.value)


def changed(share: str, at: int) -> str:
    """One word replaced by another of the list."""
    told = words(share)
    told[at] = "academic" if told[at] != "academic" else "acid"
    return " ".join(told)


@pytest.mark.parametrize("at", [0, 3, 20, 45])
def test_a_wrong_word_is_found_wherever_it_stands(at):
    assert refused(changed(SHARES[0], at), SHARES[1]) == (
        "A word of the first share is wrong, missing or out of order: compare it with the paper."
    )
    assert "the second share" in refused(SHARES[0], changed(SHARES[1], at))


@pytest.mark.parametrize("text", ["", "abc", "nought " * 46, " ".join(words(SHARES[1])[:45]), " ".join(reversed(words(SHARES[1])))])
def test_what_is_no_share_is_refused(text):
    assert "wrong, missing or out of order" in refused(SHARES[0], text)


def test_the_same_share_twice_and_shares_of_two_issues_are_refused():
    assert refused(SHARES[0], SHARES[0]) == "The two are one and the same share: two different ones are needed."
    later = split(SEED, "T-1|2")
    for one, other in combinations(range(3), 2):
        assert refused(SHARES[one], later[other]) == "The two shares were not issued together: take two of the same issue."


def made(secret: bytes = SEED, *, groups=((2, 3),), extendable: bool = True, exponent: int = 0, identifier: int = 7) -> list[str]:
    closed = shamir.EncryptedMasterSecret(identifier, extendable, exponent, secret)
    return [share.mnemonic() for group in shamir.split_ems(1, list(groups), closed) for share in group]


@pytest.mark.parametrize(
    "foreign",
    [made(bytes(32)), made(groups=((3, 3),)), made(extendable=False), made(exponent=15), made(groups=((2, 3), (2, 3))), made(groups=((2, 5),))[3:]],
    ids=["length", "threshold", "form", "a year's work", "groups", "five shares"],
)  # fmt: skip
def test_shares_of_other_programs_are_refused_before_anything_is_worked_out(foreign):
    assert refused(foreign[0], foreign[1]) == "The first share was not made by this program."


def test_two_shares_that_do_not_fit_are_refused():
    one, two = (made(bytes([n]) * 48) for n in (1, 2))
    assert refused(one[0], two[1]) == "The two shares don't fit together: one of them is not what was issued."
