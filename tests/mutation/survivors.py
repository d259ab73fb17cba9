"""What a hunt found, and the reasons why some of it need not be caught (survivors.toml)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

GIVES_UP_AFTER = 3600  # seconds by the clock, should everything stand still
SURVIVORS, HUNT = (Path(__file__).with_name(name) for name in ("survivors.toml", "hunt.py"))
LIGHT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def reasons() -> list[dict[str, str]]:
    return tomllib.loads(SURVIVORS.read_text())["survivor"]


def speaks_of(known: dict[str, str], mutant: dict[str, str]) -> bool:
    """Whether a reason of survivors.toml is that of this mutant: its very change, or a kind of change that alters nothing."""
    if "pattern" in known:
        return bool(re.fullmatch(known["pattern"], f"{mutant['was']} -> {mutant['becomes']}"))
    return (known["module"], known["was"], known["becomes"]) == (mutant["module"], mutant["was"], mutant["becomes"])


def hunted(folder: Path) -> dict[str, Any]:
    """What became of every mutant of a staged folder: how many were killed, and the others with their change."""
    done = subprocess.run(
        [sys.executable, str(HUNT)], cwd=folder, env={**os.environ, **LIGHT}, capture_output=True, text=True, timeout=GIVES_UP_AFTER
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads((folder / "found.json").read_text())
