"""A list made elsewhere: refused with every fault and no row of it told, then one place after the other, never round again."""

from __future__ import annotations

from fractions import Fraction

import pytest

from trials.domain.randomisation import METHODS, UPLOADED, NotExact, StreamState, scheme_from
from trials.domain.randomisation.commitment import commit, prove
from trials.domain.randomisation.record import from_bytes, to_bytes
from trials.domain.randomisation.stream import next_draw, open_dummy_stream, open_stream
from trials.domain.randomisation.uploaded_list import (
    MOST_BYTES,
    MOST_ROWS,
    BadList,
    ListEnded,
    Place,
    UploadedList,
    read_list,
    secret,
    unpack,
)

ARMS = {"RET": 1, "WL": 1}
LENGTHS = {"site=A": 4, "site=B": 2}
GOOD = "stratum,position,arm\nsite=A,1,RET\nsite=A,2,WL\nsite=A,3,WL\nsite=A,4,RET\nsite=B,2,RET\nsite=B,1,WL\n"
SEED = bytes(range(48))


def read(text: str | bytes, arms: dict[str, int] = ARMS, lengths: dict[str, int] = LENGTHS):
    return read_list(text.encode() if isinstance(text, str) else text, arms=arms, lengths=lengths)


def faults(text: str | bytes, **told) -> tuple[str, ...]:
    with pytest.raises(BadList) as bad:
        read(text, **told)
    assert str(bad.value) == " ".join(bad.value.faults)
    return bad.value.faults


def long(arms: str, codes: list[str] | None = None) -> str:
    rows = [f"site=A,{n},{'RET' if arm == 'R' else 'WL'}" + (f",{codes[n - 1]}" if codes else "") for n, arm in enumerate(arms, start=1)]
    return "\n".join([f"stratum,position,arm{',code' if codes else ''}", *rows, ""])


def scheme() -> UploadedList:
    made = scheme_from({"method": UPLOADED, "arms": ARMS, "factors": {"site": ["A", "B"]}})
    assert isinstance(made, UploadedList)
    return made


def arms_of(state: StreamState, count: int) -> list[tuple[str, str]]:
    found = []
    for _ in range(count):
        draw = next_draw(scheme(), state)
        state = draw.after
        found.append((draw.arm, draw.code))
    return found


def test_a_list_is_read_in_the_order_of_its_positions():
    expected = {"site=A": ("RET", "WL", "WL", "RET"), "site=B": ("WL", "RET")}
    for text in (GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("\n", "\n,,\n\n"), GOOD.replace(",1,", ' ,"1", ')):
        read_one = read(text)
        assert {key: tuple(place.arm for place in row) for key, row in read_one.items()} == expected
        assert list(read_one) == list(LENGTHS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The first line must be stratum,position,arm or stratum,position,arm,code, with commas between."),
        (GOOD.replace(",", ";"), "The first line must be stratum,position,arm or stratum,position,arm,code, with commas between."),
        (GOOD.encode("utf-16"), "The file is not UTF-8: save it as CSV with that encoding."),
        (GOOD.encode() + b"\xe9", "The file is not UTF-8: save it as CSV with that encoding."),
        (GOOD + "\x00", "The file holds NUL bytes, so it is no CSV file in UTF-8."),
        (b"x" * (MOST_BYTES + 1), "The file is larger than 4,000,000 bytes."),
        (GOOD + '"site=A', "Line 8: it is no CSV: a quotation mark stands alone, or a cell has no end."),
        ("stratum,position,arm\n" + "site=A,1,RET\n" * (MOST_ROWS + 1), "The list has more than 50,000 places."),
    ],
)
def test_what_is_no_list_is_refused_at_once(text, sentence):
    assert faults(text) == (sentence,)


def test_a_list_of_nothing_says_so_and_what_it_lacks():
    assert faults("stratum,position,arm\n") == (
        "The list has no places.",
        "site=A: it has 0 places and needs 4, as many as may come or are committed to.",
        "site=B: it has 0 places and needs 2, as many as may come or are committed to.",
    )


def test_every_fault_is_told_at_once_by_its_lines_and_no_row_is_repeated():
    text = (
        "stratum,position,arm,code\nsite=C,1,RET,AA\nsite=A,0,XX,AB\nsite=A,01,RET,b\nsite=A,1\nsite=A,1,RET,AC\nsite=A,1,WL,AC\n"
        '=cmd(),2,RET,AD\nsite=A,3,@SUM,AE\nsite=A,4,WL,\nsite=A,-1,WL,AF\nsite=B,1,"WL\nX",AG\n'
    )
    assert faults(text) == (
        "Line 5: there must be 4 cells.",
        "Line 2: the protocol has no such stratum.",
        "Lines 3, 4: the position is not a whole number from 1 on.",
        "Lines 3, 13: the arm is none of RET, WL.",
        "Lines 4, 10: the code must have 1 to 16 of A-Z, 0-9 and -.",
        "Line 7: the code stands there twice.",
        "Line 7: the position of this stratum stands there twice.",
        "Lines 8, 9, 11: a cell begins like a formula.",
        "site=A: position 2 is missing.",
        "site=B: it has 1 places and needs 2, as many as may come or are committed to.",
    )


def test_a_formula_in_one_cell_does_not_hide_what_is_wrong_with_the_others():
    rows = ["=A,x,XX,b", "site=C,-1,XX,b", "site=C,x,@RET,b", "site=C,x,XX,+b"]
    others = {
        "the protocol has no such stratum": (1, 2, 3), "the position is not a whole number from 1 on": (0, 2, 3),
        "the arm is none of RET, WL": (0, 1, 3), "the code must have 1 to 16 of A-Z, 0-9 and -": (0, 1, 2),
    }  # fmt: skip
    for number, row in enumerate(rows):
        said = faults(f"stratum,position,arm,code\n{row}\n", lengths={"site=A": 0})
        assert said[:-1] == (
            "Line 2: a cell begins like a formula.",
            *(f"Line 2: {sentence}." for sentence, at in others.items() if number in at),
        )


def test_rows_strata_codes_and_the_ratio_are_told_together():
    assert faults(long("R" * 100) + "site=A,102,XX\n", lengths={"site=A": 103}) == (
        "Line 102: the arm is none of RET, WL.",
        "site=A: position 101 is missing.",
        "site=A: it has 101 places and needs 103, as many as may come or are committed to.",
        "The list does not fit the protocol's ratio 1:1.",
    )
    rising = [f"K{n:03}" for n in range(1, 14)]
    with pytest.raises(BadList) as bad:
        read_list(long("R" * 12 + "X", rising).replace(",13,WL", ",13,XX").encode(), arms=ARMS, lengths={"site=A": 4}, given={"K001", "Z"})
    assert bad.value.faults == (
        "Line 14: the arm is none of RET, WL.",
        "A code of the list was given to somebody before.",
        "site=A: the codes are in order, so each tells its position; use random ones.",
    )
    assert read_list(long("RW", ["A", "B"]).encode(), arms=ARMS, lengths={"site=A": 2}, given={"Z"})


@pytest.mark.parametrize(
    ("arms", "told"), [("R" * 82 + "W" * 18, True), ("R" * 81 + "W" * 19, False), ("W" * 82 + "R" * 18, True), ("W" * 81 + "R" * 19, False),
                       ("RRW", False), ("RR", False)]
)  # fmt: skip
def test_the_ratio_is_told_beside_a_row_at_fault_only_if_no_arm_of_its_would_fit(arms, told):
    """One row of the longer arm can't be read: 81 of 100 stay too many whatever it was, 80 might fit (see the edge below)."""
    text = long(arms).replace(f",1,{'RET' if arms[0] == 'R' else 'WL'}\n", ",1,XX\n")
    ratio = ("The list does not fit the protocol's ratio 1:1.",) if told else ()
    assert faults(text, lengths={"site=A": 2}) == ("Line 2: the arm is none of RET, WL.", *ratio)


def test_a_position_that_stands_there_twice_and_many_lines_are_counted():
    assert faults(GOOD + "site=A,1,RET\n" * 12) == (
        "Lines 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 and 2 more: the position of this stratum stands there twice.",
    )


def test_gaps_and_lists_too_short_are_told_for_each_stratum():
    text = GOOD.replace("site=A,2,WL\n", "").replace("site=B,1,WL\n", "").replace("site=B,2,RET\n", "")
    assert faults(text) == (
        "site=A: position 2 is missing.",
        "site=B: it has 0 places and needs 2, as many as may come or are committed to.",
    )
    assert faults(GOOD.replace("site=A,2,WL\nsite=A,3,WL\n", ""))[0] == "site=A: positions 2, 3 are missing."


@pytest.mark.parametrize(("ret", "fits"), [(40, True), (69, True), (81, False), (100, False), (0, False)])
def test_the_ratio_is_missed_where_chance_alone_would_not_miss_it(ret, fits):
    """Of 100 fair tosses heads lie within 50 +- 30.5 but once in a thousand million times."""
    text = long("R" * ret + "W" * (100 - ret))
    if fits:
        assert len(read(text, lengths={"site=A": 4})["site=A"]) == 100
    else:
        assert faults(text, lengths={"site=A": 4}) == ("The list does not fit the protocol's ratio 1:1.",)


def test_the_edge_of_the_ratio_is_that_of_chi_square():
    """n = 100: (2k - 100)^2 > 37.32 * 100, so k = 80 (3600) fits and k = 81 (3844) does not; 2:1 of 90: 60 +- 27.3."""
    assert read(long("R" * 80 + "W" * 20), lengths={"site=A": 1})
    assert faults(long("R" * 81 + "W" * 19), lengths={"site=A": 1})
    assert read(long("R" * 87 + "W" * 3), arms={"RET": 2, "WL": 1}, lengths={"site=A": 1})
    assert faults(long("R" * 88 + "W" * 2), arms={"RET": 2, "WL": 1}, lengths={"site=A": 1})


def test_an_arm_that_never_comes_is_a_fault_however_short_the_list():
    assert faults(long("RRRR"), lengths={"site=A": 4}) == ("The list does not fit the protocol's ratio 1:1.",)


def test_codes_that_tell_the_position_are_refused():
    rising = [f"K{n:03}" for n in range(1, 13)]
    for codes in (rising, rising[::-1]):
        assert faults(long("RW" * 6, codes), lengths={"site=A": 4}) == (
            "site=A: the codes are in order, so each tells its position; use random ones.",
        )
    mixed = [*rising[6:], *rising[:6]]
    assert [p.code for p in read(long("RW" * 6, mixed), lengths={"site=A": 4})["site=A"]] == mixed
    assert read(long("RW" * 5 + "R", rising[:11]), lengths={"site=A": 4})


def test_a_secret_holds_seed_and_list_and_its_length_tells_nothing_of_the_arms():
    places = read(GOOD)
    held = secret(SEED, places, tuple(ARMS))
    assert (held[:48], unpack(held, tuple(ARMS))) == (SEED, places)
    other = secret(SEED, {key: tuple(Place("RET", "") for _ in row) for key, row in places.items()}, tuple(ARMS))
    assert len(other) == len(held)
    assert (b"RET" in held, b"WL" in held) == (False, False)
    assert unpack(SEED, tuple(ARMS)) == {}


@pytest.mark.parametrize(
    "put", [b"x", b"\xff", b"[]", b'{"a": 1}', b'{"a": ["00", []]}', b'{"a": ["07", [""]]}', b'{"a": ["zz", [""]]}', b"3"]
)
def test_what_is_put_under_the_seal_instead_is_no_list(put):
    with pytest.raises(ValueError, match="^what lies under the seal is no list$"):
        unpack(SEED + put, tuple(ARMS))


def test_places_come_in_order_with_their_codes_and_end_once_for_all():
    codes = ["Q1", "A-2", "ZZZZZZZZZZZZZZZZ", "B7", "M", "N9", "C3", "D4", "E5", "P0"]
    listed = read(long("RWWRRWWRWR", codes), lengths={"site=A": 4})
    state = open_stream(scheme(), seed=secret(SEED, listed, tuple(ARMS)), stratum="site=A")
    arms = ["RET" if arm == "R" else "WL" for arm in "RWWRRWWRWR"]
    assert arms_of(state, 10) == list(zip(arms, codes, strict=True))
    lengths = set()
    for _ in range(10):
        lengths.add(len(state.to_bytes()))
        assert StreamState.from_bytes(state.to_bytes()) == state
        state = next_draw(scheme(), state).after
    assert len(lengths) == 1
    for _ in range(2):
        with pytest.raises(ListEnded, match="the uploaded list of this stratum has 10 places, and all are taken"):
            next_draw(scheme(), state)


def test_a_draw_is_certain_takes_no_words_and_its_record_has_one_length():
    state = open_stream(scheme(), seed=secret(SEED, read(GOOD), tuple(ARMS)), stratum="site=A")
    first = next_draw(scheme(), state)
    second = next_draw(scheme(), first.after)
    assert (first.law, first.words, first.code) == ({"RET": Fraction(1), "WL": Fraction(0)}, (), "")
    assert len({len(to_bytes(draw, scheme())) for draw in (first, second)}) == 1
    assert from_bytes(to_bytes(first, scheme())) == (first.law, ())


def test_sham_arms_are_the_same_ones_in_an_order_of_their_own():
    arms = "RW" * 50
    codes = [f"{n * 7919 % 10007:05}" for n in range(100)]
    held = secret(SEED, read(long(arms, codes), lengths={"site=A": 4}), tuple(ARMS))
    real, sham = (arms_of(opened(scheme(), seed=held, stratum="site=A"), 100) for opened in (open_stream, open_dummy_stream))
    assert sorted(arm for arm, _ in real) == sorted(arm for arm, _ in sham)
    assert 25 < sum(a == b for (a, _), (b, _) in zip(real, sham, strict=True)) < 75
    assert {code for _, code in sham} == {""}


def test_a_stratum_that_the_list_has_not_is_refused():
    held = secret(SEED, read(GOOD), tuple(ARMS))
    for opened in (open_stream, open_dummy_stream):
        with pytest.raises(ListEnded, match="^the uploaded list has no stratum site=C$"):
            opened(scheme(), seed=held, stratum="site=C")


def test_the_commitment_covers_the_list_and_proves_one_place():
    held = secret(SEED, read(GOOD), tuple(ARMS))
    bound = commit("T-1", scheme(), held, ("site=A", "site=B"), 2)
    proof = prove(bound, scheme(), held, "site=B", 2)
    assert (proof.arm, proof.root) == ("RET", bound.root)
    swapped = secret(SEED, read(GOOD.replace("A,1,RET", "A,1,WL").replace("A,2,WL", "A,2,RET")), tuple(ARMS))
    assert commit("T-1", scheme(), swapped, ("site=A", "site=B"), 2).root != bound.root


def test_nobody_is_told_a_law_or_a_figure():
    assert UPLOADED not in METHODS
    with pytest.raises(NotExact):
        scheme().probabilities([], {})
    with pytest.raises(NotExact):
        scheme().properties(4)
    with pytest.raises(ValueError, match="only permuted blocks"):
        scheme().draw_list(SEED, "site=A", 4)
    assert scheme().farthest(4) is None
    with pytest.raises(ValueError, match="'multipliers' is not a key of this method"):
        scheme_from({"method": UPLOADED, "arms": ARMS, "multipliers": [2]})
