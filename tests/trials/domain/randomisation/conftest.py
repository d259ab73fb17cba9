from __future__ import annotations

from collections.abc import Iterator

import pytest

from trials.domain.randomisation import walk
from trials.domain.randomisation.design import accrual
from trials.domain.randomisation.design.figures import exact, figures_of


@pytest.fixture
def sixty_runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Simulations are kept short, and what was kept of others is forgotten."""
    figures_of.cache_clear()
    exact.cache_clear()
    monkeypatch.setattr(accrual, "MOST_RUNS", 60)
    monkeypatch.setattr(walk, "MOST_WORK", walk.MOST_WORK // 10)
    yield
    figures_of.cache_clear()
    exact.cache_clear()
