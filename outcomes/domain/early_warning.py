"""Who may be about to drop out of training: two missed in a row, or little of the planned volume done lately.

Sessions of the familiarisation and the intervention count from their own day on: missed, or over without a record. One that the site
cancelled or that is not delivered neither breaks nor lengthens a run. The rolling relative dose intensity is the volume done / planned
over the last four such sessions whose planned volume is known; with fewer it is not told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.domain.adherence import share
from outcomes.domain.records import UNATTENDED, Phase, SessionRecord
from outcomes.domain.training import Sums

MISSES = 2
WINDOW = 4
PHASES = (Phase.FAMILIARISATION, Phase.INTERVENTION)


@dataclass(frozen=True, kw_only=True)
class EarlyWarning:
    """`misses` in a row up to now, the last of them on `last_missed_on`; `rdi` 0-1 over the last four sessions, where it is too low."""

    misses: int
    last_missed_on: date | None
    rdi: Decimal | None


def early_warning(sessions: Iterable[SessionRecord], sums: Sums, *, as_of: date, least_rdi: Decimal) -> EarlyWarning | None:
    """None where there is nothing to warn of. `as_of` is a site date, `least_rdi` the protocol's threshold."""
    over = [s for s in sorted(sessions, key=lambda s: (s.planned_on, s.session_no)) if s.phase in PHASES and _over(s, as_of)]
    missed: list[SessionRecord] = []
    for session in reversed(over):
        if session.held:
            break
        missed.append(session)
    rdi = _rolling(over, sums)
    low = rdi if rdi is not None and rdi < least_rdi else None
    if len(missed) < MISSES and low is None:
        return None
    return EarlyWarning(misses=len(missed), last_missed_on=missed[0].on if missed else None, rdi=low)


def _over(session: SessionRecord, as_of: date) -> bool:
    return session.held or (session.status in UNATTENDED and session.on < as_of) or (session.status == "missed" and session.on == as_of)


def _rolling(over: list[SessionRecord], sums: Sums) -> Decimal | None:
    known = [(s, x) for s in over if (x := sums.get((s.trial_id, s.session_no))) is not None and x.planned_volume_kg is not None]
    if len(known) < WINDOW:
        return None
    last = known[-WINDOW:]
    done = sum((x.done_volume_kg or Decimal(0) for s, x in last if s.held), Decimal(0))
    return share(done, sum((x.planned_volume_kg or Decimal(0) for _, x in last), Decimal(0)))
