"""Digests are promises: the canonical text they are taken over is pinned, so that another program finds the same."""

from __future__ import annotations

from hashlib import sha256

import pytest

from trials.domain.randomisation import chain, commitment, scheme_from


def sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_a_link_is_the_digest_of_sorted_ascii_json_without_blanks():
    found = chain.link(chain.BEGINNING, {"seq": 1, "arm": "RÉT", "factors": ["site", "sex"]})
    assert found == sha('["' + 64 * "0" + '",{"arm":"R\\u00c9T","factors":["site","sex"],"seq":1}]')


def test_a_configuration_is_the_digest_of_sorted_ascii_json_without_blanks():
    found = commitment.configuration_digest({"method": "simple", "arms": [["É", 2], ["B", 1]]})
    assert found == sha('{"arms":[["\\u00c9",2],["B",1]],"method":"simple"}')


def test_a_nonce_is_a_mac_under_a_key_made_of_the_seed():
    import hmac

    seed = bytes(range(48))
    key = hmac.new(seed, b"rct-nonce-v1", sha256).digest()
    assert commitment.nonce_of(seed, "site=LIM", 7) == hmac.new(key, b"site=LIM|7", sha256).digest()


def test_the_published_line_is_this():
    told = commitment.line("T|1", root="aa", configuration="bb", code="cc", strata=4, places=50)
    assert told == "uplift-randomisation-1 scheme=T|1 root=aa configuration=bb code=cc strata=4 places=50"
    assert commitment.read_line("uplift-randomisation-1 scheme=a=b=c root=d") == {"scheme": "a=b=c", "root": "d"}
    for text in (
        "",
        "uplift-randomisation-1",
        "uplift-randomisation-1 scheme=a",
        "uplift-randomisation-2 scheme=a root=b",
        "scheme=a root=b",
    ):
        with pytest.raises(ValueError, match="^this is not a published line of randomisation$"):
            commitment.read_line(text)


@pytest.mark.parametrize("told", [None, 5, [], {}, {"proof": "uplift-randomisation-2"}])
def test_what_is_no_proof_is_told_so(told):
    with pytest.raises(ValueError, match="^this is not a proof of an allocation$"):
        commitment.read_proof(told)


def test_a_proof_that_lacks_a_part_is_told_so():
    whole = commitment.proof_text(commitment.Proof("T|1", "S", 1, "A", bytes(32), 1, 2, (bytes(32),)))
    for key in (*[key for key in whole if key != "proof"],):
        with pytest.raises(ValueError, match="^the proof lacks a part, or holds something else in its place$"):
            commitment.read_proof({name: value for name, value in whole.items() if name != key})


DIGEST = 32 * "0f"


@pytest.mark.parametrize(
    "part",
    [{"seq": 1.9}, {"seq": True}, {"index": "1"}, {"size": float("inf")}, {"arm": 1}, {"scheme": {}}, {"stratum": None}, {"path": None},
     {"path": DIGEST}, {"path": [DIGEST, "00"]}, {"path": [DIGEST + "00"]}, {"path": [1]}, {"nonce": DIGEST[2:]}, {"nonce": f"{DIGEST}\n"},
     {"nonce": 64 * "g"}, {"nonce": DIGEST.upper()}],
    ids=str,
)  # fmt: skip
def test_a_proof_with_something_else_in_a_place_is_told_so(part):
    whole = commitment.proof_text(commitment.Proof("T|1", "S", 1, "A", bytes(32), 1, 3, (bytes(32), bytes(32))))
    with pytest.raises(ValueError, match="^the proof lacks a part, or holds something else in its place$"):
        commitment.read_proof(whole | part)


def test_a_commitment_holds_a_leaf_for_the_seed_and_one_a_place(monkeypatch: pytest.MonkeyPatch):
    blocks = scheme_from({"method": "permuted_blocks", "arms": {"A": 1, "B": 1}, "multipliers": [2]})
    monkeypatch.setattr(commitment, "MOST_LEAVES", 16)
    assert len(commitment.commit("T|1", blocks, bytes(48), ["a", "b", "c"], 5).leaves) == 16
    monkeypatch.setattr(commitment, "MOST_LEAVES", 15)
    with pytest.raises(ValueError, match="^3 strata of 5 places are more than a commitment holds: 15$"):
        commitment.commit("T|1", blocks, bytes(48), ["a", "b", "c"], 5)


def test_a_way_that_fits_no_tree_is_refused_in_a_sentence():
    for index, size, way in ((2, 2, (b"",)), (-1, 2, (b"",)), (0, 2, ()), (0, 1, (b"",))):
        with pytest.raises(ValueError, match="^the way does not fit a tree of this size$"):
            commitment.root_from(bytes(32), index, size, way)


def test_a_way_up_a_tree_larger_than_any_is_refused():
    assert len(commitment.root_from(bytes(32), 0, 200_000, (bytes(32),) * 18)) == 32
    for size in (200_001, 2**2000):
        with pytest.raises(ValueError, match="^the way does not fit a tree of this size$"):
            commitment.root_from(bytes(32), 0, size, (bytes(32),) * 2000)
