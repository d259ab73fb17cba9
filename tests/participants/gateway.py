"""A gateway for text messages that stands on this machine: takes each key once, answers what it is told to, and can die in between."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gateway(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, door: type[Door] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), door or Door)
        self.asked: list[tuple[dict[str, str], dict[str, object]]] = []  # every request: its head and its body
        self.delivered: dict[str, str] = {}  # key -> number: what people got
        self.answers: list[int | str] = []  # the next ones: a status, or "hang up" after it took the message

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send"


class Door(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((dict(self.headers), body))
        answer = self.server.answers.pop(0) if self.server.answers else 202
        if answer == "hang up" or answer == 202:
            self.server.delivered[body["id"]] = body["to"]
        if answer == "hang up":
            self.close_connection = True
            return
        self.send_response(int(answer))
        if answer == 302:
            self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing on the screen."""


@contextmanager
def standing(door: type[Door] | None = None, *, tls: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """With `tls` it shows that certificate before it listens."""
    gateway = Gateway(door)
    if tls is not None:
        gateway.socket = tls.wrap_socket(gateway.socket, server_side=True)
    thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        thread.join(10)
        gateway.server_close()
