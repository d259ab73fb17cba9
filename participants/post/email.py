"""E-mail over SMTP: one message, one server, and the truth about whether it went out.

Plain SMTP has no key against doubles. The Message-ID is made from the message's key, so a message that had to be sent twice
after a crash is the same message to most mail readers.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from functools import lru_cache
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from participants.post import shape
from participants.post.shape import BadAddress, MaybeSent, NotSent, Outgoing, Written

TIMEOUT_SECONDS = 10.0
NO_MAILBOX = (550, 551, 553)
CLOSING = 421  # the server closes the connection: after so many messages, or so long a silence
# Lines of the head without anything of the reader or of what they are told.
SAME_IN_ALL = frozenset(
    {
        "From", "Auto-Submitted", "X-Auto-Response-Suppress", "List-Unsubscribe-Post", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Mail:
    to: str
    subject: str
    text: str
    key: str  # hex; the same for every attempt
    stop_url: str = ""  # where the reader ends such messages with one press; empty: they can't


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    tls: str  # "none" | "starttls" | "tls"
    user: str = ""
    password: str = ""

    @property
    def loopback(self) -> bool:
        """Whether every address of the host lies on this machine."""
        return shape.is_loopback(self.host, self.port)


def server_of(url: str) -> Server:
    """Reads `smtp://user:password@host:587?tls=starttls` or `smtps://host:465`; raises `BadAddress` without showing the password."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise BadAddress("UPLIFT_SMTP_URL: the port is not a number.") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise BadAddress("UPLIFT_SMTP_URL must look like smtp://user:password@host:587?tls=starttls or smtps://host:465.")
    tls = "tls" if parts.scheme == "smtps" else parse_qs(parts.query).get("tls", ["none"])[0]
    if tls not in {"none", "starttls", "tls"}:
        raise BadAddress("UPLIFT_SMTP_URL: tls is starttls or tls.")
    port = port or {"none": 25, "starttls": 587, "tls": 465}[tls]
    return Server(parts.hostname, port, tls, unquote(parts.username or ""), unquote(parts.password or ""))


class Kept(EmailPolicy):
    """Lines of the head that are the same in every message are read once a process: that was half of its making."""

    def header_store_parse(self, name: str, value: object) -> tuple[str, str]:
        return _read_once(name, value) if name in SAME_IN_ALL and isinstance(value, str) else super().header_store_parse(name, value)


@lru_cache(maxsize=256)
def _read_once(name: str, value: str) -> tuple[str, str]:
    return SMTP.header_store_parse(name, value)


KEPT = Kept(linesep="\r\n")


def compose(mail: Mail, *, sender: str, domain: str) -> EmailMessage:
    """The message as it goes out; a line break in an address or subject is refused (`NotSent`, permanent)."""
    message = EmailMessage(KEPT)
    try:
        message["From"] = sender
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = mail.subject
    except (ValueError, IndexError):
        raise NotSent("the address or subject cannot be written as a mail header", permanent=True) from None
    message["Message-ID"] = f"<{mail.key}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if mail.stop_url:  # RFC 8058: the reader's mail program posts to it when its user presses "unsubscribe"
        message["List-Unsubscribe"] = f"<{mail.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text, cte="quoted-printable")
    return message


class Line:
    """The way to one server: one connection for everything that is sent by it, opened with the first message.

    A server may close a connection between two messages: the next message opens another, since nothing of it has gone out.
    """

    def __init__(self, server: Server, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._server, self._timeout = server, timeout
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._smtp is not None:
            _close(self._smtp)
            self._smtp = None

    def hand_over(self, content: bytes, *, sender: str, to: str) -> None:
        """Returns = taken; raises `NotSent` or `MaybeSent`."""
        try:
            _expect(self._answer(self._addressed(sender, to), content))
        except BaseException:
            self.close()  # a fresh connection for the next message: no server is left with half of this one
            raise

    def _answer(self, smtp: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
        try:
            return smtp.data(content)
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code, b""
        except Exception:  # whatever it was, the end of a task's time too: the text may have gone
            raise MaybeSent("the connection broke before the server answered") from None

    def _addressed(self, sender: str, to: str) -> smtplib.SMTP:
        """The connection, with sender and reader of the next message told."""
        kept = self._smtp is not None
        try:
            self._smtp = self._smtp or _connected(self._server, self._timeout)
            answer = self._smtp.mail(sender)
            if kept and answer[0] == CLOSING:
                raise smtplib.SMTPServerDisconnected
            _expect(answer)
            _expect(self._smtp.rcpt(to), of_address=True)
        except (OSError, smtplib.SMTPException) as fault:
            self.close()
            if kept:
                return self._addressed(sender, to)
            raise NotSent(f"the connection broke ({type(fault).__name__})") from None
        return self._smtp


def send(mail: Mail, line: Line, *, sender: str, domain: str) -> None:
    """Hands the message to the server. Returns = taken; raises `NotSent` or `MaybeSent`; no password or address in either."""
    content = compose(mail, sender=sender, domain=domain).as_bytes()
    line.hand_over(content, sender=bare(sender), to=mail.to)


def _connected(server: Server, timeout: float) -> smtplib.SMTP:
    try:
        return _open(server, timeout)
    except smtplib.SMTPAuthenticationError as refused:
        raise NotSent(f"the mail server refused the log-in ({refused.smtp_code})", unreached=True) from None
    except (OSError, smtplib.SMTPException) as fault:
        raise NotSent(f"the mail server cannot be reached ({type(fault).__name__})", unreached=True) from None


def _open(server: Server, timeout: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.tls == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        smtp.ehlo_or_helo_if_needed()
    except BaseException:
        smtp.close()
        raise
    return smtp


def _close(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _expect(answer: tuple[int, bytes], *, of_address: bool = False) -> None:
    if not 200 <= answer[0] < 300:
        raise _refusal(answer[0], of_address=of_address)


def _refusal(code: int, *, of_address: bool = False) -> NotSent:
    """5xx is for good, everything else for now; 550, 551 and 553 to the address say that there is no such mailbox (RFC 5321, 4.2.3)."""
    return NotSent(f"the mail server answered {code}", permanent=500 <= code < 600, bounced=of_address and code in NO_MAILBOX)


def bare(sender: str) -> str:
    """The address in "Name <address>"."""
    return sender.rsplit("<", 1)[-1].rstrip("> ")


class Email(shape.Channel):
    code, label, contact = "email", "E-mail", "email"
    refused = "the address was refused by its server"

    def is_set(self) -> bool:
        return bool(settings.UPLIFT_SMTP_URL)

    def check(self) -> None:
        if settings.UPLIFT_SMTP_URL:
            server_of(settings.UPLIFT_SMTP_URL)

    def on_this_machine(self) -> bool:
        return server_of(settings.UPLIFT_SMTP_URL).loopback

    def per_minute(self) -> int:
        return int(settings.UPLIFT_SMTP_PER_MINUTE)

    @contextmanager
    def line(self) -> Iterator[shape.HandOver]:
        with Line(server_of(settings.UPLIFT_SMTP_URL)) as line:
            yield lambda message: send(_mail(message), line, sender=settings.UPLIFT_MAIL_FROM, domain=_domain())

    def written(self, message: Outgoing) -> Written:
        composed = compose(_mail(message), sender=settings.UPLIFT_MAIL_FROM, domain=_domain())
        return Written(message.subject, message.text, composed["Message-ID"])


def _mail(message: Outgoing) -> Mail:
    return Mail(_told_to_servers(message.to), message.subject, message.text, message.key, message.stop_url)


def _told_to_servers(address: str) -> str:
    """The address with its domain in the letters of the DNS (RFC 5890), the only ones that every server takes; raises `NotSent`."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        raise NotSent("the address has no domain that can be", permanent=True) from None


def _domain() -> str:
    return urlsplit(settings.UPLIFT_BASE_URL).hostname or "localhost"


CHANNEL = Email()
