"""Read an allocation table and refuse a bad one with all its faults at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NoReturn

MOST_ARMS = 20
MOST_PLACES = 10_000
KEYS = {"method", "arms", "multipliers", "bound", "length", "lambda", "p", "a", "b"}
KEYS |= {"factors", "weights", "imbalance", "rule", "q", "ties", "treatment_total"}
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
        numbers = tuple(self._whole(f"{key}: place {place}", number) for place, number in enumerate(given, start=1))
        if len(set(numbers)) < len(numbers):
            self.faults.append(f"{key} names a number twice")
        return numbers

    def take(self, key: str) -> object:
        self._read.add(key)
        return self._table.get(key)

    def strata(self) -> None:
        """Stratification factors may stand in the table; within a stratum the method does not look at them."""
        if not isinstance(self.take("factors") or {}, Mapping | list | tuple):
            self.faults.append("factors must be a table or a list of tables")

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
