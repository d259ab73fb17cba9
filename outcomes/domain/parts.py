"""The parts that an instrument is declared with: items and their options, what is measured, bands, thresholds, rules, cuts, words.

Everything is a frozen value. An instrument's file says what it is; `outcomes/domain/instrument.py` runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Protocol

Value = int | Decimal
Answers = Mapping[str, int | float | str | Decimal | None]
Given = Mapping[str, Value]

_PLAIN = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True, kw_only=True)
class Option:
    value: int
    label: str = ""  # empty: the words come from a file of the deployment
    loinc: str = ""


@dataclass(frozen=True, kw_only=True)
class CdiscCode:
    """A CDISC test: `testcd` up to 8 characters, `test` up to 40, `nci` the NCI thesaurus code, `domain` where it is tabulated."""

    testcd: str
    test: str
    nci: str = ""
    domain: str = "QS"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """What is measured: its unit, the range of values that are kept, how many decimals, and how and with what it is taken."""

    unit: str
    low: Decimal
    high: Decimal
    decimals: int = 0
    method: str = ""
    device: str = ""

    def read(self, value: object) -> Decimal:
        """The value as a number of this unit. Raises `ValueError` (a sentence's end) for what is no number, too fine or out of range."""
        number = _decimal(value)
        if number is None:
            raise ValueError(f"{str(value)[:40]!r} is not a number")
        if not self.low <= number <= self.high:
            raise ValueError(f"{value} is not between {self.low} and {self.high} {self.unit}")
        if number * 10**self.decimals % 1:
            raise ValueError(f"{value} has more than {self.decimals} decimals" if self.decimals else f"{value} is not a whole number")
        return number

    def write(self, value: Decimal) -> str:
        """The value with all its decimals, as it is kept and shown: 62.5 with two is "62.50"."""
        return f"{value:.{self.decimals}f}"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """An item is asked once another was answered with at least so much."""

    item: str
    at_least: int = 1


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question or one measured quantity.

    `scored=False` keeps it out of the total; `reversed` counts its scale from the other end. `only_if_positive` asks it only
    after some scored answer above 0, `only_if` only after a certain answer to another item.
    """

    number: str
    text: str = ""  # empty: the words come from a file of the deployment
    options: tuple[Option, ...] = ()
    quantity: Quantity | None = None
    loinc: str = ""
    cdisc: CdiscCode | None = None
    cdisc_earlier: CdiscCode | None = None  # the same item in an earlier version of the code list
    scored: bool = True
    reversed: bool = False
    only_if_positive: bool = False
    only_if: Condition | None = None
    note: str = ""

    @cached_property
    def values(self) -> tuple[int, ...]:
        return tuple(option.value for option in self.options)

    @property
    def lowest(self) -> Value:
        """The least that the item may be answered with."""
        return min(self.values) if self.quantity is None else self.quantity.low

    @property
    def highest(self) -> Value:
        return max(self.values) if self.quantity is None else self.quantity.high

    @property
    def unworded(self) -> bool:
        """Whether the item lacks its words, or one of its options does."""
        return not self.text or any(not option.label for option in self.options)

    def points(self, value: Value) -> Value:
        """What an answer counts for: itself, or on a reversed item its distance from the other end."""
        return self.lowest + self.highest - value if self.reversed else value

    def label_of(self, value: object) -> str:
        """The words a person chose, or the measured value with its unit. Raises `ValueError` for a value without an option."""
        if self.quantity is not None:
            return f"{self.quantity.write(self.quantity.read(value))} {self.quantity.unit}".strip()
        for option in self.options:
            if option.value == value:
                return option.label
        raise ValueError(f"Item {self.number}: no option has the value {value!r}")

    def read(self, value: object) -> Value:
        """The answer as a number of this item's scale. Raises `ValueError` (a sentence's end) where it is none."""
        if self.quantity is not None:
            return self.quantity.read(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"{value!r} is not a whole number")
        if value not in self.values:
            raise ValueError(f"{value} is not one of {', '.join(map(str, self.values))}")
        return int(value)

    def kept(self, value: Value) -> int | str:
        """The answer as it is stored: a whole number, or a measured value in its decimals."""
        return int(value) if self.quantity is None else self.quantity.write(Decimal(value))


@dataclass(frozen=True, kw_only=True)
class Band:
    """A severity band over the rounded total, both ends included."""

    code: str
    label: str
    lowest: int
    highest: int


class Threshold(Protocol):
    """What the file's own alert and the protocol's alert rule have in common."""

    @property
    def item(self) -> str: ...
    @property
    def at_least(self) -> int: ...
    @property
    def urgent_at_least(self) -> int | None: ...
    @property
    def contact_hours(self) -> int: ...
    @property
    def urgent_contact_hours(self) -> int: ...


class ProtocolThreshold(Threshold, Protocol):
    """A threshold of the protocol names the instrument it is for."""

    @property
    def instrument(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class AlertDefault:
    """The threshold that holds where the protocol states none for this item."""

    item: str
    at_least: int
    urgent_at_least: int | None = None
    contact_hours: int = 24
    urgent_contact_hours: int = 4
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An answer at or above a threshold, `at_least` being the highest one it meets: contact is due within `contact_hours`."""

    item: str
    value: int
    at_least: int
    urgent: bool
    contact_hours: int


@dataclass(frozen=True, kw_only=True)
class MissingRule:
    """Up to `max_missing` unanswered items are replaced by the mean of the answered ones; beyond that there is no total."""

    code: str
    max_missing: int
    label: str
    source: str = ""


NO_MISSING = MissingRule(code="none", max_missing=0, label="Any scored item missing: no total")


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Cut-points and change thresholds of an instrument, in its own points; `sources` says who published each, None is unknown.

    `response`: whether losing half of the baseline score means something, which needs a scale that starts at 0.
    """

    caseness: int | None = None
    recovery: int | None = None
    remission_below: int | None = None
    mcid: int | None = None
    reliable_change: int | None = None
    response: bool = True
    sources: Mapping[str, str] = field(default_factory=dict)

    def replaced(self, *, caseness: int | None = None, recovery: int | None = None) -> Cuts:
        """The protocol's cut in place of the file's, where it states one."""
        return replace(
            self,
            caseness=self.caseness if caseness is None else caseness,
            recovery=self.recovery if recovery is None else recovery,
        )


@dataclass(frozen=True, kw_only=True)
class Subscale:
    """Some items with a total of their own; up to `max_missing` of them are replaced by the mean of the others."""

    code: str
    title: str
    items: tuple[str, ...]
    max_missing: int = 0


@dataclass(frozen=True, kw_only=True)
class Computed:
    """Something that follows from the answers: a text of `values`, or a number of `unit` where there are none; None while unknown."""

    code: str
    label: str
    of: Callable[[Given], str | Decimal | None]
    values: tuple[str, ...] = ()
    unit: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Words:
    """An instrument in one language: stem, item texts by number, option labels by value, for all items or for one of them."""

    language: str
    stem: str
    items: Mapping[str, str]
    options: Mapping[int, str] = field(default_factory=dict)
    options_of: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    source: str = ""
    rights: str = ""


@dataclass(frozen=True, kw_only=True)
class Score:
    """What a set of answers comes to. `total` is rounded half-up; without enough answers total, unrounded and severity are None."""

    total: int | None
    total_unrounded: Decimal | None
    n_answered: int
    rule: str
    severity: str | None
    alerts: tuple[Alert, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Example:
    """Answers with the score they must give: part of the instrument's own file and of its tests."""

    answers: Answers
    total: int | None
    total_unrounded: Decimal | None
    n_answered: int
    severity: str | None
    rule: str | None = None
    n_alerts: int = 0
    flags: tuple[str, ...] = ()
    subscales: Mapping[str, int | None] = field(default_factory=dict)
    computed: Mapping[str, str | Decimal | None] = field(default_factory=dict)
    source: str = ""


def numbered(*values: int | float | str | Decimal | None) -> Answers:
    """Answers in the order of the items: the first is item 1."""
    return {str(number): value for number, value in enumerate(values, start=1)}


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).strip()
    return Decimal(text) if _PLAIN.fullmatch(text) else None
