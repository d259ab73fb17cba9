"""Debian's packages, for who is root: the only programs that the launcher ever puts on a machine, and for tests alone."""

from __future__ import annotations

import os
import shutil
import subprocess


def install(*packages: str) -> bool:
    """Whether apt-get has put them there; nothing is tried without it or by anybody but root."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", *words], check=False, capture_output=True, env=quiet, stdin=subprocess.DEVNULL)
    return done.returncode == 0
