"""The secret behind a cut's new ids and shifts: random, beside the frozen files, never in them; whoever has it leads ids back."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from trials import entropy


def secret_of(folder: Path) -> bytes:
    """32 bytes, made when the first export of the cut needs them and kept, so that the same cut gives the same ids.

    Of two exports that make it at once, the second takes what the first has kept.
    """
    path = folder.with_name(f"{folder.name}.pseudonyms")
    if not path.is_file():
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # for its owner alone
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(entropy.fresh("pseudonyms", folder.name).hex().encode())
        with suppress(FileExistsError):
            os.link(beside, path)
        os.unlink(beside)
    return bytes.fromhex(path.read_text())
