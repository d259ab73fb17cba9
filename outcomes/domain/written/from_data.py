"""Feeders that count records of people: flow, dates, baseline, outcomes, harms and other care. By arm, or pooled in the blinded edition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from outcomes.domain.consort import CATEGORIES, UNRECORDED
from outcomes.domain.facts import Row
from outcomes.domain.written.facts import EVERYBODY, Facts, Group, Seen
from outcomes.domain.written.shape import Found, Lacking, Said
from outcomes.domain.written.words import counted, figure, listed, mean_sd, reasons, share

FLOW, PEOPLE, EVENTS = "flow.json", "participant.csv", "adverse_event.csv"
CARE = {"psychotherapy": "psychotherapy", "exercise": "exercise outside the trial", "other": "other care"}


def changes(facts: Facts) -> Iterator[Found]:
    """Versions that came into force once somebody was randomised; the first one in force is not a change."""
    first = str(facts.flow["first_randomised_on"] or facts.as_of.date())
    late = [change for change in facts.changes[1:] if change.on.isoformat() >= first]
    for change in late:
        because = f": {change.reason.rstrip('.')}" if change.reason else ""
        yield Said(f"On {change.on} version {change.version} of the protocol came into force{because}.", "protocol versions")
        if not change.reason:
            yield Lacking(f"No reason was recorded for version {change.version} of the protocol.")
    if not late:
        yield Said("The protocol was not changed after the first randomisation.", "protocol versions")


def flow(facts: Facts) -> Iterator[Found]:
    numbers = facts.flow
    yield Said(
        f"{counted(numbers['assessed'], 'person was', 'people were')} assessed for eligibility, {numbers['excluded']['total']} excluded, "
        f"{numbers['pending']} still pending and {numbers['randomised']} randomised.", FLOW,
    )  # fmt: skip
    for name, column in _columns(facts).items():
        word = "allocated" if "allocated" in column else "randomised"
        received = ""
        if "received" in column:
            received = f", {column['received']} received it ({column['received_unknown']} not known yet)"
        text = f"{name}: {column[word]} {word}{received}, {column['analysed']} analysed for the primary outcome"
        yield Said(f"{text} ({column['analysis_pending']} not known yet).", FLOW)


def losses(facts: Facts) -> Iterator[Found]:
    numbers, labels = facts.flow, _labels(facts)
    out = numbers["excluded"]
    told = listed(f"{out[c]} {c.replace('_', ' ')}" for c in CATEGORIES)
    yield Said(f"Excluded before randomisation: {out['total']}, of whom {told}{reasons(out['reasons'], labels)}.", FLOW)
    for name, column in _columns(facts).items():
        for key, words in (
            ("not_received", "did not receive the allocated intervention"), ("lost", "lost to follow-up for the primary outcome"),
            ("discontinued", "discontinued the intervention"), ("not_analysed", "not analysed"),
        ):  # fmt: skip
            if key in column:
                yield Said(f"{name}: {column[key]['total']} {words}{reasons(column[key]['reasons'], labels)}.", FLOW)
                yield from _unreasoned(name, words, column[key]["reasons"])


def dates(facts: Facts) -> Iterator[Found]:
    first, last = facts.flow["first_randomised_on"], facts.flow["last_randomised_on"]
    if first is None:
        yield Lacking("Nobody has been randomised, so there are no dates of recruitment.")
        return
    text = f"Randomised from {first} to {last}; figures are as of {facts.as_of:%Y-%m-%d %H:%M} UTC."
    yield Said(text, "participant.csv, randomised_on")


def baseline(facts: Facts) -> Iterator[Found]:
    """No p-values and no standard errors: spread is told by the SD, choices by counts."""
    for group in facts.groups:
        sexes = listed(f"{sex} {share(n, group.n)}" for sex, n in _by_sex(group))
        yield Said(f"{group.name} (n = {group.n}): age {mean_sd(group.ages, 'years')}; sex {sexes or 'not known of anybody'}.", PEOPLE)
        for variable in facts.protocol.baseline if group.n else ():
            counts = group.counted(variable.code)
            labels = {choice.code: choice.label for choice in variable.choices}
            if variable.type == "number":
                told = mean_sd(group.numbers(variable.code), variable.unit)
            else:
                told = listed(f"{labels.get(value, value)} {share(n, group.n)}" for value, n in sorted(counts.items())) or "nobody answered"
            if variable.type != "text":
                yield Said(f"{group.name}: {variable.label.rstrip('?.')}: {told}.", f"baseline.csv, {variable.code}")
            if missing := group.n - counts.total():
                people = counted(missing, "person", "people")
                yield Lacking(f"{group.name}: {variable.label.rstrip('?.')} is missing for {people}.")


def results(facts: Facts) -> Iterator[Found]:
    """Mean and SD of totals by arm and visit, with how many there are and were expected."""
    for row in _by_visit(facts):
        spread = "" if row["mean"] is None else f", mean {_decimal(row['mean'])} (SD {_decimal(row['sd'])})"
        yield Said(f"{_where(facts, row)}: {row['n_scored']} with a score of {row['n_expected']} expected{spread}.", "visit_summary.csv")


def responders(facts: Facts) -> Iterator[Found]:
    for row in _by_visit(facts):
        if row["response_base"]:
            text = f"{_where(facts, row)}: response (a drop of half or more) {share(_int(row['response_n']), _int(row['response_base']))}, "
            text += f"remission {share(_int(row['remission_n']), _int(row['remission_base']))} of people for whom it is defined."
            yield Said(text, "visit_summary.csv")


def completeness(facts: Facts) -> Iterator[Found]:
    for row in _by_visit(facts):
        done, partial, pending = (_int(row[name]) for name in ("n_done", "n_partial", "n_pending"))
        expected = _int(row["n_expected"])
        still = f" {pending} still open," if pending else ""
        text = f"{share(done, expected)} complete, {partial} in part,{still} {expected - done - partial - pending} missing."
        yield Said(f"{_where(facts, row)}: {text}", "visit_summary.csv")


def modes(facts: Facts) -> Iterator[Found]:
    for group in facts.groups:
        found: dict[str, int] = {}
        for person in group.people:
            for mode, n in person.modes.items():
                found[mode] = found.get(mode, 0) + n
        told = listed(f"{mode} {n}" for mode, n in sorted(found.items()))
        yield Said(f"{group.name}: questionnaires by mode: {told or 'none answered yet'}.", "assessment.csv, mode")


def harms(facts: Facts) -> Iterator[Found]:
    """Events since randomisation, over everybody randomised; those at deferred sessions apart."""
    for group in facts.groups:
        yield from _harms(group)
    if not facts.by_arm:
        yield Lacking("Events at or linked to a session, and their relation to training, are reported after unblinding.")


def ascertained(facts: Facts) -> Iterator[Found]:
    """How events came to be known: solicited at a visit for everybody alike, at a session, or spontaneously; deferred training apart."""
    for group in facts.groups:
        ways = _counts(group, "elicited")
        told = listed(f"{way or 'not recorded'} {n}" for way, n in sorted(ways.items()))
        yield Said(f"{group.name}: events by how they came to be known: {told or 'none'}.", f"{EVENTS}, elicited")
        if ungraded := sum(e.get("ctcae_grade") is None for _, e in _told(group)):
            yield Lacking(f"{group.name}: {counted(ungraded, 'adverse event has', 'adverse events have')} no CTCAE grade.")


def other_care(facts: Facts) -> Iterator[Found]:
    listed_drugs = listed(facts.protocol.analysis.psychotropic_atc)
    for group in facts.groups:
        on = share(sum(p.psychotropic for p in group.people), group.n)
        yield Said(f"{group.name}: on a drug of ATC {listed_drugs} when randomised: {on}.", "medication.csv")
        for kind, words in CARE.items():
            had = share(sum(kind in p.care for p in group.people), group.n)
            yield Said(f"{group.name}: {words} recorded at any time: {had}.", "concomitant.csv")


def data_sharing(facts: Facts) -> Iterator[Found]:
    """What the ICMJE asks of a data sharing statement, as far as the program knows it (Taichman et al. 2017)."""
    randomised = facts.flow["randomised"]
    yield Said(
        f"Data of the {counted(randomised, 'participant', 'participants')} randomised can be shared without identities: the public profile "
        "has new random ids, dates shifted person by person, ages over 89 as 90+, no free text, and cells under 5 merged.",
        "the dataset's public profile",
    )  # fmt: skip
    yield Said("The data dictionary (codebook and table schema) goes with them, each file with its SHA-256.", "codebook.csv, manifest.json")
    yield Lacking("The records do not say whether, when, with whom, for what and by which way data will be shared.")


def _harms(group: Group) -> Iterator[Found]:
    apart = [(p, e) for p in group.people for e in p.events if e.get("session_no") in p.deferred]
    told = _told(group)
    serious = [(p, e) for p, e in told if e.get("serious")]
    if not told:
        yield Said(f"{group.name}: no adverse event was recorded of {group.n} randomised.", EVENTS)
    else:
        yield Said(
            f"{group.name}: {counted(len(told), 'adverse event', 'adverse events')} in {share(_people(told), group.n)} people randomised; "
            f"{len(serious)} serious, in {share(_people(serious), group.n)}.", EVENTS,
        )  # fmt: skip
    if apart:
        events, people = counted(len(apart), "event", "events"), counted(_people(apart), "person", "people")
        text = f"{group.name}: apart from these, {events} at deferred training in {people}."
        yield Said(text, EVENTS)
    for category, n in sorted(_counts(group, "category").items()):
        yield Said(f"{group.name}: {category.replace('_', ' ') or 'no category'}, {counted(n, 'event', 'events')}.", EVENTS)


def _people(found: list[tuple[Seen, Row]]) -> int:
    return len({id(person) for person, _ in found})


def _counts(group: Group, column: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for _, event in _told(group):
        found[str(event.get(column) or "")] = found.get(str(event.get(column) or ""), 0) + 1
    return found


def _told(group: Group) -> list[tuple[Seen, Row]]:
    """Events with the person, but for those at deferred training, which stand apart."""
    return [(p, e) for p in group.people for e in p.events if e.get("session_no") not in p.deferred]


def _by_sex(group: Group) -> list[tuple[str, int]]:
    known = [p.sex for p in group.people if p.sex]
    return [(sex, known.count(sex)) for sex in sorted(set(known))]


def _columns(facts: Facts) -> Mapping[str, Any]:
    names = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    columns: Mapping[str, Any] = facts.flow["arms"] if facts.by_arm else {EVERYBODY: facts.flow["all"]}
    return {names.get(code, code): column for code, column in columns.items()}


def _labels(facts: Facts) -> dict[str, str]:
    protocol = facts.protocol
    choices = (*protocol.exclusion_reasons, *protocol.missed_reasons, *protocol.withdrawal_reasons)
    return {q.code: q.text.rstrip("?.") for q in protocol.eligibility} | {choice.code: choice.label for choice in choices}


def _unreasoned(name: str, words: str, found: Mapping[str, int]) -> Iterator[Lacking]:
    if UNRECORDED in found:
        yield Lacking(f"{name}: no reason was recorded for {counted(found[UNRECORDED], 'person', 'people')} who {words}.")


def _by_visit(facts: Facts) -> list[Row]:
    """In the protocol's order of visits; a visit whose window has not opened for anybody is left out."""
    order = [visit.code for visit in facts.protocol.visits]
    return sorted((row for row in facts.visits if row["n_expected"]), key=lambda r: (order.index(str(r["visit"])), str(r["instrument"])))


def _where(facts: Facts, row: Row) -> str:
    arms = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    title = facts.titles.get(str(row["instrument"]), str(row["instrument"]))
    return f"{title}, {facts.protocol.visit(str(row['visit'])).label}, {arms.get(str(row['arm']), EVERYBODY)}"


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _decimal(value: object) -> str:
    return figure(value, 2) if isinstance(value, Decimal) else "not defined"
