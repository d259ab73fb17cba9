"""What every channel of the post has: a provider that may be set or not, a limit, and the truth about whether a message went out."""

from __future__ import annotations

import ipaddress
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar


class NotSent(Exception):
    """The provider certainly has not taken the message.

    `permanent` = asking again is of no use; `unreached` = the provider is not there for any message, so none is to blame;
    `bounced` = it is this address that nothing is taken for, ever.
    """

    def __init__(self, why: str, *, permanent: bool = False, unreached: bool = False, bounced: bool = False) -> None:
        super().__init__(why)
        self.why, self.permanent, self.unreached, self.bounced = why, permanent, unreached, bounced


class MaybeSent(Exception):
    """The connection broke after the text had gone out and before the provider answered."""


class BadAddress(ValueError):
    """The provider's address cannot be read."""


@dataclass(frozen=True)
class Outgoing:
    """One message as it is handed over: a channel takes what it can carry of it."""

    to: str  # an e-mail address or a telephone number
    subject: str
    text: str
    short: str  # the same for a telephone; empty: this kind is not sent there
    key: str  # hex; the same for every attempt
    stop_url: str = ""  # where the reader ends such messages with one press; empty: they can't


@dataclass(frozen=True)
class Written:
    """What a demonstration keeps in place of sending."""

    subject: str
    body: str
    message_id: str
    segments: int | None = None  # the number of parts, where those are counted


# To the provider; returns = taken, with the number of parts it was, where those are counted. Raises `NotSent` or `MaybeSent`.
HandOver = Callable[[Outgoing], int | None]


class Channel(ABC):
    """One way by which messages go out; a file of this folder with a `CHANNEL` is one, and is listed nowhere else."""

    code: ClassVar[str]  # stands in Message.channel and, where somebody agreed to it, in Availability.channel
    label: ClassVar[str]  # "E-mail"
    contact: ClassVar[str]  # the contact that it goes to: "email" | "phone"
    refused: ClassVar[str]  # why nothing more is sent to an address that is refused
    reports: ClassVar[bool] = False  # whether the provider tells later what became of a message

    @abstractmethod
    def is_set(self) -> bool:
        """Whether a provider is named in the settings."""

    @abstractmethod
    def check(self) -> None:
        """Raises `BadAddress` where the provider that is named can't be read."""

    @abstractmethod
    def on_this_machine(self) -> bool:
        """Whether the provider that is named lies on this machine: a demonstration or a test reaches no other."""

    @abstractmethod
    def per_minute(self) -> int:
        """How many messages the provider is given in a minute; 0 = as many as there are."""

    @abstractmethod
    def line(self) -> AbstractContextManager[HandOver]:
        """A way to the provider for as many messages as one sender has; nothing is opened before the first of them."""

    @abstractmethod
    def written(self, message: Outgoing) -> Written:
        """As it would go out; raises `NotSent` where it could not."""


def is_loopback(host: str, port: int) -> bool:
    """Whether every address of a host lies on this machine."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(a.split("%")[0]).is_loopback for a in found)
