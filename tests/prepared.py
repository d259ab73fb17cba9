"""States that many tests begin with, made by the trial's own steps once a worker: each in a database of its own, committed.

A test whose fixtures begin with such a state is given the connection of that database for its time; what the test itself writes is
taken back as in every other. So nothing is different for the test, but the steps that lead to its beginning are not walked again.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django.plugin import blocking_manager_key

from tests import plugin
from tests.cast import hire, load_trial
from tests.conftest import AT
from trials.models import Site, Trial, User

STATES = ("trial", "cast")  # fixtures of tests/conftest.py, each beginning with the one before
# A database of its own; and once the browser runs in a process, Django looks for its connection in another context.
ELSEWHERE = frozenset({"committing", "playwright"})
EVERYBODYS = "tests.conftest"  # a folder or a file with a `trial` or a `cast` of its own makes it itself

_connections: dict[str, BaseDatabaseWrapper] = {}
_hired: dict[str, tuple[type[User | Site], int]] = {}
_left: list[tuple[str, BaseDatabaseWrapper]] = []  # the state that stands, and the connection that it stands in for


def enter(item: pytest.Item) -> None:
    """Before any fixture of the test reaches for a database; not where its module stands in a database of its own choice."""
    own, state = connections["default"], begins_with(item)
    if state and own.settings_dict["NAME"] == plugin.DATABASE:
        connections["default"] = _connections.get(state) or _made(state, own, item.config)
        _left.append((state, own))


def leave() -> None:
    while _left:
        _, connections["default"] = _left.pop()


def begins_with(item: pytest.Item) -> str:
    """The state that the test's fixtures begin with, if any: the furthest to which everybody's fixtures lead."""
    found, known = "", item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    for state in STATES:
        if [defined.func.__module__ for defined in known.get(state, ())] != [EVERYBODYS]:
            break
        found = state
    return "" if ELSEWHERE & known.keys() else found


def trial() -> Trial:
    return Trial.objects.get() if _left else load_trial(at=AT)


def cast() -> SimpleNamespace:
    """As `hire` gives it. Rows are read anew: no test sees what another did to an object."""
    if not _left or _left[-1][0] != "cast":
        return hire(at=AT)
    rows = {kind: kind.objects.in_bulk() for kind in (User, Site)}
    return SimpleNamespace(**{who: rows[kind][pk] for who, (kind, pk) in _hired.items()})


def _made(state: str, own: BaseDatabaseWrapper, config: pytest.Config) -> BaseDatabaseWrapper:
    made = own.copy()
    made.settings_dict["NAME"] = plugin.clone(state)
    connections["default"] = made
    try:
        with config.stash[blocking_manager_key].unblock():
            load_trial(at=AT)
            if state == "cast":
                _hired.update({who: (type(found), found.pk) for who, found in vars(hire(at=AT)).items()})
    finally:
        connections["default"] = own
    _connections[state] = made
    return made
