"""How the arms were drawn, in the words that a report needs: CONSORT 2025 items 17a, 17b, 18 and 19, made from records alone.

Every sentence names the record that it is fed by. What lets people predict (block sizes, bounds, probabilities) is told only where
`details` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trials.domain.openings import OPENED, UNSEALED
from trials.domain.randomisation import UPLOADED

GENERATED, RESTRICTION, CONCEALMENT, ACCESS = "17a", "17b", "18", "19"
TITLES = {
    GENERATED: "Who generated the sequence, and how",
    RESTRICTION: "Type of randomisation and any restriction",
    CONCEALMENT: "Allocation concealment mechanism",
    ACCESS: "Access of those who enrol and assign to the sequence",
}
ACROSS = ("minimisation", "biased_coin_minimisation")


@dataclass(frozen=True)
class Sentence:
    """One sentence, the CONSORT item it belongs to, and the record it is fed by."""

    item: str
    text: str
    record: str


@dataclass(frozen=True, kw_only=True)
class SchemeFacts:
    """One scheme that was opened: what it was drawn from, by people in which roles, and how many arms it gave."""

    version: int
    table: Mapping[str, Any]  # method, arms -> ratio, factors -> levels, and the method's own keys
    drawn_by: str  # a role in words, or "a command on the server"
    drawn_on: date
    approved_by: str
    opened_on: date
    closed_on: date | None
    allocations: int  # people
    commitment: str = ""  # root of the published line, hex
    groups: int = 0  # couples or clusters that were drawn for
    members: int = 0  # people in them
    latecomers: int = 0  # of these, who joined after the draw


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the records say. Counts of people are of different people; `both` enrolled or assigned, and drew or approved a scheme."""

    schemes: tuple[SchemeFacts, ...]
    imported: int
    enrolling_roles: tuple[str, ...]  # roles that may enrol or randomise, in words
    enrolled: int
    assigned: int
    both: int
    may_draw: tuple[str, ...]  # enrolling roles that may draw a scheme, in words
    attempts: int  # to randomise, each kept before anything else was done
    refused: int  # of these, refused or sent away to try again
    answered: int  # of these, sent again with the key of what was given: the same answer
    broken_off: int  # of these, without an outcome: the program was stopped
    printed: int  # backup envelopes made
    opened: int  # of these, somebody was randomised by
    answered_for: int  # of these, reported as missing or spoiled
    rewritten: int  # versions of allocation rows that are not their first
    unsealed: tuple[tuple[str, date], ...]  # verb and day of every event by which a seed was opened: those of UNSEALED
    events: int  # events of the audit


def statement(facts: Facts, *, details: bool) -> tuple[Sentence, ...]:
    """Items 17a, 17b, 18 and 19, in order; nothing but one sentence where no scheme was ever opened."""
    if not facts.schemes:
        return (Sentence(GENERATED, "No scheme of randomisation has been opened.", "trials_scheme"),)
    return (*_generated(facts), *_restriction(facts, details), *_concealment(facts), *_access(facts))


def paragraphs(sentences: tuple[Sentence, ...]) -> dict[str, str]:
    """Item -> its sentences joined, in order."""
    joined: dict[str, list[str]] = {}
    for sentence in sentences:
        joined.setdefault(sentence.item, []).append(sentence.text)
    return {item: " ".join(texts) for item, texts in joined.items()}


def _generated(facts: Facts) -> Iterator[Sentence]:
    for scheme in facts.schemes:
        stream = "one stream for the whole trial" if scheme.table["method"] in ACROSS else "one stream for each stratum"
        where = f"scheme {scheme.version}, events scheme.drawn and scheme.opened"
        if scheme.table["method"] == UPLOADED:
            yield from _brought(facts, scheme)
            continue
        text = (
            f"{_name(facts, scheme)} was drawn on {scheme.drawn_on} by {scheme.drawn_by} and approved on {scheme.opened_on} by "
            f"{scheme.approved_by}, another person; neither was shown its seed."
        )
        yield Sentence(GENERATED, text, where)
        text = (
            "Uplift generated the sequence from a seed of 48 bytes by HMAC_DRBG with SHA-256 (NIST SP 800-90A), with rejection sampling so "
            f"that no arm is favoured, {stream}."
        )
        yield Sentence(GENERATED, text, f"scheme {scheme.version}, the code whose digest it keeps")
        yield from _bound(scheme)


def _brought(facts: Facts, scheme: SchemeFacts) -> Iterator[Sentence]:
    who = scheme.drawn_by[:1].upper() + scheme.drawn_by[1:]
    text = (
        f"{_name(facts, scheme)} is a list that an independent statistician made outside Uplift. {who} uploaded it on {scheme.drawn_on}, "
        f"and {scheme.approved_by}, another person who was not shown it, approved it on {scheme.opened_on}. How it was made is for the "
        "statistician to describe."
    )
    yield Sentence(GENERATED, text, f"scheme {scheme.version}, events scheme.uploaded and scheme.opened")
    yield from _bound(scheme)


def _bound(scheme: SchemeFacts) -> Iterator[Sentence]:
    if scheme.commitment:
        text = f"Before the first participant it was bound by the commitment {scheme.commitment}."
        yield Sentence(GENERATED, text, f"scheme {scheme.version}, commitment")


def _restriction(facts: Facts, details: bool) -> Iterator[Sentence]:
    for scheme in facts.schemes:
        table, where = scheme.table, f"scheme {scheme.version}, table"
        ratio = ":".join(str(share) for share in table["arms"].values())
        yield Sentence(RESTRICTION, f"{_name(facts, scheme)} allocated {' : '.join(table['arms'])} in the ratio {ratio}.", where)
        told, restricted = METHODS[table["method"]]
        yield Sentence(RESTRICTION, told(table), where)
        if restricted is not None:
            held = "What would help to predict the next arm is not told while randomisation is open."
            yield Sentence(RESTRICTION, restricted(table) if details else held, where)
        yield Sentence(RESTRICTION, _stratified(table), where)
        yield from _unit(scheme)


def _unit(scheme: SchemeFacts) -> Iterator[Sentence]:
    """Who got one arm by one draw, where that was not each person (CONSORT extension to cluster trials, BMJ 2012;345:e5661)."""
    unit = scheme.table.get("unit", "person")
    if unit == "person":
        return
    text = (
        f"The unit of allocation was the {unit}: {_counted(scheme.groups, unit, f'{unit}s')} with "
        f"{_counted(scheme.members - scheme.latecomers, 'member', 'members')}, gathered beforehand, took one place each, and all members "
        f"had its arm; the method counted each {unit} once."
    )
    yield Sentence(RESTRICTION, text, "trials_group, trials_groupmember, trials_allocation")
    if scheme.latecomers:
        text = (
            f"{_counted(scheme.latecomers, 'person', 'people')} joined a {unit} after its draw, when its arm could be known; the reason "
            "of each is kept."
        )
        yield Sentence(RESTRICTION, text, "trials_groupmember, late_reason")


def _concealment(facts: Facts) -> Iterator[Sentence]:
    but = ", but for backup envelopes" if facts.printed else ", in no list and no envelope"
    listed = [scheme for scheme in facts.schemes if scheme.table["method"] == UPLOADED]
    text = (
        "An arm was drawn only at the moment of randomising, after consent, eligibility and baseline had been checked by the program, and "
        f"shown only once it was kept; before that it stood nowhere{but}."
    )
    if listed:
        text = (
            "An arm was taken only at the moment of randomising, after consent, eligibility and baseline had been checked by the program, "
            "and shown only once it was kept; before that the uploaded list was sealed and the program showed it to nobody."
        )
    yield Sentence(CONCEALMENT, text, "trials_stratum, trials_allocation")
    if facts.printed:
        yield from _envelopes(facts)
    text = (
        "The state from which the next arm follows was sealed (AES-256-GCM) with a key outside the database, and a step that failed gave "
        "the same arm again."
    )
    yield Sentence(CONCEALMENT, text, "trials_stratum, sealed_state")
    given = sum(scheme.allocations for scheme in facts.schemes) - facts.opened
    text = f"{_counted(given, 'person was', 'people were')} randomised in this way"
    others = [f"{facts.opened} by envelope"] if facts.opened else []
    others += [f"{facts.imported} had been randomised elsewhere"] if facts.imported else []
    text += f", and {' and '.join(others)}." if others else ", nobody in any other."
    yield Sentence(CONCEALMENT, text, "trials_allocation, source")
    text = (
        f"{_counted(facts.attempts, 'attempt', 'attempts')} to randomise {'was' if facts.attempts == 1 else 'were'} kept, each before "
        f"anything else was done; {facts.refused} of them were refused and {facts.broken_off} broken off."
    )
    if facts.answered:
        again = _counted(facts.answered, "was a request", "were requests")
        text += f" {again} sent again, which got the answer given before and no other."
    if facts.attempts:  # none where everybody was randomised before attempts were kept
        yield Sentence(CONCEALMENT, text, "trials_attempt, trials_attemptoutcome")
    unchanged = "No allocation was changed or removed after it was given."
    changed = f"Rows of allocations were written again {_counted(facts.rewritten, 'time', 'times')}; each version is kept."
    yield Sentence(CONCEALMENT, changed if facts.rewritten else unchanged, "row_version of trials_allocation")


def _envelopes(facts: Facts) -> Iterator[Sentence]:
    text = (
        "For days on which a site could not reach the program "
        f"{_counted(facts.printed, 'sealed opaque envelope', 'sealed opaque envelopes')} "
        f"{'was' if facts.printed == 1 else 'were'} printed by a person who neither enrols nor assigns, numbered within stratum and site, "
        "from streams apart from the live ones."
    )
    yield Sentence(CONCEALMENT, text, "trials_envelope, trials_envelopeprint")
    left = facts.printed - facts.opened - facts.answered_for
    text = (
        f"{_counted(facts.opened, 'envelope was', 'envelopes were')} used, each checked against its stream and its order when it was "
        f"entered; {facts.answered_for} {'was' if facts.answered_for == 1 else 'were'} reported missing or spoiled; {left} unused."
    )
    yield Sentence(CONCEALMENT, text, "trials_envelopeuse, trials_envelopereport")


def _access(facts: Facts) -> Iterator[Sentence]:
    roles = _listed(facts.enrolling_roles)
    can = f"The roles that enrol and assign ({roles}) could neither draw a scheme nor read its seed"
    could = f"Of the roles that enrol and assign ({roles}), {_listed(facts.may_draw)} could draw a scheme, and none could read its seed"
    yield Sentence(ACCESS, f"{could if facts.may_draw else can}; no role can.", "table of roles and permissions")
    people = f"{_counted(facts.enrolled, 'person', 'people')} enrolled and {_counted(facts.assigned, 'person', 'people')} assigned"
    nobody = f"{people}; none of them drew or approved a scheme."
    somebody = f"{people}; {facts.both} of them also drew or approved a scheme."
    where = "events participant.screened, consent.recorded, unit.allocated, scheme.drawn, scheme.opened"
    yield Sentence(ACCESS, somebody if facts.both else nobody, where)
    yield from _opened(facts)
    text = "Whoever runs the server keeps the key that seals the seeds; what they could do with it stands outside these records."
    yield Sentence(ACCESS, text, "none: it can't be proved from here")


def _opened(facts: Facts) -> Iterator[Sentence]:
    where = f"events {_listed(UNSEALED)}"
    if not facts.unsealed:
        yield Sentence(ACCESS, f"Among {facts.events:,} events of the audit none opened a seed: nobody had access to the sequence.", where)
        return
    for verbs, text in OPENED.items():
        found = sorted(day for verb, day in facts.unsealed if verb in verbs)
        if found:
            days = _listed(tuple(str(day) for day in sorted(set(found))))
            yield Sentence(ACCESS, text.format(times=_counted(len(found), "time", "times"), days=days), f"events {_listed(verbs)}")
    first = min(day for _, day in facts.unsealed)
    if any(scheme.closed_on is None or scheme.closed_on > first for scheme in facts.schemes):
        yield Sentence(ACCESS, "At the first of these times randomisation was not closed.", f"{where}; scheme, closed_at")


def _name(facts: Facts, scheme: SchemeFacts) -> str:
    return "The scheme" if len(facts.schemes) == 1 else f"Scheme {scheme.version}"


def _stratified(table: Mapping[str, Any]) -> str:
    factors = tuple(f"{name} ({', '.join(levels)})" for name, levels in table["factors"].items())
    if table["method"] in ACROSS:
        return f"The factors were {_listed(factors)}."
    return f"It was stratified by {_listed(factors)}." if factors else "It was not stratified."


def _listed(words: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _counted(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _blocks(table: Mapping[str, Any]) -> str:
    size = sum(table["arms"].values())
    sizes = tuple(str(multiplier * size) for multiplier in table["multipliers"])
    if len(sizes) == 1:
        return f"Blocks had {sizes[0]} places."
    return f"Blocks had {' or '.join(filter(None, (', '.join(sizes[:-1]), sizes[-1])))} places, each size drawn at random for every block."


def _minimised(table: Mapping[str, Any]) -> str:
    weights = table.get("weights") or {}
    weighed = ", ".join(f"{name} {weights.get(name, 1)}" for name in table["factors"])
    text = f"Imbalance was measured by the {str(table.get('imbalance', 'range')).replace('_', ' ')} with weights {weighed}"
    total = table.get("treatment_total")
    text += f", and the totals of the arms with weight {1 if total is True else total}" if total else ""
    if table.get("rule", "best") == "rank":
        return f"{text}; arms were ranked and drawn with the probabilities of q = {table['q']}, tied arms ranked at random."
    ties = "tied arms shared it" if table.get("ties", "rank") == "split" else "tied arms were ranked at random"
    return f"{text}; the best arm had probability {table['p']}, {ties}."


def _biased(table: Mapping[str, Any]) -> str:
    text = _minimised(table)
    return text.replace("the best arm had", "the best arm, where it is one of the smallest ratio, had")


Told = Callable[[Mapping[str, Any]], str]
METHODS: dict[str, tuple[Told, Told | None]] = {
    UPLOADED: (lambda table: "The arms stood in a list that an independent statistician had made, uploaded and sealed on arrival.", None),
    "simple": (lambda table: "Randomisation was simple: each arm was drawn with its share, whatever came before.", None),
    "permuted_blocks": (lambda table: "Randomisation was by permuted blocks.", _blocks),
    "big_stick": (
        lambda table: "Randomisation was by the big stick design: a fair coin, until the arms stand a bound apart (Soares & Wu 1983).",
        lambda table: f"The bound was {table['bound']}.",
    ),
    "block_urn": (
        lambda table: "Randomisation was by the block urn design, which keeps the arms within a bound of their ratio (Zhao & Weng 2011).",
        lambda table: f"Lambda was {table['lambda']}.",
    ),
    "efron": (
        lambda table: "Randomisation was by a biased coin that favours the arm with fewer so far (Efron 1971).",
        lambda table: f"The arm with fewer had probability {table['p']}.",
    ),
    "urn": (
        lambda table: "Randomisation was by an urn to which each draw adds balls of the other arms (Wei 1978).",
        lambda table: f"The urn began with {table['a']} balls of each arm and {table['b']} of every other arm were added a draw.",
    ),
    "maximal": (
        lambda table: "Randomisation was by the maximal procedure: all sequences within a bound are equally likely (Berger et al. 2003).",
        lambda table: f"The bound was {table['bound']}, over sequences of {table['length']} places.",
    ),
    "minimisation": (
        lambda table: "Randomisation was by minimisation, with an element of chance in each draw (Pocock & Simon 1975).",
        _minimised,
    ),
    "biased_coin_minimisation": (
        lambda table: "Randomisation was by biased-coin minimisation, with an element of chance in each draw (Han et al. 2009).",
        _biased,
    ),
}
