from trials.models.allocation import Allocation, Attempt, AttemptOutcome, Cap, Scheme, Stratum
from trials.models.annotation import AllocationAnnotation
from trials.models.audit import Event, RowVersion
from trials.models.clock import Clock
from trials.models.envelope import Envelope, EnvelopePrint, EnvelopeReport, EnvelopeUse
from trials.models.escrow import Escrow, EscrowReading, EscrowShare, SeedRestore
from trials.models.group import Group, GroupMember
from trials.models.lock import LockSignature, LockStep
from trials.models.people import ApiToken, Invitation, Membership, User
from trials.models.protocol import ProtocolVersion, Site, Trial
from trials.models.unblinding import Unblinding, UnblindingStep
from trials.models.unit import Unit

__all__ = [
    "Allocation",
    "AllocationAnnotation",
    "ApiToken",
    "Attempt",
    "AttemptOutcome",
    "Cap",
    "Clock",
    "Envelope",
    "EnvelopePrint",
    "EnvelopeReport",
    "EnvelopeUse",
    "Escrow",
    "EscrowReading",
    "EscrowShare",
    "Event",
    "Group",
    "GroupMember",
    "Invitation",
    "LockSignature",
    "LockStep",
    "Membership",
    "ProtocolVersion",
    "RowVersion",
    "Scheme",
    "SeedRestore",
    "Site",
    "Stratum",
    "Trial",
    "Unblinding",
    "UnblindingStep",
    "Unit",
    "User",
]
