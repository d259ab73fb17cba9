"""An instrument scores its answers by its own rule, and its alerts never wait for the total.

An instrument is data: items, options, bands, alert thresholds, missing rules, codes. This module runs any of it.
Answers are whole numbers keyed by item number ("1", "2", ...); an absent key or `None` is a missing answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

Answers = Mapping[str, int | None]

# Prorated scores keep four decimals: enough to tell neighbouring ones apart (they differ by at least 1/56).
SCORE_STEP = Decimal("0.0001")


def half_up(value: Fraction) -> int:
    """The nearest whole number; a half goes up (Python's own `round` goes to the even one)."""
    return (value + Fraction(1, 2)).__floor__()


@dataclass(frozen=True, kw_only=True)
class Option:
    value: int
    label: str
    loinc: str = ""


@dataclass(frozen=True, kw_only=True)
class CdiscCode:
    """A CDISC questionnaire test: `testcd` up to 8 characters, `test` up to 40, `nci` the NCI thesaurus code."""

    testcd: str
    test: str
    nci: str = ""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question. `scored=False` keeps it out of the total; `only_if_positive` asks it only after some answer above 0."""

    number: str
    text: str
    options: tuple[Option, ...]
    loinc: str = ""
    cdisc: CdiscCode | None = None
    cdisc_earlier: CdiscCode | None = None  # the same item in an earlier version of the code list
    scored: bool = True
    only_if_positive: bool = False
    note: str = ""

    @property
    def values(self) -> tuple[int, ...]:
        return tuple(option.value for option in self.options)

    def label_of(self, value: int) -> str:
        """The words a person chose. Raises `ValueError` for a value without an option."""
        for option in self.options:
            if option.value == value:
                return option.label
        raise ValueError(f"Item {self.number}: no option has the value {value!r}")


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


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Cut-points and change thresholds of an instrument, in its own points; `sources` says who published each."""

    caseness: int
    recovery: int
    remission_below: int
    mcid: int
    reliable_change: int
    sources: Mapping[str, str] = field(default_factory=dict)

    def replaced(self, *, caseness: int | None = None, recovery: int | None = None) -> Cuts:
        """The protocol's cut in place of the file's, where it states one."""
        return replace(
            self,
            caseness=self.caseness if caseness is None else caseness,
            recovery=self.recovery if recovery is None else recovery,
        )


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
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Instrument:
    code: str
    title: str
    version: str
    stem: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    rules: tuple[MissingRule, ...]
    default_rule: str
    cuts: Cuts
    alerts: tuple[AlertDefault, ...] = ()
    recall_days: int = 14
    language: str = "en"
    rights: str = ""
    loinc_panel: str = ""
    loinc_total: str = ""
    cdisc_category: str = ""
    cdisc_total: CdiscCode | None = None
    cdisc_total_earlier: CdiscCode | None = None
    cdisc_analysis_total: CdiscCode | None = None

    @property
    def scored_items(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.scored)

    @property
    def highest_total(self) -> int:
        return sum(max(item.values) for item in self.scored_items)

    def item(self, number: str) -> Item:
        """The item of that number. Raises `ValueError` naming it if there is none."""
        for item in self.items:
            if item.number == number:
                return item
        raise ValueError(f"{self.title} has no item {number!r}")

    def rule(self, code: str) -> MissingRule:
        """The missing rule of that code. Raises `ValueError` naming it if this instrument has no such rule."""
        for rule in self.rules:
            if rule.code == code:
                return rule
        raise ValueError(f"{self.title} has no missing rule {code!r}")

    def checked(self, answers: Answers) -> dict[str, int]:
        """The answers given, without the missing ones. Raises `ValueError` naming the item that has no such answer."""
        given: dict[str, int] = {}
        for number, value in answers.items():
            item = self.item(number)
            if value is None:
                continue
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole:
                raise ValueError(f"{self.title} item {number}: {value!r} is not a whole number")
            if value not in item.values:
                raise ValueError(f"{self.title} item {number}: {value} is not one of {', '.join(map(str, item.values))}")
            given[number] = int(value)
        return given

    def asked(self, answers: Answers) -> tuple[Item, ...]:
        """The items to put to a person who has answered so far: one that waits for a problem is left out while there is none."""
        given = self.checked(answers)
        troubled = any(given.get(item.number, 0) > 0 for item in self.scored_items)
        return tuple(item for item in self.items if troubled or not item.only_if_positive)

    def missing(self, answers: Answers) -> tuple[str, ...]:
        """The numbers of the scored items without an answer."""
        given = self.checked(answers)
        return tuple(item.number for item in self.scored_items if item.number not in given)

    def severity_of(self, total: int) -> str:
        """The code of the band that holds the rounded total."""
        return next(band.code for band in self.bands if band.lowest <= total <= band.highest)

    def alerts_for(self, answers: Answers, rules: Iterable[ProtocolThreshold] = ()) -> tuple[Alert, ...]:
        """The alerts these answers raise by the protocol's thresholds; an item the protocol is silent about keeps the file's own.

        Independent of the total, so that a half-finished form with an alerting answer still reaches someone.
        """
        given = self.checked(answers)
        return tuple(
            _alert(threshold, given[threshold.item])
            for threshold in self._thresholds(rules)
            if given.get(threshold.item, -1) >= threshold.at_least
        )

    def watched(self, rules: Iterable[ProtocolThreshold] = ()) -> tuple[str, ...]:
        """The numbers of the items that may raise an alert."""
        return tuple(dict.fromkeys(threshold.item for threshold in self._thresholds(rules)))

    def unchecked_items(self, answers: Answers, rules: Iterable[ProtocolThreshold] = ()) -> tuple[str, ...]:
        """Alerting items without an answer: silence is not safety, so each needs a check by a person."""
        given = self.checked(answers)
        return tuple(number for number in self.watched(rules) if number not in given)

    def score(self, answers: Answers, rule: str | None = None) -> Score:
        """Total by the missing rule (the file's default if none is named), severity, alerts by the file's defaults, flags.

        Raises `ValueError` for an unknown item or rule and for an answer that is no whole number on the item's scale.
        """
        given = self.checked(answers)
        missing_rule = self.rule(self.default_rule if rule is None else rule)
        values = [given[item.number] for item in self.scored_items if item.number in given]
        n_items = len(self.scored_items)
        n_missing = n_items - len(values)
        exact = None if not values or n_missing > missing_rule.max_missing else Fraction(sum(values) * n_items, len(values))
        total = None if exact is None else half_up(exact)
        return Score(
            total=total,
            total_unrounded=None if exact is None else to_decimal(exact),
            n_answered=len(values),
            rule=missing_rule.code,
            severity=None if total is None else self.severity_of(total),
            alerts=self.alerts_for(given),
            flags=_flags(self.unchecked_items(given), n_missing, scored=exact is not None, any_answer=bool(values)),
        )

    def _thresholds(self, rules: Iterable[ProtocolThreshold]) -> tuple[Threshold, ...]:
        stated: tuple[Threshold, ...] = tuple(rule for rule in rules if rule.instrument == self.code)
        named = {threshold.item for threshold in stated}
        return stated + tuple(default for default in self.alerts if default.item not in named)


def to_decimal(exact: Fraction) -> Decimal:
    """A score to four decimals, half-up, without trailing zeros."""
    if exact.denominator == 1:
        return Decimal(exact.numerator)
    return (half_up(exact / Fraction(SCORE_STEP)) * SCORE_STEP).normalize()


def _alert(threshold: Threshold, value: int) -> Alert:
    met, hours, urgent = threshold.at_least, threshold.contact_hours, False
    if threshold.urgent_at_least is not None and value >= threshold.urgent_at_least:
        met, hours, urgent = threshold.urgent_at_least, threshold.urgent_contact_hours, True
    return Alert(item=threshold.item, value=value, at_least=met, urgent=urgent, contact_hours=hours)


def _flags(unchecked: tuple[str, ...], n_missing: int, *, scored: bool, any_answer: bool) -> tuple[str, ...]:
    flags = [f"item{number}_missing" for number in unchecked]
    if not any_answer:
        flags.append("not_answered")
    elif not scored:
        flags.append("too_many_missing")
    elif n_missing:
        flags.append("prorated")
    return tuple(flags)
