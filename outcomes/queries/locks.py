"""How the lock of the data stands: what was done and signed, the cut that waits for signatures, and what came late."""

from __future__ import annotations

from dataclasses import dataclass

from outcomes.exports.late import late_forms
from outcomes.models import Cut
from outcomes.queries import changes
from trials import blinding, queries
from trials.domain.locking import Move, Standing, State, complete, standing
from trials.models import LockSignature, LockStep, User
from trials.permissions import NotAllowed, Permission, allowed

READERS = (Permission.LOCK_DATA, Permission.SIGN_LOCK, Permission.SEE_AUDIT)


@dataclass(frozen=True)
class LockBoard:
    """`steps` in order; `waiting` are signatures that another one must still join; `late` counts forms kept out of the data.

    `digests`: whether the reader may see those of closed cuts, which differ with the arms.
    """

    standing: Standing
    steps: list[LockStep]
    signatures: list[LockSignature]
    waiting: list[LockSignature]
    to_sign: Cut | None
    late: int
    digests: bool


def lock_board(viewer: User) -> LockBoard:
    """For those who lock, sign or read the audit."""
    if not any(allowed(viewer, permission) for permission in READERS):
        raise NotAllowed("Your role may not see the data lock.")
    steps = list(queries.lock_steps())
    now = standing(step.move for step in steps)
    signatures = [signature for step in steps for signature in step.signatures.all()]
    stands = next((step for step in reversed(steps) if step.move != Move.UNBLIND), None)
    open_ones = [s for s in signatures if stands is not None and s.follows_id == stands.pk]
    to_sign = _cut_to_sign(stands, open_ones) if stands is not None and now.state is State.SOFT else None
    if now.state is State.SOFT:
        open_ones = [s for s in open_ones if to_sign is not None and s.cut_digest == to_sign.digest]
    return LockBoard(
        now, steps, signatures, open_ones if not complete(s.side for s in open_ones) else [], to_sign, late_forms().count(),
        blinding.sees_arms(viewer),
    )  # fmt: skip


def _cut_to_sign(stands: LockStep, signed: list[LockSignature]) -> Cut | None:
    """The newest cut taken under the lock, or the one that somebody signed, as long as no record changed since."""
    begun = [s.cut_digest for s in signed]
    taken = Cut.objects.filter(at__gte=stands.at.replace(microsecond=0)).order_by("-at")
    first = (taken.filter(digest__in=begun).first() if begun else None) or taken.first()
    for cut in [first, taken.first()]:
        if cut is not None and not changes.changed_since(cut):
            return cut
    return None
