"""Forms people fill in, who is blind, reminders, reasons and help lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import time
from itertools import pairwise

from trials.domain.protocol.faults import Finding, finding
from trials.domain.protocol.shape import BaselineVariable, EligibilityQuestion, Protocol
from trials.domain.roles import Role, blindable

RESERVED_COLUMNS = ("trial_id", "site", "arm", "stratum", "age", "sex")
LONGEST_QUIET_MINUTES = 16 * 60


def eligibility(protocol: Protocol) -> Iterator[Finding]:
    for row, question in enumerate(protocol.eligibility, start=1):
        place = f"eligibility[{row}]"
        yield from _range(question, place)
        yield from _choices(question, place)
        yield from _accepts(question, place)


def baseline(protocol: Protocol) -> Iterator[Finding]:
    for row, variable in enumerate(protocol.baseline, start=1):
        place = f"baseline[{row}]"
        yield from _range(variable, place)
        yield from _choices(variable, place)
        if variable.code in RESERVED_COLUMNS:
            yield finding(f"{place}.code", f"{variable.code} is a column of its own in the dataset", "leave the variable out or rename it")


def _range(asked: EligibilityQuestion | BaselineVariable, place: str) -> Iterator[Finding]:
    rests_on = (f"{place}.type", f"{place}.minimum")
    if asked.type != "number":
        for key in ("minimum", "maximum"):
            if getattr(asked, key) is not None:
                cure = 'leave it out, or set type = "number"'
                yield finding(f"{place}.{key}", f"is given for a {asked.type}", cure, rests_on=rests_on[:1])
    elif asked.minimum is not None and asked.maximum is not None and asked.maximum < asked.minimum:
        problem = f"{asked.maximum} is less than minimum {asked.minimum}"
        yield finding(f"{place}.maximum", problem, "give the highest number", rests_on=rests_on)


def _choices(asked: EligibilityQuestion | BaselineVariable, place: str) -> Iterator[Finding]:
    rests_on = (f"{place}.type",)
    if asked.type == "choice" and len(asked.choices) < 2:
        problem = f"has {len(asked.choices)} entries"
        yield finding(f"{place}.choices", problem, 'give at least two, code = "words"', rests_on=rests_on)
    if asked.type != "choice" and asked.choices:
        yield finding(f"{place}.choices", f"is given for a {asked.type}", 'leave it out, or set type = "choice"', rests_on=rests_on)


def _accepts(question: EligibilityQuestion, place: str) -> Iterator[Finding]:
    key, rests_on = f"{place}.accepts", (f"{place}.type", f"{place}.choices")
    if question.type == "number":
        if question.accepts:
            yield finding(key, "is given for a number", "use minimum and maximum", rests_on=rests_on)
        if question.minimum is None and question.maximum is None:
            yield finding(place, "accepts every number", "give minimum, maximum or both", rests_on=rests_on)
        return
    if question.type == "choice" and len(question.choices) < 2:
        return
    known = ["yes", "no"] if question.type == "yes_no" else [choice.code for choice in question.choices]
    unknown = [answer for answer in question.accepts if answer not in known]
    if unknown:
        yield finding(key, f"{unknown[0]} is not a choice", f"use some of {', '.join(known)}", rests_on=rests_on)
    elif not question.accepts:
        yield finding(key, "is missing", f"say which of {', '.join(known)} is met", rests_on=rests_on)
    elif len(question.accepts) == len(known):
        yield finding(key, "accepts every answer", "leave out the answers that exclude", rests_on=rests_on)


def needs_forms(protocol: Protocol) -> Iterator[Finding]:
    if not protocol.eligibility:
        yield finding("eligibility", "there is no criterion", "add a [[eligibility]] for each")
    if not protocol.baseline:
        yield finding("baseline", "there is no baseline variable", "add a [[baseline]] for each field of the form")


def reminders(protocol: Protocol) -> Iterator[Finding]:
    stated = protocol.reminders
    if any(later <= earlier for earlier, later in pairwise(stated.nudge_days)):
        yield finding("reminders.nudge_days", "does not rise", "list the days from early to late")
    if not stated.invitation and stated.nudge_days:
        cure = "set invitation = true or nudge_days = []"
        yield finding("reminders.nudge_days", "counts from an invitation that is not sent", cure, rests_on=("reminders.invitation",))
    quiet = (_minutes(stated.quiet_to) - _minutes(stated.quiet_from)) % (24 * 60)
    if quiet == 0 or quiet > LONGEST_QUIET_MINUTES:
        length = "the whole day" if quiet == 0 else f"{quiet // 60} h {quiet % 60:02} min"
        problem = f"the quiet hours last {length}"
        cure = "leave at least 8 hours a day in which messages may go out"
        yield finding("reminders.quiet_to", problem, cure, rests_on=("reminders.quiet_from",))
    eve = stated.session_day_before
    if eve is not None and (_minutes(eve) - _minutes(stated.quiet_from)) % (24 * 60) < quiet:
        cure = "name a time at which messages may go out"
        yield finding(
            "reminders.session_day_before", "lies in the quiet hours", cure, rests_on=("reminders.quiet_from", "reminders.quiet_to")
        )


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def blinding(protocol: Protocol) -> Iterator[Finding]:
    for row, name in enumerate(protocol.blind_roles, start=1):
        if not blindable(Role(name)):
            problem = f"{name} cannot be blind: the role randomises, schedules, records sessions or reads by arm"
            yield finding(f"blinding.roles[{row}]", problem, "leave it out")
    if Role.BLINDED_STATISTICIAN.value not in protocol.blind_roles:
        problem = f"lacks {Role.BLINDED_STATISTICIAN.value}, who is blind by name"
        yield finding("blinding.roles", problem, "add it")


def reasons(protocol: Protocol) -> Iterator[Finding]:
    criteria = {question.code for question in protocol.eligibility}
    for reason in protocol.exclusion_reasons:
        if reason.code in criteria:
            place = f"exclusion_reasons.{reason.code}"
            yield finding(place, "is the code of a criterion too", "choose another code", rests_on=("eligibility[].code",))


def repeated_codes(protocol: Protocol) -> Iterator[Finding]:
    for place, codes in (
        ("visits", [visit.code for visit in protocol.visits]),
        ("eligibility", [question.code for question in protocol.eligibility]),
        ("baseline", [variable.code for variable in protocol.baseline]),
        ("estimands", [estimand.code for estimand in protocol.estimands]),
    ):
        yield from _repeats(place, codes)


def _repeats(place: str, codes: Sequence[str]) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for row, code in enumerate(codes, start=1):
        if seen[code]:
            yield finding(f"{place}[{row}].code", f"{code} stands there twice", "give each its own code")
        seen[code] += 1


def help_lines(protocol: Protocol) -> Iterator[Finding]:
    lines = protocol.help_lines
    for row, line in enumerate(lines, start=1):
        if (line.country, line.number) in [(other.country, other.number) for other in lines[: row - 1]]:
            yield finding(f"help[{row}].number", f"{line.number} stands there twice for {line.country}", "keep one of the two")


def needs_help(protocol: Protocol) -> Iterator[Finding]:
    """Wherever the trial recruits, people in distress are shown an emergency number and somebody to talk to."""
    rests_on = ("help[].country", "help[].emergency", "sites[].country")
    for country in dict.fromkeys(site.country for site in protocol.sites):
        here = [line for line in protocol.help_lines if line.country == country]
        if not any(line.emergency for line in here):
            cure = f'add a [[help]] with country = "{country}" and emergency = true'
            yield finding("help", f"there is no emergency number for {country}", cure, rests_on=rests_on)
        if all(line.emergency for line in here):
            cure = f'add a [[help]] with country = "{country}" for a line that listens'
            yield finding("help", f"there is nobody to talk to for {country}", cure, rests_on=rests_on)
