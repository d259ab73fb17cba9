"""How long a step waits for rows that others hold: a few seconds, then it is told to try again, and nothing has happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from psycopg import errors

from trials.permissions import Refused

LOCK_TIMEOUT = "5s"
TRY_AGAIN = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


@contextmanager
def patiently() -> Iterator[None]:
    """From here to the end of the transaction under way, each lock is waited for 5 seconds at most. Stands first in a step.

    Refused with `busy` (503) when others hold one for longer or the database broke the step off to let others go on.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
        yield
    except DatabaseError as failed:
        if not isinstance(failed.__cause__, TRY_AGAIN):
            raise
        raise Refused("Others are randomising just now. Nothing has happened: try again.", code="busy", status=503) from None
