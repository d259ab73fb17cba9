"""The seed in safe keeping: three shares for three keepers, any two of which bring it back when the key that seals it is lost.

Nobody is handed more than the one share that is theirs, and no share is kept: only its fingerprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from trials import audit, escrow, permissions, sealing, streams
from trials.actions import reauthentication
from trials.actors import Actor
from trials.audit import action, outermost
from trials.domain.roles import Permission
from trials.models import Escrow, EscrowReading, EscrowShare, Scheme, SeedRestore, Stratum, User
from trials.permissions import NotAllowed, Refused
from trials.resealing import DoesNotLeadThere, reseal

ROOM = ("See safe keeping", "/randomisation/escrow/")


class BadShare(Refused):
    """Two shares that don't bring the seed back."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, code="bad_share", status=422)


@action
def issue_shares(keepers: Sequence[User], *, by: Actor, at: datetime) -> Escrow:
    """Split the seed of the scheme in sight among three keepers; each then reads their own share once. An earlier issue is outdated.

    Refused: no scheme opened, one without a commitment to check a seed against, not three different people, and keepers who enrol,
    randomise or are blind: two of them together could foresee arms.
    """
    permissions.check(by, Permission.OPEN_SCHEME)
    scheme = _opened()
    if streams.is_uploaded(scheme):
        sentence = "The list was made elsewhere: who made it keeps it, and it is not told in shares."
        raise Refused(sentence, code="list_kept_elsewhere", way_out=ROOM)
    for keeper in _three(keepers):
        _check_keeper(keeper, at)
    seed = _seed_of(scheme)
    issue = (Escrow.objects.filter(scheme=scheme).aggregate(last=Max("issue"))["last"] or 0) + 1
    made = Escrow.objects.create(scheme=scheme, issue=issue, issued_by=by.actor, issued_at=at)
    EscrowShare.objects.bulk_create(
        EscrowShare(escrow=made, number=number, keeper=keeper, fingerprint=escrow.fingerprint(share))
        for number, (keeper, share) in enumerate(zip(keepers, escrow.split(seed, _name(made)), strict=True), start=1)
    )
    audit.record("escrow.issued", about=f"scheme:{scheme.version}", by=by, at=at, detail={"issue": issue})
    return made


@outermost
def read_share(share: EscrowShare, *, password: str, by: Actor, at: datetime) -> str:
    """The share in words, once, for its keeper alone, who types the password again."""
    reauthentication.prove(password=password, purpose="read a share", by=by, at=at)
    return _read_share(share, by=by, at=at)


@action
def _read_share(share: EscrowShare, *, by: Actor, at: datetime) -> str:
    scheme = Scheme.objects.select_related("trial").select_for_update(no_key=True, of=("self",)).get(escrows=share.escrow_id)
    share.escrow.scheme = scheme
    if by.actor != share.keeper.actor:
        raise NotAllowed("A share is read by its keeper alone.")
    if Escrow.objects.filter(scheme=scheme, issue__gt=share.escrow.issue).exists():
        raise Refused("Newer shares were issued: this one is outdated.", code="outdated", way_out=ROOM)
    if EscrowReading.objects.filter(share=share).exists():
        raise Refused(
            "You have read this share. It is shown once; if it is lost, three new ones are issued.", code="read_already", way_out=ROOM
        )
    told = escrow.split(_seed_of(scheme), _name(share.escrow))[share.number - 1]
    if escrow.fingerprint(told) != share.fingerprint:
        raise Refused("The share is not the one that was issued: have the records verified.", code="other_share", way_out=ROOM)
    EscrowReading.objects.create(share=share, at=at)
    detail = {"issue": share.escrow.issue, "share": share.number}
    audit.record("escrow.share_read", about=f"scheme:{scheme.version}", by=by, at=at, detail=detail)
    return told


@outermost
def restore_seed(
    first_share: str, second_share: str, *, password: str, colleague: str, colleague_password: str, by: Actor, at: datetime
) -> SeedRestore:
    """Bring a seed back from two shares and seal it anew, before the eyes of two people who both type their passwords.

    Refused: the same person twice, somebody who neither keeps a share nor draws nor opens schemes, shares that are wrong or from
    different issues, a seed that is not the one committed to, and no key to seal with. Nothing is changed then.
    """
    check_may_restore(by)
    other = User.objects.filter(username__iexact=colleague.strip(), is_active=True).first()
    if other is None or not permitted(other) or other.actor == by.actor:
        sentence = "Name a second person, who keeps a share or draws or opens schemes."
        raise Refused(sentence, code="second_person", status=422)
    purpose = "restore a seed"
    reauthentication.prove(password=password, purpose=purpose, by=by, at=at)
    try:
        reauthentication.prove(password=colleague_password, purpose=purpose, by=other, at=at)
    except reauthentication.BadPassword:
        raise Refused("This is not your colleague's password.", code="wrong_password", status=422) from None
    return _restore(first_share, second_share, other, by=by, at=at)


@action
def _restore(first_share: str, second_share: str, other: User, *, by: Actor, at: datetime) -> SeedRestore:
    try:
        joined = escrow.join(first_share, second_share)
    except escrow.NoSeed as wrong:
        raise BadShare(str(wrong)) from None
    scheme = _committed_to(joined.seed)
    try:
        strata = reseal(scheme, joined.seed)
    except DoesNotLeadThere as fault:
        raise Refused(f"The seed is right, but its records are not whole: {fault}. Nothing was changed.", code="not_whole") from None
    except sealing.CannotUnseal:
        raise _no_key() from None
    first, second = joined.numbers
    restored = SeedRestore.objects.create(
        scheme=scheme, first_share=first, second_share=second, restored_by_id=_pk(by), restored_with=other,
        sealed_seed=scheme.sealed_seed, at=at,
    )  # fmt: skip
    Stratum.objects.bulk_update(strata, ["sealed_state", "sealed_dummy_state"])
    detail = {"with": other.actor, "shares": [first, second]}
    audit.record("escrow.restored", about=f"scheme:{scheme.version}", by=by, at=at, detail=detail)
    return restored


def permitted(actor: Actor) -> bool:
    """Whether somebody keeps a share, or draws or opens schemes."""
    if any(permissions.allowed(actor, permission) for permission in (Permission.DRAW_SCHEME, Permission.OPEN_SCHEME)):
        return True
    return isinstance(actor, User) and actor.is_active and EscrowShare.objects.filter(keeper=actor).exists()


def check_may_restore(actor: Actor) -> None:
    if not permitted(actor):
        raise NotAllowed("Safe keeping of the seed is for keepers of a share, and for those who draw or open schemes.")


def may_keep(user: User, at: datetime) -> bool:
    """Whether two of such people could not use what they hold: none of them enrols, randomises or is blind."""
    return permissions.stands_apart(user, at)


def _three(keepers: Sequence[User]) -> Sequence[User]:
    if len(keepers) != escrow.SHARES or len({keeper.pk for keeper in keepers}) != escrow.SHARES:
        raise Refused("Name three different people, one for each share.", code="three_keepers", status=422)
    return keepers


def _check_keeper(keeper: User, at: datetime) -> None:
    if not may_keep(keeper, at):
        sentence = f"{keeper} can't keep a share: keepers have a role here, and neither enrol nor randomise nor are blind."
        raise Refused(sentence, code="bad_keeper", status=422)


def _opened() -> Scheme:
    """The scheme in sight, under lock: the open one, or the last that was."""
    opened = Scheme.objects.exclude(opened_at=None).select_related("trial").select_for_update(no_key=True, of=("self",))
    scheme = opened.order_by("-version").first()
    if scheme is None:
        raise Refused("No scheme is open: a seed is split once two people have opened its scheme.", code="not_open", way_out=ROOM)
    if not scheme.commitment:
        raise Refused("This scheme has no commitment to check a seed against.", code="not_committed", way_out=ROOM)
    return scheme


def _committed_to(seed: bytes) -> Scheme:
    """The scheme whose published commitment this seed makes, under lock: allocations under way are over then."""
    schemes = Scheme.objects.exclude(opened_at=None).exclude(commitment="").order_by("-version")
    for scheme in schemes.select_related("trial").select_for_update(no_key=True, of=("self",)):
        if not streams.is_uploaded(scheme) and streams.commitment_of(scheme, seed).root.hex() == scheme.commitment:
            return scheme
    raise BadShare("The two shares give a seed that no scheme here was committed to. Nothing was changed.")


def _seed_of(scheme: Scheme) -> bytes:
    try:
        return streams.seed_of(scheme)
    except sealing.CannotUnseal:
        sentence = "The seed can't be unsealed: the key is missing from the server. Two shares bring it back."
        raise Refused(sentence, code="sealed", way_out=("Restore the seed", "/randomisation/escrow/restore/")) from None


def _no_key() -> Refused:
    sentence = "There is no key to seal the seed with. Have one made on the server first: manage.py make_keys --new-seed."
    return Refused(sentence, code="no_seal", way_out=ROOM)


def _name(made: Escrow) -> str:
    return f"{streams.name_of(made.scheme)}|{made.issue}"


def _pk(by: Actor) -> int:
    assert isinstance(by, User), "whoever proved a password has an account"
    return by.pk
