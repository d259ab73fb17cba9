"""An instrument scores its answers by its own rule, and its alerts never wait for the total.

An instrument is data, declared with `outcomes/domain/parts.py`: items, options, bands, alert thresholds, missing rules, codes. This
module runs any of it. Answers are keyed by item number ("1", "2", ...): whole numbers, or for a measured quantity its value; an
absent key or `None` is a missing answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal

from outcomes.domain.parts import (
    NO_MISSING,
    Alert,
    AlertDefault,
    Answers,
    Band,
    CdiscCode,
    Computed,
    Condition,
    Cuts,
    Example,
    Given,
    Item,
    MissingRule,
    Option,
    ProtocolThreshold,
    Quantity,
    Score,
    Subscale,
    Threshold,
    Value,
    Words,
    numbered,
)

__all__ = [
    "NO_MISSING", "Alert", "AlertDefault", "Answers", "Band", "CdiscCode", "Computed", "Condition", "Cuts", "Example", "Given",
    "Instrument", "Item", "MissingRule", "Option", "Quantity", "Score", "Subscale", "Value", "Words", "half_up", "numbered", "to_decimal",
]  # fmt: skip

# Prorated scores keep four decimals: enough to tell neighbouring ones apart (they differ by at least 1/56).
SCORE_STEP = Decimal("0.0001")


def half_up(value: Fraction) -> int:
    """The nearest whole number; a half goes up (Python's own `round` goes to the even one)."""
    return (value + Fraction(1, 2)).__floor__()


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One version of a questionnaire, rating scale or measurement; a version that was released is followed, never edited.

    `scoring`: the total is the `sum` of the items' points, the `value` of the one measured quantity, or there is `none`.
    `answered_by` the participant on their own page, or by staff: rated, asked or measured. `derived_from`: item -> (instrument,
    item) of other forms of the same visit; such an instrument is never put to anybody.
    """

    code: str
    title: str
    version: str
    stem: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...] = ()
    rules: tuple[MissingRule, ...] = (NO_MISSING,)
    default_rule: str = "none"
    cuts: Cuts | None = None
    alerts: tuple[AlertDefault, ...] = ()
    recall_days: int = 14
    language: str = "en"
    rights: str = ""
    scoring: Literal["sum", "value", "none"] = "sum"
    answered_by: Literal["participant", "staff"] = "participant"
    derived_from: Mapping[str, tuple[str, str]] | None = None
    subscales: tuple[Subscale, ...] = ()
    computations: tuple[Computed, ...] = ()
    translations: tuple[Words, ...] = ()
    source: str = ""
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
    def highest_total(self) -> Value:
        return sum(item.highest for item in self.scored_items)

    @property
    def lowest_total(self) -> Value:
        return sum(item.lowest for item in self.scored_items)

    @property
    def unworded(self) -> bool:
        """Whether the words of some item or option have to come from a file of the deployment."""
        return any(item.unworded for item in self.items)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are words in, the file's own first."""
        own = () if self.unworded else (self.language,)
        return own + tuple(words.language for words in self.translations)

    def item(self, number: str) -> Item:
        """The item of that number. Raises `ValueError` naming it if there is none."""
        found = self._numbered.get(number)
        if found is None:
            raise ValueError(f"{self.title} has no item {number!r}")
        return found

    @cached_property
    def _numbered(self) -> dict[str, Item]:
        return {item.number: item for item in self.items}

    def rule(self, code: str) -> MissingRule:
        """The missing rule of that code. Raises `ValueError` naming it if this instrument has no such rule."""
        for rule in self.rules:
            if rule.code == code:
                return rule
        raise ValueError(f"{self.title} has no missing rule {code!r}")

    def checked(self, answers: Answers) -> dict[str, Value]:
        """The answers given, without the missing ones. Raises `ValueError` naming the item that has no such answer."""
        given: dict[str, Value] = {}
        for number, value in answers.items():
            item = self.item(number)
            if value is None:
                continue
            try:
                given[number] = item.read(value)
            except ValueError as fault:
                raise ValueError(f"{self.title} item {number}: {fault}") from None
        return given

    def asked(self, answers: Answers) -> tuple[Item, ...]:
        """The items to put to a person who has answered so far: one that waits for another answer is left out until it is given."""
        given, troubled = self.checked(answers), self.troubled(answers)
        return tuple(item for item in self.items if (troubled or not item.only_if_positive) and _reached(item, given))

    def troubled(self, answers: Answers) -> bool:
        """Whether any scored answer is above 0."""
        given = self.checked(answers)
        return any(given.get(item.number, 0) > 0 for item in self.scored_items)

    def reached(self, answers: Answers) -> dict[str, int | str]:
        """The answers as they are kept, without those to items whose condition another answer no longer meets."""
        given = self.checked(answers)
        return {number: self.item(number).kept(value) for number, value in given.items() if _reached(self.item(number), given)}

    def missing(self, answers: Answers) -> tuple[str, ...]:
        """The numbers of the scored items that were to be answered and were not."""
        given = self.checked(answers)
        return tuple(item.number for item in self.asked(given) if item.scored and item.number not in given)

    def severity_of(self, total: int) -> str | None:
        """The code of the band that holds the rounded total; None where the instrument has no bands."""
        return next((band.code for band in self.bands if band.lowest <= total <= band.highest), None)

    def alerts_for(self, answers: Answers, rules: Iterable[ProtocolThreshold] = ()) -> tuple[Alert, ...]:
        """The alerts these answers raise by the protocol's thresholds; an item the protocol is silent about keeps the file's own.

        Independent of the total, so that a half-finished form with an alerting answer still reaches someone.
        """
        given = self.checked(answers)
        return tuple(
            _alert(threshold, int(given[threshold.item]))
            for threshold in self._thresholds(rules)
            if given.get(threshold.item, -1) >= threshold.at_least
        )

    def watched(self, rules: Iterable[ProtocolThreshold] = ()) -> tuple[str, ...]:
        """The numbers of the items that may raise an alert."""
        return tuple(dict.fromkeys(threshold.item for threshold in self._thresholds(rules)))

    def unchecked_items(self, answers: Answers, rules: Iterable[ProtocolThreshold] = ()) -> tuple[str, ...]:
        """Alerting items without an answer: silence is not safety, so each needs a check by a person. What was not asked is no silence."""
        given = self.checked(answers)
        unasked = {item.number for item in self.items if not _reached(item, given)}
        return tuple(number for number in self.watched(rules) if number not in given and number not in unasked)

    def score(self, answers: Answers, rule: str | None = None) -> Score:
        """Total by the missing rule (the file's default if none is named), severity, alerts by the file's defaults, flags.

        Raises `ValueError` for an unknown item or rule and for an answer that is not on the item's scale.
        """
        given = self.checked(answers)
        missing_rule = self.rule(self.default_rule if rule is None else rule)
        exact, n_answered = self._exact(given, self.scored_items, missing_rule.max_missing)
        if self.scoring == "none":
            exact = None
        total = None if exact is None else half_up(exact)
        return Score(
            total=total,
            total_unrounded=None if exact is None else to_decimal(exact),
            n_answered=n_answered,
            rule=missing_rule.code,
            severity=None if total is None else self.severity_of(total),
            alerts=self.alerts_for(given),
            flags=self._flags(given, n_answered, scored=exact is not None),
        )

    def subscores(self, answers: Answers) -> dict[str, Score]:
        """Each sub-scale's own total, by its code."""
        given = self.checked(answers)
        return {scale.code: self._subscore(scale, given) for scale in self.subscales}

    def computed(self, answers: Answers) -> dict[str, str | Decimal | None]:
        """What follows from the answers, by its code."""
        given = self.checked(answers)
        return {each.code: each.of(given) for each in self.computations}

    def in_language(self, language: str) -> Instrument | None:
        """The same instrument in the words of a language; None where there are no official ones."""
        if language == self.language and not self.unworded:
            return self
        return next((self.worded(words) for words in self.translations if words.language == language), None)

    def worded(self, words: Words) -> Instrument:
        """The same instrument in these words. Raises `ValueError` naming every item or option that they lack or that is not its own."""
        if faults := _lacking(self, words):
            raise ValueError(f"{self.title} in {words.language}: {'; '.join(faults)}")
        items = tuple(
            replace(item, text=words.items[item.number], options=tuple(replace(o, label=_label(words, item, o)) for o in item.options))
            for item in self.items
        )
        return replace(self, stem=words.stem, items=items, language=words.language, rights=words.rights or self.rights)

    def _exact(self, given: Given, items: tuple[Item, ...], max_missing: int) -> tuple[Fraction | None, int]:
        """The exact total of some items and how many were answered; no total where more are missing than the rule lets be."""
        points = [Fraction(item.points(given[item.number])) for item in items if item.number in given]
        if not points or len(items) - len(points) > max_missing:
            return None, len(points)
        return sum(points, Fraction(0)) * len(items) / len(points), len(points)

    def _subscore(self, scale: Subscale, given: Given) -> Score:
        exact, n_answered = self._exact(given, tuple(self.item(number) for number in scale.items), scale.max_missing)
        return Score(
            total=None if exact is None else half_up(exact),
            total_unrounded=None if exact is None else to_decimal(exact),
            n_answered=n_answered,
            rule=f"prorate_max_{scale.max_missing}" if scale.max_missing else "none",
            severity=None,
        )

    def _flags(self, given: Given, n_answered: int, *, scored: bool) -> tuple[str, ...]:
        flags = [f"item{number}_missing" for number in self.unchecked_items(given)]
        if not n_answered:
            flags.append("not_answered")
        elif self.scoring == "none":
            flags += ["incomplete"] if self.missing(given) else []
        elif not scored:
            flags.append("too_many_missing")
        elif n_answered < len(self.scored_items):
            flags.append("prorated")
        return tuple(flags)

    def _thresholds(self, rules: Iterable[ProtocolThreshold]) -> tuple[Threshold, ...]:
        stated: tuple[Threshold, ...] = tuple(rule for rule in rules if rule.instrument == self.code)
        named = {threshold.item for threshold in stated}
        return stated + tuple(default for default in self.alerts if default.item not in named)


def to_decimal(exact: Fraction) -> Decimal:
    """A score to four decimals, half-up, without trailing zeros."""
    if exact.denominator == 1:
        return Decimal(exact.numerator)
    return (half_up(exact / Fraction(SCORE_STEP)) * SCORE_STEP).normalize()


def _reached(item: Item, given: Given) -> bool:
    """Whether the answer that the item waits for was given."""
    return item.only_if is None or given.get(item.only_if.item, item.only_if.at_least - 1) >= item.only_if.at_least


def _alert(threshold: Threshold, value: int) -> Alert:
    met, hours, urgent = threshold.at_least, threshold.contact_hours, False
    if threshold.urgent_at_least is not None and value >= threshold.urgent_at_least:
        met, hours, urgent = threshold.urgent_at_least, threshold.urgent_contact_hours, True
    return Alert(item=threshold.item, value=value, at_least=met, urgent=urgent, contact_hours=hours)


def _label(words: Words, item: Item, option: Option) -> str:
    return words.options_of.get(item.number, words.options).get(option.value, "")


def _lacking(instrument: Instrument, words: Words) -> list[str]:
    """What the words lack and what they have that the instrument has not."""
    numbers = [item.number for item in instrument.items]
    faults = [f"item {number} has no words" for number in numbers if not words.items.get(number)]
    faults += [
        f"item {item.number} has no words for the answer {option.value}"
        for item in instrument.items
        for option in item.options
        if not _label(words, item, option)
    ]
    return faults + [f"there is no item {number}" for number in (*words.items, *words.options_of) if number not in numbers]
