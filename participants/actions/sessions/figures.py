"""Figures as they may be kept; anything else is refused with field and cure."""

from __future__ import annotations

from decimal import Decimal

from participants.models import TrainingSession
from trials.permissions import Refused

MOST_KG = Decimal("9999.99")
MOST_COST = Decimal(9999)
SCALES = {"CR10": (Decimal(0), Decimal(10)), "BORG20": (Decimal(6), Decimal(20))}


def kilograms(load_kg: Decimal, what: str) -> Decimal:
    """A load of 0 to 9999.99 kg with at most two decimals."""
    if not load_kg.is_finite() or not 0 <= load_kg <= MOST_KG or load_kg != load_kg.quantize(Decimal("0.01")):
        raise Refused(f"{what}: enter kg with at most two decimals, like 62.5.", code="load", status=422)
    return load_kg.quantize(Decimal("0.01"))


def money(value: Decimal | None) -> Decimal | None:
    """What a session cost the person, in the currency of their site, with at most two decimals; None: not said."""
    if value is None:
        return None
    if not value.is_finite() or not 0 <= value <= MOST_COST or value != value.quantize(Decimal("0.01")):
        raise Refused("What it cost: enter an amount with at most two decimals, like 4.50.", code="cost", status=422)
    return value.quantize(Decimal("0.01"))


def whole(value: int, what: str, *, least: int, most: int) -> int:
    if not least <= value <= most:
        raise Refused(f"{what}: enter a whole number from {least} to {most}.", code="number", status=422)
    return value


def rating(value: Decimal | None, what: str, *, least: Decimal, most: Decimal) -> Decimal | None:
    """A rating within its scale, with at most one decimal; None stays None."""
    if value is None:
        return None
    if not value.is_finite() or not least <= value <= most or value != value.quantize(Decimal("0.1")):
        raise Refused(f"{what}: enter {least} to {most}, with at most one decimal.", code="rating", status=422)
    return value.quantize(Decimal("0.1"))


def session_rating(session: TrainingSession, value: Decimal | None) -> Decimal | None:
    least, most = SCALES[session.rpe_scale]
    return rating(value, f"Session RPE ({session.rpe_scale})", least=least, most=most)
