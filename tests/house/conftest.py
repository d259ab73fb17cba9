"""The lived-in trial that doors are tried on: committed once a module on a clone of its own, standing at its last moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import plugin
from tests.house.lived import END, OTHER, OWN, Lived, live, prepare, randomise, standing_in


@pytest.fixture(scope="module")
def lived(django_db_blocker) -> Iterator[Lived]:
    name = plugin.clone("lived")
    with django_db_blocker.unblock(), standing_in(name), pytest.MonkeyPatch.context() as patch:
        made = prepare()
        randomise(made, {OWN: "RET", OTHER: "RET", "third": "WL"})
        live(made)
        patch.setattr("trials.clock.now", lambda: END)
        patch.setattr("outcomes.pages.me.too_many", lambda request: False)
        yield made
    plugin.drop(name)
