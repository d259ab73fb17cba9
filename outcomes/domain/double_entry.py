"""Paper forms entered twice: which are, where two entries differ, what stands once that is settled, and how often entries differ.

The second person enters the same form blind to the first entry. A field is an item, or the date written on the form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

DATE = "completed_on"
FIRST, SECOND = SIDES = ("first", "second")
BLANK = "skipped"
STEP = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A paper form as one person read it: answers, codes of items without one, and the date on it."""

    answers: Mapping[str, int | str]
    missing: Mapping[str, str]
    completed_on: date

    def read(self, field: str) -> int | str | date | None:
        """The answer, else the code why there is none; None where the entry says nothing of the item.

        On paper an item that was not asked is one that was left blank.
        """
        if field == DATE:
            return self.completed_on
        code = self.missing.get(field)
        return self.answers.get(field, BLANK if code == "not_asked" else code)


@dataclass(frozen=True)
class Difference:
    """A field that two entries read differently."""

    field: str
    first: int | str | date | None
    second: int | str | date | None


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One form entered twice: fields compared, and how many differ; once settled, how many of these the first entry had wrong."""

    fields: int
    differing: int
    first_wrong: int | None = None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts of paper forms and of their fields; `settled_fields` = differing fields that somebody has settled."""

    paper: int
    drawn: int
    entered: int
    differing: int
    fields: int
    differing_fields: int
    settled_fields: int
    first_wrong: int

    @property
    def share(self) -> Decimal | None:
        """Paper forms entered twice among all that were entered, 0-1; None without any."""
        return _share(self.entered, self.paper)

    @property
    def rate(self) -> Decimal | None:
        """Differing fields among those compared, 0-1; None where nothing was compared."""
        return _share(self.differing_fields, self.fields)


def drawn(word: bytes, share: Decimal) -> bool:
    """Whether a form is entered twice, by a word that nobody can foretell: every form at a `share` of 1, none at 0."""
    return Fraction(int.from_bytes(word, "big"), 2 ** (8 * len(word))) < Fraction(share)


def fields(numbers: Iterable[str]) -> tuple[str, ...]:
    """What is compared of a form with these items."""
    return (*numbers, DATE)


def differences(numbers: Iterable[str], first: Entry, second: Entry) -> tuple[Difference, ...]:
    """The fields that the two read differently, in the order of the form; another reason for no answer is a difference too."""
    found = (Difference(field, first.read(field), second.read(field)) for field in fields(numbers))
    return tuple(each for each in found if each.first != each.second)


def faults(found: Iterable[Difference], choices: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each differing field without a choice, and for each choice that is none or is of a field that doesn't differ."""
    differing = [each.field for each in found]
    wrong = {field: f"Choose for {_named(field)} which entry is right: first or second." for field in differing
             if choices.get(field) not in SIDES}  # fmt: skip
    return wrong | {field: f"Both entries agree in {_named(field[:20])}." for field in choices if field not in differing}


def settled(standing: Entry, first: Entry, second: Entry, choices: Mapping[str, str]) -> Entry:
    """The standing form with each field of `choices` as the chosen entry has it; all other fields stay as they stand."""
    answers = {field: value for field, value in standing.answers.items() if field not in choices}
    missing = {field: code for field, code in standing.missing.items() if field not in choices}
    completed_on = standing.completed_on
    for field, side in choices.items():
        chosen = first if side == FIRST else second
        answers |= {number: value for number, value in chosen.answers.items() if number == field}
        missing |= {number: code for number, code in chosen.missing.items() if number == field}
        completed_on = chosen.completed_on if field == DATE else completed_on
    return Entry(answers=answers, missing=missing, completed_on=completed_on)


def figures(*, paper: int, drawn: int, compared: Iterable[Compared]) -> Figures:
    """Of `paper` forms entered from paper `drawn` were to be entered twice; `compared` are those that were."""
    rows = list(compared)
    settled_rows = [row for row in rows if row.first_wrong is not None]
    return Figures(
        paper=paper,
        drawn=drawn,
        entered=len(rows),
        differing=sum(row.differing > 0 for row in rows),
        fields=sum(row.fields for row in rows),
        differing_fields=sum(row.differing for row in rows),
        settled_fields=sum(row.differing for row in settled_rows),
        first_wrong=sum(row.first_wrong or 0 for row in settled_rows),
    )


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(STEP, ROUND_HALF_UP) if whole else None


def _named(field: str) -> str:
    return "the date on the form" if field == DATE else f"question {field}"
