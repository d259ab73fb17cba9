"""Where a participant is: the link behind the cookie's signed reference, its open sitting, and everything kept of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import DatabaseError
from django.http import HttpRequest

from outcomes.domain.sitting import Step, first_open, steps
from outcomes.domain.turns import LARGEST, Turn
from outcomes.domain.visits import Sitting
from outcomes.models import Assessment
from outcomes.queries import sittings, wording
from participants.actions import links
from participants.models import Participant, PersonalLink
from participants.permissions import endings_of
from trials.domain.protocol.answering import TOGETHER
from trials.domain.protocol.shape import HelpLine, Protocol
from trials.languages import is_code
from trials.pages import language
from trials.permissions import Refused
from trials.queries import protocol_in_force

COOKIE = "__Host-me" if settings.HTTPS else "me"
SALT = "outcomes.me"
DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Here:
    """Where a person is: their open sitting with everything kept of it."""

    participant: Participant
    protocol: Protocol
    sitting: Sitting
    drafts: Mapping[str, Assessment]
    languages: tuple[str, ...]  # in which they read questions, the best first
    at: datetime
    changing: bool = False  # all of it is sent, and may still be changed

    @property
    def answers(self) -> dict[str, dict[str, int]]:
        return {code: draft.answers for code, draft in self.drafts.items()}

    @property
    def steps(self) -> tuple[Step, ...]:
        return steps(wording.in_words(self.sitting.instruments, self.protocol, self.languages), self.answers)

    def step(self, number: int) -> Step | None:
        return next((step for step in self.steps if step.number == number), None)

    def reads(self, step: Step) -> bool:
        """Whether the question has official words in a language that the person reads."""
        return step.instrument.language in self.languages

    @property
    def together(self) -> bool:
        """Whether the protocol asks the questions of a visit on one screen."""
        return self.protocol.answering.screens == TOGETHER

    def asks_together(self, step: Step) -> bool:
        """Whether the question stands on that screen; one without words for the person is asked by itself, in which language they want."""
        return self.together and self.reads(step)

    def value(self, step: Step) -> int | None:
        return self.answers.get(step.instrument.code, {}).get(step.item.number)

    def missing(self, step: Step) -> str:
        draft = self.drafts.get(step.instrument.code)
        return "" if draft is None else draft.missing.get(step.item.number, "")

    def first_open(self) -> Step | None:
        return first_open(self.steps, self.answers, {code: draft.missing for code, draft in self.drafts.items()})

    def calls_for_help(self, step: Step) -> bool:
        """Whether the answer kept at this step is one that help is shown for at once."""
        value = self.value(step)
        if value is None:
            return False
        return bool(step.instrument.alerts_for({step.item.number: value}, self.protocol.alerts))

    def support_at(self, step: Step) -> int | None:
        """The lowest answer of this step that help is shown for, if there is one."""
        raising = (v for v in step.item.values if step.instrument.alerts_for({step.item.number: v}, self.protocol.alerts))
        return min(raising, default=None)


def link_of(request: HttpRequest, at: datetime) -> PersonalLink | None:
    """The link behind the cookie's signed reference, while it is in force."""
    try:
        digest = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT)
    except signing.BadSignature:
        return None
    return sittings.link_in_force(digest, at)


def opens_appointments(link: PersonalLink) -> bool:
    """Whether the link is one to the person's own appointments, and they still train."""
    return link.visit == links.APPOINTMENTS and endings_of(link.participant).may_train


def who_has_appointments(request: HttpRequest, at: datetime) -> Participant | None:
    """The person behind the cookie, where their link opens their appointments; a link to questions never does."""
    link = link_of(request, at)
    return link.participant if link is not None and opens_appointments(link) else None


def stamp(at: datetime) -> int:
    """When a page was made, in microseconds."""
    return int(at.timestamp() * 1_000_000)


def turn_of(request: HttpRequest, at: datetime) -> Turn:
    """In which order the answer was chosen, as its page says; a page that does not say is taken for one made now."""
    said = [request.POST.get(name, "") for name in ("page", "choice")]
    page, choice = (int(text) if DIGITS.fullmatch(text) and int(text) <= LARGEST else None for text in said)
    return Turn(page=stamp(at), choice=None) if page is None else Turn(page=min(page, stamp(at)), choice=choice)


def open_sitting(request: HttpRequest, link: PersonalLink, at: datetime) -> Here | None:
    """The link's visit, if it may be answered now: its window open, the person taking part, something left to send or to change."""
    participant = link.participant
    if sittings.ended_on(participant) is not None or participant.status == "excluded":
        return None
    protocol = protocol_in_force()
    forms = list(participant.assessments.all())
    left = next((s for s in sittings.open_sittings(participant, protocol, at=at, forms=forms) if s.visit == link.visit), None)
    sitting = left or sittings.changeable(participant, protocol, link.visit, at=at)
    if sitting is None:
        return None
    return Here(
        participant=participant,
        protocol=protocol,
        sitting=sitting,
        drafts={form.instrument: form for form in forms if form.visit == link.visit},
        languages=_read_by(request, participant),
        at=at,
        changing=left is None,
    )


def _read_by(request: HttpRequest, participant: Participant) -> tuple[str, ...]:
    """The language chosen for questions, then that of the page or, where nobody chose one, the recorded one as it was recorded."""
    page = language.of_request(request, participant.language).code
    chosen = [language.chosen_in(request, what) for what in (language.QUESTIONS, language.PAGES)]
    return tuple(code for code in (chosen[0], chosen[1] or participant.language, page) if is_code(code))


def sent_at(link: PersonalLink) -> datetime | None:
    """When the link's visit was sent, if all of it was."""
    kept = sittings.drafts_of(link.participant, link.visit)
    times = [kept[code].sent_at if code in kept else None for code in _asked(link)]
    return max((t for t in times if t), default=None) if times and None not in times else None


def _asked(link: PersonalLink) -> tuple[str, ...]:
    protocol = protocol_in_force()
    return next((wording.asked_of_people(visit, protocol) for visit in protocol.visits if visit.code == link.visit), ())


def help_lines(protocol: Protocol | None, participant: Participant | None) -> tuple[HelpLine, ...]:
    """The help lines of the person's country; of all countries where nobody is known; none (the house's own) without a protocol."""
    try:
        found = (protocol or protocol_in_force()).help_lines
    except (Refused, DatabaseError):
        return ()
    if participant is None or protocol is None:
        return found
    country = next((site.country for site in protocol.sites if site.code == participant.site.code), "")
    return tuple(line for line in found if line.country == country) or found
