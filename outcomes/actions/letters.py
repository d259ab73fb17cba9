"""The words of messages to participants: a version is written, looked at, sent to its writer as a test, and sent from a day on.

A version is never edited, only followed. What a message says is made at sending, with the words in force that day; every try at
sending keeps which words those were.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Max

from outcomes.domain.letters import KINDS, Kind, Words, faults, filled
from outcomes.models import Letter, LetterStart
from outcomes.queries import letters as reads
from participants.actions import messages
from participants.actions.clinical import BadRecord
from participants.actions.messages import Notice, Text
from participants.domain.segments import in_few
from participants.models import Message, Participant
from trials import audit, queries
from trials.actors import Actor
from trials.audit import action
from trials.domain.roles import Permission
from trials.languages import Language, language_of, languages
from trials.models import Site, User
from trials.permissions import Refused, allowed, check

TEST = "letter_test"
TESTED_FOR = timedelta(hours=6)  # later nobody waits for a test any more
AHEAD = timedelta(days=366)
ONE_AT_A_TIME = 0x4C455454  # key of the advisory lock: two who write at once get a version each


@action
def write_letter(*, kind: str, language: str, subject: str, body: str, short: str, by: Actor, at: datetime) -> Letter:
    """The next version of the words of a kind in a language; nothing of it is sent before it is started.

    Refused with everything that is wrong at once: values that the kind does not offer or that are missing, words that tell an arm, a
    score, a questionnaire or what the trial is about, a text message too long.
    """
    check(by, Permission.WRITE_LETTERS)
    spoken, words = checked(kind, language, Words(subject, body, short))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    before = reads.versions(kind, spoken.code).first()
    if words == (reads.own_words(kind, spoken) if before is None else reads.words_of(before)):
        raise Refused("These are the words that stand there already.", code="same_words", status=422)
    last = Letter.objects.filter(kind=kind, language=spoken.code).aggregate(most=Max("version"))["most"] or 0
    letter = Letter.objects.create(
        kind=kind, language=spoken.code, version=last + 1, subject=words.subject, body=words.body, short=words.short,
        protocol_digest=queries.protocol_version_in_force().digest, author=by, at=at,
    )  # fmt: skip
    audit.record("letter.written", about=f"letter:{letter}", by=by, at=at)
    return letter


@action
def start_letter(letter: Letter, *, holds_from: date, by: Actor, at: datetime) -> LetterStart:
    """The version is sent from this day of each receiver's site on; an earlier version can be started again."""
    check(by, Permission.WRITE_LETTERS)
    today = min(at.astimezone(site.zone).date() for site in Site.objects.all())
    if not today <= holds_from <= today + AHEAD:
        raise Refused("Choose today or a day within a year.", code="bad_day", status=422)
    start = LetterStart.objects.create(letter=letter, holds_from=holds_from, user=by, at=at)
    audit.record("letter.started", about=f"letter:{letter}", by=by, at=at, detail={"holds_from": holds_from.isoformat()})
    return start


@action
def send_test(letter: Letter, *, by: Actor, at: datetime) -> int:
    """The version to whoever asks for it, with invented values and marked as a test, by the outbox; answers by how many ways.

    It goes to the asker's own address and number alone: no participant can be named.
    """
    check(by, Permission.WRITE_LETTERS)
    if not isinstance(by, User) or not by.email:
        raise Refused("You have no e-mail address here: add one first.", code="no_address", way_out=("Add your address", "/account/"))
    event = f"letter:{letter}"
    sent = Message.objects.filter(to=by.actor, kind=TEST, event=event)
    if sent.filter(status=Message.Status.PENDING).exists():
        raise Refused("A test of this version is on its way to you already.", code="on_its_way")
    turn = (sent.aggregate(most=Max("occurrence"))["most"] or 0) + 1
    notices = [
        Notice(to=by.actor, kind=TEST, event=event, channel=way, occurrence=turn, due_at=at, not_after=at + TESTED_FOR)
        for way in messages.ways_to(by)
    ]
    queued = messages.queue_all(notices, by=by, at=at)
    audit.record("letter.tested", about=f"letter:{letter}", by=by, at=at, detail={"ways": queued})
    return queued


def checked(kind: str, language: str, words: Words) -> tuple[Language, Words]:
    """The words as they are kept, if they may be sent; raises `BadRecord` with everything that is wrong."""
    if kind not in KINDS:
        raise Refused(f"Choose a kind of message: {', '.join(KINDS)}.", code="bad_kind", status=422)
    return checked_for(KINDS[kind], language, words)


def checked_for(kind: Kind, language: str, words: Words) -> tuple[Language, Words]:
    """The same for a kind of any name."""
    if language not in languages:
        raise Refused(f"Choose a language: {', '.join(languages)}.", code="bad_language", status=422)
    spoken = languages[language]
    kept = Words(*(_tidy(text) for text in (words.subject, words.body, words.short)))
    longest, unsaid = reads.invented(spoken, short=True), reads.unsaid(spoken, queries.protocol_in_force())
    found: dict[str, list[str]] = {}
    for fault in faults(kind, kept, longest=longest, unsaid=unsaid):
        found.setdefault(fault.place, []).append(fault.sentence)
    if found:
        raise BadRecord({place: " ".join(sentences) for place, sentences in found.items()})
    return spoken, kept


def text(
    kind: str, participant: Participant, standing: reads.Standing, values: Mapping[str, str], *, short: Mapping[str, str] | None = None
) -> Text:
    """What goes to a participant: the words in force today at their site (`standing`), in their language, with these values.

    `short` are the same values as a telephone shows them.
    """
    spoken = language_of(participant.language)
    found = reads.in_force(kind, spoken, standing)
    return composed(found.words, spoken, values, short=short, letter=f"{kind}/{spoken.code}/{found.version}")


def composed(words: Words, spoken: Language, values: Mapping[str, str], *, short: Mapping[str, str] | None = None, letter: str) -> Text:
    """Words with their values, and why the reader gets them."""
    body = f"{filled(words.body, values)}\n\n{spoken.say(reads.CLOSING)}\n"
    few = in_few(filled(words.short, values if short is None else short))
    return Text(filled(words.subject, values), body, few, letter=letter)


def kinds() -> messages.Kinds:
    """Kind of message -> (still due?, what it says)."""
    return {TEST: (_test_due, _test_text)}


def _tidy(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _test_due(message: Message, at: datetime) -> bool:
    """Whoever may no longer write words gets no test of them."""
    user = User.objects.filter(pk=message.to.partition(":")[2], is_active=True).first()
    return user is not None and allowed(user, Permission.WRITE_LETTERS)


def _test_text(message: Message, at: datetime) -> Text:
    kind, language, version = message.event.removeprefix("letter:").split("/")
    letter = Letter.objects.get(kind=kind, language=language, version=version)
    shown = reads.shown(reads.words_of(letter), languages[language])
    return Text(
        f"Test: {shown.subject}",
        f"This is a test of version {version}, {KINDS[kind].label.lower()}, {languages[language].name}. What follows is invented, and the "
        f"link opens nothing.\n\n{shown.body}",
        f"Test: {shown.short}",
        letter=str(letter),
    )
