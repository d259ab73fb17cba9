"""The life of a scheme: the statistician draws it, the trial manager opens it, and no one person does both."""

from __future__ import annotations

from datetime import datetime

from trials import audit, permissions, queries, streams
from trials.actors import Actor
from trials.audit import action
from trials.domain.protocol import Protocol
from trials.domain.randomisation import UPLOADED, scheme_from
from trials.domain.randomisation.life import Status
from trials.domain.randomisation.strata import places_needed
from trials.domain.randomisation.uploaded_list import read_list
from trials.domain.roles import Permission
from trials.models import Allocation, Scheme, Trial
from trials.permissions import Refused

ROOM = ("See randomisation", "/randomisation/")


@action
def draw_scheme(*, by: Actor, at: datetime) -> Scheme:
    """Draw a scheme under the protocol in force: a seed of 48 bytes is made, sealed and shown to nobody. Nobody is randomised yet.

    Refused while another one is drawn or open, and for an allocation table that no method can carry out.
    """
    trial, protocol, table = _nothing_live(by)
    if table["method"] == UPLOADED:
        sentence = "The protocol has the list made by an independent statistician: upload it, nothing is drawn here."
        raise Refused(sentence, code="list_awaited", way_out=("Upload the list", "/randomisation/upload-list/"))
    scheme = _scheme(trial, protocol, table, by, at)
    return _keep(scheme, streams.fresh_seed(trial.code, scheme.version), "scheme.drawn", by, at)


@action
def upload_list(text: str | bytes, *, by: Actor, at: datetime) -> Scheme:
    """Take in the list of an independent statistician (CSV: stratum, position, arm, and code if it has codes) and seal it at once.

    Nobody is randomised before another person has approved it. Refused while another scheme is drawn or open, and where the
    protocol's method is not `uploaded_list`. Raises BadList with every fault of the list.
    """
    trial, protocol, table = _nothing_live(by)
    if table["method"] != UPLOADED:
        raise Refused("The protocol has arms drawn here: its method is not uploaded_list.", code="no_list_awaited", way_out=ROOM)
    arms = {arm.code: arm.ratio for arm in protocol.arms}
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    given = frozenset(Allocation.objects.values_list("code", flat=True))
    listed = read_list(raw, arms=arms, lengths=places_needed(protocol), given=given)
    scheme = _scheme(trial, protocol, table, by, at)
    return _keep(scheme, streams.upload_seed(trial.code, scheme.version, listed, tuple(arms)), "scheme.uploaded", by, at)


def _nothing_live(by: Actor) -> tuple[Trial, Protocol, dict[str, object]]:
    """The trial, its protocol and its allocation table, where a scheme may be made."""
    permissions.check(by, Permission.DRAW_SCHEME)
    trial, protocol = queries.trial(), queries.protocol_in_force()
    live = Scheme.objects.live().filter(trial=trial).first()
    if live is not None:
        raise _already(live)
    table = protocol.allocation_table()
    try:
        scheme_from(table)
    except ValueError as fault:
        raise Refused(f"The protocol's allocation can't be carried out: {fault}.", code="bad_scheme") from None
    return trial, protocol, table


def _scheme(trial: Trial, protocol: Protocol, table: dict[str, object], by: Actor, at: datetime) -> Scheme:
    return Scheme(
        trial=trial,
        version=Scheme.objects.filter(trial=trial).count() + 1,
        table=streams.kept(table),
        protocol_digest=protocol.digest,
        code_digest=streams.code_digest(),
        places=protocol.committed_places,
        drawn_by=by.actor,
        drawn_at=at,
    )


def _keep(scheme: Scheme, seed: bytes, verb: str, by: Actor, at: datetime) -> Scheme:
    """Seal the seed, commit to it, and keep the scheme."""
    streams.seal_seed(scheme, seed)
    scheme.commitment = streams.commitment_of(scheme, seed).root.hex()
    scheme.save(force_insert=True)
    audit.record(verb, about=_named(scheme), by=by, at=at, detail={"published": streams.line_of(scheme)})
    return scheme


@action
def approve_scheme(*, by: Actor, at: datetime) -> Scheme:
    """Approve the drawn scheme: from now on people are randomised by it. Whoever drew it can't approve it.

    Refused when no scheme waits, when the protocol's allocation was amended after the scheme was drawn, and when by an amendment
    more people may come than an uploaded list has places for.
    """
    permissions.check(by, Permission.OPEN_SCHEME)
    scheme = _live(Status.DRAWN)
    if scheme.drawn_by == by.actor:
        raise Refused("You drew this scheme yourself: another person approves it.", code="same_person", way_out=ROOM)
    if streams.kept(queries.protocol_in_force().allocation_table()) != scheme.table:
        sentence = "The protocol's allocation was amended after this scheme was drawn: discard it and have another one drawn."
        raise Refused(sentence, code="protocol_amended", way_out=ROOM)
    lengths = streams.list_lengths(scheme)
    if lengths and any(lengths.get(key, 0) < needed for key, needed in places_needed(queries.protocol_in_force()).items()):
        sentence = "By an amendment more people may come than the uploaded list has places for: discard it and have a longer one uploaded."
        raise Refused(sentence, code="list_too_short", way_out=ROOM)
    scheme.approved_by, scheme.opened_at = by.actor, at
    scheme.save(update_fields=["approved_by", "opened_at"])
    audit.record("scheme.opened", about=_named(scheme), by=by, at=at, detail={"protocol": scheme.protocol_digest})
    return scheme


@action
def discard_scheme(*, reason: str, by: Actor, at: datetime) -> Scheme:
    """Discard the drawn scheme before anybody was randomised by it. It is kept, with the reason."""
    if not permissions.allowed(by, Permission.DRAW_SCHEME):
        permissions.check(by, Permission.OPEN_SCHEME)
    _check_reason(reason, "Say why the scheme is discarded.")
    scheme = _live(Status.DRAWN)
    scheme.discarded_at = at
    scheme.save(update_fields=["discarded_at"])
    audit.record("scheme.discarded", about=_named(scheme), by=by, at=at, reason=reason)
    return scheme


@action
def close_scheme(*, reason: str, by: Actor, at: datetime) -> Scheme:
    """Close randomisation: allocations under way are waited for, later ones are refused."""
    permissions.check(by, Permission.OPEN_SCHEME)
    _check_reason(reason, "Say why randomisation is closed.")
    scheme = _live(Status.OPEN)
    scheme.closed_at = at
    scheme.save(update_fields=["closed_at"])
    audit.record("scheme.closed", about=_named(scheme), by=by, at=at, reason=reason)
    return scheme


def _check_reason(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise Refused(sentence, code="no_reason", status=422)


def _named(scheme: Scheme) -> str:
    return f"scheme:{scheme.version}"


def _live(wanted: Status) -> Scheme:
    """The scheme that is drawn, or open, under lock: allocations under way are over then."""
    scheme = Scheme.objects.live().select_for_update(no_key=True).first()
    if scheme is not None and scheme.status is wanted:
        return scheme
    if wanted is Status.OPEN:
        raise Refused("Randomisation is not open.", code="not_open", way_out=ROOM)
    if scheme is None:
        raise Refused("No scheme waits for approval: the unblinded statistician draws one.", code="not_drawn", way_out=ROOM)
    raise _already(scheme)


def _already(live: Scheme) -> Refused:
    if live.status is Status.OPEN:
        return Refused("Randomisation is open already.", code="already_open", way_out=ROOM)
    return Refused("A scheme is drawn already and waits for approval.", code="already_drawn", way_out=ROOM)
