"""What is told of each kind of event by which the seed of a scheme was opened."""

from __future__ import annotations

OPENED: dict[tuple[str, ...], str] = {
    ("randomisation.verified", "allocation.proved"): (
        "The seeds were opened by the program {times} to replay what was given ({days}) and shown to nobody."
    ),
    ("escrow.issued",): "A seed was split into three shares {times} ({days}), for keepers who neither enrolled nor assigned.",
    ("escrow.share_read",): "A share of a seed was read {times} ({days}), each by its keeper alone; two shares together give the seed.",
    ("escrow.restored",): "A seed was brought back from two shares {times} ({days}), by two people who were not shown what they give.",
    ("envelopes.printed",): "Backup envelopes were printed {times} ({days}); whoever prints them can see their arms, not the live ones.",
}
"""The verbs of the events by which a seed was opened -> what is told of them."""
UNSEALED = tuple(verb for verbs in OPENED for verb in verbs)
