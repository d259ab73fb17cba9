"""The same door without the locks that allocation takes: the race must notice."""

from __future__ import annotations

from django.db.models import QuerySet

from tests.chaos.aborting import application
from trials.actions import allocation

__all__ = ["application"]

allocation.LOCK = ""
QuerySet.select_for_update = lambda self, **options: self
