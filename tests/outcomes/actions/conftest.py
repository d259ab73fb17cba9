"""A trial that can be locked."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.participants.breaking import with_password


@pytest.fixture
def world(randomised, cast, at, settings, tmp_path) -> SimpleNamespace:
    """Somebody randomised a month ago; the manager, the investigator and both statisticians have passwords."""
    settings.UPLIFT_DATA = tmp_path / "data"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # many passwords, none of them real
    people = {role: with_password(getattr(cast, role), at) for role in ("manager", "pi", "blinded_statistician", "unblinded_statistician")}
    return SimpleNamespace(**(vars(cast) | people), person=randomised, now=at + timedelta(days=30))
