"""The command line: own options stand anywhere, a mistake gets one sentence and status 2."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from trials.launcher.arguments import DEFAULT_PORT, Wanted, read
from trials.launcher.folder import ROOT
from trials.launcher.told import Misused

HERE = Path.cwd()


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("demo", Wanted("demo")),
        ("--data /d --port 81 demo", Wanted("demo", data=Path("/d"), port=81)),
        ("demo --data /d --port 81", Wanted("demo", data=Path("/d"), port=81)),
        ("--data=/d run --port=0", Wanted("run", data=Path("/d"), port=0)),
        ("demo --once out", Wanted("demo", once=HERE / "out")),
        ("--once out demo", Wanted("demo", once=HERE / "out")),
        ("--data run run", Wanted("run", data=HERE / "run")),
        ("manage --data /d check", Wanted("manage", ("check",), data=Path("/d"))),
        ("manage check --data /d", Wanted("manage", ("check",), data=Path("/d"))),
        ("manage import_assessments f.csv --visit v --long", Wanted("manage", ("import_assessments", "f.csv", "--visit", "v", "--long"))),
        ("manage do -- --data x", Wanted("manage", ("do", "--data", "x"))),
        ("backup f.tar --with-keys", Wanted("backup", ("f.tar",), with_keys=True)),
        ("restore f.tar --data new", Wanted("restore", ("f.tar",), data=HERE / "new")),
        ("test --long -k item9", Wanted("test", ("-k", "item9"), long=True)),
        ("check", Wanted("check")),
    ],
)
def test_what_was_typed_is_understood(typed: str, wanted: Wanted) -> None:
    assert read(typed.split()) == wanted


def test_the_port_is_8000_unless_named() -> None:
    assert DEFAULT_PORT == 8000


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("fly", "there is no 'fly'; choose one of demo, run, test, check, backup, restore, manage (./uplift --help)"),
        ("--data d", "say what to do: demo, run, test, check, backup, restore, manage (./uplift --help)"),
        ("demo now", "demo does not take 'now' (./uplift --help)"),
        ("run --once d", "run does not take '--once' (./uplift --help)"),
        ("demo --port", "--port needs a value"),
        ("demo --port=", "--port needs a value"),
        ("demo --port -1", "--port needs a number from 0 to 65535, not '-1' (0 takes any free one)"),
        ("demo --port ²", "--port needs a number from 0 to 65535, not '²' (0 takes any free one)"),
        ("demo --port 65536", "--port needs a number from 0 to 65535, not '65536' (0 takes any free one)"),
        ("demo --data --port", "--data needs a folder, not '--port'"),
        ("backup", "backup needs exactly one FILE, got none"),
        ("restore a b", "restore needs exactly one FILE, got a b"),
        ("restore f --with-keys", "restore needs exactly one FILE, got f --with-keys"),
        ("manage", "manage needs a COMMAND (./uplift manage help lists them)"),
    ],
)
def test_a_mistake_gets_one_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(Misused) as refused:
        read(typed.split())
    assert (str(refused.value), refused.value.status) == (sentence, 2)


@pytest.mark.parametrize("words", [["demo", "--port", "eighty"], ["restore"], ["fly"]])
def test_the_door_itself_says_it_and_ends_with_status_2(words: list[str]) -> None:
    done = subprocess.run(
        ["sh", ROOT / "uplift", *words], capture_output=True, text=True, cwd="/", env={"PATH": os.environ["PATH"]}, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n"), done.stderr.startswith("uplift: ")) == (2, "", 1, True)
