"""A commitment hides everything, binds everything, and lets one place be proved; the golden digests were made by another program."""

from __future__ import annotations

from hashlib import sha256

import pytest

from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.chain import BEGINNING, link
from trials.domain.randomisation.commitment import (
    MOST_LEAVES,
    Proof,
    commit,
    configuration_digest,
    leaf,
    line,
    list_commitment,
    nonce_of,
    path,
    proof_text,
    prove,
    read_line,
    read_proof,
    root,
    root_from,
    slot,
)

SEED = bytes(range(32))
BLOCKS = scheme_from({"method": "permuted_blocks", "arms": {"A": 1, "B": 1}, "multipliers": [2, 3]})
FACTORS = {"sex": ["F", "M"]}
MINIMISING = scheme_from({"method": "minimisation", "arms": {"A": 1, "B": 1}, "p": "4/5", "factors": FACTORS})
STRATA = ("sex=F", "sex=M", "sex=X")


def test_the_golden_commitment_of_a_list():
    arms = BLOCKS.draw_list(SEED, "SITE01|F|<70", 24)
    assert len(arms) == 26
    golden = "39ce911db324d73c7b67ddb9c9aebdda394816974488868ba66e53cf8d93a302"
    assert list_commitment(b"\xaa" * 32, "SITE01|F|<70", arms).hex() == golden


def test_the_golden_leaf_of_a_slot():
    said = slot("SCHEME1", "SITE01|F|<70", 1, "B")
    assert said == "SCHEME1|SITE01|F|<70|1|B"
    assert leaf(b"\xaa" * 32, said).hex() == "16cf80308c66a17fe8b6879bf98544a49beaa5d1049e5538bbb62e75e086ba29"


def test_the_tree_is_that_of_rfc_6962():
    leaves = [sha256(bytes([n])).digest() for n in range(3)]

    def node(left: bytes, right: bytes) -> bytes:
        return sha256(b"\x01" + left + right).digest()

    assert root(leaves[:1]) == leaves[0]
    assert root(leaves) == node(node(leaves[0], leaves[1]), leaves[2])
    assert path(leaves, 1) == (leaves[0], leaves[2])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9, 31, 64])
def test_every_leaf_leads_to_the_root_and_no_other_does(size):
    leaves = [sha256(bytes([n])).digest() for n in range(size)]
    whole = root(leaves)
    for index, start in enumerate(leaves):
        way = path(leaves, index)
        assert root_from(start, index, size, way) == whole
        assert root_from(sha256(b"other").digest(), index, size, way) != whole
        for wrong in range(size):
            if wrong != index and len(path(leaves, wrong)) == len(way):
                assert root_from(start, wrong, size, way) != whole


@pytest.mark.parametrize(("index", "size", "way"), [(-1, 2, 1), (2, 2, 1), (0, 2, 0), (0, 1, 1), (0, 4, 1), (0, 4, 3)])
def test_a_way_that_does_not_fit_is_refused(index, size, way):
    with pytest.raises(ValueError, match="does not fit"):
        root_from(b"x" * 32, index, size, [b"y" * 32] * way)


def test_each_place_of_each_stratum_is_proved_by_itself():
    made = commit("TRIAL-1", BLOCKS, SEED, STRATA, 10)
    assert len(made.leaves) == 31
    for stratum in STRATA:
        arms = BLOCKS.draw_list(SEED, stratum, 10)
        for seq in range(1, 11):
            proof = prove(made, BLOCKS, SEED, stratum, seq)
            assert (proof.arm, proof.root) == (arms[seq - 1], made.root)
            other = {"A": "B", "B": "A"}[proof.arm]
            assert Proof("TRIAL-1", stratum, seq, other, proof.nonce, proof.index, proof.size, proof.path).root != made.root


def test_the_commitment_changes_with_seed_name_strata_and_places():
    roots = {
        commit("TRIAL-1", BLOCKS, SEED, STRATA, 10).root, commit("TRIAL-2", BLOCKS, SEED, STRATA, 10).root,
        commit("TRIAL-1", BLOCKS, SEED[::-1], STRATA, 10).root, commit("TRIAL-1", BLOCKS, SEED, STRATA[:2], 10).root,
        commit("TRIAL-1", BLOCKS, SEED, STRATA, 11).root,
    }  # fmt: skip
    assert len(roots) == 5
    assert commit("TRIAL-1", BLOCKS, SEED, STRATA, 10).root in roots


def test_nonces_differ_for_every_place_and_can_not_be_made_without_the_seed():
    nonces = {nonce_of(seed, stratum, seq) for seed in (SEED, SEED[::-1]) for stratum in STRATA for seq in range(5)}
    assert len(nonces) == 30
    assert {len(nonce) for nonce in nonces} == {32}


def test_minimisation_commits_to_its_seed_alone():
    made = commit("TRIAL-1", MINIMISING, SEED, STRATA, 10)
    assert made.leaves == (leaf(nonce_of(SEED, "seed", 0), f"TRIAL-1|seed|{SEED.hex()}"),)
    with pytest.raises(ValueError, match="does not cover place 1 of all"):
        prove(made, MINIMISING, SEED, "all", 1)


@pytest.mark.parametrize(("stratum", "seq"), [("sex=F", 0), ("sex=F", 11), ("sex=Q", 1)])
def test_what_is_not_covered_is_not_proved(stratum, seq):
    with pytest.raises(ValueError, match="does not cover"):
        prove(commit("TRIAL-1", BLOCKS, SEED, STRATA, 10), BLOCKS, SEED, stratum, seq)


def test_more_places_than_a_commitment_holds_are_refused():
    with pytest.raises(ValueError, match="more than a commitment holds"):
        commit("TRIAL-1", BLOCKS, SEED, STRATA, MOST_LEAVES // 3 + 1)


def test_a_proof_is_handed_over_and_read_back():
    proof = prove(commit("TRIAL-1", BLOCKS, SEED, STRATA, 10), BLOCKS, SEED, "sex=M", 3)
    assert read_proof(proof_text(proof)) == proof


@pytest.mark.parametrize(
    "spoiled", [None, [], {}, {"proof": "uplift-randomisation-1"}, {"seq": "x"}, {"path": None}, {"nonce": 1}, {"path": ["zz"]}]
)
def test_what_is_no_proof_is_refused(spoiled):
    good = proof_text(prove(commit("TRIAL-1", BLOCKS, SEED, STRATA, 4), BLOCKS, SEED, "sex=M", 3))
    told = good | spoiled if isinstance(spoiled, dict) and spoiled and "proof" not in spoiled else spoiled
    with pytest.raises(ValueError, match="proof|lacks|invalid literal|hexadecimal"):
        read_proof(told)


def test_the_published_line_is_read_back():
    text = line("TRIAL-1", root="ab", configuration="cd", code="ef", strata=3, places=10)
    assert text == "uplift-randomisation-1 scheme=TRIAL-1 root=ab configuration=cd code=ef strata=3 places=10"
    assert read_line(f"  {text}\n")["root"] == "ab"


@pytest.mark.parametrize("text", ["hello", "uplift-randomisation-1 scheme=x", "other scheme=x root=y", "", "   "])
def test_any_other_line_is_refused(text):
    with pytest.raises(ValueError, match="not a published line"):
        read_line(text)


def test_the_configuration_digest_sees_every_key():
    table = {"method": "x", "arms": [["A", 1], ["B", 1]]}
    assert configuration_digest(table) == configuration_digest(dict(reversed(table.items())))
    assert configuration_digest(table) != configuration_digest(table | {"arms": [["B", 1], ["A", 1]]})


def test_a_link_sees_what_came_before_and_every_fact():
    first = link(BEGINNING, {"arm": "A", "seq": 1})
    assert first == link(BEGINNING, {"seq": 1, "arm": "A"})
    assert len({first, link(first, {"arm": "A", "seq": 1}), link(BEGINNING, {"arm": "B", "seq": 1}), link(BEGINNING, {"arm": "A"})}) == 4
