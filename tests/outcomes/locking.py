"""The steps of the data's lock, as the tests take them; the fixture of whom they need stands in `tests/outcomes/actions/conftest.py`."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from outcomes.actions import exports, locks
from outcomes.models import Cut
from tests.cast import PASSWORD, SHELL
from trials.models import LockSignature, LockStep, User

WHY = "The last visit is over"


def soft(world: SimpleNamespace) -> LockStep:
    return locks.soft_lock(reason=WHY, by=world.manager, at=world.now)


def cut(world: SimpleNamespace, hours: int = 1) -> Cut:
    at = world.now + timedelta(hours=hours)
    return exports.take_cut(at, by=SHELL, at=at)


def sign(world: SimpleNamespace, taken: Cut, by: User, hours: int = 2) -> LockSignature:
    return locks.sign_hard_lock(cut_at=taken.at, password=PASSWORD, by=by, at=world.now + timedelta(hours=hours))


def hard(world: SimpleNamespace) -> Cut:
    soft(world)
    taken = cut(world)
    sign(world, taken, world.pi)
    sign(world, taken, world.blinded_statistician, 3)
    return taken
