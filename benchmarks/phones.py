"""Eight phones at once: sends prepared requests over kept connections, one at a time each, and times them together."""

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


def send_all(port: int, requests: Sequence[bytes], *, expect: int) -> float:
    """Seconds until every request is answered. Raises AssertionError for any other status than `expect`."""
    waiting = list(reversed(requests))
    with selectors.DefaultSelector() as watch:
        phones = [_Phone(socket.create_connection(("127.0.0.1", port), PATIENCE)) for _ in range(min(PHONES, len(requests)))]
        began, busy = perf_counter(), 0
        for phone in phones:
            watch.register(phone.line, selectors.EVENT_READ, phone)
            phone.line.sendall(waiting.pop())
            busy += 1
        while busy:
            ready = watch.select(PATIENCE)
            assert ready, "the server did not answer in time"
            for key, _ in ready:
                phone = key.data
                said = phone.line.recv(65536)
                assert said, "the server hung up"
                phone.heard += said
                status = phone.whole()
                if status is None:
                    continue
                assert status == expect, f"the server answered {status}, not {expect}"
                if waiting:
                    phone.line.sendall(waiting.pop())
                else:
                    busy -= 1
        took = perf_counter() - began
    for phone in phones:
        phone.line.close()
    return took
