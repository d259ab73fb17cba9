"""What can have gone wrong with an allocation that stands all the same: never undone, never re-used, said beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

KINDS = {
    "ineligible": "Was not eligible when randomised",
    "in_error": "Was randomised by mistake",
    "wrong_stratum": "Was randomised in another stratum than their own",
    "wrong_arm_given": "Was given another arm than the one allocated",
}
KIND_CHOICES = tuple(KINDS.items())
CATEGORY = {"ineligible": "eligibility", "in_error": "procedure", "wrong_stratum": "procedure", "wrong_arm_given": "wrong_arm"}
"""The deviation that follows from each, as the dataset calls it."""


def used_factors(kept: Mapping[str, str], stratum_key: str) -> dict[str, str]:
    """The level of every factor as used: as kept, or for an allocation that came by import, as its stratum's key reads."""
    return dict(kept) or dict(part.split("=", 1) for part in stratum_key.split("|") if "=" in part)


def stratum_fault(true: Mapping[str, str], *, used: Mapping[str, str], known: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with the levels named as the person's own, in one sentence; empty where they can be kept."""
    if not known:
        return "This trial has no strata."
    if set(true) != set(known):
        return f"Name the level of each factor: {', '.join(known)}."
    for name, level in true.items():
        if level not in known[name]:
            return f"{name} is one of {', '.join(known[name])}."
    return "" if dict(true) != dict(used) else "These are the levels that were used."
