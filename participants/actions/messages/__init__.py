"""The outbox: a message is a row, unique, leased by one sender at a time, and re-checked at the moment it is claimed.

PostgreSQL is the truth. A sender claims a batch and marks each message right after handing it over. One that dies leaves a lease
which runs out; the next sender takes its rows over with a new token, and the first one's late report changes nothing.
E-mail has no key against doubles: after such a crash a message may arrive
twice, under one Message-ID; a gateway for text messages gets one key for all attempts. Where the connection broke after the text
went out, a participant's message becomes `unknown` and waits for a person, or for the gateway's word; a message to staff is sent
again, because a doubled alert does no harm and a lost one may.
"""

from participants.actions.messages.claiming import LEASE, Ahead, Claimed, Kinds, Text, claim
from participants.actions.messages.queueing import (
    Notice,
    channels_of,
    drop_waiting,
    participant_of,
    queue,
    queue_all,
    queue_next,
    read_readers,
    reader_of,
    send_again,
    ways_to,
)
from participants.actions.messages.reports import take_report
from participants.actions.messages.sending import ROUND, capture, close, give_back, is_real, offered, send_due

__all__ = [
    "LEASE",
    "ROUND",
    "Ahead",
    "Claimed",
    "Kinds",
    "Notice",
    "Text",
    "capture",
    "channels_of",
    "claim",
    "close",
    "drop_waiting",
    "give_back",
    "is_real",
    "offered",
    "participant_of",
    "queue",
    "queue_all",
    "queue_next",
    "read_readers",
    "reader_of",
    "send_again",
    "send_due",
    "take_report",
    "ways_to",
]
