"""Lock the trial's data, open them again, unblind the trial. What is locked isn't written: `trials/audit.py` says so for every step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from outcomes.actions import exports
from outcomes.domain.text import instant
from outcomes.models import Cut
from outcomes.queries import changes
from trials import audit, queries
from trials.actions import reauthentication
from trials.actors import Actor
from trials.audit import action
from trials.domain import locking
from trials.domain.locking import Move
from trials.domain.roles import Permission, Role
from trials.models import LockSignature, LockStep, Site, User
from trials.permissions import NotAllowed, Refused, check, roles_of, sites_where

ABOUT = "lock"
ALONE = 0x4C4F434B  # key of the advisory lock that every write of data shares; see migration 0013 of trials


class BadLock(Refused):
    """A step of the lock that lacks something; `faults` has a sentence a field."""

    def __init__(self, **faults: str) -> None:
        super().__init__(" ".join(faults.values()), code="bad_lock", status=422)
        self.faults = faults


@action
def soft_lock(*, reason: str, by: Actor, at: datetime) -> LockStep:
    """From now on nothing new is recorded; investigators and the trial manager correct with a reason, participants' late answers are kept.

    Waits for the steps that are being written. Refused: without a reason, and while the data are locked.
    """
    return _step(Move.SOFT_LOCK, reason=reason, by=by, at=at)


@action
def lift_lock(*, reason: str, by: Actor, at: datetime) -> LockStep:
    """The soft lock ends, and late answers count. Refused once the trial was unblinded, and under a hard lock."""
    return _step(Move.LIFT, reason=reason, by=by, at=at)


def sign_hard_lock(*, cut_at: datetime, password: str, by: Actor, at: datetime) -> LockSignature:
    """One of two signatures under a cut taken since the soft lock; with the second, of the other side, the data are hard-locked.

    Refused besides: a cut that isn't there or is damaged, records changed after it, and a wrong password, which is kept.
    """
    user = _check_signs(Move.HARD_LOCK, by)
    cut = Cut.objects.filter(at=cut_at).first()
    if cut is None:
        raise BadLock(cut_at=f"No cut was taken at {instant(cut_at)}. Export the dataset, then sign its cut.")
    exports.frozen_files(cut)
    reauthentication.prove(password=password, purpose="sign the hard lock", by=by, at=at)
    return _sign(Move.HARD_LOCK, cut.at, cut.digest, reason="", by=user, at=at)


def sign_unlock(*, reason: str, password: str, by: Actor, at: datetime) -> LockSignature:
    """One of two signatures for opening a hard lock to corrections; with the second, of the other side, the data are soft-locked again."""
    user = _check_signs(Move.UNLOCK, by)
    _check_reason(reason)
    reauthentication.prove(password=password, purpose="sign the opening of the hard lock", by=by, at=at)
    hard = queries.locked_cut()
    if hard is None or hard.cut_at is None:
        raise Refused("The data are not hard-locked.", code="bad_move")
    return _sign(Move.UNLOCK, hard.cut_at, hard.cut_digest, reason=reason.strip(), by=user, at=at)


def unblind_trial(*, reason: str, password: str, by: Actor, at: datetime) -> LockStep:
    """Once, under the hard lock: figures and data by arm open to those who were blind until then. Nothing takes it back."""
    check_may(Move.UNBLIND, by)
    _check_reason(reason)
    reauthentication.prove(password=password, purpose="unblind the trial", by=by, at=at)
    return _unblind(reason=reason, by=by, at=at)


@action
def _unblind(*, reason: str, by: Actor, at: datetime) -> LockStep:
    return _step(Move.UNBLIND, reason=reason, by=by, at=at)


@action
def _sign(move: Move, cut_at: datetime, digest: str, *, reason: str, by: User, at: datetime) -> LockSignature:
    _alone()
    _check_move(move)
    follows = LockStep.objects.exclude(move=Move.UNBLIND).order_by("-number")[0]
    if move is Move.HARD_LOCK:
        _check_is_the_data(Cut.objects.get(at=cut_at), follows)
    given = follows.signatures.filter(move=move, cut_digest=digest)
    if given.filter(user=by).exists():
        raise Refused("You have signed this. Somebody of the other side signs next.", code="signed_already")
    role = signs_as(by, given.values_list("side", flat=True))
    side = locking.side_of(role) if role else None
    if role is None or side is None:
        raise NotAllowed("Your side has signed this. One investigator or trial manager and one statistician sign.")
    signature = LockSignature.objects.create(
        follows=follows, move=move, user=by, name=by.name, role=role, side=side, meaning=locking.MEANINGS[move, side], reason=reason,
        cut_at=cut_at, cut_digest=digest, at=at,
    )  # fmt: skip
    detail = {"for": move, "role": role, "cut": instant(cut_at), "digest": digest, "meaning": signature.meaning}
    audit.record("lock.signed", about=ABOUT, by=by, at=at, reason=reason, detail=detail)
    if locking.complete(given.values_list("side", flat=True)):
        _keep(move, reason=reason, cut_at=cut_at, digest=digest, by=by, at=at)
    return signature


def _step(move: Move, *, reason: str, by: Actor, at: datetime) -> LockStep:
    user = _check_everywhere(by, Permission.LOCK_DATA)
    _alone()
    _check_move(move)
    _check_reason(reason)
    hard = queries.locked_cut() if move is Move.UNBLIND else None
    return _keep(
        move, reason=reason.strip(), cut_at=hard.cut_at if hard else None, digest=hard.cut_digest if hard else "", by=user, at=at
    )  # fmt: skip


def _keep(move: Move, *, reason: str, cut_at: datetime | None, digest: str, by: User, at: datetime) -> LockStep:
    number = LockStep.objects.count() + 1
    step = LockStep.objects.create(number=number, move=move, reason=reason, user=by, cut_at=cut_at, cut_digest=digest, at=at)
    verb = "trial.unblinded" if move is Move.UNBLIND else f"lock.{move}"
    detail = {"cut": instant(cut_at), "digest": digest} if cut_at else {}
    audit.record(verb, about=ABOUT, by=by, at=at, reason=reason, detail=detail)
    return step


def check_may(move: Move, by: Actor) -> None:
    """Refused where this person can't make the move, or the lock as it stands doesn't allow it."""
    if move in locking.SIGNED:
        _check_signs(move, by)
        return
    _check_everywhere(by, Permission.LOCK_DATA)
    _check_move(move)


def signs_as(user: User, signed: Iterable[str]) -> Role | None:
    """The role in which somebody would sign, where these sides have signed; None where another side has to."""
    return locking.signing_role(_roles_everywhere(user), signed)


def _alone() -> None:
    """Waits for every write of data that is under way, and holds later ones until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ALONE])


def _check_move(move: Move) -> None:
    why = locking.why_not(queries.lock_standing(), move)
    if why:
        raise Refused(why, code="bad_move")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise BadLock(reason="Say in a sentence why.")


def _check_signs(move: Move, by: Actor) -> User:
    check(by, Permission.SIGN_LOCK)
    if not isinstance(by, User):
        raise NotAllowed("A named person signs.")
    if signs_as(by, ()) is None:
        raise NotAllowed("Who signs the lock holds the role at every site.")
    _check_move(move)
    return by


def _check_everywhere(by: Actor, permission: Permission) -> User:
    check(by, permission)
    if not isinstance(by, User):
        raise NotAllowed("A named person locks and opens the data.")
    if not _reaches_all(sites_where(by, permission)):
        raise NotAllowed("Who locks the data holds the role at every site.")
    return by


def _roles_everywhere(user: User) -> list[Role]:
    return [role for role, sites in roles_of(user).items() if _reaches_all(sites)]


def _reaches_all(sites: set[int] | None) -> bool:
    return sites is None or (bool(sites) and not Site.objects.exclude(pk__in=sites).exists())


def _check_is_the_data(cut: Cut, follows: LockStep) -> None:
    """A signed cut was taken under this soft lock, and no record has changed since."""
    if cut.at < follows.at.replace(microsecond=0):
        raise BadLock(cut_at="This cut was taken before the data were locked. Export the dataset anew, and sign that cut.")
    if changes.changed_since(cut):
        raise BadLock(cut_at="Records were corrected after this cut. Export the dataset anew, and sign that cut.")
