"""A minimal protocol to spoil, and what the loader says of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from trials.domain.protocol import BadProtocol, load
from trials.domain.protocol.writing import minimal

Edit = tuple[str, str]  # old words of the text, new words

MINIMAL = minimal(["RET", "WL"], ["LIM"])


def edited(edits: Sequence[Edit], added: str = "", text: str = MINIMAL) -> str:
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return f"{text}\n{added}"


def faults_of(edits: Sequence[Edit], added: str = "") -> list[str]:
    try:
        load(edited(edits, added), instruments=("phq9", "gad7"))
    except BadProtocol as bad:
        return [str(fault) for fault in bad.faults]
    return []


def refused(source, **options) -> list[str]:
    with pytest.raises(BadProtocol) as bad:
        load(source, **options)
    assert str(bad.value) == "\n".join(str(fault) for fault in bad.value.faults)
    return [str(fault) for fault in bad.value.faults]
