"""A stratum can be closed for a while: nobody who falls into it is randomised until it is opened again."""

from __future__ import annotations

from datetime import datetime

from trials import audit, permissions, queries, streams
from trials.actions.allocation import ROOM
from trials.actors import Actor
from trials.audit import action
from trials.domain.randomisation.strata import every_key
from trials.domain.roles import Permission
from trials.models import Scheme, Stratum
from trials.permissions import Refused


@action
def close_stratum(stratum: str, *, reason: str, by: Actor, at: datetime) -> Stratum:
    """Close a stratum of the open scheme, named by its key: an allocation under way is waited for, later ones are refused."""
    found = _of_open_scheme(stratum, reason, by)
    if found.closed_at is not None:
        raise Refused(f"Stratum {found.key} is closed already.", code="stratum_closed", way_out=ROOM)
    found.closed_at, found.closed_reason = at, reason.strip().rstrip(".")
    found.save(update_fields=["closed_at", "closed_reason"])
    audit.record("stratum.closed", about=_named(found), by=by, at=at, reason=reason)
    return found


@action
def reopen_stratum(stratum: str, *, reason: str, by: Actor, at: datetime) -> Stratum:
    """Open a closed stratum again: it goes on at the place where it stopped."""
    found = _of_open_scheme(stratum, reason, by)
    if found.closed_at is None:
        raise Refused(f"Stratum {found.key} is open.", code="stratum_open", way_out=ROOM)
    found.closed_at, found.closed_reason = None, ""
    found.save(update_fields=["closed_at", "closed_reason"])
    audit.record("stratum.reopened", about=_named(found), by=by, at=at, reason=reason)
    return found


def keys_of(scheme: Scheme) -> tuple[str, ...]:
    """Every stratum that people can fall into: by the levels of the scheme and the sites of the protocol in force."""
    method = streams.method_of(scheme)
    if streams.is_uploaded(scheme):
        return every_key(streams.table_of(scheme)["factors"])
    return every_key({} if method.across_strata else queries.protocol_in_force().allocation_table()["factors"])


def _of_open_scheme(key: str, reason: str, by: Actor) -> Stratum:
    """The stratum under lock, made where nobody has fallen into it yet."""
    permissions.check(by, Permission.OPEN_SCHEME)
    if not reason.strip():
        raise Refused("Say why.", code="no_reason", status=422)
    scheme = Scheme.objects.open().select_for_update(no_key=True).first()
    if scheme is None:
        raise Refused("Randomisation is not open.", code="not_open", way_out=ROOM)
    if key not in keys_of(scheme):
        raise Refused("The protocol has no such stratum.", code="no_stratum", way_out=ROOM, status=422)
    return _locked(scheme, key)


def _locked(scheme: Scheme, key: str) -> Stratum:
    """Nobody allocates meanwhile, since the scheme is locked: so nobody else makes the stratum."""
    stratum = Stratum.objects.select_for_update(no_key=True).filter(scheme=scheme, key=key).first()
    if stratum is None:
        stratum = streams.new_stratum(scheme, key)
        stratum.save(force_insert=True)
    stratum.scheme = scheme
    return stratum


def _named(stratum: Stratum) -> str:
    return f"stratum:{stratum.scheme.version}|{stratum.key}"
