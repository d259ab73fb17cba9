"""One stratum's stream: open it once, then take one arm at a time; the ten-thousandth costs what the first did."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trials.domain.randomisation.scheme import Draw, Scheme, StreamState

NOBODY: Mapping[str, str] = MappingProxyType({})
DUMMY = "dummy|"
"""Goes before a stratum key for the stream of sham allocations; no real key starts so, since its first part has no '='."""

BACKUP = "backup|"
"""Goes before site and stratum for the stream of backup envelopes: a sequence of its own, never a part of the live one."""


def open_stream(scheme: Scheme, *, seed: bytes, stratum: str) -> StreamState:
    """The stream of a stratum before its first allocation."""
    return scheme.start(seed, stratum)


def open_dummy_stream(scheme: Scheme, *, seed: bytes, stratum: str) -> StreamState:
    """A stream that tells nothing about the real one: sham arms for people who must stay blind."""
    return scheme.start(seed, DUMMY + stratum)


def envelope_arms(scheme: Scheme, *, seed: bytes, site: str, stratum: str, count: int) -> list[tuple[str, str]]:
    """Arm and sham arm of a site's first backup envelopes of a stratum, in order.

    Raises ValueError for methods whose arms depend on who comes: they can't be drawn beforehand.
    """
    if scheme.across_strata:
        raise ValueError("its arms depend on who comes, so none can be put into envelopes beforehand")
    name = f"{BACKUP}{site}|{stratum}"
    state, dummy, arms = scheme.start(seed, name), scheme.start(seed, DUMMY + name), []
    for _ in range(count):
        (arm, state), (sham, dummy) = next_arm(scheme, state), next_arm(scheme, dummy)
        arms.append((arm, sham))
    return arms


def next_arm(scheme: Scheme, state: StreamState, newcomer: Mapping[str, str] = NOBODY) -> tuple[str, StreamState]:
    """The next arm and the state after it: a pure function, so a step that was rolled back gives the same arm again.

    `newcomer` gives the level of every factor; only minimisation looks at it, and raises ValueError for a level it does not have.
    """
    return scheme.advance(state, newcomer)


def next_draw(scheme: Scheme, state: StreamState, newcomer: Mapping[str, str] = NOBODY) -> Draw:
    """The same with how it came about: the law of the arm and the random words, both secret."""
    return scheme.draw(state, newcomer)
