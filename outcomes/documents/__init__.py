"""The pages of docs/ that are generated, by file name. A test and `write_docs --check` say which are stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from outcomes.documents import dictionary, instruments, permissions, settings, states
from trials.domain.protocol.writing import reference

PAGES: Mapping[str, Callable[[], str]] = {
    "protocol.md": reference,
    "settings.md": settings.page,
    "states.md": states.page,
    "dictionary.md": dictionary.page,
    "permissions.md": permissions.page,
    "instruments.md": instruments.page,
}
