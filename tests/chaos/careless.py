"""The worker as it must not be: it notes a message as sent before it hands it to the mail server.

The test that kills processes runs it once, to show that it would notice a message lost on the way.
"""

from __future__ import annotations

from celery.signals import worker_process_init

from config.celery import app

__all__ = ["app"]


@worker_process_init.connect
def grow_careless(**_: object) -> None:
    """Closed as sent first, sent afterwards."""
    from participants.actions.messages import sending

    careful = sending._send

    def careless(claimed, words, hand_over, *, by, at):
        sending.close(claimed, outcome="sent", by=by, at=at)
        return careful(claimed, words, hand_over, by=by, at=at)

    sending._send = careless
