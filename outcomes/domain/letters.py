"""The words of messages to participants: which kinds there are, what each may name, and what no words may say.

Words name their values in braces, `{until}`; nothing else stands in braces. A value is put in as it is and never read for braces again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from unicodedata import category, combining, normalize

from participants.domain.segments import in_few, segments

LONGEST_SUBJECT, LONGEST_BODY = 100, 4000  # characters
MOST_SEGMENTS = 3  # of a text message, as a gateway is given at most
WAY_IN = ("link", "address", "code")
NAMED = re.compile(r"\{([^{}]*)\}")
UNSEEN = ("Cc", "Cs", "Co", "Cn")
HIDDEN = frozenset(
    "\u00ad\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # beside those, joiners and marks are script
WORD = re.compile(r"\w[\w-]*")


@dataclass(frozen=True)
class Words:
    """A message as it is written: `short` is the same for a telephone."""

    subject: str
    body: str
    short: str


@dataclass(frozen=True)
class Kind:
    """One kind of message: the values that its words may name, and those that a mail or a text message is pointless without."""

    code: str
    label: str
    offers: tuple[str, ...] = ()
    body_needs: tuple[str, ...] = ()
    short_needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong with words: in which of the three, and one sentence."""

    place: str  # "subject" | "body" | "short"
    sentence: str


def _asked(code: str, label: str, *more: str) -> Kind:
    return Kind(code, label, (*more, *WAY_IN), ("link",), ("address", "code"))


def _met(code: str, label: str) -> Kind:
    return Kind(code, label, ("when", "place", *WAY_IN), ("when", "link"), ("when",))


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("welcome", "Welcome", ("place",)),
        _asked("invitation", "Invitation", "until"),
        _asked("invitation_open", "Invitation without a last day"),
        _asked("nudge", "Reminder", "until"),
        _asked("nudge_open", "Reminder without a last day"),
        _asked("last_call", "Last reminder", "until"),
        _met("session_day_before", "Appointment, the day before"),
        _met("session", "Appointment, hours before"),
        Kind("missed_session", "Missed appointment", ("when", "place"), ("when",), ("when",)),
        Kind("deferred_start", "Appointments begin", ("when", "place"), ("when",), ("when",)),
    )
}
CIRCULAR = Kind("circular", "Message to several people", ("place",))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its values; one that nobody gave stays as it is written."""
    return NAMED.sub(lambda found: values.get(found[1], found[0]), text)


def faults(kind: Kind, words: Words, *, longest: Mapping[str, str], unsaid: Iterable[tuple[str, str]]) -> tuple[Fault, ...]:
    """Everything that is wrong, in the order of the form; empty = the words may go out.

    `longest` are values of the greatest length that they take, for counting segments; `unsaid` is (what, why): a word, a phrase, or the
    beginning of words with a * behind it, and why no message says it. Capitals and accents count only behind a =.
    """
    never = list(unsaid)
    found: list[Fault] = []
    for place, text, needed in (
        ("subject", words.subject, ()),
        ("body", words.body, kind.body_needs),
        ("short", words.short, kind.short_needs),
    ):
        sentences = [*_shape(place, text), *_names(kind, text, needed), *_said(text, never)]
        found += [Fault(place, sentence) for sentence in sentences]
    parts = segments(in_few(filled(words.short, longest)))
    if parts > MOST_SEGMENTS:
        found.append(Fault("short", f"Shorten the text message: it takes up to {parts} segments, and {MOST_SEGMENTS} is the most."))
    return tuple(found)


def _shape(place: str, text: str) -> Iterator[str]:
    most, what = {
        "subject": (LONGEST_SUBJECT, "the subject"), "body": (LONGEST_BODY, "the mail"), "short": (LONGEST_BODY, "the text message"),
    }[place]  # fmt: skip
    if not text.strip():
        yield f"Write {what}."
    if len(text) > most:
        yield f"Shorten {what} to {most} characters."
    if place == "subject" and "\n" in text:
        yield "Keep the subject on one line."
    if any(letter != "\n" and (category(letter) in UNSEEN or letter in HIDDEN) for letter in text):
        yield f"Take the characters out of {what} that nobody sees."


def _names(kind: Kind, text: str, needed: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the braces."""
    named = NAMED.findall(text)
    offered = ", ".join(f"{{{name}}}" for name in kind.offers)
    for name in dict.fromkeys(named):
        if name not in kind.offers:
            yield f"{{{name}}} stands for nothing here: use {offered}." if offered else f"{{{name}}} stands for nothing here."
    if re.search(r"[{}]", NAMED.sub("", text)):
        yield "Close each brace: braces stand around the name of a value alone."
    for name in needed:
        if name not in named:
            yield f"Put {{{name}}} in: the message is pointless without it."


def _said(text: str, never: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Each thing that no message says, once."""
    shown = "".join(letter for letter in NAMED.sub(" ", text) if category(letter) != "Cf")
    tokens = {_plain(token): token for token in reversed(WORD.findall(shown))}
    whole = f" {' '.join(_plain(token) for token in WORD.findall(shown))} "
    told: dict[str, str] = {}
    for what, why in never:
        key = _plain(what.rstrip("*"))
        if what.startswith("="):
            told |= {what[1:]: why} if what[1:] in WORD.findall(shown) else {}
        elif what.endswith("*"):
            told |= {tokens[token]: why for token in tokens if token.startswith(key) and tokens[token] not in told}
        elif f" {' '.join(WORD.findall(key))} " in whole:
            told.setdefault(what, why)
    for what, why in told.items():
        yield f"Leave out \u201c{what}\u201d: {why}."


def _plain(text: str) -> str:
    """Without capitals and accents."""
    return "".join(letter for letter in normalize("NFKD", text) if not combining(letter)).casefold()
