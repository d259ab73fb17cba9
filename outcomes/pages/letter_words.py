"""What pages show of words of messages: what may be named in them, and how they reach somebody."""

from __future__ import annotations

from dataclasses import dataclass

from outcomes.domain.letters import Kind, Words
from outcomes.queries.letters import shown
from participants.domain.segments import segments
from trials.languages import Language

MEANS = {
    "until": "the last day of the questions",
    "when": "day and time of the appointment, at the site",
    "place": "the name of the site",
    "link": "the person's own link",
    "address": "the address at which a code is typed",
    "code": "the person's own code",
}


@dataclass(frozen=True)
class Preview:
    """Words with invented values, and how many text messages they take on a telephone."""

    words: Words
    segments: int


def preview(words: Words, language: Language) -> Preview:
    with_values = shown(words, language)
    return Preview(with_values, segments(with_values.short))


def offered(kind: Kind) -> list[tuple[str, str, bool]]:
    """(name in its braces, what stands there, whether a mail needs it) of everything that a kind may name."""
    return [(f"{{{name}}}", MEANS[name], name in kind.body_needs) for name in kind.offers]
