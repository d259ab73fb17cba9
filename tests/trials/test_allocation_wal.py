"""What one allocation adds to the server's write-ahead log is a constant, however many allocations came before."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import connection

from tests.trials.allocating import allocated, opened

# Bytes of this connection alone, without whole pages after a checkpoint; servers before 18 only tell where the log of all stands.
OWN = "SELECT wal_bytes - wal_fpi * current_setting('block_size')::int FROM pg_stat_get_backend_wal(pg_backend_pid())"
ALL = "SELECT pg_current_wal_insert_lsn() - '0/0'"
EVERY = 30  # places looked at
BYTES, MOST_BYTES = 7_356, 16_384


def written() -> int:
    with connection.cursor() as cursor:
        if connection.pg_version < 180_000:
            cursor.execute(ALL)
        else:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT 'told when a statement ends'")
            cursor.execute(OWN)
        return int(cursor.fetchone()[0])


def spent(first: int, at: datetime) -> list[int]:
    """Bytes of each of so many allocations from this place on."""
    found = []
    for number in range(first, first + EVERY):
        before = written()
        allocated(f"P-{number:05}", at)
        found.append(written() - before)
    return found


def test_an_allocation_writes_as_much_after_hundreds_as_at_first(committing, at):
    """Now and then a page of an index is full and is parted: that is more, and rarer than one time in two."""
    opened(at)
    early = spent(1, at)
    for number in range(EVERY + 1, 400):
        allocated(f"P-{number:05}", at)
    late = spent(400, at)
    if connection.pg_version < 180_000:
        assert max(min(early), min(late)) < MOST_BYTES
    else:
        assert [Counter(some).most_common(1)[0][0] for some in (early, late)] == [BYTES, BYTES]
        assert min(Counter(early)[BYTES], Counter(late)[BYTES]) > EVERY // 2
