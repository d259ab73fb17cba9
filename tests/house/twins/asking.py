"""Everything a viewer can ask of the program, and all that comes back: status, headers, cookies, body, log lines, statements."""

from __future__ import annotations

import difflib
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIRequest
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from tests.house.doors import HEADERS
from tests.taken_back import taken_back
from trials.logs import Lines

FORM = "application/x-www-form-urlencoded"
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"|"X-CSRFTOKEN"\] = "[^"]+"')
RANDOM = (settings.CSRF_COOKIE_NAME, settings.SESSION_COOKIE_NAME)
STAMP = re.compile(r":\w{6}:[\w-]{43}")  # moment and signature of a signed cookie
TABLE = re.compile(r"\b(?:trials|participants|outcomes|auth|django)_\w+\b|\brow_version\b")


@dataclass(frozen=True)
class Ask:
    """One request; where it is not refused, `then` is asked after it within the same transaction, which is taken back."""

    name: str
    method: str
    address: str
    body: str = ""
    kind: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    then: str = ""
    route: str = ""


@dataclass(frozen=True)
class Answer:
    """What reaches the viewer (`told`), what reaches the log, and what was read for it."""

    told: tuple[object, ...]
    log: tuple[str, ...]
    read: tuple[tuple[str, int], ...] = field(compare=False)  # (statement, rows it gave)

    @property
    def tables(self) -> set[str]:
        return {table for sql, _ in self.read for table in TABLE.findall(sql)}

    @property
    def writes(self) -> bool:
        return any(sql.startswith("INSERT") for sql, _ in self.read)


class Viewer:
    """Somebody logged in before the worlds parted, so that their cookie is the same in all."""

    def __init__(self, cookie: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.cookies[settings.SESSION_COOKIE_NAME] = cookie

    def ask(self, ask: Ask) -> Answer:
        cookies = self.client.cookies.copy()
        cache.clear()
        with _listening() as (lines, read), taken_back():
            answer = self._answer(ask.method, ask.address, ask)
            told: tuple[object, ...] = told_by(answer)
            if ask.then and answer.status_code < 400:
                told += told_by(self._answer("GET", ask.then))
        self.client.cookies = cookies
        return Answer(told, tuple(lines), tuple(read))

    def _answer(self, method: str, address: str, ask: Ask | None = None) -> HttpResponse:
        if ask is None or method == "GET":
            return self.client.get(address, headers=dict(ask.headers) if ask else None)
        return self.client.generic(method, address, ask.body, content_type=ask.kind or FORM, headers=HEADERS)


def told_by(answer: HttpResponse) -> tuple[object, ...]:
    """Every byte of it, the form tokens and the keys of sessions put out of sight."""
    cookies = [(name, "" if name in RANDOM else STAMP.sub("", morsel.OutputString())) for name, morsel in sorted(answer.cookies.items())]
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in ("Set-Cookie", "Content-Length"))
    shown = TOKEN.sub(b"", content)
    return answer.status_code, tuple(headers), tuple(cookies), len(content), shown


@contextmanager
def _listening() -> Iterator[tuple[list[str], list[tuple[str, int]]]]:
    """The lines that would go to the log, times left out, and the statements with the rows each gave."""
    lines: list[str] = []
    read: list[tuple[str, int]] = []
    held = io.StringIO()
    handler = logging.StreamHandler(held)
    handler.setFormatter(Lines())

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if "SAVEPOINT" not in sql:  # their names hold a number of the process
            read.append((sql, context["cursor"].rowcount))
        return result

    logging.getLogger().addHandler(handler)
    try:
        with connection.execute_wrapper(note):
            yield lines, read
    finally:
        logging.getLogger().removeHandler(handler)
        for line in held.getvalue().splitlines():
            kept = json.loads(line)
            lines.append(json.dumps({k: v for k, v in kept.items() if k not in ("at", "seconds")}))


@contextmanager
def standing_still(moment: Any, *, page: int = 2) -> Iterator[None]:
    """The clock stands, no door counts its callers, and lists have pages of so many, so that small worlds have several."""
    made = Paginator.__init__

    def small(self: Any, object_list: Any, per_page: int, *args: Any, **kwargs: Any) -> None:
        made(self, object_list, min(per_page, page), *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trials.clock.now", lambda: moment)
        patch.setattr("outcomes.pages.me.too_many", lambda request: False)
        patch.setattr("celery.app.task.Task.apply_async", lambda *given, **more: None)  # no broker, which may be busy in one world
        patch.setattr(Paginator, "__init__", small)
        yield


@contextmanager
def keys_read() -> Iterator[set[str]]:
    """The keys of the query string that the program looks at, whichever form or view does."""
    keys: set[str] = set()
    kept: Any = WSGIRequest.GET

    class Heard(kept.func(type("R", (), {"environ": {"QUERY_STRING": ""}, "encoding": None, "_encoding": None})()).__class__):  # type: ignore[misc]
        def __getitem__(self, key: str) -> Any:
            keys.add(key)
            return super().__getitem__(key)

        def getlist(self, key: str, default: Any = None) -> Any:
            keys.add(key)
            return super().getlist(key, default)

        def get(self, key: str, default: Any = None) -> Any:
            keys.add(key)
            return super().get(key, default)

        def __contains__(self, key: object) -> bool:
            keys.add(str(key))
            return super().__contains__(key)

    def heard(request: WSGIRequest) -> Any:
        return Heard(request.environ.get("QUERY_STRING", ""), encoding=request.encoding)

    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(WSGIRequest, "GET", property(heard))
        yield keys


def parted(one: Answer, two: Answer) -> str:
    """Where two answers part, in a few lines; empty where they don't."""
    if one.told == two.told and one.log == two.log:
        return ""
    said = [str((a, b)) for a, b in zip(one.told, two.told, strict=False) if a != b and not isinstance(a, bytes)]
    said += [f"log: {a} / {b}" for a, b in zip(one.log, two.log, strict=False) if a != b]
    if len(one.log) != len(two.log):
        said.append(f"{len(one.log)} / {len(two.log)} lines in the log")
    for a, b in zip(one.told, two.told, strict=False):
        if isinstance(a, bytes) and isinstance(b, bytes) and a != b:
            lines = [side.decode("utf-8", "replace").splitlines() for side in (a, b)]
            said += [line[:300] for line in difflib.unified_diff(*lines, lineterm="", n=0) if line[:1] in "+-"]
    return "\n".join(said)[:1500]
