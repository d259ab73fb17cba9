from __future__ import annotations

from django.db import models


class Event(models.Model):
    """What somebody meant to do. `about` is text, never a key: an event outlives what it speaks of."""

    PERSONAL: tuple[str, ...] = ()

    verb = models.TextField()  # "participant.randomised"
    about = models.TextField(db_index=True)  # a trial id, "user:12", "export:3"
    actor = models.TextField(db_index=True)
    at = models.DateTimeField(db_index=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(auto_now_add=True)


class RowVersion(models.Model):
    """The history that the database keeps by itself; see `trials/database.py`."""

    PERSONAL = ("old", "new")

    table_name = models.TextField()
    row_id = models.TextField()
    operation = models.TextField()
    actor = models.TextField()
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    reason = models.TextField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "row_version"
