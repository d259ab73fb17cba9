"""Keys are made once and never replaced; the caller's address is the one that our own proxies report."""

from __future__ import annotations

import stat

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import RequestFactory

from trials.middleware import true_address


def test_keys_are_made_once_and_only_for_the_owner(tmp_path, settings, capsys):
    settings.UPLIFT_SECRETS = tmp_path / "secrets"
    call_command("make_keys")
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == {"identity.key", "seed.key", "django.key"}
    assert len(set(made.values())) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o600}
    call_command("make_keys")
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made
    assert "Copy these apart" in capsys.readouterr().out


def test_a_lost_key_is_never_replaced(tmp_path, settings):
    settings.UPLIFT_SECRETS = tmp_path / "secrets"
    call_command("make_keys")
    (tmp_path / "secrets/seed.key").unlink()
    with pytest.raises(CommandError, match=r"lacks the keys of seed\. Put back the copies"):
        call_command("make_keys")


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "9.9.9.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
    ],
    ids=["no proxy: a header is a claim", "none told", "one", "a forged one before it", "two proxies"],
)
def test_the_callers_address(settings, proxies, told, address):
    settings.UPLIFT_PROXIES = proxies
    seen = []
    door = true_address(lambda request: seen.append(request.META["REMOTE_ADDR"]) or HttpResponse())
    door(RequestFactory().get("/", headers={"X-Forwarded-For": told} if told else {}))
    assert seen == [address]
