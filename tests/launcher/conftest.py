"""The launcher's tests start services of their own: the addresses that the suite itself uses are hidden from them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HIDDEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "UPLIFT_DATA", "UPLIFT_DATABASE_KIND", "UPLIFT_BASE_URL", "UPLIFT_SECRETS")


@pytest.fixture(autouse=True)
def no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in HIDDEN:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that another user could walk to, as PostgreSQL's stand-in for root may have to."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path
