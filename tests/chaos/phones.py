"""People who answer their questions over HTTP, patiently, and remember exactly what the server told them was kept."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

LINK = re.compile(r"/me/#t=(\S+)")
SENDING_ID = re.compile(r'name="uuid" value="([^"]+)"')
PHQ9, GAD7, SAFETY_ITEM = range(1, 10), range(10, 17), 9
GIVES_UP_AFTER = 240.0


@dataclass
class Person:
    """One participant: what they will answer, when they act, and what has been acknowledged to them.

    `drops_out` stops after the safety item and never sends; `slow` waits for the second message; `quiet` never answers.
    """

    number: int
    trial_id: str
    reached_at: str  # an e-mail address, or a telephone number
    answers: dict[int, int]
    slow: bool = False
    drops_out: bool = False
    quiet: bool = False
    kept: dict[int, int] = field(default_factory=dict)
    sent: bool = False

    @property
    def distressed(self) -> bool:
        return self.answers[SAFETY_ITEM] >= 1

    @property
    def totals(self) -> dict[str, int]:
        return {"phq9": sum(self.answers[n] for n in PHQ9), "gad7": sum(self.answers[n] for n in GAD7)}


def somebody(number: int, trial_id: str, email: str, chance: random.Random) -> Person:
    """Every third person tells of thoughts that call for help, every fourth is slow, every fifth goes away in the middle."""
    answers = {n: chance.randrange(4) for n in (*PHQ9, *GAD7)} | {SAFETY_ITEM: 1 + chance.randrange(3) if number % 3 == 0 else 0}
    return Person(number, trial_id, email, answers, slow=number % 4 == 1, drops_out=number % 5 == 3)


def quiet(number: int, trial_id: str, reached_at: str) -> Person:
    """Somebody who is only written to."""
    return Person(number, trial_id, reached_at, dict.fromkeys((*PHQ9, *GAD7), 0), quiet=True)


class Gone(Exception):
    """The server could not be reached, or did not answer to the end."""


class Phone:
    """A browser without script, at an address of its own on the loopback network; it asks again until it gets an answer."""

    def __init__(self, address: str, person: Person, hurry: threading.Event) -> None:
        self.server, self.person, self.hurry = urlsplit(address), person, hurry
        self.own = f"127.0.{person.number // 200 + 1}.{person.number % 200 + 1}"
        self.cookies: SimpleCookie = SimpleCookie()

    def answer(self, token: str) -> None:
        """The whole way from the link to the receipt; `person` keeps what was acknowledged."""
        self.asks("GET", "/me/")
        self.asks("POST", "/me/", {"t": token}, until=302)
        for number, value in self.person.answers.items():
            self.asks("POST", f"/me/question/{number}/", {"answer": str(value)}, until=302)
            self.person.kept[number] = value
            if self.person.drops_out and number == SAFETY_ITEM:
                return
        found = SENDING_ID.search(self.asks("GET", "/me/review/"))
        assert found, "the review page has no sending id"
        self.asks("POST", "/me/send/", {"uuid": found[1]}, until=302, to="/me/receipt/")
        self.person.sent = True

    def asks(self, method: str, path: str, form: dict[str, str] | None = None, *, until: int = 200, to: str = "") -> str:
        """Again and again until this answer comes; another answer than a fault of the moment ends the test."""
        patience = time.monotonic() + GIVES_UP_AFTER
        while True:
            try:
                status, where, body = self._once(method, path, form)
            except (OSError, http.client.HTTPException):
                status, where, body = 503, "", ""
            if status == until and where.startswith(to):
                return body
            assert status in (429, 500, 502, 503), f"{method} {path} answered {status} {where}: {body[:300]}"
            assert time.monotonic() < patience, f"{method} {path} had no answer in {GIVES_UP_AFTER:.0f} s, at last {status}"
            self.hurry.wait(0.2)

    def _once(self, method: str, path: str, form: dict[str, str] | None) -> tuple[int, str, str]:
        line = http.client.HTTPConnection(self.server.hostname, self.server.port, timeout=10, source_address=(self.own, 0))
        try:
            body = None if form is None else urlencode(form | {"csrfmiddlewaretoken": self.cookies["uplift-csrf"].value})
            headers = {"Cookie": "; ".join(f"{name}={m.value}" for name, m in self.cookies.items())}
            line.request(method, path, body, headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {}))
            answer = line.getresponse()
            text = answer.read().decode()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    self.cookies.load(value)
            return answer.status, answer.getheader("Location", ""), text
        finally:
            line.close()
