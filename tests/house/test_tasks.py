"""A page that hands work to a worker reaches the broker of the installation, whatever else is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASKED = "from outcomes.tasks import compute_report as task; print(task.app.main, task.app.conf.broker_url)"


@pytest.mark.parametrize("door", ["import config.wsgi", "import django; django.setup()"], ids=["the web server", "a command"])
def test_tasks_go_to_the_installations_broker(door) -> None:
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    told = subprocess.run([sys.executable, "-c", f"{door}; {ASKED}"], cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    assert (told.stdout.split(), told.stderr) == (["uplift", os.environ["REDIS_URL"]], "")
