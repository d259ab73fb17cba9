# ruff: noqa: E501
"""The text of a protocol: what it is read from, its digest, and what is no protocol text at all."""

from __future__ import annotations

import hashlib

import pytest

from tests.trials.domain.protocol_cases import MINIMAL, refused
from trials.domain.protocol import load


def test_the_digest_is_the_sha256_of_the_text():
    protocol = load(MINIMAL)
    assert (protocol.digest, protocol.text) == (hashlib.sha256(MINIMAL.encode()).hexdigest(), MINIMAL)


def test_text_and_file_make_the_same_protocol(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_bytes(MINIMAL.encode())
    assert load(path) == load(MINIMAL)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load(path) == load("\ufeff" + MINIMAL) == load(MINIMAL)


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (b"[trial]\ntitle = '\xff'\n", ["line 2: is not UTF-8 text; save the file as UTF-8."]),
        (b"# \xc3\xa9\n" * 200_000, ["the file: is larger than 512 KiB; a protocol is text; leave everything else out."]),
        (b"#" * 524_288 + b"\xc3\xa9", ["the file: is larger than 512 KiB; a protocol is text; leave everything else out."]),
    ],
    ids=["not UTF-8", "too large", "too large in the middle of a letter"],
)
def test_a_file_that_is_no_protocol_text_is_refused(tmp_path, raw, faults):
    path = tmp_path / "trial.toml"
    path.write_bytes(raw)
    assert refused(path) == faults


def test_a_path_that_is_no_file_is_refused(tmp_path):
    cure = "cannot be read; check the path and that it is a file you may read."
    assert refused(tmp_path / "none.toml") == [f"none.toml: {cure}"]
    assert refused(tmp_path) == [f"{tmp_path.name}: {cure}"]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[trial]\nx = '\ud800'", ["line 2: holds half of a character (a lone surrogate); type that line again."]),
        ("x = '\x00'", ["line 1, column 6: is not TOML: found invalid character '\\x00'; mend this first; the rest is read afterwards."]),
        ("x" * 600_000, ["the file: is larger than 512 KiB; a protocol is text; leave everything else out."]),
        ("\nx" + ".x" * 4000, ["line 2: has 8001 characters; break it into lines of at most 5000."]),
        (
            "x = " + "[\n" * 30_000,
            ["the file: nests lists or tables too deeply; write the tables as docs/protocol.md shows them."],
        ),
        (
            "x",
            [
                "the end of the file: is not TOML: expected '=' after a key in a key/value pair; mend this first; the rest is read afterwards."
            ],
        ),
        ("x = 0000-01-01", ["line 1, column 5: is not TOML: invalid date or datetime; mend this first; the rest is read afterwards."]),
        ("x = " + "9" * 4900, ["the file: holds a number of thousands of digits; write a shorter one."]),
    ],
    ids=["lone surrogate", "NUL", "too large", "long line", "deep", "unfinished", "no such date", "endless digits"],
)
def test_text_that_cannot_be_parsed_is_one_fault(text, faults):
    assert refused(text) == faults
