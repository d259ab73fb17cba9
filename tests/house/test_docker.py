"""The container files are clean by the linters of their trades; no engine is needed for that."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PASSWORDS = {"UPLIFT_APP_PASSWORD": "a", "UPLIFT_OWNER_PASSWORD": "b", "UPLIFT_BASE_URL": "https://trial.example"}


def tool(name: str) -> str:
    found = shutil.which(name, path=f"{BIN}:{os.environ['PATH']}")
    assert found, f"{name} is not installed: it belongs to requirements/dev.txt"
    return found


def compose(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [tool("docker-compose"), "-f", "docker/compose.yaml", "config", "-q"],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}, capture_output=True, text=True,
    )  # fmt: skip


def test_dockerfile_is_clean():
    ran = subprocess.run([tool("hadolint"), "docker/Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_compose_file_is_valid():
    ran = compose(PASSWORDS)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("name", PASSWORDS)
def test_compose_refuses_to_start_without(name):
    ran = compose({k: v for k, v in PASSWORDS.items() if k != name})
    assert ran.returncode != 0
    assert name in ran.stderr


def test_the_image_runs_as_nobody_special_and_takes_its_base():
    text = (ROOT / "docker/Dockerfile").read_text()
    assert re.search(r"^ARG BASE=", text, re.M)
    assert text.count("FROM ") == 2
    assert text.rindex("\nUSER 10001") > text.rindex("FROM ")
