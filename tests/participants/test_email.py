from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import Message

import pytest
from aiosmtpd.controller import Controller

from participants.post.email import CHANNEL, BadAddress, Line, Mail, MaybeSent, NotSent, Server, send, server_of
from participants.post.shape import Outgoing

MAIL = Mail("nora@canary.example", "Your questions are open", "Hello,\n\nüber\n", "abc123")


class Mailbox:
    """A real SMTP server's handler that keeps what it takes and refuses on demand."""

    def __init__(self) -> None:
        self.kept: list[Message] = []
        self.to: list[list[str]] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if "DATA" in self.answers:
            return self.answers["DATA"]
        self.kept.append(message_from_bytes(envelope.content))
        self.to.append(envelope.rcpt_tos)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def listening(box):
    """A mail server on this machine that hands what it gets to the box, and whose address the box knows."""
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.server = Server("127.0.0.1", controller.port, "none")
    try:
        yield box
    finally:
        controller.stop()


@pytest.fixture
def mailbox():
    with listening(Mailbox()) as box:
        yield box


def test_a_message_goes_out_with_one_id_however_often(mailbox) -> None:
    for _ in range(2):
        send(MAIL, Line(mailbox.server), sender="Study team <office@uplift.example>", domain="uplift.example")
    first, second = mailbox.kept
    assert first["Message-ID"] == second["Message-ID"] == "<abc123@uplift.example>"
    assert (first["To"], first["From"], first["Subject"]) == (
        "nora@canary.example",
        "Study team <office@uplift.example>",
        "Your questions are open",
    )
    assert first.get_payload(decode=True).decode().splitlines() == ["Hello,", "", "über"]
    assert mailbox.to == [["nora@canary.example"]] * 2


@pytest.mark.parametrize(
    ("answers", "why", "permanent"),
    [
        ({"RCPT": "550 no such user"}, "the mail server answered 550", True),
        ({"RCPT": "451 busy"}, "the mail server answered 451", False),
        ({"DATA": "554 spam"}, "the mail server answered 554", True),
        ({"DATA": "452 full"}, "the mail server answered 452", False),
    ],
)
def test_a_refusal_is_permanent_or_not_by_its_code(mailbox, answers, why, permanent) -> None:
    mailbox.answers = answers
    with pytest.raises(NotSent) as refused:
        send(MAIL, Line(mailbox.server), sender="office@uplift.example", domain="uplift.example")
    assert (refused.value.why, refused.value.permanent, mailbox.kept) == (why, permanent, [])


@pytest.mark.parametrize(
    ("field", "text"), [("to", "nora@x.example\r\nBcc: all@x.example"), ("subject", "a\nBcc: all@x.example"), ("to", "nora")]
)
def test_a_line_break_never_reaches_a_header(mailbox, field, text) -> None:
    bad = Mail(**({"to": MAIL.to, "subject": MAIL.subject, "text": "", "key": "k"} | {field: text}))
    with pytest.raises(NotSent) as refused:
        send(bad, Line(mailbox.server), sender="office@uplift.example", domain="uplift.example")
    assert (refused.value.permanent, mailbox.kept) == (True, [])


def test_a_domain_in_letters_beyond_ascii_is_told_as_the_dns_writes_it(mailbox, settings) -> None:
    settings.UPLIFT_SMTP_URL = f"smtp://127.0.0.1:{mailbox.server.port}"
    with CHANNEL.line() as hand_over:
        hand_over(Outgoing("nora@canäry.example", "Hello", "Body", "", "abc123"))
    assert ([kept["To"] for kept in mailbox.kept], mailbox.to) == (["nora@xn--canry-ira.example"], [["nora@xn--canry-ira.example"]])


@pytest.mark.parametrize("to", ["no..ra@canary.example", "nora@canary..example", f"nora@{70 * 'ä'}.example", "nora"])
def test_what_is_no_address_is_refused_for_good(mailbox, settings, to) -> None:
    settings.UPLIFT_SMTP_URL = f"smtp://127.0.0.1:{mailbox.server.port}"
    with CHANNEL.line() as hand_over, pytest.raises(NotSent) as refused:
        hand_over(Outgoing(to, "Hello", "Body", "", "abc123"))
    assert (refused.value.permanent, mailbox.to) == (True, [])


def test_nobody_at_the_door_is_not_sent() -> None:
    with pytest.raises(NotSent) as refused:
        send(MAIL, Line(Server("127.0.0.1", free_port(), "none"), timeout=2), sender="office@uplift.example", domain="uplift.example")
    assert (refused.value.why, refused.value.permanent, refused.value.unreached) == (
        "the mail server cannot be reached (ConnectionRefusedError)",
        False,
        True,
    )


@pytest.mark.parametrize(("dies_after", "error"), [(b"DATA", MaybeSent), (b"RCPT", NotSent), (b"EHLO", NotSent)])
def test_only_a_break_after_the_text_leaves_doubt(dies_after: bytes, error: type[Exception]) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        line, _ = listener.accept()
        line.sendall(b"220 hello\r\n")
        while data := line.recv(65536):
            if data.upper().startswith(dies_after):
                if dies_after == b"DATA":
                    line.sendall(b"354 go\r\n")
                    line.recv(65536)
                break
            line.sendall(b"250 OK\r\n")
        line.close()

    thread = threading.Thread(target=talk)
    thread.start()
    with pytest.raises(error):
        line = Line(Server("127.0.0.1", listener.getsockname()[1], "none"), timeout=3)
        send(MAIL, line, sender="o@uplift.example", domain="uplift.example")
    thread.join(5)
    listener.close()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", Server("localhost", 25, "none")),
        ("smtp://u%40x:p%2Fw@mail.example?tls=starttls", Server("mail.example", 587, "starttls", "u@x", "p/w")),
        ("smtps://mail.example", Server("mail.example", 465, "tls")),
        ("smtp://mail.example:2525?tls=none", Server("mail.example", 2525, "none")),
    ],
)
def test_a_servers_address_is_read(url: str, server: Server) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize(
    "url", ["mail.example", "http://mail.example", "smtp://", "smtp://u:secret@mail.example:x", "smtp://u:secret@h?tls=maybe"]
)
def test_a_bad_address_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(BadAddress) as refused:
        server_of(url)
    assert "secret" not in str(refused.value)


def test_loopback_means_every_address_of_the_host() -> None:
    assert [Server(h, 25, "none").loopback for h in ("127.0.0.1", "localhost", "192.0.2.1", "no-such-host.invalid")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_message_that_can_be_ended_says_where_in_its_head(mailbox) -> None:
    """RFC 8058: the two lines by which a mail program ends messages with one press; the others have neither."""
    address = "https://uplift.example/me/stop/abc/"
    for mail in (MAIL, replace(MAIL, stop_url=address)):
        send(mail, Line(mailbox.server), sender="office@uplift.example", domain="uplift.example")
    assert [(m["List-Unsubscribe"], m["List-Unsubscribe-Post"]) for m in mailbox.kept] == [
        (None, None),
        (f"<{address}>", "List-Unsubscribe=One-Click"),
    ]


@pytest.mark.parametrize(
    ("stage", "code", "permanent", "bounced"),
    [
        ("RCPT", 550, True, True),
        ("RCPT", 551, True, True),
        ("RCPT", 553, True, True),
        ("RCPT", 554, True, False),
        ("RCPT", 451, False, False),
        ("DATA", 550, True, False),
    ],
)
def test_only_the_servers_word_on_the_address_marks_it(mailbox, stage, code, permanent, bounced) -> None:
    mailbox.answers[stage] = f"{code} no"
    with pytest.raises(NotSent) as refused:
        send(MAIL, Line(mailbox.server), sender="office@uplift.example", domain="uplift.example")
    assert (refused.value.permanent, refused.value.bounced) == (permanent, bounced)
