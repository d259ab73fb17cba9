"""Read an allocation table and refuse a bad one with all its faults at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NoReturn

MOST_ARMS = 20
MOST_PLACES = 10_000
KEYS = {"method", "arms", "multipliers", "bound", "length", "lambda", "p", "a", "b"}
KEYS |= {"unit", "factors", "weights", "imbalance", "rule", "q", "ties", "treatment_total"}
"""What any method may ask for."""

_NUMBER = re.compile(r"-?[0-9]{1,9}(/[0-9]{1,9}|\.[0-9]{1,9})?")


class Table:
    """The keys of an allocation table, read one by one; `faults` collects a sentence for everything wrong."""

    def __init__(self, table: Mapping[str, object]) -> None:
        self.faults: list[str] = []
        self._table = table
        self._read: set[str] = {"method", "arms"}

    def arms(self) -> dict[str, int]:
        """Arm code -> ratio in declared order."""
        given = self._table.get("arms")
        if not isinstance(given, Mapping) or not 2 <= len(given) <= MOST_ARMS:
            self.faults.append(f"arms must map between 2 and {MOST_ARMS} arm codes to whole numbers")
            return {}
        arms: dict[str, int] = {}
        for code, share in given.items():
            if not isinstance(code, str) or not code.strip():
                self.faults.append(f"arms: {code!r} is not an arm code")
            arms[str(code)] = self._whole(f"arms: the ratio of {code}", share)
        return arms

    def whole_numbers(self, key: str) -> tuple[int, ...]:
        """A list of different whole numbers of 1 or more."""
        given = self.take(key)
        if not isinstance(given, list | tuple) or not given:
            self.faults.append(f"{key} must be a list of one or more whole numbers")
            return ()
        told = len(self.faults)
        numbers = tuple(self._whole(f"{key}: place {place}", number) for place, number in enumerate(given, start=1))
        self.needs(len(self.faults) > told or len(set(numbers)) == len(numbers), f"{key} names a number twice")
        return numbers

    def whole(self, key: str) -> int:
        """One whole number of 1 or more."""
        return self._whole(key, self.take(key))

    def fraction(self, key: str, *, low: Fraction, below: Fraction | None = None) -> Fraction:
        """A number from `low` on, and less than `below` where that is given."""
        number = self._number(key, self.take(key))
        if number is None:
            return low
        if number < low or (below is not None and number >= below):
            self.faults.append(f"{key} must be at least {low}{'' if below is None else f' and less than {below}'}, not {number}")
            return low
        return number

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """One of the words; the first where none is given, or another."""
        given = self.take(key)
        self.needs(given is None or given in choices, f"{key} must be one of {', '.join(choices)}, not {given!r}")
        return next((choice for choice in choices if choice == given), choices[0])

    def switch(self, key: str) -> Fraction:
        """A weight of 0 or more; true is 1, false or nothing is 0."""
        given = self.take(key)
        return Fraction(given or 0) if given is None or isinstance(given, bool) else self.fraction(key, low=Fraction(0))

    def levels(self, key: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Factor -> its levels, in declared order: one factor or more, each with different levels in words."""
        given = self.take(key)
        if not isinstance(given, Mapping) or not given:
            self.faults.append(f"{key} must map one or more factors to their levels")
            return ()
        for name, levels in given.items():
            self.needs(isinstance(name, str) and name != "", f"{key}: {name!r} is not the name of a factor")
            fine = isinstance(levels, list | tuple) and levels and all(isinstance(level, str) and level for level in levels)
            self.needs(bool(fine) and len(set(levels)) == len(levels), f"{key}: {name} must have a list of different levels in words")
        return tuple((str(name), tuple(levels) if isinstance(levels, list | tuple) else ()) for name, levels in given.items())

    def weights(self, key: str, names: list[str]) -> tuple[Fraction, ...]:
        """A weight above 0 for each name; 1 where none is given."""
        given = self.take(key)
        if given is not None and not isinstance(given, Mapping):
            self.faults.append(f"{key} must map factors to numbers")
        held = given if isinstance(given, Mapping) else {}
        self.faults += [f"{key}: {name!r} is not a factor" for name in held if name not in names]
        found = {name: self._number(f"{key}: {name}", held[name]) for name in names if name in held}
        self.faults += [f"{key}: {name} must be above 0" for name, number in found.items() if number is not None and number <= 0]
        return tuple(found.get(name) or Fraction(1) for name in names)

    def two_equal_arms(self, method: str, ratio: tuple[int, ...]) -> None:
        """A fault unless the ratio is that of two equal arms (or is at fault already)."""
        self.needs(not ratio or (len(ratio) == 2 and ratio[0] == ratio[1]), f"{method} needs two arms in equal ratio")

    def needs(self, fine: bool, sentence: str) -> None:
        """A fault unless `fine`."""
        if not fine:
            self.faults.append(sentence)

    def take(self, key: str) -> object:
        """The value of a key, which thereby belongs to the method."""
        self._read.add(key)
        return self._table.get(key)

    def strata(self) -> None:
        """Stratification factors may stand in the table; within a stratum most methods do not look at them."""
        given = self.take("factors")
        self.needs(given is None or isinstance(given, Mapping | list | tuple), "factors must be a table or a list of tables")
        self.faults += [f"factors must not hold a float ({number})" for number in _floats(given)]

    def unit(self) -> None:
        """Who gets one arm by one draw; to a method a couple or a cluster is one newcomer."""
        self.one_of("unit", ("person", "couple", "cluster"))

    def refuse(self, fault: str) -> NoReturn:
        """Raise ValueError with this fault and all that can be seen without knowing the method."""
        self.faults.insert(0, fault)
        for key, value in self._table.items():
            if key not in KEYS:
                self.faults.append(f"{key!r} is not a key of any method")
            elif key not in self._read:
                self.faults += [f"{key} must not hold a float ({number})" for number in _floats(value)]
        raise ValueError("; ".join(self.faults))

    def finish(self) -> None:
        """Raise ValueError with every fault, unknown keys among them."""
        self.faults += [f"{key!r} is not a key of this method" for key in self._table if key not in self._read]
        if self.faults:
            raise ValueError("; ".join(self.faults))

    def _whole(self, what: str, value: object) -> int:
        number = self._number(what, value)
        if number is not None and (number.denominator != 1 or not 1 <= number <= MOST_PLACES):
            self.faults.append(f"{what} must be a whole number from 1 to {MOST_PLACES:,}, not {value}")
            return 1
        return 1 if number is None else int(number)

    def _number(self, what: str, value: object) -> Fraction | None:
        if isinstance(value, float):
            self.faults.append(f'{what} must not be a float ({value}): write a whole number or a fraction as text, "4/5"')
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return Fraction(value)
        if isinstance(value, str) and _NUMBER.fullmatch(value) and not re.search(r"/0+$", value):
            return Fraction(value)
        self.faults.append(f"{what} must be a number, not {value!r}")
        return None


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from _floats(held)
    elif isinstance(value, list | tuple):
        for held in value:
            yield from _floats(held)
