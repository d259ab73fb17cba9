"""Every measure of change is its own flag, because the choice of measure changes the rate.

Caseness, remission and recovery use the rounded total; change, response, MCID and reliable change the unrounded one. A flag
without its two scores, or without a published cut, is None, never False.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from outcomes.domain.instrument import Cuts

# Prorated scores are kept to four decimals; sums of sevenths and eighths that differ at all differ by 1/56 or more.
TOLERANCE = Decimal("0.001")


@dataclass(frozen=True, kw_only=True)
class Total:
    """A scored form: rounded and unrounded total, in the instrument's points."""

    rounded: int
    unrounded: Decimal


@dataclass(frozen=True, kw_only=True)
class Change:
    caseness: bool | None = None
    change: Decimal | None = None  # now minus baseline: negative is better
    response: bool | None = None
    remission: bool | None = None
    recovery: bool | None = None
    mcid: bool | None = None
    reliable_change: str | None = None  # "improved" | "deteriorated" | "none"


def total(rounded: int | None, unrounded: Decimal | None) -> Total | None:
    """A total where the form could be scored, else None."""
    return None if rounded is None or unrounded is None else Total(rounded=rounded, unrounded=unrounded)


def compare(now: Total | None, baseline: Total | None, cuts: Cuts) -> Change:
    """All flags of one form against the person's baseline form of the same instrument, as far as the instrument has cuts for them."""
    if now is None:
        return Change()
    caseness = None if cuts.caseness is None else now.rounded >= cuts.caseness
    if baseline is None:
        return Change(caseness=caseness)
    drop = baseline.unrounded - now.unrounded
    return Change(
        caseness=caseness,
        change=now.unrounded - baseline.unrounded,
        response=response(now, baseline) if cuts.response else None,
        remission=None if cuts.remission_below is None else remission(now, baseline, below=cuts.remission_below),
        recovery=None if cuts.recovery is None else baseline.rounded >= cuts.recovery > now.rounded,
        mcid=None if cuts.mcid is None else _at_least(drop, cuts.mcid),
        reliable_change=None if cuts.reliable_change is None else reliable_change(drop, by=cuts.reliable_change),
    )


def response(now: Total, baseline: Total) -> bool | None:
    """At least half of the baseline score is gone (Herring & Meyer 2024, Trends Mol Med 30:204); undefined for a baseline of 0."""
    if baseline.unrounded == 0:
        return None
    return _at_least(baseline.unrounded, 2 * now.unrounded)


def remission(now: Total, baseline: Total, *, below: int) -> bool | None:
    """Below the remission cut now; undefined for someone who was below it at baseline."""
    return None if baseline.rounded < below else now.rounded < below


def reliable_change(drop: Decimal, *, by: int) -> str:
    """Improved or deteriorated by more than measurement error can explain, else "none"."""
    if _at_least(drop, by):
        return "improved"
    return "deteriorated" if _at_least(-drop, by) else "none"


def _at_least(value: Decimal, floor: Decimal | int) -> bool:
    return value >= floor - TOLERANCE
