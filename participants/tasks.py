"""Celery's door of the clinic: watches that the outbox moves."""

from __future__ import annotations

import logging

from celery import shared_task

from participants.queries import outbox
from trials import clock

log = logging.getLogger("uplift.outbox")


@shared_task
def watch_outbox() -> None:
    """Says so, loudly, when messages have been waiting for more than a quarter of an hour."""
    if outbox.stands_still(clock.now()):
        log.error("messages have been waiting for more than 15 minutes")
