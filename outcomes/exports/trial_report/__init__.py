"""The trial's report from the facts of its edition: sections of sentences and figures, each with title, n, rule and table.

The blinded edition has the sections that are the same for everybody, of everybody; the others are named and stand in the closed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from outcomes.domain.written.facts import Facts
from outcomes.exports.figures import Figure
from outcomes.exports.papers import section
from outcomes.exports.trial_report import effects, harms, people, results, training

Figures = Callable[[Facts], Iterator[Figure]]
Sentences = Callable[[Facts], Iterator[str]]

# code, title, sentences, figures; closed: in the edition by arm alone.
SECTIONS: tuple[tuple[str, str, Sentences, Figures, bool], ...] = (
    ("flow", "Flow of participants", people.flow_words, people.flow, False),
    ("recruitment", "Recruitment", people.recruitment_words, people.recruitment, False),
    ("baseline", "Baseline", people.baseline_words, people.baseline, False),
    ("outcomes", "Outcomes by visit", results.outcome_words, results.outcomes, False),
    ("effects", "Effects", effects.effect_words, effects.effects, True),
    ("sets", "Analysis sets", results.set_words, results.sets, True),
    ("missing", "Missing questionnaires", results.missing_words, results.missing, False),
    ("harms", "Harms", harms.harm_words, harms.harms, False),
    ("care", "Medication and other care", harms.care_words, harms.care, False),
    ("training", "Training delivered", training.training_words, training.training, True),
    ("validity", "Ecological validity", training.validity_words, training.validity, True),
    ("deviations", "Deviations and intercurrent events", training.deviation_words, training.deviations, True),
    ("blinding", "Blinding", training.blinding_words, training.blinding, True),
)


def sections(facts: Facts) -> list[dict[str, Any]]:
    """Every section of the edition, as JSON can keep it."""
    told = [
        section(title, code=code, text=words(facts), figures=figures(facts))
        for code, title, words, figures, closed in SECTIONS
        if facts.by_arm or not closed
    ]
    if not facts.by_arm:
        held = ", ".join(title.lower() for _, title, _, _, closed in SECTIONS if closed)
        told.append(section("Reported after unblinding", code="held", text=[f"What would tell an arm is left out here: {held}."]))
    return told
