"""Numbers and lists as a report says them: half up, a share always with its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isinf

from outcomes.domain.spread import mean, sd
from outcomes.domain.statistics import NumberNeeded, Ratio
from outcomes.domain.text import rounded


def listed(words: Iterable[str]) -> str:
    """One, two and three."""
    known = tuple(words)
    return " and ".join(filter(None, (", ".join(known[:-1]), *known[-1:])))


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def span(first: int, last: int) -> str:
    """8 to 12; 8 where both ends are one."""
    return f"{first}" if first == last else f"{first} to {last}"


def figure(value: Decimal | float, places: int = 1) -> str:
    return f"{rounded(Decimal(str(value)), places):.{places}f}"


def share(n: int, of: int) -> str:
    """3 of 8 (38 %); without a denominator the numbers alone."""
    return f"{n} of {of} ({rounded(Decimal(100 * n) / of, 0):f} %)" if of else f"{n} of {of}"


def percent(text: object) -> str:
    """A share of 1, kept as text, as a whole percentage."""
    return "not known" if text is None else f"{rounded(100 * Decimal(str(text)), 0):f} %"


def mean_sd(values: list[Decimal], unit: str = "") -> str:
    """mean 23.4 years (SD 3.1, n = 20); without values none are known."""
    centre, spread = mean(values), sd(values)
    if centre is None:
        return "not known of anybody"
    told = "not defined" if spread is None else figure(spread)
    return f"mean {figure(centre)}{f' {unit}' if unit else ''} (SD {told}, n = {len(values)})"


def needed(found: NumberNeeded) -> tuple[str, str]:
    """How many for one event more (or fewer), and its interval: where the risks may be equal it goes through infinity (Altman 1998)."""
    more_or_fewer = "" if found.estimate > 0 else " for one fewer"
    estimate = "infinite" if isinf(found.estimate) else f"{figure(abs(found.estimate))}{more_or_fewer}"
    if found.through_infinity is None:
        low, high = sorted(abs(end) for end in found.ci)
        return estimate, f"{figure(low)} to {figure(high)}{more_or_fewer}"
    ends = zip(found.through_infinity, ("more", "fewer"), strict=True)
    more, fewer = (("" if isinf(end) else f"{figure(abs(end))} for one {word}") for end, word in ends)
    return estimate, " to ".join(filter(None, (more, "infinite", fewer)))


def ratio(found: Ratio) -> str:
    """2.50 (1.22 to 5.11); no ratio stands on an empty cell."""
    if found.estimate is None or found.ci is None:
        return "not defined"
    return f"{figure(found.estimate, 2)} ({figure(found.ci[0], 2)} to {figure(found.ci[1], 2)})"


def reasons(counted_by: Mapping[str, int], labels: Mapping[str, str]) -> str:
    """The counts in brackets, with each reason's label."""
    told = ", ".join(f"{labels.get(code, code.replace('_', ' '))} {n}" for code, n in counted_by.items())
    return f" ({told})" if told else ""
