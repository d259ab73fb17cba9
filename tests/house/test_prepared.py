"""Tests begin with the state that their fixtures lead to, and leave nothing behind in it."""

from __future__ import annotations

import pytest
from django.db import connections

from tests import plugin
from tests.cast import SHELL, engage
from tests.prepared import begins_with
from trials.domain.roles import Role
from trials.models import Event, Trial, User


def database() -> str:
    return str(connections["default"].settings_dict["NAME"])


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_writes_the_next_does_not_find(request, cast, at, turn: str) -> None:
    assert begins_with(request.node) == "cast"
    assert database() != plugin.DATABASE
    assert User.objects.count() == len(Role) + 1 == Event.objects.filter(verb="staff.invited").count()
    cast.coordinator.name = "Somebody else"
    cast.coordinator.save()
    engage("newcomer", Role.ASSESSOR, cast.first, at=at)
    assert User.objects.count() == len(Role) + 2
    assert {event.actor for event in Event.objects.filter(verb="staff.invited")} == {SHELL.actor}


@pytest.mark.parametrize("turn", ["first", "second"])
def test_nobody_is_changed_by_another_test(cast, turn: str) -> None:
    assert (cast.coordinator.name, User.objects.get(username="coordinator").name) == ("Coordinator", "Coordinator")


def test_a_trial_without_staff_is_another_state(request, trial) -> None:
    assert (begins_with(request.node), trial.code, User.objects.count()) == ("trial", Trial.objects.get().code, 0)


def test_a_test_without_either_begins_empty(request, db) -> None:
    assert (begins_with(request.node), database(), Trial.objects.count()) == ("", plugin.DATABASE, 0)


class TestWithOneOfItsOwn:
    """A `trial` nearer to the test than everybody's is made by the test."""

    @pytest.fixture
    def trial(self, db) -> None:
        assert not Trial.objects.exists()

    def test_it_is_not_prepared(self, request, trial) -> None:
        assert (begins_with(request.node), database()) == ("", plugin.DATABASE)


def test_a_database_of_its_own_begins_empty(request, committing) -> None:
    assert (begins_with(request.node), database(), Trial.objects.count()) == ("", committing, 0)
