"""Randomisation that can be proved: every arm is a pure function of seed, stratum and number.

    scheme = scheme_from({"method": "permuted_blocks", "arms": {"RET": 1, "WL": 1}, "multipliers": [2, 3]})

One file a method; chance comes from `drbg` alone; `stream` gives a stratum's arms one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trials.domain.randomisation import (
    biased_coin_minimisation,
    big_stick,
    block_urn,
    blocks,
    efron,
    maximal,
    minimisation,
    simple,
    uploaded_list,
    urn,
)
from trials.domain.randomisation.scheme import NotExact, Properties, Scheme, StreamState
from trials.domain.randomisation.table import Table

__all__ = ["METHODS", "UPLOADED", "NotExact", "Properties", "Scheme", "StreamState", "scheme_from"]


def scheme_from(table: Mapping[str, object]) -> Scheme:
    """The scheme that an allocation table describes: `method`, `arms` (code -> ratio) and the method's own keys.

    Raises ValueError with a sentence for every fault: unknown method or keys, floats, numbers out of range.
    """
    reading = Table(table)
    arms = reading.arms()
    method = table.get("method")
    makers = {**METHODS, UPLOADED: uploaded_list.read}
    maker = makers.get(method) if isinstance(method, str) else None
    if maker is None:
        reading.refuse(f"method must be one of {', '.join(makers)}, not {method!r}")
    reading.strata()
    reading.unit()
    scheme = maker(tuple(arms), tuple(arms.values()), reading)
    reading.finish()
    return scheme


UPLOADED = "uploaded_list"
"""The method of a trial whose arms somebody else has put in order; it draws nothing, so it is not among `METHODS`."""

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
