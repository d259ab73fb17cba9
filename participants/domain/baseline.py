"""The baseline form: which values its variables can take, and what is still lacking before randomisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from participants.domain import bounds
from trials.domain.protocol.shape import BaselineVariable

TEXT_LENGTH = 500


class BadValues(ValueError):
    """Values that fit no variable; `faults` maps each code to a sentence with its cure."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


def clean(variables: Iterable[BaselineVariable], values: Mapping[str, str]) -> dict[str, str]:
    """The values in one spelling, blanks left out; raises `BadValues` with every fault at once.

    Numbers are in the variable's unit and inside its bounds, choices are codes, yes_no is "yes" or "no".
    """
    by_code = {v.code: v for v in variables}
    faults = {code: f"There is no baseline variable {code!r}." for code in values if code not in by_code}
    cleaned: dict[str, str] = {}
    for code, variable in by_code.items():
        given = values.get(code, "").strip()
        if not given:
            continue
        try:
            cleaned[code] = read(variable, given)
        except ValueError as fault:
            faults[code] = str(fault)
    if faults:
        raise BadValues(faults)
    return cleaned


def lacking(variables: Iterable[BaselineVariable], values: Mapping[str, str]) -> tuple[str, ...]:
    """Labels of the required variables without a value, in protocol order."""
    return tuple(v.label for v in variables if v.required and not values.get(v.code, "").strip())


def read(variable: BaselineVariable, given: str) -> str:
    """One value in its one spelling; raises `ValueError` with the sentence for the form."""
    if variable.type == "number":
        return _number(variable, given)
    if variable.type == "text":
        return _text(variable, given)
    allowed = {"yes": "Yes", "no": "No"} if variable.type == "yes_no" else {c.code: c.label for c in variable.choices}
    if given not in allowed:
        raise ValueError(f"{variable.label}: choose one of {', '.join(allowed.values())}.")
    return given


def _number(variable: BaselineVariable, given: str) -> str:
    wanted = bounds.in_words(variable.minimum, variable.maximum, variable.unit)
    try:
        value = bounds.read_number(given)
    except bounds.NotANumber:
        raise ValueError(f"{variable.label}: enter a number, {wanted}.") from None
    if not bounds.within(value, variable.minimum, variable.maximum):
        raise ValueError(f"{variable.label}: {bounds.write_number(value)} is not {wanted}.")
    return bounds.write_number(value)


def _text(variable: BaselineVariable, given: str) -> str:
    if len(given) > TEXT_LENGTH:
        raise ValueError(f"{variable.label}: shorten the text to {TEXT_LENGTH} characters.")
    return given
