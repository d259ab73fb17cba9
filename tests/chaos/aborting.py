"""The web server's door with a fault behind it: a request that asks for it is aborted by the database after its arm was drawn.

What such a request drew is noted beside the installation, so that a test can see that nobody got another arm by failing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection

from config.wsgi import application as real
from trials.actions import allocation
from trials.models import Allocation

ASKED = "HTTP_UPLIFT_TEST_ABORT"
NOTED = "aborted.txt"

if settings.UPLIFT_DATABASE_KIND != "test":
    raise SystemExit("Only a test's installation may be made to fail.")

_here = threading.local()
_write = allocation._write


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    _here.aborts = ASKED in environ
    return real(environ, start_response)


def write(given: Allocation, *told: Any) -> None:
    _write(given, *told)
    if getattr(_here, "aborts", False):
        with (settings.UPLIFT_DATA / NOTED).open("a") as noted:
            noted.write(f"{given.unit.trial_id} {given.stratum_key} {given.seq} {given.arm}\n")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / (SELECT 0)")


allocation._write = write
