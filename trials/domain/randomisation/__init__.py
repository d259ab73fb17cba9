"""Randomisation that can be proved: every arm is a pure function of seed, stratum and number.

    scheme = scheme_from({"method": "permuted_blocks", "arms": {"RET": 1, "WL": 1}, "multipliers": [2, 3]})

One file a method; chance comes from `drbg` alone; `stream` gives a stratum's arms one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trials.domain.randomisation.blocks import PermutedBlocks
from trials.domain.randomisation.scheme import NotExact, Properties, Scheme, StreamState
from trials.domain.randomisation.table import MOST_PLACES, Table

__all__ = ["METHODS", "NotExact", "Properties", "Scheme", "StreamState", "scheme_from"]


def scheme_from(table: Mapping[str, object]) -> Scheme:
    """The scheme that an allocation table describes: `method`, `arms` (code -> ratio) and the method's own keys.

    Raises ValueError with a sentence for every fault: unknown method or keys, floats, numbers out of range.
    """
    reading = Table(table)
    arms = reading.arms()
    method = table.get("method")
    maker = METHODS.get(method) if isinstance(method, str) else None
    if maker is None:
        reading.refuse(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    scheme = maker(tuple(arms), tuple(arms.values()), reading)
    reading.finish()
    return scheme


def _permuted_blocks(arms: tuple[str, ...], ratio: tuple[int, ...], table: Table) -> Scheme:
    multipliers = table.whole_numbers("multipliers")
    table.strata()
    if max(multipliers, default=1) * sum(ratio) > MOST_PLACES:
        table.faults.append(f"multipliers make a block of more than {MOST_PLACES:,} places")
    return PermutedBlocks(arms, ratio, multipliers)


METHODS: dict[str, Callable[[tuple[str, ...], tuple[int, ...], Table], Scheme]] = {
    "permuted_blocks": _permuted_blocks,
}
