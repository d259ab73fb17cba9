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
from trials import audit
from trials.models import Allocation

ASKED = "HTTP_UPLIFT_TEST_ABORT"
NOTED = "aborted.txt"

if settings.UPLIFT_DATABASE_KIND != "test":
    raise SystemExit("Only a test's installation may be made to fail.")

_here = threading.local()
_record = audit.record


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    _here.aborts = ASKED in environ
    return real(environ, start_response)


def record(verb: str, **told: Any) -> Any:
    done = _record(verb, **told)
    if verb == "unit.allocated" and getattr(_here, "aborts", False):
        given = Allocation.objects.get(unit__trial_id=told["about"])
        with (settings.UPLIFT_DATA / NOTED).open("a") as noted:
            noted.write(f"{given.unit.trial_id} {given.stratum_key} {given.seq} {given.arm}\n")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / (SELECT 0)")
    return done


audit.record = record
