"""Who the invented people are and what they would answer: plain values from a seeded generator."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

GIVEN = {
    "F": [
        "Aoife",
        "Ciara",
        "Niamh",
        "Saoirse",
        "Emma",
        "Grace",
        "Sophie",
        "Lucy",
        "Ella",
        "Anna",
        "Chloe",
        "Kate",
        "Roisin",
        "Orla",
        "Maeve",
        "Sinead",
        "Fiona",
        "Laura",
        "Amy",
        "Sarah",
    ],
    "M": ["Conor", "Sean", "Jack", "Liam", "Cian", "Daniel", "Adam", "Luke", "Oisin", "Darragh", "Eoin", "Patrick", "Tom", "Mark", "Ronan"],
}
FAMILY = [
    "Murphy",
    "Kelly",
    "Byrne",
    "Ryan",
    "Walsh",
    "Doyle",
    "Nolan",
    "Quinn",
    "Burke",
    "Lynch",
    "Daly",
    "Keane",
    "Moran",
    "Power",
    "Healy",
    "Flynn",
    "Casey",
    "Hayes",
    "Foley",
    "Brady",
]
REASONS = ("illness", "time", "time", "travel", "vacation", "fatigue", "low_mood", "motivation", "pain")


@dataclass(frozen=True)
class Person:
    """One invented person: identity, eligibility and baseline answers, and how ill they are (PHQ-9 and GAD-7 at baseline)."""

    sex: str
    identity: dict[str, str]
    eligibility: dict[str, str]
    baseline: dict[str, str]
    preferred: list[tuple[int, str]]
    channel: str
    depression: float
    anxiety: float
    strength: float  # of the starting loads, 1 = average
    diligence: float  # chance of coming to a session


def person(random: Random, number: int, *, ineligible: str = "") -> Person:
    sex = "F" if random.random() < 0.62 else "M"
    given, family = random.choice(GIVEN[sex]), random.choice(FAMILY)
    age = random.randint(18, 39)
    eligible = {
        "age": str(age), "can_train": "yes", "medical_clearance": "no", "pregnant": "no", "trains_now": str(random.randint(0, 1)),
        "treatment_change": random.choice(["none", "none", "over_8_weeks"]), "severe_illness": "no",
    }  # fmt: skip
    failing = {"age": "52", "trains_now": "3", "treatment_change": "within_8_weeks", "medical_clearance": "yes", "can_train": "no"}
    if ineligible:
        eligible[ineligible] = failing[ineligible]
    height = random.gauss(166 if sex == "F" else 179, 6)
    takes = random.random() < 0.3
    first_day = random.choice([0, 1])
    hour = random.choice(["07:30", "12:30", "17:00", "18:00", "18:30"])
    return Person(
        sex=sex,
        identity={
            "given_name": given,
            "family_name": family,
            "born_on": f"{2026 - int(eligible['age']) - 1}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
            "email": f"{given}.{family}.{number}@example.org".lower(),
            "phone": f"+353 85 555 {number:04d}",
            "emergency_name": f"{random.choice(GIVEN['M'])} {family}",
            "emergency_phone": f"+353 86 555 {number:04d}",
        },
        eligibility=eligible,
        baseline={
            "ethnicity": random.choice(["white_irish"] * 6 + ["white_other", "asian", "black", "mixed_other", "not_said"]),
            "education": random.choice(["upper_secondary", "further", "bachelor", "bachelor", "postgraduate"]),
            "employment": random.choice(["student", "student", "employed", "employed", "unemployed"]),
            "height_cm": f"{height:.0f}",
            "mass_kg": f"{random.gauss(23.8, 3) * (height / 100) ** 2:.1f}",
            "diagnosis": random.choice(["none", "none", "gad", "gad", "both", "depression"]),
            "diagnosis_how": random.choice(["interview", "clinician", "self_report", "screening"]),
            "ret_experience": random.choice(["none", "none", "some", "former"]),
            "activity": str(random.randint(0, 5)),
            "psychotropics": "yes" if takes else "no",
            "psychotherapy": "yes" if random.random() < 0.2 else "no",
            "preference": random.choice(["train_now", "train_now", "train_later", "none"]),
            "expectancy": str(min(10, max(0, round(random.gauss(6.5, 1.8))))),
        },
        preferred=[(first_day, hour), (first_day + 3, hour)],
        channel="none" if random.random() < 0.12 else "email",
        depression=random.gauss(10.5, 3.5),
        anxiety=random.gauss(11.0, 3.2),
        strength=random.gauss(1.0, 0.15) * (1.0 if sex == "F" else 1.45),
        diligence=min(0.97, max(0.55, random.gauss(0.86, 0.08))),
    )


def answers(random: Random, items: int, total: float) -> dict[str, int]:
    """Item answers 0-3 around a wanted total."""
    mean = max(0.0, total) / items
    return {str(i): min(3, max(0, round(random.gauss(mean, 0.6)))) for i in range(1, items + 1)}


# Loads for a woman of average strength who begins, kg; both dumbbells together.
STARTING_KG = {
    "squat": 30.0, "bench_press": 22.5, "deadlift": 40.0, "lateral_raise": 6.0, "bent_over_row": 22.5, "lunge": 12.0, "curl": 12.0,
}  # fmt: skip
