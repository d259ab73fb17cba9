"""A choice never takes the place of a later one."""

from __future__ import annotations

from itertools import permutations

import pytest

from outcomes.domain.turns import Place, Turn

KEPT = {"3": [100, 7], "4": [200, 1]}


@pytest.mark.parametrize(
    ("page", "choice", "numbers", "place"),
    [
        (100, 8, ["3"], Place.LATEST),
        (100, 7, ["3"], Place.LATEST),
        (100, 6, ["3"], Place.OVERTAKEN),
        (100, None, ["3"], Place.LATEST),
        (101, 1, ["3"], Place.LATEST),
        (99, 9, ["3"], Place.ELSEWHERE),
        (99, None, ["3"], Place.ELSEWHERE),
        (100, 9, ["3", "4"], Place.ELSEWHERE),
        (1, 1, ["5"], Place.LATEST),
        (1, 1, [], Place.LATEST),
    ],
)
def test_where_a_choice_stands(page, choice, numbers, place):
    assert Turn(page=page, choice=choice).place(KEPT, numbers) is place


def test_a_pages_last_word_keeps_the_count_of_the_choices_before_it():
    assert Turn(page=100, choice=8).kept([100, 7]) == [100, 8]
    assert Turn(page=100).kept([100, 7]) == [100, 7]
    assert Turn(page=101).kept([100, 7]) == [101, 0]
    assert Turn(page=101).kept(None) == [101, 0]


def test_in_whatever_order_choices_arrive_the_last_one_stands():
    choices = [Turn(page=1, choice=1), Turn(page=1, choice=2), Turn(page=2, choice=1), Turn(page=2, choice=2)]
    for arriving in permutations(choices):
        kept: dict[str, list[int]] = {}
        for turn in arriving:
            if turn.place(kept, ["9"]) is Place.LATEST:
                kept["9"] = turn.kept(kept.get("9"))
        assert kept == {"9": [2, 2]}


def test_choices_of_one_page_are_told_apart_by_whether_a_later_one_stands():
    assert Turn(page=150).apart(KEPT, ["5", "4", "3"]) == (["5", "3"], ["4"])
    assert Turn(page=100, choice=6).apart(KEPT, ["3", "4"]) == ([], ["3", "4"])
    assert Turn(page=300).apart(KEPT, ["3", "4"]) == (["3", "4"], [])
    assert Turn(page=300).apart(KEPT, []) == ([], [])
