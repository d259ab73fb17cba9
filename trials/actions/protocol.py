"""Load a protocol: the first file makes the trial, each later one amends it. No version is ever changed or removed."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps
from django.db import connection

from trials import audit, permissions, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain import protocol as files
from trials.domain.protocol import Protocol
from trials.domain.protocol.questionnaires import Questionnaire
from trials.domain.roles import Permission
from trials.models import Allocation, Cap, ProtocolVersion, Scheme, Site, Trial, Unit
from trials.permissions import Refused

ONE_AT_A_TIME = 0x50524F54  # key of the advisory lock: two people loading at once are served in turn
FIXED_ONCE_RANDOMISING = (
    ("arms", "the arms"),
    ("allocation", "the allocation"),
    ("day0_lag_days", "day 0"),
)


@action
def load_protocol(text: str, *, by: Actor, at: datetime, reason: str = "", made_by_import: bool = False) -> ProtocolVersion:
    """Put this protocol in force from `at` on.

    Raises `BadProtocol` with every fault of the text. Refused: a text or version loaded before, another trial's protocol, and
    changes that would contradict what has been randomised.
    """
    permissions.check(by, Permission.LOAD_PROTOCOL)
    protocol = files.load(text, instruments=known_instruments(), made_by_import=made_by_import)
    _wait_for_others()
    before = ProtocolVersion.objects.select_related("trial").first()
    if before is not None:
        _check_amends(protocol, before, at)
    trial = before.trial if before is not None else Trial.objects.create(code=protocol.code, title=protocol.title, created_at=at)
    if trial.title != protocol.title:
        trial.title = protocol.title
        trial.save(update_fields=["title"])
    version = ProtocolVersion.objects.create(
        trial=trial,
        version=protocol.version,
        digest=protocol.digest,
        text=protocol.text,
        in_force_from=at,
        reason=reason,
        made_by_import=made_by_import,
    )
    _keep_sites(trial, protocol)
    audit.record(
        "protocol.loaded" if before is None else "protocol.amended",
        about=f"protocol:{protocol.version}",
        by=by,
        at=at,
        reason=reason,
        detail={"digest": protocol.digest, "version": protocol.version},
    )
    return version


def known_instruments() -> dict[str, Questionnaire] | None:
    """The questionnaires that higher floors offer, or None where there is no such floor: each app says it of itself."""
    offered = [config.instruments() for config in apps.get_app_configs() if hasattr(config, "instruments")]
    return {name: facts for told in offered for name, facts in told.items()} if offered else None


def _wait_for_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])


def _check_amends(protocol: Protocol, before: ProtocolVersion, at: datetime) -> None:
    trial = before.trial
    if ProtocolVersion.objects.filter(digest=protocol.digest).exists():
        raise Refused("This very text was loaded before.", code="same_protocol")
    if protocol.code != trial.code:
        raise Refused(f"This installation runs trial {trial.code}; the file is the protocol of {protocol.code}.", code="another_trial")
    if trial.protocols.filter(version=protocol.version).exists():
        raise Refused(f"Version {protocol.version} was loaded before: give the amendment a version of its own.", code="same_version")
    if at < before.in_force_from:
        raise Refused(f"Version {before.version} came into force later, {before.in_force_from:%Y-%m-%d %H:%M} UTC.", code="too_early")
    _check_keeps_randomised(protocol, queries.read(before))
    _check_keeps_sites(protocol)


def _check_keeps_randomised(protocol: Protocol, before: Protocol) -> None:
    """Once somebody is randomised, or may be at any moment, arms, allocation and day 0 stand."""
    if not (Allocation.objects.exists() or Scheme.objects.live().exists()):
        return
    for field, words in FIXED_ONCE_RANDOMISING:
        if _fixed(protocol, field) != _fixed(before, field):
            raise Refused(f"Randomisation has begun: an amendment can't change {words}.", code="randomisation_begun")


def _fixed(protocol: Protocol, field: str) -> object:
    """What must not change: of an arm its code, ratio and role, not its words or what its training plan says."""
    if field == "arms":
        return [(arm.code, arm.ratio, arm.control, arm.plan is None) for arm in protocol.arms]
    return getattr(protocol, field)


def _check_keeps_sites(protocol: Protocol) -> None:
    """A site with people stays, and so does its time zone: their calendar is kept in it."""
    zones = {site.code: site.timezone for site in protocol.sites}
    for site in Site.objects.filter(pk__in=Unit.objects.values("site")):
        if site.code not in zones:
            raise Refused(f"Site {site.code} has people: an amendment can't leave it out.", code="site_in_use")
        if zones[site.code] != site.timezone:
            raise Refused(f"Site {site.code} has people: an amendment can't change its time zone.", code="site_in_use")


def _keep_sites(trial: Trial, protocol: Protocol) -> None:
    """One row a site. A site that an amendment leaves out keeps its row: memberships and history point to it."""
    Cap.objects.update_or_create(trial=trial, site=None, defaults={"most": protocol.sample_size})
    for site in protocol.sites:
        kept, _ = Site.objects.update_or_create(trial=trial, code=site.code, defaults={"name": site.name, "timezone": site.timezone})
        Cap.objects.update_or_create(trial=trial, site=kept, defaults={"most": site.cap})
