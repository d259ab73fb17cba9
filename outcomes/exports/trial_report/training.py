"""What exists in one arm only or tells arms: training delivered and how like everyday it was, departures, guesses of the arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from outcomes.domain.blinding_index import Index, bang, james
from outcomes.domain.written import from_protocol, from_training
from outcomes.domain.written.facts import Facts
from outcomes.domain.written.words import share
from outcomes.exports import arm_figures
from outcomes.exports.figures import Figure
from outcomes.exports.trial_report.common import DATASET, by_group, names, paragraphs, sizes
from participants.domain.guideline import planned_weeks

ROWS_AT = "/reports/training/"
LEFT_OUT = ("response-", "exposures")  # exploratory scatters and people's own entries stay on the page of training by arm


def training_words(facts: Facts) -> Iterator[str]:
    yield "Attendance, sets done and volume are three figures that are never one; drop-outs stay in every mean."
    yield from paragraphs(from_training.providers(facts))


def training(facts: Facts) -> Iterator[Figure]:
    """The figures of training by arm, as on their own page."""
    assert facts.training is not None
    words = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    for figure in arm_figures.figures(facts.training, words):
        if not figure.name.startswith(LEFT_OUT):
            yield replace(figure, rows_at=ROWS_AT)


def validity_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.supervision(facts))
    yield from paragraphs(from_protocol.equipment(facts))


def validity(facts: Facts) -> Iterator[Figure]:
    """The card: where, with what and with whom sessions were held, and how much of the plan follows the guideline."""
    assert facts.training is not None
    words = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    held = [(words.get(r["arm"], r["arm"]), r["what"].capitalize(), r["value"].replace("_", " "), share(r["sessions"], r["of"]))
            for r in facts.training.get("everyday", [])]  # fmt: skip
    rule = "Sessions held, deferred training left out. Group size as recorded with the session."
    yield Figure("everyday", "Where and how sessions were held", rule, ("arm", "what", "value", "sessions"), held, rows_at=ROWS_AT)
    planned = []
    for arm in facts.protocol.arms:
        plan = facts.protocol.plan_of(arm.code)
        weeks = () if plan is None else planned_weeks(plan)
        lacking = sorted({part for week in weeks for part in week.lacks})
        if weeks:
            planned.append((arm.label or arm.code, share(sum(w.conforms for w in weeks), len(weeks)), ", ".join(lacking) or "nothing"))
    rule = "Weeks planned with at least 8 exercises, 2 sets of 8 to 12 repetitions, 2 days apart, and progression (Herring & Meyer 2024)."
    yield Figure(
        "guideline", "The plan against the guideline", rule, ("arm", "weeks_that_conform", "lacking_somewhere"), planned, rows_at=DATASET
    )


def deviation_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.estimands(facts))


def deviations(facts: Facts) -> Iterator[Figure]:
    estimands = facts.protocol.estimands
    kinds = sorted({kind for group in facts.groups for p in group.people for kind in p.intercurrent})
    events = [
        (*row, *(e.strategies.get(kind, "").replace("_", " ") or "not named" for e in estimands))
        for kind in kinds
        for row in by_group(facts, [
            (kind.replace("_", " ").capitalize(), lambda g, kind=kind: share(sum(kind in p.intercurrent for p in g.people), g.n))
        ])
    ]  # fmt: skip
    head = ("event", *names(facts), *(f"strategy_{e.code}" for e in estimands))
    rule = f"People with one or more, recorded or derived; beside them what each estimand makes of it. {sizes(facts)}"
    yield Figure("intercurrent", "Intercurrent events", rule, head, events, rows_at=DATASET)
    departures = sorted({kind for group in facts.groups for p in group.people for kind in p.deviations})
    rows = by_group(facts, [
        (kind.replace("_", " ").capitalize(), lambda g, kind=kind: share(sum(kind in p.deviations for p in g.people), g.n))
        for kind in departures
    ])  # fmt: skip
    rule = f"People with one or more, recorded or derived from the records. {sizes(facts)}"
    yield Figure("deviations", "Deviations from the protocol", rule, ("deviation", *names(facts)), rows, rows_at=DATASET)


def blinding_words(facts: Facts) -> Iterator[str]:
    yield from paragraphs(from_protocol.blinding(facts))
    if not facts.guesses:
        yield "No guess of the arm has been recorded."
    for whose, guesses in facts.guesses:
        yield f"James' index, {whose}s: {_index(james(guesses))}, n = {guesses.n}."


def blinding(facts: Facts) -> Iterator[Figure]:
    labels = {arm.code: arm.label or arm.code for arm in facts.protocol.arms}
    rule = "Bang's index: 1 everybody right, 0 at random, -1 everybody wrong; James': 0 everybody knew, 1/2 at random. With 95 % CI."
    for whose, guesses in facts.guesses:
        rows = [
            (labels.get(arm, arm), *counts, unknown, _index(bang(guesses, arm)))
            for arm, counts, unknown in zip(guesses.arms, guesses.counts, guesses.unknown, strict=True)
        ]
        head = ("arm", *(f"guessed {labels.get(arm, arm)}" for arm in guesses.arms), "do_not_know", "Bang")
        title = f"Guesses of the {whose}s"
        yield Figure(f"guesses-{whose}", title, f"{rule} n = {guesses.n}.", head, rows, rows_at="/reports/")


def _index(index: Index | None) -> str:
    return "can't be computed" if index is None else f"{float(index.estimate):.3f} ({index.low:.3f} to {index.high:.3f})"
