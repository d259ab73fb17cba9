"""Fifty people more than the small world has, with scores that differ, a few gaps and texts that are hard to carry: enough to analyse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from outcomes.domain.facts import Form, Person
from tests.outcomes import world

HARD = 'Séamus "the bench" Ó Briain, 62.5 kg;\nsecond line\twith a tab, and =SUM(A1) \u2264 5 \U0001f3cb'
VISITS = (("baseline", -3), ("week1", 28), ("week4", 51), ("week8", 80), ("week12", 107))  # days from randomisation
DRUGS = ("N06AB06", "N05BA01", "C07AA05")


def crowd(size: int = 50) -> list[Person]:
    """The same people each time; about one form in eight is missing, and whoever trains gets better faster."""
    random = Random(20260327)
    return [_one(n, random) for n in range(size)]


def everybody() -> list[Person]:
    return [*world.everybody(), *crowd()]


def _one(n: int, random: Random) -> Person:
    trial_id, arm, site = f"P-{101 + n}", ("RET", "WL")[n % 2], ("LIM", "DUB")[n // 2 % 2]
    sex, start = ("F", "F", "M")[n % 3], world.START + timedelta(days=n // 4)
    level, fall = random.randint(6, 16), random.uniform(0.5, 1.0 if arm == "WL" else 2.2)
    forms = [_form(visit, code, n, level - fall * i + random.uniform(-3, 3), start + timedelta(days=on), random)
             for i, (visit, on) in enumerate(VISITS) for code in ("phq9", "gad7")
             if visit == "baseline" or random.random() > 0.12]  # fmt: skip
    person = world.randomised(
        trial_id, arm, start, site=site, sex=sex, age=random.choice([19, 24, 31, 47, 91]), stratum=f"site={site}|sex={sex}",
        arm_dummy=("WL", "RET")[n // 3 % 2], forms=tuple(forms), baseline=_baseline(n, random, start),
    )  # fmt: skip
    if arm == "RET":
        weeks = {w: "".join(random.choice("AAAAM") for _ in range(2)) for w in range(-2, 9)}
        trained = world.sessions(trial_id, start + timedelta(days=21), weeks)
        person = replace(person, sessions=trained, sets=world.sets(trained))
    if n % 7 == 0:
        person = replace(
            person, adverse_events=(world.event(1, term=HARD, session_no=None, elicited="visit"),),
            medications=(world.medication(1, drug=HARD * 4, atc=random.choice(DRUGS), dose=Decimal("0.0625")),),
        )  # fmt: skip
    return person


def _baseline(n: int, random: Random, start):  # type: ignore[no-untyped-def]
    values = {
        "mass_kg": str(random.randint(480, 1100) / 10), "height_cm": str(random.randint(150, 199)),
        "education": random.choice(["primary", "upper_secondary", "further"]), "employment": random.choice(["student", "employed"]),
    }  # fmt: skip
    if n % 9 == 0:
        del values["height_cm"]
    units = {"mass_kg": "kg", "height_cm": "cm"}
    on = start - timedelta(days=3)
    return tuple({"variable": k, "value": v, "unit": units.get(k, ""), "measured_on": on} for k, v in sorted(values.items()))


def _form(visit: str, code: str, n: int, score: float, on, random: Random) -> Form:  # type: ignore[no-untyped-def]
    """Items that add up to about the score; now and then one is left out, so that a total is prorated."""
    items = 9 if code == "phq9" else 7
    left = max(0, min(round(score), 3 * items))
    answers = {str(i): 0 for i in range(1, items + 2)}
    while left:
        i = str(random.randint(1, items))
        if answers[i] < 3 and not (code == "phq9" and i == "9" and answers[i]):
            answers[i] += 1
            left -= 1
        elif all(answers[str(j)] == 3 or (code == "phq9" and j == 9) for j in range(1, items + 1)):
            break
    if (n + len(visit)) % 11 == 0:
        del answers["3"]
    return world.form(visit, code, on, answers, language="en")
