"""The outbox: a message is a row, unique, leased by one sender at a time, and re-checked at the moment it is claimed.

PostgreSQL is the truth. A sender that dies leaves a lease which runs out; the next sender takes the row over with a new token,
and the first one's late report changes nothing. E-mail has no key against doubles: after such a crash a message may arrive
twice, under one Message-ID. Where the connection broke after the text went out, a participant's message becomes `unknown` and
waits for a person; a message to staff is sent again, because a doubled alert does no harm and a lost one may.
"""

from participants.actions.messages.queueing import Notice, participant_of, queue, queue_all, queue_next, send_again
from participants.actions.messages.sending import LEASE, Claimed, Kinds, Text, capture, claim, close, is_real, send_due

__all__ = [
    "LEASE",
    "Claimed",
    "Kinds",
    "Notice",
    "Text",
    "capture",
    "claim",
    "close",
    "is_real",
    "participant_of",
    "queue",
    "queue_all",
    "queue_next",
    "send_again",
    "send_due",
]
