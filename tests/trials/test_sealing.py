"""Sealed bytes open with their key, in their place, unchanged; in no other way."""

from __future__ import annotations

from pathlib import Path

import pytest

from trials import sealing
from trials.sealing import CannotUnseal

PLAIN = b"what nobody may read"


@pytest.fixture
def secrets_folder(tmp_path: Path, settings) -> Path:
    settings.UPLIFT_SECRETS = tmp_path
    (tmp_path / "seed.key").write_text("11" * 32 + "\n")
    (tmp_path / "identity.key").write_text("11" * 32 + "\n")
    return tmp_path


def test_what_was_sealed_opens_again(secrets_folder):
    assert sealing.open_sealed("seed", memoryview(sealing.seal("seed", PLAIN, context="a|1")), context="a|1") == PLAIN


def test_sealing_twice_gives_different_bytes_of_one_length(secrets_folder):
    first, second = (sealing.seal("seed", PLAIN, context="a|1") for _ in range(2))
    assert first != second
    assert len(first) == len(second) == 1 + 8 + 12 + len(PLAIN) + 16
    assert PLAIN not in first


def test_a_seal_holds_in_its_own_place_alone(secrets_folder):
    with pytest.raises(CannotUnseal, match=r"^a\|2 was changed outside Uplift, or belongs to another row\.$"):
        sealing.open_sealed("seed", sealing.seal("seed", PLAIN, context="a|1"), context="a|2")


def test_a_seal_of_one_kind_opens_nothing_of_another(secrets_folder):
    with pytest.raises(CannotUnseal):
        sealing.open_sealed("identity", sealing.seal("seed", PLAIN, context="a|1"), context="a|1")


@pytest.mark.parametrize("place", [0, 3, 12, 25, -1], ids=["version", "key id", "nonce", "ciphertext", "tag"])
def test_one_changed_bit_keeps_it_shut(secrets_folder, place):
    sealed = bytearray(sealing.seal("seed", PLAIN, context="a|1"))
    sealed[place] ^= 1
    with pytest.raises(CannotUnseal):
        sealing.open_sealed("seed", bytes(sealed), context="a|1")


@pytest.mark.parametrize("sealed", [b"", b"\x01" * 36])
def test_bytes_that_were_never_sealed_are_named_as_such(secrets_folder, sealed):
    with pytest.raises(CannotUnseal, match="does not hold sealed bytes"):
        sealing.open_sealed("seed", sealed, context="a|1")


def test_an_old_key_opens_what_it_sealed_and_the_new_one_seals(secrets_folder):
    old = sealing.seal("seed", PLAIN, context="a|1")
    (secrets_folder / "seed.key").rename(secrets_folder / "seed-2026.key")
    (secrets_folder / "seed.key").write_text("22" * 32)
    new = sealing.seal("seed", PLAIN, context="a|1")
    assert [sealing.open_sealed("seed", sealed, context="a|1") for sealed in (old, new)] == [PLAIN, PLAIN]
    assert old[1:9] != new[1:9]


def test_without_its_key_it_stays_shut(secrets_folder):
    sealed = sealing.seal("seed", PLAIN, context="a|1")
    (secrets_folder / "seed.key").write_text("22" * 32)
    with pytest.raises(CannotUnseal, match=f"The seed key with id {sealed[1:9].hex()} is not in the folder of secrets"):
        sealing.open_sealed("seed", sealed, context="a|1")


@pytest.mark.parametrize("text", [None, "", "11" * 31, "zz" * 32], ids=["missing", "empty", "short", "not hexadecimal"])
def test_a_bad_key_file_is_told_without_its_content(secrets_folder, text):
    (secrets_folder / "seed.key").unlink()
    if text is not None:
        (secrets_folder / "seed.key").write_text(text)
    with pytest.raises(CannotUnseal, match=r"^seed.key is missing from the folder of secrets, or is not 64 hexadecimal digits\.$"):
        sealing.seal("seed", PLAIN, context="a|1")
