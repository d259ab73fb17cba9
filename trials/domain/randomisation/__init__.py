"""Randomisation that can be proved: every arm is a pure function of seed, stratum and number.

    scheme = scheme_from({"method": "permuted_blocks", "arms": {"RET": 1, "WL": 1}, "multipliers": [2, 3]})

One file a method; chance comes from `drbg` alone; `stream` gives a stratum's arms one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trials.domain.randomisation import biased_coin_minimisation, big_stick, block_urn, blocks, efron, maximal, minimisation, simple, urn
from trials.domain.randomisation.scheme import NotExact, Properties, Scheme, StreamState
from trials.domain.randomisation.table import Table

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
    reading.strata()
    scheme = maker(tuple(arms), tuple(arms.values()), reading)
    reading.finish()
    return scheme


METHODS: dict[str, Callable[[tuple[str, ...], tuple[int, ...], Table], Scheme]] = {
    "simple": simple.read,
    "permuted_blocks": blocks.read,
    "big_stick": big_stick.read,
    "block_urn": block_urn.read,
    "efron": efron.read,
    "urn": urn.read,
    "maximal": maximal.read,
    "minimisation": minimisation.read,
    "biased_coin_minimisation": biased_coin_minimisation.read,
}
