# ruff: noqa: E501
"""Every kind of value in a protocol arrives as what it is."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from tests.trials.domain.protocol_cases import edited
from trials.domain.protocol import (
    AllocationPlan,
    Arm,
    BaselineVariable,
    Choice,
    Closure,
    EligibilityQuestion,
    Exercise,
    Factor,
    OpeningHours,
    Progression,
    Reminders,
    Visit,
    WeekDose,
    load,
)
from trials.domain.protocol.kinds import CODE, Clock, Day, Flag, Number, OneOf, Shaped, Text, Whole, Zone
from trials.domain.protocol.tables import ListOf, Loose, MapOf


@pytest.mark.parametrize(
    ("kind", "blank"),
    [
        (Text(), ""), (Shaped(CODE, "A"), ""), (Zone(), "UTC"), (Whole(-5, 0), 0), (Whole(2, 9), 2), (Number(Decimal(0), Decimal(1)), Decimal(1)),
        (Flag(), False), (Day(), date(2000, 1, 1)), (Clock(), time(0, 0)), (OneOf(("a", "b")), "a"), (ListOf(Flag()), ()), (MapOf(Flag()), {}),
        (Loose(), {}),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_at_fault_is_stood_in_for_by_one_of_its_kind(kind, blank):
    assert kind.blank() == blank


WHOLE = """
[reminders]
nudge_days = [3]
quiet_from = "21:30"
quiet_to = 07:00:00

[[allocation.factors]]
name = "mass"
source = "baseline:mass_kg"
cuts = ["70.5"]
levels = ["light", "heavy"]

[[allocation.factors]]
name = "smokes"
source = "baseline:smokes"
levels = ["no", "yes"]

[[allocation.factors]]
name = "stage"
source = "baseline:stage"
levels = ["one", "two"]

[[allocation.factors]]
name = "site"
source = "site"

[[sites.closures]]
first = 2026-12-24
last = 2027-01-01
reason = "Christmas"

[[sites.hours]]
days = ["mon", "tue", "wed", "thu", "fri"]
opens = "07:00"
closes = "00:00"

[exercises.row]
label = "Cable row"
load_model = "external"
muscle_groups = ["back"]
equipment = ["cable", "bench"]

[[plans.training.exercises]]
code = "push_up"
label = "Push-up"
load_model = "bodyweight_fraction"
bodyweight_fraction = "0.65"
increment_kg = 5

[[eligibility]]
code = "stage"
text = "Stage?"
type = "choice"
accepts = ["one"]
choices = { one = "I", two = "II" }

[[baseline]]
code = "smokes"
label = "Smokes"
type = "yes_no"

[[baseline]]
code = "stage"
label = "Stage"
type = "choice"
choices = { one = "I", two = "II" }

[[baseline]]
code = "notes"
label = "Notes"
type = "text"
required = false

[missed_reasons]
pain = { label = "Pain", class = "health" }

[exclusion_reasons]
time = { label = "No time", category = "declined" }
"""


def test_every_kind_of_value_arrives_as_what_it_is():
    protocol = load(edited([("per_week = 2\n", 'per_week = 2\nuses = ["row"]\n')], WHOLE))
    assert protocol.arms == (Arm(code="RET", label="RET", plan="training"), Arm(code="WL", label="WL", control=True))
    assert protocol.allocation == AllocationPlan(
        method="permuted_blocks",
        factors=(
            Factor(name="mass", source="baseline:mass_kg", cuts=(Decimal("70.5"),), levels=("light", "heavy")),
            Factor(name="smokes", source="baseline:smokes", levels=("no", "yes")),
            Factor(name="stage", source="baseline:stage", levels=("one", "two")),
            Factor(name="site", source="site"),
        ),
        parameters={"multipliers": (2, 3)},
    )
    assert protocol.sites[0].closures == (Closure(first=date(2026, 12, 24), last=date(2027, 1, 1), reason="Christmas"),)
    assert protocol.sites[0].hours == (OpeningHours(days=("mon", "tue", "wed", "thu", "fri"), opens=time(7, 0), closes=time(0, 0)),)
    assert protocol.reminders == Reminders(nudge_days=(3,), quiet_from=time(21, 30), quiet_to=time(7, 0))
    plan = protocol.plan_of("RET")
    assert plan is not None
    assert (plan.code, plan.progression) == ("training", Progression(rule="double_progression", max_increase=Decimal("0.05")))
    row = Exercise(code="row", label="Cable row", load_model="external", muscle_groups=("back",), equipment=("cable", "bench"))
    assert plan.exercises == (
        Exercise(code="squat", label="Squat", load_model="external", increment_kg=Decimal("2.5")),
        Exercise(
            code="push_up",
            label="Push-up",
            load_model="bodyweight_fraction",
            bodyweight_fraction=Decimal("0.65"),
            increment_kg=Decimal(5),
        ),
        row,
    )
    assert protocol.library == {"row": row}
    assert plan.doses == (WeekDose(from_week=1, to_week=8, sets=2, reps_min=8, reps_max=12),)
    assert protocol.visits == (
        Visit(code="baseline", label="Baseline", kind="baseline", instruments=("phq9", "gad7")),
        Visit(
            code="week8",
            label="Week 8",
            kind="follow_up",
            target_day=56,
            opens_day=56,
            closes_day=70,
            instruments=("phq9", "gad7"),
        ),
    )
    stages = (Choice(code="one", label="I"), Choice(code="two", label="II"))
    assert protocol.eligibility == (
        EligibilityQuestion(code="adult", text="Age in years", type="number", minimum=Decimal(18)),
        EligibilityQuestion(code="stage", text="Stage?", type="choice", choices=stages, accepts=("one",)),
    )
    assert protocol.baseline == (
        BaselineVariable(code="mass_kg", label="Body mass", type="number", unit="kg", minimum=Decimal(30), maximum=Decimal(300)),
        BaselineVariable(code="smokes", label="Smokes", type="yes_no"),
        BaselineVariable(code="stage", label="Stage", type="choice", choices=stages),
        BaselineVariable(code="notes", label="Notes", type="text", required=False),
    )
    assert (protocol.missed_reasons, protocol.missed_reason_class) == ((Choice(code="pain", label="Pain"),), {"pain": "health"})
    assert (protocol.exclusion_reasons, protocol.exclusion_category) == ((Choice(code="time", label="No time"),), {"time": "declined"})
    assert protocol.blind_roles == ("assessor", "blinded_statistician", "safety_clinician")
    assert (protocol.plan_of("WL"), protocol.deferred_plan_of("WL"), protocol.site("LIM").name) == (None, None, "LIM")
