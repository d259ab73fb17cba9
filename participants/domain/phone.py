"""Telephone numbers as networks dial them (ITU-T E.164): a plus, the country code, at most 15 digits in all."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"[ ()/.-]")
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")


def e164(written: str) -> str | None:
    """The number without blanks and signs, "+35361202000"; None where no network would know whom to ring.

    A number without its country code is nobody's, and one like "+44 (0)20 ..." is another's: its bracketed 0 is never dialled from abroad.
    """
    if "(0" in written:
        return None
    bare = _BETWEEN.sub("", written)
    return bare if _NUMBER.fullmatch(bare) else None
