"""Seal a scheme anew from its seed alone: the seed itself, and where the streams of its strata stand. Nothing is drawn anew."""

from __future__ import annotations

from trials import streams
from trials.domain.randomisation.stream import next_arm, next_draw, open_dummy_stream, open_stream
from trials.models import Allocation, Scheme, Stratum


class DoesNotLeadThere(Exception):
    """The allocations of a stratum are not those that its place says."""


def reseal(scheme: Scheme, seed: bytes) -> list[Stratum]:
    """The scheme's seed and every stratum's state sealed with today's key, not yet saved.

    Raises DoesNotLeadThere, and CannotUnseal where there is no key to seal with.
    """
    streams.seal_seed(scheme, seed)
    strata = list(scheme.strata.select_for_update(no_key=True).order_by("key"))
    for stratum in strata:
        stratum.scheme = scheme
        _follow(stratum, seed)
    return strata


def _follow(stratum: Stratum, seed: bytes) -> None:
    method = streams.method_of(stratum.scheme)
    state = open_stream(method, seed=seed, stratum=stratum.key)
    dummy = open_dummy_stream(method, seed=seed, stratum=stratum.key)
    followed = 0
    given = Allocation.objects.filter(stratum=stratum, follows=None).order_by("seq").values_list("factors", flat=True)
    try:
        for factors in given.iterator(chunk_size=1000):
            state = next_draw(method, state, factors).after
            _, dummy = next_arm(method, dummy, factors)
            followed += 1
    except ValueError as fault:
        raise DoesNotLeadThere(f"{stratum.key} can't be followed: {fault}") from None
    if stratum.next_seq != followed + 1:
        raise DoesNotLeadThere(f"{stratum.key} has {followed} allocations and stands at place {stratum.next_seq}")
    streams.close(stratum, state, dummy)
