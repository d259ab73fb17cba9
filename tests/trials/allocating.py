"""A trial that stands ready to randomise, and the list its seed stands for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.cast import open_randomisation, roomy
from trials import queries, sealing
from trials.actions import allocation
from trials.actions.protocol import load_protocol
from trials.actors import Machine
from trials.domain.randomisation import scheme_from
from trials.domain.randomisation.stream import DUMMY
from trials.domain.roles import Role
from trials.models import Allocation, Membership, Scheme, Site, Trial, Unit, User

SHELL = Machine("shell")
WOMEN_AT_LIM = (("site", "LIM"), ("sex", "F"))
MEN_AT_LIM = (("site", "LIM"), ("sex", "M"))
TEXT = roomy((Path(__file__).parents[2] / "trials/protocols/limerick.toml").read_text())


def load(at: datetime, text: str = TEXT) -> Trial:
    """The shipped two-arm trial with its two sites."""
    return load_protocol(text, by=SHELL, at=at).trial


def opened(at: datetime, text: str = TEXT) -> Scheme:
    load(at, text)
    return open_randomisation(at=at)


def unit(trial_id: str, site: str = "LIM") -> Unit:
    return Unit.objects.create(trial_id=trial_id, site=Site.objects.get(code=site))


def allocated(trial_id: str, at: datetime, *, strata: tuple[tuple[str, str], ...] = WOMEN_AT_LIM, site: str = "LIM") -> Allocation:
    return allocation.allocate(unit(trial_id, site), strata=strata, by=SHELL, at=at)


def expected(scheme: Scheme, key: str, length: int, *, dummy: bool = False) -> list[str]:
    """The first places of a stratum, from the opened seed and the protocol by themselves."""
    protocol = queries.protocol_in_force()
    table = {"method": "permuted_blocks", "arms": {a.code: a.ratio for a in protocol.arms}, **protocol.allocation.parameters}
    seed = sealing.open_sealed("seed", scheme.sealed_seed, context=f"trials_scheme|{scheme.version}|seed")
    assert len(seed) == 48
    return scheme_from(table).draw_list(seed, DUMMY + key if dummy else key, length)[:length]


def manager() -> User:
    """Who approved the scheme, and may close it."""
    return User.objects.get(pk=Scheme.objects.latest("version").approved_by.removeprefix("user:"))


def staff(username: str, at: datetime, *roles: tuple[Role, str | None]) -> User:
    """Somebody with roles, each at a site or (None) at all."""
    user = User.objects.create(username=username, name=username.title(), created_at=at)
    for role, site in roles:
        Membership.objects.create(user=user, role=role, site=site and Site.objects.get(code=site), starts_at=at)
    return user
