"""Phones, or desks, at once: sends prepared requests over kept connections, one at a time each, and times them together and each."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

PHONES = 8
PATIENCE = 30.0


@dataclass
class _Phone:
    line: socket.socket
    heard: bytes = b""
    request: bytes = b""
    asked: float = 0.0

    def ask(self, request: bytes) -> None:
        self.request, self.asked = request, perf_counter()
        self.line.sendall(request)

    def dial(self, port: int) -> None:
        """Another line for the same request; the wait goes on."""
        self.line.close()
        self.line = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.line.sendall(self.request)

    def whole(self) -> int | None:
        """The status of the answer once all of it has come."""
        head, gap, body = self.heard.partition(b"\r\n\r\n")
        if not gap:
            return None
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        if len(body) < length:
            return None
        self.heard = body[length:]
        return int(head.split(b" ", 2)[1])


def send_all(port: int, requests: Sequence[bytes], *, expect: int, at_once: int = PHONES, waited: list[float] | None = None) -> float:
    """Seconds until every request is answered; `waited` gets the seconds of each. AssertionError for any other status than `expect`."""
    waiting = list(reversed(requests))
    with selectors.DefaultSelector() as watch:
        phones = [_Phone(socket.create_connection(("127.0.0.1", port), PATIENCE)) for _ in range(min(at_once, len(requests)))]
        began, busy, hung_up = perf_counter(), 0, 0
        for phone in phones:
            watch.register(phone.line, selectors.EVENT_READ, phone)
            phone.ask(waiting.pop())
            busy += 1
        while busy:
            ready = watch.select(PATIENCE)
            assert ready, "the server did not answer in time"
            for key, _ in ready:
                phone = key.data
                said = phone.line.recv(65536)
                if not said and not phone.heard:  # a kept line that the server gave up just then
                    hung_up += 1
                    assert hung_up <= len(phones), "the server hangs up"
                    watch.unregister(phone.line)
                    phone.dial(port)
                    watch.register(phone.line, selectors.EVENT_READ, phone)
                    continue
                assert said, "the server hung up in the middle of an answer"
                phone.heard += said
                status = phone.whole()
                if status is None:
                    continue
                assert status == expect, f"the server answered {status}, not {expect}"
                if waited is not None:
                    waited.append(perf_counter() - phone.asked)
                if waiting:
                    phone.ask(waiting.pop())
                else:
                    busy -= 1
        took = perf_counter() - began
    for phone in phones:
        phone.line.close()
    return took
