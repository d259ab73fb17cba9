"""Sessions that somebody watches: which are drawn for it, and what a filled-in checklist must hold.

The draw is a rule and no choice. Each session's fate hangs on its own key and on a seed that is made once and sealed: no trainer foresees
it, no observer picks, a session that moves stays drawn, and whoever has the seed can draw again and compare.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal

DONE, NOT_DONE, NOT_APPLICABLE = "done", "not_done", "not_applicable"
VERDICTS = {DONE: "Done", NOT_DONE: "Not done", NOT_APPLICABLE: "Did not apply"}


def is_drawn(seed: bytes, trial_id: str, session_no: int, *, share: Decimal) -> bool:
    """Whether the first 64 bits of HMAC-SHA-256(seed, "TRIAL_ID/NO"), read as a fraction of 1, lie below the share (0-1).

    A larger share keeps every session that a smaller one drew.
    """
    word = hmac.digest(seed, f"{trial_id}/{session_no}".encode(), "sha256")[:8]
    return Decimal(int.from_bytes(word, "big")) < share * 2**64


def commitment(seed: bytes) -> str:
    """SHA-256 of the seed, hexadecimal: published before the first draw, it shows afterwards that the seed was not exchanged."""
    return hashlib.sha256(seed).hexdigest()


def fault_of(verdicts: Mapping[str, str], items: Mapping[str, str]) -> str:
    """The first thing wrong with a checklist, as a sentence; empty where every item of the protocol, and no other, has a verdict."""
    for code, words in items.items():
        if code not in verdicts:
            return f"Say whether this was done: {words}"
        if verdicts[code] not in VERDICTS:
            return f"{words}: choose one of {', '.join(VERDICTS)}."
    if len(verdicts) > len(items):
        return f"The checklist of the protocol in force has these items only: {', '.join(items)}."
    return ""
