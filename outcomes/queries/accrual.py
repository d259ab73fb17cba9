"""The trial as the randomisation test freezes it: allocations in their order with the factors as used, outcomes from a cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from outcomes.domain.adjusted import residuals
from outcomes.exports.views import read_rows
from trials import blinding, streams
from trials.actors import Actor
from trials.domain.protocol import Protocol
from trials.domain.randomisation.retest import Drawn, RandomisationTest, Stream
from trials.domain.randomisation.stream import BACKUP
from trials.models import Scheme
from trials.permissions import Refused

ENVELOPE = ("envelope_use__envelope__site__code", "envelope_use__envelope__number")


@dataclass(frozen=True)
class Frozen:
    """The test, and the schemes whose allocations are drawn again."""

    test: RandomisationTest
    schemes: tuple[Scheme, ...]


def frozen(
    folder: Path, protocol: Protocol, *, cut_at: datetime, visit: str, instrument: str, adjusted: bool, side: str, viewer: Actor
) -> Frozen:
    """The allocations up to the cut, with the outcomes of the cut's frozen files in `folder`.

    Refused: a cut whose arms are not those of the allocations; nobody randomised here; an arm in which nobody has an outcome.
    """
    given = list(
        blinding.arms_seen_by(viewer)
        .filter(at__lte=cut_at)
        .order_by("scheme__version", "stratum_key", "stratum_id", "seq", *ENVELOPE, "pk")
        .values("pk", "follows_id", "unit__trial_id", "scheme_id", "stratum_key", "stratum__key", "factors", "arm", *ENVELOPE)
    )
    schemes = {scheme.pk: scheme for scheme in Scheme.objects.filter(pk__in={row["scheme_id"] for row in given}).order_by("version")}
    if any(streams.is_uploaded(scheme) for scheme in schemes.values()):
        sentence = "Arms came from an uploaded list: only who made it can draw it again, so there is no randomisation test here."
        raise Refused(sentence, code="no_test")
    _check_arms(given, folder)
    outcomes = _totals(folder, visit, instrument)
    if adjusted:
        outcomes = residuals(outcomes, _totals(folder, _baseline(protocol, instrument), instrument))
    drawn, fixed, together = defaultdict(list), [], defaultdict(list)
    for row in given:
        if row["follows_id"] is not None:
            together[row["follows_id"]].append(outcomes.get(row["unit__trial_id"]))
    for row in given:
        if row["follows_id"] is not None:
            continue  # came with the draw that it follows
        person = Drawn(row["factors"], row["arm"], outcomes.get(row["unit__trial_id"]), tuple(together[row["pk"]]))
        fixed.append(person) if row["scheme_id"] is None else drawn[row["scheme_id"], _stream(row)].append(person)
    if not drawn:
        raise Refused("Nobody was randomised here up to this cut: there is nothing to draw again.", code="nobody_randomised")
    redrawn = tuple(Stream(streams.method_of(schemes[pk]), key, tuple(people)) for (pk, key), people in drawn.items())
    try:
        test = RandomisationTest(tuple(arm.code for arm in protocol.arms), redrawn, tuple(fixed), side)
    except ValueError as fault:
        raise Refused(f"There is no test yet: {fault}.", code="no_test") from None
    return Frozen(test, tuple(schemes.values()))


def _stream(row: dict[str, Any]) -> str:
    """A stratum's live stream, or the one that a site's envelopes for it were drawn from."""
    site, _ = (row[name] for name in ENVELOPE)
    return str(row["stratum__key"]) if site is None else f"{BACKUP}{site}|{row['stratum_key']}"


def _check_arms(given: Iterable[dict[str, Any]], folder: Path) -> None:
    """Arms swapped in a file have reached print before: the cut must name those that were allocated."""
    told = {row["trial_id"]: row["arm"] for row in read_rows(folder / "participant.csv")}
    for row in given:
        who = row["unit__trial_id"]
        if told.get(who) != row["arm"]:
            raise Refused(f"{who}: the cut and the allocation do not name the same arm. Nothing is tested.", code="arms_differ")


def _totals(folder: Path, visit: str, instrument: str) -> dict[str, Fraction]:
    rows = read_rows(folder / "assessment.csv")
    chosen = (row for row in rows if (row["visit"], row["instrument"]) == (visit, instrument) and row["total_unrounded"])
    return {row["trial_id"]: Fraction(row["total_unrounded"]) for row in chosen}


def _baseline(protocol: Protocol, instrument: str) -> str:
    return next((v.code for v in protocol.visits if v.kind == "baseline" and instrument in v.instruments), "")
