"""The secret behind a cut's new ids and shifts: random, beside the frozen files, never in them; whoever has it leads ids back."""

from __future__ import annotations

import os
from pathlib import Path

from trials import entropy


def secret_of(folder: Path) -> bytes:
    """32 bytes, made when the first export of the cut needs them and kept, so that the same cut gives the same ids."""
    path = folder.with_name(f"{folder.name}.pseudonyms")
    if not path.is_file():
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(entropy.fresh("pseudonyms", folder.name).hex().encode())
        beside.rename(path)
    return bytes.fromhex(path.read_text())
