"""The pages for a browser, served from a process of their own: no thread of a server lives in the process of the tests.

The server stands at one moment. A line of JSON on its standard input names the database, and the folder of words, that it serves from
then on; it answers with a line once nothing of the last ones is under way any more, and ends with its input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

ROOT = Path(__file__).resolve().parents[1]
WITHIN = 30.0  # seconds that an answer may still take when the database is changed


@dataclass
class Site:
    """The running server: `address`, and `serve` to point it at a database (None: at none, every request is refused)."""

    process: subprocess.Popen[str]
    log: Path
    address: str = ""

    def serve(self, database: str | None, *, words: Path | None = None) -> None:
        json.dump({"database": database, "words": words and str(words)}, self.process.stdin)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.hear()

    def hear(self) -> str:
        """Its next line; at most so long as one answer may take."""
        if said := self.process.stdout.readline():
            return said.strip()
        raise AssertionError(f"the server of the pages has ended:\n{self.log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server a run, that serves nothing yet."""
    from tests.conftest import AT

    log = tmp_path_factory.mktemp("pages") / "server.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.site", AT.isoformat()], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )  # fmt: skip
    with process:
        site = Site(process, log)
        site.address = f"http://127.0.0.1:{site.hear()}"
        yield site
        process.stdin.close()


@pytest.fixture
def site(server: Site, committing: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address under which the test's own database is served; `server` can be told of other words than the installation's."""
    from tests.conftest import AT
    from trials import clock

    monkeypatch.setattr(clock, "now", lambda: AT)
    server.serve(committing)
    yield server.address
    server.serve(None)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Nothing."""


class Gate:
    """Requests go through while a database is named; changing it waits for those that are within."""

    def __init__(self) -> None:
        self.open, self.within, self.changed = False, 0, threading.Condition()

    @contextmanager
    def through(self) -> Iterator[bool]:
        with self.changed:
            may = self.open
            self.within += may
        try:
            yield may
        finally:
            with self.changed:
                self.within -= may
                self.changed.notify_all()

    def shut(self) -> None:
        with self.changed:
            self.open = False
            if not self.changed.wait_for(lambda: self.within == 0, timeout=WITHIN):
                raise SystemExit(f"{self.within} answers are still under way after {WITHIN} s")


def _main(at: datetime) -> None:
    from django.conf import settings
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.cache import cache
    from django.db import connections

    from config.wsgi import application as real
    from trials import clock

    clock.now = lambda: at
    own_words, gate, application = settings.UPLIFT_WORDS, Gate(), StaticFilesHandler(real)

    def answer(environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
        """Each answer gives its database connection back, so that the next one reads whatever is named then."""
        with gate.through() as may:
            if not may:
                start_response("503 Service Unavailable", [])
                return []
            try:
                return list(application(environ, start_response))
            finally:
                connections.close_all()

    listening = make_server("127.0.0.1", 0, answer, server_class=Server, handler_class=Quiet)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    print(listening.server_port, flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        gate.shut()
        cache.clear()
        settings.UPLIFT_WORDS = Path(told["words"]) if told["words"] else own_words
        if told["database"]:
            connections.databases["default"]["NAME"] = told["database"]
            gate.open = True
        print("told", flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    _main(datetime.fromisoformat(sys.argv[1]))
