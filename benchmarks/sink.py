"""A mail server that takes everything and notes each Message-ID in a file: `python -m benchmarks.sink PORT FILE`, until it is ended."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from aiosmtpd.controller import Controller

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(\S+)", re.M | re.I)


class Sink:
    def __init__(self, noted: TextIO) -> None:
        self.noted = noted

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = MESSAGE_ID.search(envelope.content)
        assert found, "a mail without a Message-ID"
        self.noted.write(found[1].decode() + "\n")
        self.noted.flush()
        return "250 kept"


def main(port: int, file: Path) -> None:
    with file.open("a") as noted:
        Controller(Sink(noted), hostname="127.0.0.1", port=port).start()
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
