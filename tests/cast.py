"""The permanent cast of the tests: a loaded trial and one person a role, made by actions alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from trials.actions import protocol as protocols
from trials.actions import schemes, staff
from trials.actors import Machine
from trials.domain.roles import Role
from trials.models import Membership, Scheme, Site, Trial, User

SHELL = Machine("shell")
LIMERICK = Path(__file__).resolve().parents[1] / "trials/protocols/limerick.toml"
PASSWORD = "correct horse battery"


def load_trial(*, at: datetime, text: str | None = None) -> Trial:
    protocols.load_protocol(text or LIMERICK.read_text(), by=SHELL, at=at)
    return Trial.objects.get()


def engage(username: str, role: Role, site: Site | None, *, at: datetime, password: str = "") -> User:
    """Invited; with a password the link is used as well (argon2 takes its time, so most tests log in by force)."""
    invited = staff.invite(
        username=username, name=username.capitalize(), role=role, site=site, email=f"{username}@example.org", by=SHELL, at=at
    )
    if password:
        staff.accept(invited.token, password=password, by=Machine("web"), at=at)
    return User.objects.get(pk=invited.invitation.user_id)


def hire(*, at: datetime, password: str = "") -> SimpleNamespace:
    """The cast, by role; sites `first` and `second` in the protocol's order."""
    first, second = Site.objects.order_by("pk")[:2]
    anywhere = {Role.BLINDED_STATISTICIAN, Role.UNBLINDED_STATISTICIAN, Role.PI, Role.MONITOR, Role.MANAGER, Role.SAFETY_CLINICIAN}
    people = {role.value: engage(role.value, role, None if role in anywhere else first, at=at, password=password) for role in Role}
    people["other_coordinator"] = engage("other_coordinator", Role.COORDINATOR, second, at=at, password=password)
    return SimpleNamespace(**people, first=first, second=second)


def open_randomisation(*, at: datetime) -> Scheme:
    """Drawn by the statistician and approved by the manager: of the cast, or two people who are there for this alone."""
    drawer, approver = _holder(Role.UNBLINDED_STATISTICIAN, at), _holder(Role.MANAGER, at)
    schemes.draw_scheme(by=drawer, at=at)
    return schemes.approve_scheme(by=approver, at=at)


def roomy(text: str) -> str:
    """The Limerick protocol with room for as many people as a test or a benchmark likes."""
    if "places = 30" in text:
        return text
    roomier = text.replace("sample_size = 44", "sample_size = 100000").replace("target = 22", "target = 50000")
    return roomier.replace("[allocation]\n", "[allocation]\nplaces = 30\n", 1)


def _holder(role: Role, at: datetime) -> User:
    held = Membership.objects.in_force(at).filter(role=role, user__is_active=True).order_by("pk").first()
    return held.user if held else engage(f"scheme_{role.value}", role, None, at=at)
