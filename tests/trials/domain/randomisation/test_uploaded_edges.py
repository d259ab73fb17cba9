"""Exact sentences and edges of an uploaded list."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.trials.domain.randomisation.test_comparison import PROTOCOL
from trials.domain.protocol.shape import Factor
from trials.domain.randomisation import NotExact, uploaded_list
from trials.domain.randomisation.scheme import generator
from trials.domain.randomisation.strata import places_needed
from trials.domain.randomisation.uploaded_list import BadList, Place, UploadedList, read_list, secret

ARMS = {"A": 1, "B": 1}
OF = UploadedList(("A", "B"), (1, 1))


def csv(rows: list[str]) -> bytes:
    return "\n".join(["stratum,position,arm", *rows]).encode()


def fine(count: int) -> list[str]:
    return [f"all,{n},{'AB'[n % 2]}" for n in range(1, count + 1)]


def faults(rows: list[str], needed: int = 2, arms: dict[str, int] = ARMS) -> tuple[str, ...]:
    with pytest.raises(BadList) as refused:
        read_list(csv(rows), arms=arms, lengths={"all": needed})
    return refused.value.faults


def test_a_list_says_why_it_has_no_law_and_no_figures():
    law = "^an uploaded list has no law of the next arm: whoever holds the list knows it, nobody else can tell$"
    with pytest.raises(NotExact, match=law):
        OF.probabilities([], {})
    with pytest.raises(NotExact, match="^how predictable an uploaded list is hangs on how it was made, which it does not say$"):
        OF.course(4)
    assert (OF.most_words, OF.ratio) == (0, (1, 1))
    assert uploaded_list.read(("A", "B"), (2, 1), None).ratio == (2, 1)


def test_a_file_may_be_as_large_as_is_said_and_a_list_as_long(monkeypatch):
    raw = csv(fine(4))
    monkeypatch.setattr(uploaded_list, "MOST_BYTES", len(raw))
    monkeypatch.setattr(uploaded_list, "MOST_ROWS", 4)
    assert len(read_list(raw, arms=ARMS, lengths={"all": 4})["all"]) == 4
    monkeypatch.setattr(uploaded_list, "MOST_ROWS", 3)
    assert faults(fine(4)) == ("The list has more than 3 places.",)
    assert faults([*fine(2), "all,3", "all,4"]) == ("The list has more than 3 places.",)
    monkeypatch.setattr(uploaded_list, "MOST_BYTES", len(raw) - 1)
    assert faults(fine(4)) == (f"The file is larger than {len(raw) - 1:,} bytes.",)


@pytest.mark.parametrize("mark", "=+-@")
def test_a_cell_that_begins_like_a_formula(mark):
    assert faults([f"all,{mark}1,A", "all,2,B"]) == ("Line 2: a cell begins like a formula.", "all: position 1 is missing.")


def test_what_is_missing_is_named_from_the_first_on():
    assert faults(["all,2,A", "all,3,B"])[0] == "all: position 1 is missing."


def test_ten_are_named_and_how_many_more():
    assert uploaded_list._some("line", list(range(1, 11))) == "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
    assert uploaded_list._some("line", list(range(1, 12))) == "lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 1 more"
    assert uploaded_list._lines([5]) == "Line 5"


def test_a_secret_is_compact_ascii():
    assert secret(bytes(48), {"é": (Place("A", ""), Place("B", ""))}, ("A", "B"))[48:] == b'{"\\u00e9":["0001",["",""]]}'


def test_codes_end_in_any_letter_and_a_sham_is_the_list_in_another_order():
    places = tuple(Place("AB"[n % 2], f"{n}X") for n in range(12))
    held = secret(bytes(range(48)), {"all": places}, ("A", "B"))
    state, found = OF.start(held, "all"), []
    for _ in places:
        draw = OF.draw(state, {})
        found.append(Place(draw.arm, draw.code))
        state = draw.after
    assert tuple(found) == places
    drbg, shuffled = generator("rct-uploaded-v1", bytes(range(48)), "dummy|all"), [place.arm for place in places]
    drbg.shuffle(shuffled)
    state, sham = OF.start(held, "dummy|all"), []
    for _ in places:
        draw = OF.draw(state, {})
        sham.append((draw.arm, draw.code))
        state = draw.after
    assert sham == [(arm, "") for arm in shuffled]


def test_a_stratum_needs_the_places_that_its_site_may_get_and_those_committed_to():
    here, there = (replace(site, cap=cap) for site, cap in zip(PROTOCOL.sites, (20, None), strict=True))
    small = replace(PROTOCOL, sample_size=44, sites=(here, there), allocation=replace(PROTOCOL.allocation, places=5))
    sexes = ("F", "M", "X")
    expected = {f"site={site.code}|sex={sex}": most for site, most in ((here, 20), (there, 44)) for sex in sexes}
    assert places_needed(small) == expected
    committed = replace(small, allocation=replace(small.allocation, places=30))
    assert places_needed(committed) == {key: max(most, 30) for key, most in expected.items()}
    wide = replace(small, sites=(replace(here, cap=100), there))
    assert set(places_needed(wide).values()) == {44}
    by_sex = replace(small, allocation=replace(small.allocation, factors=small.allocation.factors[1:]))
    assert places_needed(by_sex) == {f"sex={sex}": 44 for sex in sexes}
    assert set(places_needed(replace(small, allocation=replace(small.allocation, factors=()))).values()) == {44}
    bmi = Factor(name="bmi", source="baseline:bmi", levels=("<25", ">=25"))
    assert places_needed(replace(small, allocation=replace(small.allocation, factors=(bmi,)))) == {"bmi=<25": 44, "bmi=>=25": 44}


def placed(arms: str) -> list[str]:
    return [f"all,{n},{arm}" for n, arm in enumerate(arms, start=1)]


@pytest.mark.parametrize("arms", ["A" * 60 + "B" * 15 + "C" * 15, "A" * 45 + "B" * 44 + "C"])
def test_one_arm_far_above_its_share_is_a_fault_and_one_far_below_too(arms):
    """n = 90 of 1:1:1: (3k - 90)^2 > 37.32 * 90 * 2 = 6,718, so k from 3 to 57 fits; the others stray by half as much."""
    assert faults(placed(arms), arms={"A": 1, "B": 1, "C": 1}) == ("The list does not fit the protocol's ratio 1:1:1.",)


def test_rows_that_have_no_place_may_be_any_arm():
    """80 and 15 of 100, five of them unread: 80 fit. Of 200 that all are unread any may."""
    unread = [f"all,{n}" for n in range(96, 101)]
    assert faults(placed("A" * 80 + "B" * 15) + unread) == ("Lines 97, 98, 99, 100, 101: there must be 3 cells.",)
    (only,) = faults(placed("X" * 200))
    assert only.endswith("and 190 more: the arm is none of A, B.")
