"""How many text messages a text is: networks carry 140 octets each, and bill each.

Alphabets are those of 3GPP TS 23.038, 6.2.1 (GSM 7 bit and its extension) and UCS-2; the lengths of one message alone and of a part of
several (a header of 6 octets) those of 3GPP TS 23.040, 9.2.3.24.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # an escape and a letter: two septets
SEPTETS_ALONE, SEPTETS_EACH = 160, 153
UNITS_ALONE, UNITS_EACH = 70, 67


def segments(text: str) -> int:
    """The number of messages that carry the text; an empty one still takes one. No letter is cut in two."""
    if all(letter in BASIC or letter in EXTENDED for letter in text):
        return _parts((2 if letter in EXTENDED else 1 for letter in text), SEPTETS_ALONE, SEPTETS_EACH)
    return _parts((2 if ord(letter) > 0xFFFF else 1 for letter in text), UNITS_ALONE, UNITS_EACH)


def in_few(text: str) -> str:
    """The text without the accents that cost a telephone half of each message: "sáb." goes as "sab.", é and ü stay.

    A text that has other letters outside the alphabet goes as it is, since it would cost the same without its accents.
    """
    plain = "".join(letter if letter in BASIC or letter in EXTENDED else normalize("NFD", letter)[0] for letter in text)
    return plain if all(letter in BASIC or letter in EXTENDED for letter in plain) else text


def _parts(sizes: Iterable[int], alone: int, each: int) -> int:
    known = list(sizes)
    if sum(known) <= alone:
        return 1
    parts, room = 1, each
    for size in known:
        if size > room:
            parts, room = parts + 1, each
        room -= size
    return parts
