"""Lengths from 3GPP TS 23.040: 160 and 153 septets, 70 and 67 units of UCS-2."""

from __future__ import annotations

import pytest

from participants.domain.segments import BASIC, EXTENDED, in_few, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("ä" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),  # 76 to a part: the pair that would be cut begins the next
        ("€" * 153, 3),
        ("a" * 152 + "€" + "a" * 10, 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ő" * 70, 1),
        ("ő" * 71, 2),
        ("ő" * 134, 2),
        ("ő" * 135, 3),
        ("a" * 70 + "ő", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),  # 33 to a part: 66 units of 67
        ("😀" * 67, 3),
    ],
)
def test_a_text_takes_so_many_messages(text: str, count: int) -> None:
    assert segments(text) == count


def test_the_alphabet_is_the_standards() -> None:
    assert (len(BASIC), len(EXTENDED), BASIC & EXTENDED) == (127, 10, set())  # 128 less the escape; form feed and nine signs


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("sáb. 7 de marzo, ¿sí? [é, ñ, ü, €]", "sab. 7 de marzo, ¿si? [é, ñ, ü, €]"),
        ("Öffnen Sie", "Öffnen Sie"),
        ("sáb. 👋", "sáb. 👋"),
        ("", ""),
    ],
)
def test_accents_are_left_out_where_that_saves_messages(text: str, goes: str) -> None:
    assert in_few(text) == goes
