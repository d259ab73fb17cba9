"""Reminders as they must not be sent: each a Celery task of its own, published when it falls due, and nobody looks again.

The test that kills processes runs it once, to show that it would notice what is lost on the way.
"""

from __future__ import annotations

import contextlib

from kombu.exceptions import OperationalError

from config.celery import app, every

__all__ = ["app"]

HOLDS_BACK = 1  # seconds between publishing and sending
app.conf.task_acks_late = False
app.conf.task_reject_on_worker_lost = False
app.conf.beat_schedule = {"publish what is due": every(2, "tests.chaos.plain.publish_due")}


@app.task
def publish_due() -> None:
    """Queued as ever, for the record; then one task each, and an error in publishing is swallowed as behind a commit."""
    from django.db import transaction

    from outcomes.actions import reminders
    from participants.models import Message
    from trials import clock
    from trials.actors import Machine

    reminders.queue_due(by=Machine("beat"), at=clock.now())
    with transaction.atomic():
        fresh = list(Message.objects.select_for_update().filter(status="pending", last_error=""))
        Message.objects.filter(pk__in=[m.pk for m in fresh]).update(last_error="published")
    for message in fresh:
        with contextlib.suppress(OperationalError):
            deliver.apply_async([message.pk], countdown=HOLDS_BACK)


@app.task
def deliver(pk: int) -> None:
    """One message, whatever became of it before."""
    from outcomes.actions import reminders
    from participants.actions.messages import sending
    from participants.actions.messages.claiming import Claimed
    from participants.models import Message
    from participants.post import channels
    from trials import clock
    from trials.actors import Machine

    message = Message.objects.get(pk=pk)
    claimed, words = Claimed(message, message.lease_token), reminders.kinds()[message.kind][1]
    with channels[message.channel].line() as hand_over:
        sending._send(claimed, words, hand_over, by=Machine("worker"), at=clock.now())
