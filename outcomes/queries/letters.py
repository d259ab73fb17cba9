"""The words of messages: the program's own, those in force on a day, and what no words may say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet

from outcomes.domain.letters import Words, filled
from outcomes.instruments import instruments
from outcomes.models import Letter, LetterStart
from participants.domain.segments import in_few
from trials.domain.protocol import Protocol
from trials.languages import ENGLISH, Language
from trials.models import Site

CLOSING = "You get this message because you agreed to it. Tell the study team if you no longer want it."
WHY = {
    "condition": "a message says nothing of what the trial is about",
    "score": "a message tells no answer and no score",
    "arm": "it would tell an arm",
    "instrument": "a message names no questionnaire and no measurement",
}
NAMED = {name: f"{{{name}}}" for name in ("until", "when", "place", "link", "address", "code")}
HELLO, BY_CODE, TYPED = "Hello,", "Or open {address} and type this code: {code}", "Open {address} and type {code}"
INVENTED_DAY = date(2026, 9, 30)  # a Wednesday: its names are long in every language
INVENTED_LINK, INVENTED_CODE = "Invented-Link-That-Opens-No-Questions-00000", "ABCDE23456"


@dataclass(frozen=True)
class Own:
    """The program's own words of a kind, as the English sentences that `trials/languages` knows in the others."""

    subject: str
    paragraphs: tuple[str, ...]
    short: str
    way_in: bool = False  # a link, or for a telephone a code, follows


OPEN, OPEN_STILL = "Your questions are open until {until}.", "Your questions are still open, until {until}."
OPEN_ENDLESS = "Your questions are open until you have answered them."
STILL_ENDLESS = "Your questions are still open, until you have answered them."
LAST = "Your questions close after {until}."
AHEAD = Own(
    "Your next appointment",
    ("Your next appointment is on {when} ({place}).", "If you can't come, please tell us here:"),
    "Your next appointment: {when} ({place}). Can't come?",
    way_in=True,
)
OWN = {
    "welcome": Own(
        "Welcome to the study",
        (
            "Thank you for taking part ({place}).",
            "We write to you here when there is something for you to do. If you want to change something, please tell the study team.",
        ),
        "Thank you for taking part ({place}). We write to you here when there is something for you to do.",
    ),
    "invitation": Own("Your questions are open", (OPEN,), OPEN, way_in=True),
    "invitation_open": Own("Your questions are open", (OPEN_ENDLESS,), OPEN_ENDLESS, way_in=True),
    "nudge": Own("Your questions are waiting", (OPEN_STILL,), OPEN_STILL, way_in=True),
    "nudge_open": Own("Your questions are waiting", (STILL_ENDLESS,), STILL_ENDLESS, way_in=True),
    "last_call": Own("Your questions close soon", (LAST,), LAST, way_in=True),
    "session_day_before": AHEAD,
    "session": AHEAD,
    "missed_session": Own(
        "Your appointment",
        (
            "Your appointment on {when} ({place}) did not take place.",
            "If you would like another time, or something stands in the way, please tell the study team. If you have told them already, "
            "there is nothing more to do.",
        ),
        "Your appointment on {when} ({place}) did not take place. If you would like another time, please tell the study team.",
    ),
    "deferred_start": Own(
        "Your appointments begin",
        ("Your appointments begin on {when} ({place}).", "If that does not suit you, please tell the study team."),
        "Your appointments begin on {when} ({place}). If that does not suit you, please tell the study team.",
    ),
}


@dataclass(frozen=True)
class InForce:
    """What is sent, and its version; 0 are the program's own words."""

    words: Words
    version: int


Standing = Mapping[tuple[str, str], LetterStart]  # by kind and language


def in_force(kind: str, language: Language, standing: Standing) -> InForce:
    """What a message of this kind says in this language, where `standing` is what is sent that day."""
    last = standing.get((kind, language.code))
    return InForce(own_words(kind, language), 0) if last is None else InForce(words_of(last.letter), last.letter.version)


def standing(day: date) -> Standing:
    """What is sent on a day in place of the program's own words, by kind and language."""
    begun = LetterStart.objects.filter(holds_from__lte=day).select_related("letter").order_by("holds_from", "pk")
    return {(start.letter.kind, start.letter.language): start for start in begun}


def words_of(letter: Letter) -> Words:
    return Words(letter.subject, letter.body, letter.short)


def versions(kind: str, language: str) -> QuerySet[Letter]:
    """Every version of the words, newest first, with the days from which they are sent."""
    found = Letter.objects.filter(kind=kind, language=language).select_related("author")
    return found.prefetch_related("starts__user").order_by("-version")


def own_words(kind: str, language: Language) -> Words:
    """What the program itself says, in this language; its values stay named."""
    own = OWN[kind]
    paragraphs = (HELLO, *own.paragraphs, *(("{link}", BY_CODE) if own.way_in else ()))
    short = (own.short, TYPED) if own.way_in else (own.short,)
    return Words(
        language.say(own.subject),
        "\n\n".join(language.say(part, **NAMED) for part in paragraphs),
        " ".join(language.say(part, **NAMED) for part in short),
    )


def unsaid(language: Language, protocol: Protocol) -> Iterator[tuple[str, str]]:
    """(what, why) of everything that words in this language must not say, in the manner of `letters.faults`."""
    for each in (language,) if language is ENGLISH else (language, ENGLISH):
        for about, never in each.unsaid.items():
            yield from ((what, WHY[about]) for what in never)
    for arm in protocol.arms:
        yield arm.label, WHY["arm"]
        if len(arm.code) > 1:  # a single letter is a word of its own in too many languages
            yield f"={arm.code}", WHY["arm"]
    for instrument in instruments.values():
        if len(re.findall(r"[A-Z0-9]", instrument.title)) > 1:  # an abbreviation, and no plain words such as "Expectations"
            yield instrument.title, WHY["instrument"]


def invented(language: Language, *, short: bool = False) -> dict[str, str]:
    """Values that nobody has, of about the greatest length: for previews, tests and counting."""
    address = f"{settings.UPLIFT_BASE_URL}/me/"
    at = datetime(INVENTED_DAY.year, INVENTED_DAY.month, INVENTED_DAY.day, 18, 30)  # noqa: DTZ001
    place = max(Site.objects.values_list("name", flat=True), key=len, default="")
    return {
        "until": language.day(INVENTED_DAY) if short else language.full_day(INVENTED_DAY),
        "when": language.moment(at) if short else language.full_moment(at),
        "place": place, "link": f"{address}#t={INVENTED_LINK}", "address": address, "code": INVENTED_CODE,
    }  # fmt: skip


def shown(words: Words, language: Language) -> Words:
    """As it reaches somebody, with invented values and the line that every mail ends with."""
    long, few = invented(language), invented(language, short=True)
    return Words(filled(words.subject, long), f"{filled(words.body, long)}\n\n{language.say(CLOSING)}\n", in_few(filled(words.short, few)))
