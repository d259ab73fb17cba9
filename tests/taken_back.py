"""Do something and take it back, as every test of one database does: steps that commit first may run within."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def taken_back() -> Iterator[None]:
    """A transaction that a durable one may stand in, as in Django's own test cases; everything is rolled back at the end."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)
