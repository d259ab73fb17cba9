"""Bad input at every door: a 4xx with a sentence, nothing half-written, and never a fault of ours.

Each door gets whatever it does not expect, in the address, in the question, as a form and as JSON. What is refused leaves no new
row behind; what is taken in spite of odd input (a page with an unknown filter) is an ordinary answer.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from tests.house import doors
from tests.house.lived import Lived
from tests.taken_back import taken_back
from trials.models import Event, RowVersion

pytestmark = pytest.mark.unmeasured

NUL, HALF = "a\x00b", "\ud800"
NASTY_TEXTS: dict[str, Any] = {
    "NUL": NUL, "far too long": "x" * 5_000, "a superscript digit": "²", "a huge number": "9" * 400, "not a number": "NaN",
    "infinite": "1e400", "negative": "-1", "the year 0": "0000-00-00", "before the trial": "1800-01-01", "after any trial": "9999-12-31",
    "another script's digits": "٣", "a path": "../../etc/passwd", "quotes": "' OR 1=1 --", "a template": "{{ settings.SECRET_KEY }}{% now 'Y' %}",
    "a comma": "1,2,3", "blank": " \t\u200b", "half a minute": "2026-06-11T25:61",
}  # fmt: skip
NASTY_VALUES: dict[str, Any] = NASTY_TEXTS | {
    "half a character": HALF, "none": None, "a list": [], "nested": [[[{"a": []}]]], "a mapping": {"a": {"b": NUL}}, "true": True,
    "a big whole number": 10**30, "a big fraction": 1e308, "minus": -5, "600 kg": 600, "zero": 0, "an empty text": "",
}  # fmt: skip
RAW: dict[str, bytes] = {
    "not JSON": b"{", "nothing": b"", "a list": b"[]", "a text": b'"a"', "null": b"null", "not UTF-8": b'{"a": "\xff"}',
    "100,000 brackets": b"[" * 100_000, "5,000 deep": b"[" * 5_000 + b"]" * 5_000, "33 deep": b'{"a":' * 33 + b"1" + b"}" * 33,
    "1e400": b'{"age": 1e400}', "NaN": b'{"age": NaN}', "Infinity": b'{"age": -Infinity}', "a huge whole number": b'{"age": ' + b"9" * 5_000 + b"}",
    "NUL": b'{"reason": "a\\u0000b"}', "half a character": b'{"reason": "\\ud800"}', "half a character as key": b'{"\\ud800": 1}',
    "an unknown key": b'{"armm": 1}', "the same key twice": b'{"reason": 1, "reason": 2}', "too large": b'{"reason": "' + b"x" * 300_000 + b'"}',
}  # fmt: skip
AT_EVERY_DOOR = ("a list", "NUL", "half a character as key", "the same key twice")  # one parser reads all; these go past it elsewhere
QUERIES = (
    "page=-1", "page=²", "page=99999999999999999999", "sort=arm", "ordering=-allocation__arm", "q=%00", "q=%ED%A0%80", "q=%FF%FE",
    "q=" + "y" * 6_000, "status=RANDOMISED'", "site=²", "on=9999-99-99", "on=-5", "trainer=²", "trainer=" + "9" * 60, "exercise=²&set=-1",
    "about=%0a%0d", "actor[]=1", "row_id=²", "table_name=pg_authid", "theme=%22%3E", "next=//evil.example", "all=²", "early=%00", "as_of=NaN",
    "&".join(f"k{n}=1" for n in range(3_000)),
)  # fmt: skip
READS_QUESTIONS = (
    "", "participants/", "week/", "gym/", "search/", "audit/", "audit/rows/", "messages/", "demo/mail/", "events/", "flow/", "dashboard/", "reports/", "reports/training/", "reports/closed/", "training-calls/", "participants/<trial_id>/training/", "observations/", "providers/",
    "exports/", "safety/", "staff/", "participants/<trial_id>/sessions/<session_no>/", "participants/<trial_id>/", "participants/<trial_id>/visits/", "api/v1/participants/",
    "login/", "me/question/<number>/", "safety/roster/", "call-list/", "participants/<trial_id>/sessions/<session_no>/finish/",
)  # fmt: skip
PLACES = {
    "trial_id": ("P-999", "P-001%00", "..%2f..%2fetc", "%ED%A0%80", "²", "x" * 3_000, "P-001'--", "p-001"),
    "number": ("0", "99999999999999999999999", "²"),
    "text": ("nowhere", "%00", "²", "..%2f", "x" * 3_000, "__class__", "%ED%A0%80"),
}


# The short form tries a few at each door, others at the next, so that each is tried at many; the long form tries all at all.
SOME = [3, pytest.param(len(NASTY_VALUES), marks=pytest.mark.long(minutes=2))]


def some(values: dict[str, Any], count: int, turn: int) -> list[tuple[str, Any]]:
    """So many of the values, others at each turn."""
    pairs = list(values.items())
    return [pairs[(turn * count + n) % len(pairs)] for n in range(min(count, len(pairs)))]


@pytest.fixture(scope="module")
def clients(lived: Lived) -> dict[str, Client]:
    """Who is let in furthest: each door is tried by somebody for whom it is open."""
    found = {role: Client(raise_request_exception=False) for role in ("coordinator", "manager", "pi", "unblinded_statistician")}
    for role, client in found.items():
        client.force_login(lived.user(role))
    return found


def opener(route: str) -> str:
    """The role that comes furthest at this door."""
    if re.match(r"(api/v1/)?(staff|providers|roles|duties|protocol|randomisation|audit|lock|letters)", route):
        return "manager"
    if re.match(r"(api/v1/)?(alerts|safety)", route) or "/assess/" in route:
        return "pi"
    return "unblinded_statistician" if "export" in route else "coordinator"


def written() -> tuple[int, int]:
    """How much there is: versions of rows, and events. A wrong password before a code break is kept on purpose, like a refused login."""
    return RowVersion.objects.count(), Event.objects.exclude(verb="staff.reauthentication_refused").count()


def tried(client: Client, method: str, address: str, sent: bytes | str | dict[str, str] = "", kind: str = "") -> tuple[HttpResponse, bool]:
    """The answer, and whether a refusal left something behind; everything is taken back."""
    cache.clear()
    with taken_back():
        before = written() if method == "POST" else (0, 0)
        if isinstance(sent, dict):
            answer = client.post(address, sent)
        else:
            answer = client.generic(method, address, sent, content_type=kind or "application/octet-stream", headers=doors.HEADERS)
        left = (
            method == "POST" and answer.status_code >= 400 and written() != before and address != "/login/"
        )  # a refused login is an event
    return answer, left


def faults(answer: HttpResponse, left: bool) -> list[str]:
    """What is wrong with an answer to bad input."""
    found = []
    if answer.status_code >= 500:
        found.append(f"status {answer.status_code}")
    if left:
        found.append(f"status {answer.status_code}, but something was written")
    if 400 <= answer.status_code < 500 and answer.status_code != 405 and not _sentence(answer):
        found.append(f"status {answer.status_code} without a sentence: {answer.content[:80]!r}")
    return found


def _sentence(answer: HttpResponse) -> bool:
    """Words that a person can read: two or more, somewhere in the page or in the answer's values."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode("utf-8", "replace"))
    return bool(re.search(r"[A-Za-z']{2,}[^<>{}]* [a-z']{2,}", text))


def writes(*, api: bool) -> list[str]:
    return [
        r
        for r in doors.routes()
        if r.startswith(doors.API) == api and not r.startswith(("static", "logout", "styleguide", "theme", "api/v1/schema", "api/v1/docs"))
    ]


@pytest.mark.parametrize("about", list(RAW))
def test_a_body_that_is_no_request_is_refused_by_every_step_of_the_api(lived, clients, about: str) -> None:
    wrong = {}
    for route in writes(api=True)[:: 1 if about in AT_EVERY_DOOR else 9]:
        answer, left = tried(clients[opener(route)], "POST", doors.address(route, lived), RAW[about], "application/json")
        bad = faults(answer, left)
        if answer.status_code < 400 and (doors.body(route) or about != "nothing"):
            bad.append(f"accepted with {answer.status_code}")
        if bad:
            wrong[route] = bad
    assert wrong == {}


@pytest.mark.parametrize("count", SOME)
def test_one_bad_value_in_a_good_body_is_refused_or_taken_whole(lived, clients, count: int) -> None:
    wrong, turn = {}, 0
    for route in writes(api=True):
        good = doors.body(route)
        client, address = clients[opener(route)], doors.address(route, lived)
        for key in good:
            turn += 1
            for about, value in some(NASTY_VALUES, count, turn):
                answer, left = tried(client, "POST", address, json.dumps(good | {key: value}), "application/json")
                if bad := faults(answer, left):
                    wrong[f"{route} {key}: {about}"] = bad
    assert wrong == {}


def test_an_unknown_key_is_named_by_every_step_of_the_api(lived, clients) -> None:
    silent = []
    for route in writes(api=True):
        sent = json.dumps(doors.body(route) | {"armm": 1})
        answer, left = tried(clients[opener(route)], "POST", doors.address(route, lived), sent, "application/json")
        if answer.status_code not in (404, 405) and not (answer.status_code == 400 and b"armm" in answer.content and not left):
            silent.append((route, answer.status_code))
    assert silent == []


@pytest.mark.parametrize("count", SOME)
def test_forms_filled_with_anything_are_shown_again(lived, clients, count: int) -> None:
    wrong = {}
    for turn, route in enumerate(writes(api=False)):
        client, address = clients[opener(route)], doors.address(route, lived)
        fields = names_on(client, address)
        for about, value in some(NASTY_TEXTS, count, turn):
            answer, left = tried(client, "POST", address, dict.fromkeys(fields, value))
            if bad := faults(answer, left):
                wrong[f"{route}: {about}"] = bad
    assert wrong == {}


def test_a_form_may_hold_half_a_character_or_too_much_and_is_refused(lived, clients) -> None:
    wrong = {}
    for number, route in enumerate(writes(api=False)):
        for sent in (
            b"reason=%ED%A0%80&text=%ED%A0%80",
            b"reason=%FF%FE",
            b"&".join(b"k%d=1" % n for n in range(2_500)),
            b"a=" + b"x" * 300_000,
        )[: None if number % 9 == 0 else 1]:
            client = clients[opener(route)]
            answer, left = tried(client, "POST", doors.address(route, lived), sent, "application/x-www-form-urlencoded")
            if bad := faults(answer, left):
                wrong[f"{route} {sent[:20]!r}"] = bad
    assert wrong == {}


def names_on(client: Client, address: str) -> list[str]:
    """The fields of the page's forms, and those that forms share."""
    page = client.get(address)
    shown = re.findall(r'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"', page.content.decode("utf-8", "replace"))
    common = {
        "reason",
        "text",
        "note",
        "on",
        "clock",
        "client",
        "uuid",
        "exercise_no",
        "set_no",
        "reps",
        "load",
        "answer",
        "token",
        "username",
        "next",
    }
    return sorted((set(shown) | common) - {"csrfmiddlewaretoken"})


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: q[:24])
def test_a_question_in_the_address_never_breaks_a_page(lived, clients, query: str) -> None:
    wrong = {}
    for route in READS_QUESTIONS:
        answer, left = tried(clients[opener(route)], "GET", f"{doors.address(route, lived)}?{query}")
        if bad := faults(answer, left):
            wrong[route] = bad
    assert wrong == {}


@pytest.mark.parametrize("count", SOME)
def test_an_address_made_up_is_not_found(lived, clients, count: int) -> None:
    wrong, turn = {}, 0
    for raw in sorted({r for r in doors.routes() if "<" in r and not r.startswith("static")}):
        for name in doors.PARAMETER.findall(raw):
            kind = (
                name
                if name == "trial_id"
                else "number"
                if name in ("pk", "number", "session_no", "ae_no", "med_no", "dev_no", "alert_no")
                else "text"
            )
            turn += 1
            for odd, _ in some(dict.fromkeys(PLACES[kind]), count, turn):
                address = doors.address(raw.replace(f"<{name}>", odd, 1), lived)
                for method in ("GET", "POST"):
                    if count < len(NASTY_VALUES) and (turn + (method == "POST")) % 2:
                        continue
                    answer, left = tried(clients[opener(raw)], method, address)
                    bad = faults(answer, left)
                    if answer.status_code < 400 and odd not in ("0",) and answer.status_code != 302:
                        bad.append(f"{method} answered {answer.status_code}")
                    if bad:
                        wrong[f"{method} {raw} {name}={odd[:20]}"] = bad
    assert wrong == {}


def test_600_kg_asks_to_be_confirmed(lived, clients) -> None:
    route = "api/v1/participants/<trial_id>/record-strength-test/"
    sent = doors.body(route) | {"load_kg": "600"}
    answer, left = tried(clients["coordinator"], "POST", doors.address(route, lived), json.dumps(sent), "application/json")
    assert (answer.status_code, answer.json()["code"], left) == (409, "confirm", False)
