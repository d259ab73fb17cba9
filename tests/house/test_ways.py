"""Whoever may open a page is led to it from Today by links alone, and no link on the way leads to a closed door or nowhere."""

from __future__ import annotations

import csv
import html
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from tests.house.doors import PARAMETER
from tests.house.lived import Lived
from trials.domain.roles import ROLE_NAMES

pytestmark = [pytest.mark.unmeasured, pytest.mark.long(minutes=2)]

TABLE = Path(__file__).resolve().parents[2] / "docs/access.csv"
LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]*)"[^>]*>(.*?)</a>', re.S)
ADDRESSES = 6  # of one kind that are looked at, participants' records above all
NO_LINK = (
    "healthz", "sw.js", "login/", "logout/", "welcome/", "static/<path>", "calendar/<token>.ics", "me/", "me/stop/<token>",
    "gym/kept/", "gym/token/", "search/", "code-break/", "styleguide/", "styleguide/confirm/", "styleguide/gym/", "styleguide/participant/", "styleguide/plain/",
)  # fmt: skip


@dataclass
class Walk:
    """Where somebody came by links: the kinds of addresses, and what was wrong on the way."""

    routes: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def route_of(path: str) -> str:
    return PARAMETER.sub(r"<\1>", resolve(path).route)


def walked(client: Client) -> Walk:
    walk, waiting, known, looked = Walk(), deque([("/", "")]), {"/"}, Counter[str]()
    while waiting:
        address, came_from = waiting.popleft()
        path = urlsplit(address).path
        try:
            route = route_of(path)
        except Resolver404:
            walk.faults.append(f"{came_from}: {address} is no page")
            continue
        kind = route + "?" * bool(urlsplit(address).query)
        looked[kind] += 1
        if looked[kind] > ADDRESSES:
            continue
        answer = client.get(address)
        if answer.status_code >= 400:
            walk.faults.append(f"{came_from}: {address} answers {answer.status_code}")
            continue
        walk.routes.add(route)
        if not answer.headers["Content-Type"].startswith("text/html") or answer.streaming:
            continue
        for found, words in LINK.findall(answer.content.decode()):
            if not found:
                walk.faults.append(f"{path}: {re.sub('<[^>]+>', '', words).strip()!r} leads nowhere")
            target = urlsplit(urljoin(address, html.unescape(found)))
            there = target.path + (f"?{target.query}" if target.query else "")
            if target.scheme in ("", "http") and target.netloc in ("", "testserver") and there not in known:
                known.add(there)
                waiting.append((there, path))
    return walk


def open_to(role: str) -> set[str]:
    """The kinds of pages that the reviewed table opens to the role, of people at the role's own site."""
    with TABLE.open() as file:
        rows = [r for r in csv.DictReader(file) if r["method"] == "GET" and r["whose"] in ("", "own") and r[role] == "yes"]
    return {r["route"] for r in rows if not r["route"].startswith("api/")}


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_links_lead_to_every_page_and_to_no_closed_door(lived: Lived, role: str) -> None:
    client = Client()
    client.force_login(lived.user(role))
    walk = walked(client)
    assert walk.faults == []
    assert sorted(open_to(role) - walk.routes - set(NO_LINK)) == []
