"""How a draw is written down to be sealed: always the same number of bytes, so that its length tells no place in a block."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction

from trials.domain.randomisation.scheme import Draw, Scheme

SPARE_WORDS = 4  # a word is rejected less often than once in a hundred million draws
_WORD = 11  # digits of a 32-bit word and a comma


def to_bytes(draw: Draw, scheme: Scheme) -> bytes:
    """Probabilities and words as JSON, filled up with blanks to a length that the scheme alone decides."""
    told = json.dumps({"law": {arm: str(chance) for arm, chance in draw.law.items()}, "words": list(draw.words)}, separators=(",", ":"))
    full = 64 + sum(len(arm) + 72 for arm in scheme.arms) + (scheme.most_words + SPARE_WORDS) * _WORD
    return told.encode().ljust(-(-len(told) // full) * full)


def from_bytes(stored: bytes) -> tuple[Mapping[str, Fraction], tuple[int, ...]]:
    """Read `to_bytes` back: probabilities and words. Raises ValueError for anything else."""
    try:
        read = json.loads(stored)
        return {arm: Fraction(chance) for arm, chance in read["law"].items()}, tuple(int(word) for word in read["words"])
    except (ArithmeticError, AttributeError, KeyError, TypeError, UnicodeDecodeError):
        raise ValueError("this is not the record of a draw") from None
