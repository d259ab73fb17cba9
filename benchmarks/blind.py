"""Pages of blind roles in two worlds that differ in one person's arm: nobody can tell the worlds apart by how long an answer takes.

The limit is the page in the world where the person waits, the subject the same page where they held 16 sessions of 16 sets. Each turn
asks both, and a second database in which the person waits as well, in changing order. The measure is the area under the ROC curve of
telling the worlds apart by the time of one answer (Mann-Whitney): 0.5 is a guess. The guard is the same for the two that are alike.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter

from django.db import connections
from django.test import Client

from benchmarks import ground
from benchmarks.pairs import of_times
from benchmarks.result import Result
from trials.actions import staff
from trials.domain.roles import Role
from trials.launcher.clones import Clones, with_name
from trials.models import Site, User

CALLS = {"small": 300, "full": 1000}
PEOPLE, LIMIT = 60, 0.55
WHO = f"B-{PEOPLE:07}"
HOME = f"/participants/{WHO}/"
PAGES = {
    Role.ASSESSOR: ("/", "/participants/", HOME, f"{HOME}course/", f"{HOME}visits/", "/flow/"),
    Role.BLINDED_STATISTICIAN: ("/flow/", "/exports/"),
    Role.SAFETY_CLINICIAN: ("/safety/", HOME, "/api/v1/flow/"),
}  # fmt: skip


def run(size: str) -> list[Result]:
    site = ground.load_trial()
    viewers = {role: _viewer(role, site) for role in PAGES}
    with _worlds(site) as worlds:
        return [_page(role, page, viewers[role], worlds, size) for role, pages in PAGES.items() for page in pages]


def _viewer(role: Role, site: Site) -> User:
    made = staff.invite(username=f"eyes_{role}", name=role.words, role=role, site=site, by=ground.SHELL, at=ground.AT)
    return made.invitation.user


@contextmanager
def _worlds(site: Site) -> Iterator[list[object]]:
    """A connection to each: where the person waits, where they trained, where they wait once more."""
    owner_url = os.environ["DATABASE_OWNER_URL"]
    base, clones = owner_url.rsplit("/", 1)[1], Clones(with_name(owner_url, "postgres"))
    with ground.filling() as owner:
        ground.fill_people(owner, site, PEOPLE - 1, at=ground.AT, arm="WL")
    connections["default"].close()
    names = [f"{base}_waits", f"{base}_trains", f"{base}_waits_too"]
    for name in names:
        clones.clone(name, of=base)
    for name, fill in zip(names, (_waiting, _trained, _waiting), strict=True):
        os.environ["DATABASE_OWNER_URL"] = with_name(owner_url, name)
        with ground.filling() as owner:
            fill(owner, site)
            owner.execute("UPDATE trials_allocation SET dummy_arm = 'WL'")
    os.environ["DATABASE_OWNER_URL"] = owner_url
    kept, held = connections["default"], []
    try:
        for name in names:
            made = connections.create_connection("default")
            made.settings_dict = {**made.settings_dict, "NAME": name}
            held.append(made)
        yield held
    finally:
        for made in held:
            made.close()
        connections["default"] = kept
        for name in names:
            clones.drop(name)


def _waiting(owner: object, site: Site) -> None:
    ground.fill_people(owner, site, 1, first=PEOPLE, at=ground.AT, arm="WL")  # type: ignore[arg-type]


def _trained(owner: object, site: Site) -> None:
    ground.fill_trained(owner, site, 1, first=PEOPLE, on=ground.AT.date(), arm=ground.training_arm())  # type: ignore[arg-type]


def _page(role: Role, page: str, viewer: User, worlds: list[object], size: str) -> Result:
    """Fails where the worlds are told apart better than the limit allows, by more than what so many calls leave to chance."""
    calls = CALLS[size]
    clients = [_logged_in(world, viewer) for world in worlds]
    lanes = {"limit": 0, "subject": 1, "again": 2}
    taken: dict[str, list[float]] = {lane: [] for lane in lanes}
    orders = (("limit", "subject", "again"), ("subject", "again", "limit"), ("again", "limit", "subject"))
    bodies: dict[str, int] = {}
    for turn in range(calls + 10):
        for lane in orders[turn % 3]:
            seconds, bodies[lane] = _ask(worlds[lanes[lane]], clients[lanes[lane]], page)
            if turn >= 10:
                taken[lane].append(seconds)
    assert bodies["limit"] == bodies["subject"], f"{role} {page}: the worlds differ in length"
    found, guard = (folded(taken["limit"], taken[lane]) for lane in ("subject", "again"))
    chance = 2 * math.sqrt((2 * calls + 1) / (12 * calls * calls))  # two standard errors of the area with nothing to tell
    assert found <= LIMIT + chance or guard > LIMIT, f"{role} {page}: told apart with an area of {found:.3f}"
    pairs = of_times(taken["limit"], taken["subject"], taken["again"], each=max(8, calls // 20))
    notes = {"area": round(found, 3), "area between two that are alike": round(guard, 3), "calls": calls}
    print(f"{role} {page}: area {found:.3f}, guard {guard:.3f}, {calls} paired calls")
    return Result(
        job=f"blind_{role.value}_{_named(page)}", unit="page", rows=PEOPLE, size=size,
        limit="the same page where the person waits", pairs=pairs, notes=notes,
    )  # fmt: skip


def _named(page: str) -> str:
    return page.strip("/").replace("/", "_").replace(WHO, "person") or "today"


def _logged_in(world: object, viewer: User) -> Client:
    connections["default"] = world  # type: ignore[assignment]
    client = Client()
    client.force_login(viewer)
    return client


def _ask(world: object, client: Client, page: str) -> tuple[float, int]:
    connections["default"] = world  # type: ignore[assignment]
    began = perf_counter()
    answer = client.get(page)
    seconds = perf_counter() - began
    assert answer.status_code == 200, f"{page}: {answer.status_code}"
    return seconds, len(answer.content)


def folded(one: Sequence[float], two: Sequence[float]) -> float:
    """The area under the ROC curve, whichever of the two is slower: 0.5 tells nothing, 1 everything."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in two])
    ranks = sum(place for place, (_, which) in enumerate(ranked, start=1) if which)
    area = (ranks - len(two) * (len(two) + 1) / 2) / (len(one) * len(two))
    return max(area, 1 - area)
