"""Whether a person may take part: the protocol's criteria against the answers of the screening call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from participants.domain import bounds
from trials.domain.protocol.shape import EligibilityQuestion


class Outcome(StrEnum):
    ELIGIBLE = "eligible"
    EXCLUDED = "excluded"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Reason:
    """One criterion that is not met: the question's code and a sentence for the record."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()  # codes of the questions without an answer, in protocol order


class BadAnswers(ValueError):
    """Answers that fit no question; `faults` maps each code to a sentence with its cure."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


def assess(questions: Iterable[EligibilityQuestion], answers: Mapping[str, str]) -> Result:
    """One failed criterion excludes, whatever is still unasked; only a full set of good answers makes eligible.

    `answers` maps question codes to "yes"/"no", a choice's code or a number as text; an absent or blank one is missing.
    Raises `BadAnswers` for an unknown question or an answer that its question cannot take.
    """
    asked = tuple(questions)
    cleaned = clean(asked, answers)
    reasons = tuple(Reason(q.code, _sentence(q, cleaned[q.code])) for q in asked if q.code in cleaned and not _meets(q, cleaned[q.code]))
    missing = tuple(q.code for q in asked if q.code not in cleaned)
    if reasons:
        return Result(Outcome.EXCLUDED, reasons, missing)
    return Result(Outcome.INCOMPLETE if missing else Outcome.ELIGIBLE, (), missing)


def clean(questions: Iterable[EligibilityQuestion], answers: Mapping[str, str]) -> dict[str, str]:
    """The answers in one spelling, blanks left out; raises `BadAnswers` with every fault at once."""
    by_code = {q.code: q for q in questions}
    faults = {code: f"There is no eligibility question {code!r}." for code in answers if code not in by_code}
    cleaned: dict[str, str] = {}
    for code, question in by_code.items():
        given = answers.get(code, "").strip()
        if not given:
            continue
        try:
            cleaned[code] = _read(question, given)
        except ValueError as fault:
            faults[code] = str(fault)
    if faults:
        raise BadAnswers(faults)
    return cleaned


def _read(question: EligibilityQuestion, given: str) -> str:
    if question.type == "number":
        try:
            return bounds.write_number(bounds.read_number(given))
        except bounds.NotANumber:
            raise ValueError(f"{question.text}: enter a number, like 34.") from None
    allowed = _codes(question)
    if given not in allowed:
        raise ValueError(f"{question.text}: choose one of {', '.join(allowed)}.")
    return given


def _codes(question: EligibilityQuestion) -> tuple[str, ...]:
    return ("yes", "no") if question.type == "yes_no" else tuple(c.code for c in question.choices)


def _meets(question: EligibilityQuestion, answer: str) -> bool:
    if question.type == "number":
        return bounds.within(bounds.read_number(answer), question.minimum, question.maximum)
    return answer in question.accepts


def _sentence(question: EligibilityQuestion, answer: str) -> str:
    if question.type == "number":
        wanted = bounds.in_words(question.minimum, question.maximum, question.unit)
    else:
        wanted = " or ".join(_label(question, code) for code in question.accepts)
    return f"{question.text} Answer: {_label(question, answer)}; needed: {wanted}."


def _label(question: EligibilityQuestion, code: str) -> str:
    return next((c.label for c in question.choices if c.code == code), code)
