"""Stories of a trial, made up from a seed: who gets which arm, what happens to whom on which day, and when somebody looks.

A story is data. What only training brings (sessions held, missed, moved, loads, events found at a session, the end of the training)
is made up for whoever trains, from a seed of its own for each session; everything else happens alike whatever the arm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from trials.domain.protocol import Protocol, load

FOLDER = Path(__file__).resolve().parents[3] / "trials/protocols"
TRIALS = ("limerick", "limerick", "lisa")  # two arms and two sites twice as often as three arms
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FOLLOWED = ("own", "third", "other")  # two at the viewers' site, one at the other site, where there is one
LONGEST = {"limerick": 112, "lisa": 196}
BUSY = {"own": 3, "third": 5, "other": 6}  # every how many sessions something is recorded of one
WORDS = ("Headache", "Knee pain", "Flu", "Fell on the stairs", "Low mood", "Toothache")
DRUGS = ("Sertraline", "Ibuprofen", "Escitalopram", "Salbutamol")


@dataclass(frozen=True, order=True)
class Step:
    """One thing that happens to one person (or, with nobody named, to the trial). Of two at one moment the same comes first in every world."""

    at: datetime
    kind: str
    who: str = ""
    given: Mapping[str, Any] = field(default_factory=dict, compare=False)
    turn: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turn", repr(self.given))


@dataclass(frozen=True)
class Story:
    """`arms` as drawn; each of `flips` is (who, another arm): a world of its own that differs in that and what follows from it."""

    seed: int
    trial: str
    arms: Mapping[str, str]
    flips: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...]
    until: datetime

    @cached_property
    def protocol(self) -> Protocol:
        return protocol(self.trial)

    def dice(self, *about: object) -> Random:
        """The same numbers for the same thing in every world of the story."""
        return Random("|".join(map(str, (self.seed, *about))))

    def fate(self, who: str, session_no: int) -> tuple[str, bool]:
        """(what becomes of a session of somebody who trains, whether they are hurt there); ("", False) where nobody records it."""
        dice = self.dice(who, session_no)
        if session_no % BUSY[who] != 1 and dice.random() > 0.1:
            return "", False
        what = dice.choice(("held", "held", "held", "missed", "cancelled", "begun"))
        return what, what in ("held", "begun") and dice.random() < 0.5

    def __str__(self) -> str:
        flips = ", ".join(f"{who} {self.arms[who]} or {arm}" for who, arm in self.flips)
        return f"story {self.seed}: {self.trial}, day {(self.until - START).days}, {len(self.steps)} steps, {flips}"


def protocol(trial: str) -> Protocol:
    return load(text(trial))


def text(trial: str) -> str:
    """The trial's protocol, by which every message about sessions is sent and every paper form is entered twice."""
    told = (FOLDER / f"{trial}.toml").read_text()
    return told.replace("\nconsent_version", "\ndouble_entry = 1\nconsent_version", 1)


def make(seed: int, *, worlds: int) -> Story:
    """A story with as many worlds beside the first as are asked for, as far as its arms and people allow."""
    dice = Random(seed)
    trial = TRIALS[seed % len(TRIALS)]
    told = protocol(trial)
    codes = [arm.code for arm in told.arms]
    arms = {who: dice.choice(codes) for who in FOLLOWED}
    others = [(who, code) for who in FOLLOWED for code in codes if code != arms[who]]
    flips = tuple(dice.sample(others, min(worlds, len(others))))
    length = dice.choice((9, 30, 55, 80, LONGEST[trial])) + dice.randrange(7)
    until = START + timedelta(days=length, hours=dice.randrange(0, 10), minutes=dice.randrange(60))
    steps = [*_rounds(dice, until), *(s for who in FOLLOWED for s in _life(dice, told, who))]
    return Story(seed, trial, arms, flips, tuple(sorted(s for s in steps if START < s.at < until)), until)


def _rounds(dice: Random, until: datetime) -> Iterator[Step]:
    """What the machinery and the office do: sweeps, cuts, reports, a turn of the roster, mornings of daily mail."""
    at = START + timedelta(hours=2)
    while at < until:
        yield Step(at, "sweep")
        at += timedelta(days=dice.choice((1, 3, 6)), hours=dice.randrange(5))
    for view in ("closed", "blinded"):
        yield Step(START + timedelta(days=dice.randrange(5, 100), hours=3), "export", given={"view": view})
    yield Step(START + timedelta(days=dice.randrange(5, 100), hours=4), "report")
    yield Step(START + timedelta(days=dice.randrange(2, 40)), "duty")
    for day in {START + timedelta(days=6), START + timedelta(days=41), until}:
        yield Step(day.replace(hour=8, minute=0), "morning")


def _life(dice: Random, told: Protocol, who: str) -> Iterator[Step]:
    """Answers, illnesses, drugs, worries and perhaps an end: the same in every arm."""
    for visit in told.visits:
        if visit.kind == "follow_up" and visit.opens_day is not None and visit.closes_day is not None:
            yield from _answers(dice, told, who, visit.code, visit.opens_day, visit.closes_day)
    for n in range(dice.randrange(3)):
        yield Step(_some_day(dice), "event", who, {"term": dice.choice(WORDS), "serious": dice.random() < 0.4, "n": n})
        yield Step(_some_day(dice), "judge", who, {"related": dice.choice(("unrelated", "possible")), "expected": dice.random() < 0.5})
    if dice.random() < 0.7:
        yield Step(_some_day(dice), "drug", who, {"drug": dice.choice(DRUGS)})
        yield Step(_some_day(dice), dice.choice(("dose", "stop_drug")), who)
    for kind, chance in (("care", 0.4), ("deviation", 0.4), ("concern", 0.6), ("link", 0.4), ("correction", 0.3), ("code_break", 0.2)):
        if dice.random() < chance:
            yield Step(_some_day(dice), kind, who)
    yield Step(_some_day(dice), "defer", who)
    if dice.random() < 0.35:
        yield Step(
            _some_day(dice) + timedelta(days=15),
            dice.choice(("withdraw", "loss", "death")),
            who,
            {"scope": dice.choice(("contact", "data", "all"))},
        )


def _answers(dice: Random, told: Protocol, who: str, visit: str, opens: int, closes: int) -> Iterator[Step]:
    day = told.day0_lag_days + dice.randint(opens, closes)
    at = START + timedelta(days=day, hours=dice.randrange(8), minutes=dice.randrange(60))
    for code, items in (("phq9", 9), ("gad7", 7)):
        way = dice.choices(("web", "paper", "telephone", "none", "silence"), (6, 1, 1, 1, 1))[0]
        answers = {str(n): dice.randrange(4) for n in range(1, items + 1)}
        if code == "phq9":
            answers["9"] = dice.choice((0, 0, 0, 1, 2, 3))
        if way != "silence":
            yield Step(at, way, who, {"visit": visit, "instrument": code, "answers": answers})
    yield Step(at + timedelta(hours=1), "work_on_alerts", who, {"steps": dice.randrange(5)})
    if dice.random() < 0.5:
        yield Step(at + timedelta(hours=2), "harms", who, {"visit": visit, "yes": dice.random() < 0.3})


def _some_day(dice: Random) -> datetime:
    return START + timedelta(days=dice.randrange(1, 100), hours=dice.randrange(9), minutes=dice.randrange(60))
