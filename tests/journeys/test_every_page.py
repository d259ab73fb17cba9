"""Every page that a role's menu and a person's record lead to, over the demonstration trial, looked at as on the journeys."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import WAYS
from trials.domain.roles import Role

pytestmark = [pytest.mark.browser, pytest.mark.long(minutes=5)]

UNTIL = "2026-05-15T18:00:00Z"
RECORD = ("", "visits/", "sessions/", "clinical/", "messages/", "course/", "loads/", "training/", "screening/", "withdraw/", "events/new/")


@pytest.mark.parametrize("walk", WAYS[:1], ids=["1280 px"], indirect=True)
def test_every_page_of_every_role(stack, walk):
    from datetime import datetime

    stack.manage("build_demo", "--until", UNTIL)
    stack.travel(datetime.fromisoformat(UNTIL))
    person = stack.rows(
        "SELECT u.trial_id FROM trials_unit u JOIN trials_allocation a ON a.unit_id = u.id JOIN trials_site s ON s.id = u.site_id WHERE s.code = 'LIM' ORDER BY u.trial_id LIMIT 1"
    )[0][0]
    seen = {}
    for role in Role:
        walker = walk(role.value).expecting(403, 404).logs_in(role.value, "demonstration")
        menu = walker.page.locator("#nav a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        reached = []
        for path in [*menu, "/account/", *(f"/participants/{person}/{part}" for part in RECORD)]:
            answer = walker.page.goto(walker.address + path)
            assert answer.status in (200, 403, 404), f"{role}: {answer.status} at {path}"
            assert answer.status == 200 or path not in menu, f"{role}: the menu leads to {answer.status} at {path}"
            if answer.status == 200:
                reached.append(path)
                walker.look()
        seen[role] = len(reached)
    assert seen[Role.COORDINATOR] > seen[Role.BLINDED_STATISTICIAN] >= 3, seen
    assert seen[Role.ASSESSOR] > seen[Role.BLINDED_STATISTICIAN], seen
