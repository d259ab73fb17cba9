"""Celery's door to the sweeps: read the clock, call one action. Losing a task costs one sweep."""

from __future__ import annotations

from celery import shared_task

from outcomes.actions import reminders
from participants.actions import messages
from trials import clock
from trials.actors import Machine
from trials.models import ProtocolVersion


@shared_task
def queue_due() -> None:
    """Everything due now goes into the outbox."""
    if ProtocolVersion.objects.exists():
        reminders.queue_due(by=Machine("beat"), at=clock.now())


@shared_task
def send_due() -> None:
    """Everything in the outbox whose turn has come goes out."""
    if ProtocolVersion.objects.exists():
        messages.send_due(kinds=reminders.kinds(), by=Machine("worker"), at=clock.now())
