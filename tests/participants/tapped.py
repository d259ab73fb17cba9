"""A line with an ear on it: passes everything on, and remembers the bytes as they stood on the wire."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Tap:
    def __init__(self, port: int) -> None:
        self.target, self.heard = port, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]

    def listen(self) -> None:
        with suppress(OSError):  # the door is shut at the end
            while True:
                caller = self.door.accept()[0]
                other = socket.create_connection(("127.0.0.1", self.target), 5)
                for one, two in ((caller, other), (other, caller)):
                    threading.Thread(target=self._pass_on, args=(one, two), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                self.heard += said
                target.sendall(said)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def tapped(port: int) -> Iterator[Tap]:
    """On the line to that port of this machine."""
    tap = Tap(port)
    ear = threading.Thread(target=tap.listen, daemon=True)
    ear.start()
    try:
        yield tap
    finally:
        tap.door.shutdown(socket.SHUT_RDWR)
        tap.door.close()
        ear.join(5)
