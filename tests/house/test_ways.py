"""From Today by links alone: whatever is linked to somebody opens to them, and no link leads nowhere."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from tests.house.doors import PARAMETER
from tests.house.lived import Lived
from trials.domain.roles import ROLE_NAMES

pytestmark = [pytest.mark.unmeasured, pytest.mark.long(minutes=2)]

LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.S)
LEAST = 8  # kinds of pages that even a statistician comes to
ADDRESSES = 6  # of one kind that are looked at, participants' records above all
LETTERS = ("demo/mail/",)  # what was written to others holds addresses that are theirs


def route_of(path: str) -> str:
    return PARAMETER.sub(r"<\1>", resolve(path).route)


def walked(client: Client) -> tuple[int, list[str]]:
    """How many kinds of pages links lead to, and what was wrong on the way."""
    faults: list[str] = []
    waiting, known, looked = deque([("/", "")]), {"/"}, Counter[str]()
    while waiting:
        address, came_from = waiting.popleft()
        path = urlsplit(address).path
        try:
            route = route_of(path)
        except Resolver404:
            faults.append(f"{came_from}: {address} is no page")
            continue
        kind = route + "?" * bool(urlsplit(address).query)
        looked[kind] += 1
        if looked[kind] > ADDRESSES:
            continue
        answer = client.get(address)
        if answer.status_code >= 400:
            faults.append(f"{came_from}: {address} answers {answer.status_code}")
            continue
        if not answer.headers["Content-Type"].startswith("text/html") or answer.streaming or route in LETTERS:
            continue
        for found, words in LINK.findall(answer.content.decode()):
            if not found:
                faults.append(f"{path}: {re.sub('<[^>]+>', '', words).strip()!r} leads nowhere")
            target = urlsplit(urljoin(address, html.unescape(found)))
            there = target.path + (f"?{target.query}" if target.query else "")
            if target.scheme in ("", "http") and target.netloc in ("", "testserver") and there not in known:
                known.add(there)
                waiting.append((there, path))
    return len(looked), faults


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_no_link_leads_to_a_closed_door_or_nowhere(lived: Lived, role: str) -> None:
    client = Client()
    client.force_login(lived.user(role))
    looked, faults = walked(client)
    assert faults == []
    assert looked >= LEAST
