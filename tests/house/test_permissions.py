"""Every door x method x role x site, against the reviewed table docs/access.csv. A door without a row is a fault: what is not written is closed.

In the table `yes` means that the door is reached: the page or the answer comes, or the step is refused for its content. `404` and
`403` are closed doors, the first where even the existence of what stands behind is nobody's business; `login` sends to the front door.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from outcomes.pages.whereabouts import COOKIE, SALT
from participants.models import PersonalLink
from tests.house import doors
from tests.house.lived import OTHER, OWN, Lived
from tests.taken_back import taken_back
from trials.domain.roles import ROLE_NAMES

pytestmark = pytest.mark.unmeasured

TABLE = Path(__file__).resolve().parents[2] / "docs/access.csv"
PEOPLE = (*ROLE_NAMES, "other_coordinator", "participant", "nobody")
HEAD = ("route", "method", "whose", *PEOPLE)


@pytest.fixture(scope="module")
def visitors(lived: Lived) -> dict[str, Client]:
    found = {person: Client(raise_request_exception=False) for person in PEOPLE}
    for person, client in found.items():
        if person in lived.staff:
            client.force_login(lived.user(person))
    link = PersonalLink.objects.get(participant=lived.person(OWN), visit="week12", expires_at=None)
    found["participant"].cookies[COOKIE] = signing.dumps(link.token_digest, salt=SALT)
    return found


def knock(client: Client, route: str, method: str, lived: Lived, who: str) -> HttpResponse:
    """The answer; whatever was written is taken back, and the visitor stays who they are."""
    place, kept = doors.address(route, lived, who), SimpleCookie(client.cookies)
    sent = json.dumps(doors.body(route, who)) if method == "POST" and route.startswith(doors.API) else ""
    kind = "application/json" if route.startswith(doors.API) else "application/x-www-form-urlencoded"
    cache.clear()
    with taken_back():
        answer = client.generic(method, place, sent, content_type=kind, headers=doors.HEADERS)
    client.cookies = kept
    return answer


def word(answer: HttpResponse) -> str:
    if answer.status_code == 401 or (answer.status_code == 302 and answer.headers["Location"].startswith(f"/{settings.LOGIN_URL}/")):
        return "login"
    if answer.status_code in (403, 404, 405) or answer.status_code >= 500:
        return str(answer.status_code)
    return "yes"


def takes(route: str, method: str, lived: Lived, anybody: Client) -> bool:
    return route != "static/" and knock(anybody, route, method, lived, OWN).status_code != 405


def rows(lived: Lived, visitors: dict[str, Client]) -> Iterator[tuple[str, ...]]:
    for route in doors.routes():
        for method in ("GET", "POST"):
            if not takes(route, method, lived, visitors["manager"]):
                continue
            for who in (OWN, OTHER) if doors.is_personal(route) else (OWN,):
                whose = who if doors.is_personal(route) else ""
                yield (route, method, whose, *(word(knock(visitors[p], route, method, lived, who)) for p in PEOPLE))


def test_every_door_opens_to_whom_the_reviewed_table_says(lived, visitors) -> None:
    with TABLE.open(newline="") as file:
        head, *reviewed = (tuple(row) for row in csv.reader(file))
    assert head == HEAD
    found = list(rows(lived, visitors))
    assert sorted(set(found) ^ set(reviewed)) == []
    assert found == reviewed
