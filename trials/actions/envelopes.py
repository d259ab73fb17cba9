"""Backup envelopes for a site that can't reach the program: printed beforehand, taken in their order, entered afterwards.

Their arms come from streams of their own, so the live sequence is the same whether one was opened or not. An arm in an envelope is
kept nowhere: it is drawn from the sealed seed for the print, and again when the envelope is entered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import Q, QuerySet

from trials import audit, entropy, permissions, queries, sealing, streams
from trials.actions import reauthentication, strata
from trials.actors import Actor
from trials.audit import action, outermost
from trials.domain.envelopes import KIND_WORDS, Kind, Slip, skipped_before
from trials.domain.randomisation import Scheme as Method
from trials.domain.randomisation.chain import BEGINNING, link
from trials.domain.randomisation.strata import Levels, stratum_key
from trials.domain.randomisation.stream import envelope_arms
from trials.domain.randomisation.uploaded_list import UploadedList
from trials.domain.roles import Permission, roles_that_may
from trials.models import (
    Allocation,
    Attempt,
    AttemptOutcome,
    Envelope,
    EnvelopePrint,
    EnvelopeReport,
    EnvelopeUse,
    Membership,
    Scheme,
    Site,
    Unit,
    User,
)
from trials.permissions import NotAllowed, Refused
from trials.slips import Sheet, document

ROOM = ("See envelopes", "/randomisation/envelopes/")


@dataclass(frozen=True)
class Opened:
    """An envelope as it was used at the site: its code, when and by whom it was opened, and why."""

    code: str
    opened_at: datetime
    opened_by: User
    reason: str


class BadEnvelope(Refused):
    """Something about an envelope that can't be kept; `faults` has a sentence a field."""

    def __init__(self, **faults: str) -> None:
        super().__init__(" ".join(faults.values()), code="bad_envelope", status=422)
        self.faults = faults


@outermost
def print_envelopes(site: Site, *, password: str, by: Actor, at: datetime) -> tuple[EnvelopePrint, bytes]:
    """All envelopes of a site as one document, for somebody who neither enrols nor randomises nor is blind, at any site, and types
    the password again.

    Refused: no scheme open, none named in the protocol, and methods whose arms depend on who comes.
    """
    check_may_print(by, at, at_site=site)
    reauthentication.prove(password=password, purpose="print backup envelopes", by=by, at=at)
    return _print(site, by=by, at=at)


def check_may_print(by: Actor, at: datetime, *, at_site: Site | None = None) -> None:
    """Whoever prints can see the arms, so they are nobody who enrols or randomises people into them."""
    permissions.check(by, Permission.PRINT_ENVELOPES, at_site=at_site)
    if not isinstance(by, User) or not permissions.stands_apart(by, at):
        raise NotAllowed("Envelopes are printed by somebody who neither enrols nor randomises nor is blind, at any site.")


@action
def _print(site: Site, *, by: Actor, at: datetime) -> tuple[EnvelopePrint, bytes]:
    assert isinstance(by, User), "whoever proved a password has an account"
    protocol = queries.protocol_in_force()
    scheme = Scheme.objects.open().select_related("trial").select_for_update(no_key=True, of=("self",)).first()
    if scheme is None:
        raise Refused("Randomisation is not open.", code="not_open", way_out=ROOM)
    if not protocol.allocation.envelopes:
        raise Refused("The protocol names no envelopes: give allocation.envelopes a number.", code="no_envelopes", way_out=ROOM)
    none = none_beforehand(streams.method_of(scheme))
    if none is not None:
        raise none
    by_site = next((factor.name for factor in protocol.allocation.factors if factor.source == "site"), "")
    keys = [key for key in strata.keys_of(scheme) if not by_site or f"{by_site}={site.code}" in key.split("|")]
    Envelope.objects.bulk_create(
        [
            Envelope(scheme=scheme, site=site, stratum_key=key, number=number, code=_code(scheme, site, key, number), made_at=at)
            for key in keys
            for number in range(1, protocol.allocation.envelopes + 1)
        ],
        ignore_conflicts=True,
    )
    sheets = list(_sheets(scheme, site))
    printed = document(sheets)
    kept = EnvelopePrint.objects.create(
        scheme=scheme, site=site, count=len(sheets), digest=sha256(printed).hexdigest(), printed_by=by, at=at
    )  # fmt: skip
    audit.record("envelopes.printed", about=f"site:{site.code}", by=by, at=at, detail={"scheme": scheme.version, "count": len(sheets)})
    return kept, printed


def none_beforehand(method: Method) -> Refused | None:
    """Why a method can't have envelopes; None where it can."""
    sentence = ""
    if method.across_strata:
        sentence = "This method has no envelopes: its arms depend on who comes, so none can be put into one beforehand."
    if isinstance(method, UploadedList):
        sentence = "The arms stand in an uploaded list, which has no envelopes: who made the list makes them."
    return Refused(sentence, code="not_beforehand", way_out=ROOM) if sentence else None


@action
def report_envelope(code: str, *, kind: str, reason: str, by: Actor, at: datetime) -> EnvelopeReport:
    """Say what became of an envelope that nobody was randomised by; later ones of its stratum can be entered then.

    Refused: an unknown envelope or kind, no reason, one that was used or reported.
    """
    if not isinstance(by, User):
        raise NotAllowed("An envelope is accounted for by a named person.")
    permissions.check(by, Permission.RANDOMISE)
    envelope = _found(code, permissions.sites_where(by, Permission.RANDOMISE))
    faults = {}
    if kind not in list(Kind):
        faults["kind"] = f"Choose what became of it: {', '.join(KIND_WORDS)}."
    if not reason.strip():
        faults["reason"] = "Say in a sentence what happened."
    if faults:
        raise BadEnvelope(**faults)
    _locked(envelope)
    if EnvelopeUse.objects.filter(envelope=envelope).exists():
        raise Refused(f"Envelope {envelope.code} was used.", code="envelope_used", way_out=ROOM)
    if EnvelopeReport.objects.filter(envelope=envelope).exists():
        raise Refused(f"Envelope {envelope.code} is accounted for already.", code="envelope_reported", way_out=ROOM)
    made = EnvelopeReport.objects.create(envelope=envelope, kind=kind, reason=reason.strip(), user=by, at=at)
    audit.record("envelope.reported", about=f"envelope:{envelope.code}", by=by, at=at, reason=reason, detail={"kind": kind})
    return made


@action
def take_envelope(unit: Unit, *, strata: Levels, opened: Opened, attempt: Attempt | None = None, by: Actor, at: datetime) -> Allocation:
    """The arm that an opened envelope gave a unit, drawn again from its stream; caps count it, and a full cap does not undo it.

    Refused: a code that no envelope of the site has, another stratum, one that was used, earlier ones of the stratum that nobody has
    accounted for, a unit that has an arm, an opening before the print, while no scheme was open or in the future, and one by somebody
    who does not randomise at the site.
    """
    permissions.check(by, Permission.RANDOMISE, at_site=unit.site)
    if not isinstance(by, User):
        raise NotAllowed("An envelope is entered by a named person.")
    envelope = _found(opened.code, {unit.site_id})
    scheme = _locked(envelope)
    _check(envelope, scheme, unit, stratum_key(strata), opened, at)
    allocation = _allocation(envelope, scheme, unit, strata, opened)
    allocation.save(force_insert=True)
    EnvelopeUse.objects.create(
        envelope=envelope, allocation=allocation, opened_at=opened.opened_at, opened_by=opened.opened_by, reason=opened.reason.strip(),
        entered_by=by, at=at,
    )  # fmt: skip
    if attempt is not None:
        AttemptOutcome.objects.create(attempt=attempt, kind=AttemptOutcome.Kind.GIVEN, at=at)
    audit.record("unit.allocated", about=unit.trial_id, by=by, at=at, reason=opened.reason, detail={"envelope": envelope.code})
    return allocation


def _check(envelope: Envelope, scheme: Scheme, unit: Unit, key: str, opened: Opened, at: datetime) -> None:
    if Allocation.objects.filter(unit=unit).exists():
        raise Refused(f"{unit} is already randomised.", code="already_randomised")
    if EnvelopeUse.objects.filter(envelope=envelope).exists():
        raise Refused(f"Envelope {envelope.code} was entered before.", code="envelope_used", way_out=ROOM)
    if not opened.reason.strip():
        raise BadEnvelope(reason="Say why the program could not be reached.")
    if not who_opens(unit.site).filter(pk=opened.opened_by.pk).exists():
        raise BadEnvelope(opened_by="Name somebody who randomises at this site.")
    if envelope.stratum_key != key:
        sentence = f"This envelope is for {envelope.stratum_key}, and {unit} is in {key}: compare the code and the baseline."
        raise BadEnvelope(code=sentence)
    ends = min(at, scheme.closed_at or at)
    if not max(envelope.made_at, scheme.opened_at or at) <= opened.opened_at <= ends:
        raise BadEnvelope(opened_at="The envelope was opened after it was printed, while randomisation was open, and not in the future.")
    first = skipped_before(slips(envelope), envelope.number)
    if first:
        sentence = (
            f"Envelope {first[0]} of {key} comes before envelope {envelope.number}: enter it first, or report what became of it."
        )  # fmt: skip
        raise Refused(sentence, code="envelope_skipped", way_out=ROOM)


def who_opens(site: Site) -> QuerySet[User]:
    """Whoever randomises or has randomised at the site, by name: nobody else is given a sealed arm."""
    here = Membership.objects.filter(Q(site=None) | Q(site=site), role__in=roles_that_may(Permission.RANDOMISE))
    return User.objects.filter(pk__in=here.values("user")).order_by("name")


def slips(envelope: Envelope) -> list[Slip]:
    """The envelopes of the same stratum at the same site, by number."""
    same = Envelope.objects.filter(scheme=envelope.scheme_id, site=envelope.site_id, stratum_key=envelope.stratum_key)
    return [one.slip for one in same.select_related("use", "report").order_by("number")]


def _allocation(envelope: Envelope, scheme: Scheme, unit: Unit, levels: Levels, opened: Opened) -> Allocation:
    arm, sham = _arms(scheme, envelope.site.code, envelope.stratum_key, envelope.number)[-1]
    allocation = Allocation(
        unit=unit,
        scheme=scheme,
        stratum_key=envelope.stratum_key,
        factors=dict(levels),
        arm=arm,
        dummy_arm=sham,
        code=entropy.code("allocation", unit.trial_id),
        at=opened.opened_at,
        protocol_digest=queries.protocol_in_force().digest,
        source=Allocation.Source.BACKUP,
        code_digest=streams.code_digest(),
        previous_hash=BEGINNING,
    )
    allocation.hash = link(BEGINNING, streams.facts_of(allocation))
    return allocation


def _found(code: str, sites: set[int] | None) -> Envelope:
    """The envelope of that code, however it is typed, at one of the sites (None: at any)."""
    typed = "".join(code.split()).upper().replace("-", "")
    envelope = Envelope.objects.select_related("site").filter(code=typed).first()
    if envelope is None or (sites is not None and envelope.site_id not in sites):
        raise BadEnvelope(code="No envelope of this site has this code: compare it with the paper.")
    return envelope


def _locked(envelope: Envelope) -> Scheme:
    """The envelope's scheme under lock: one envelope is entered or accounted for at a time."""
    scheme = Scheme.objects.select_related("trial").select_for_update(no_key=True, of=("self",)).get(pk=envelope.scheme_id)
    envelope.scheme = scheme
    return scheme


def _arms(scheme: Scheme, site: str, key: str, count: int) -> list[tuple[str, str]]:
    try:
        seed = streams.seed_of(scheme)
    except sealing.CannotUnseal:
        raise Refused("The seed can't be unsealed: the key is missing from the server.", code="sealed", way_out=ROOM) from None
    return envelope_arms(streams.method_of(scheme), seed=seed, site=site, stratum=key, count=count)


def _sheets(scheme: Scheme, site: Site) -> Iterable[Sheet]:
    protocol = queries.protocol_of(scheme.protocol_digest)
    made = list(Envelope.objects.filter(scheme=scheme, site=site).order_by("stratum_key", "number"))
    drawn: dict[str, list[tuple[str, str]]] = {}
    for envelope in made:
        key = envelope.stratum_key
        if key not in drawn:
            drawn[key] = _arms(scheme, site.code, key, sum(other.stratum_key == key for other in made))
        arm = protocol.arm(drawn[key][envelope.number - 1][0])
        yield Sheet(scheme.trial.code, site.name, key, envelope.number, envelope.code, arm.code, arm.label)


def _code(scheme: Scheme, site: Site, key: str, number: int) -> str:
    return entropy.code("envelope", f"{streams.name_of(scheme)}|{site.code}|{key}|{number}", length=8)
