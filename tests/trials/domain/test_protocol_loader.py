# ruff: noqa: E501
"""A protocol is loaded whole, or refused with every fault and never with a traceback."""

from __future__ import annotations

import hashlib
from datetime import date, time
from decimal import Decimal

import pytest

from tests.trials.domain.protocol_cases import MINIMAL, edited, faults_of
from trials.domain.protocol import (
    AllocationPlan,
    Arm,
    BadProtocol,
    BaselineVariable,
    Choice,
    Closure,
    EligibilityQuestion,
    Exercise,
    Factor,
    Fault,
    OpeningHours,
    Primary,
    Progression,
    Reminders,
    Visit,
    WeekDose,
    load,
)
from trials.domain.protocol.kinds import CODE, Clock, Day, Flag, Number, OneOf, Shaped, Text, Whole, Zone
from trials.domain.protocol.tables import ListOf, Loose, MapOf
from trials.domain.randomisation import METHODS, UPLOADED


def refused(source, **options) -> list[str]:
    with pytest.raises(BadProtocol) as bad:
        load(source, **options)
    assert str(bad.value) == "\n".join(str(fault) for fault in bad.value.faults)
    return [str(fault) for fault in bad.value.faults]


def test_a_fault_tells_place_problem_and_cure():
    with pytest.raises(BadProtocol) as bad:
        load(edited([("closes_day = 70", "closes_day = 55")]))
    assert bad.value.faults == (Fault("visits[2].closes_day", "closes on day 55, before it opens on day 56", "use 56 or later"),)


def test_all_faults_come_at_once_whatever_their_kind():
    edits = [
        ("[trial]", '[trial]\ncolour = "blue"'),
        ("sample_size = 40", "sample_size = 40.5"),
        ('timezone = "Europe/Dublin"', 'timezone = "Europe/Limerick"'),
        ("closes_day = 70", "closes_day = 3"),
        ('visit = "week8"', 'visit = "week9"'),
        ("to_week = 8", "to_week = 7"),
    ]
    assert faults_of(edits, '[blinding]\nroles = ["trainer", "blinded_statistician"]\n') == [
        "trial.colour: is not a known key; use one of code, title, version, registration, sponsor, language, sample_size, "
        "day0_lag_days, consent_version, distress_script.",
        "trial.sample_size: is a binary fraction, not a whole number; write digits without quotes, such as 8.",
        'sites[1].timezone: "Europe/Limerick" is not a time zone; use an IANA name such as "Europe/Dublin".',
        "plans.training.doses: no dose for week 8; cover every week once: the plan runs from week 1 to 8.",
        "visits[2].closes_day: closes on day 3, before it opens on day 56; use 56 or later.",
        "primary.visit: there is no visit week9; did you mean week8? Known: week8.",
        "blinding.roles[1]: trainer cannot be blind: the role randomises, schedules, records sessions or reads by arm; leave it out.",
    ]


@pytest.mark.parametrize(
    ("edits", "faults"),
    [
        (
            [('code = "week8"', "code = 8"), ('visit = "week8"', 'visit = "week9"')],
            ['visits[2].code: is a number, not text; write it in quotes, such as "week8".'],
        ),
        (
            [("opens_day = 56", 'opens_day = "56"'), ("closes_day = 70", "closes_day = 3")],
            ["visits[2].opens_day: is text, not a whole number; write digits without quotes, such as 8."],
        ),
        (
            [("weeks = 8\nper_week", "weeks = 0\nper_week")],
            ["plans.training.weeks: 0 is out of range; use 1 to 520."],
        ),
        (
            [('type = "number"\nminimum = 18', 'type = "nummer"\nminimum = 18')],
            ['eligibility[1].type: "nummer" is not known; did you mean number? Known: number, choice, yes_no.'],
        ),
    ],
    ids=["a name that others refer to", "a day that others are compared with", "a length that weeks must fill", "a type that decides"],
)
def test_a_fault_hides_the_faults_that_only_follow_from_it(edits, faults):
    assert faults_of(edits) == faults


def test_a_row_at_fault_hides_nothing_in_other_rows():
    edits = [("closes_day = 70", 'closes_day = "70"')]
    second = '[[visits]]\ncode = "later"\nlabel = "Later"\nkind = "follow_up"\ntarget_day = 100\nopens_day = 100\ncloses_day = 90\n'
    assert faults_of(edits, second) == [
        "visits[2].closes_day: is text, not a whole number; write digits without quotes, such as 8.",
        "visits[3].closes_day: closes on day 90, before it opens on day 100; use 100 or later.",
    ]


def test_the_digest_is_the_sha256_of_the_text():
    protocol = load(MINIMAL)
    assert (protocol.digest, protocol.text) == (hashlib.sha256(MINIMAL.encode()).hexdigest(), MINIMAL)


def test_text_and_file_make_the_same_protocol(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_bytes(MINIMAL.encode())
    assert load(path) == load(MINIMAL)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load(path) == load("\ufeff" + MINIMAL) == load(MINIMAL)


@pytest.mark.parametrize(
    ("raw", "faults"),
    [
        (b"[trial]\ntitle = '\xff'\n", ["line 2: is not UTF-8 text; save the file as UTF-8."]),
        (b"# \xc3\xa9\n" * 200_000, ["the file: is larger than 512 KiB; a protocol is text; leave everything else out."]),
        (b"#" * 524_288 + b"\xc3\xa9", ["the file: is larger than 512 KiB; a protocol is text; leave everything else out."]),
    ],
    ids=["not UTF-8", "too large", "too large in the middle of a letter"],
)
def test_a_file_that_is_no_protocol_text_is_refused(tmp_path, raw, faults):
    path = tmp_path / "trial.toml"
    path.write_bytes(raw)
    assert refused(path) == faults


def test_a_path_that_is_no_file_is_refused(tmp_path):
    cure = "cannot be read; check the path and that it is a file you may read."
    assert refused(tmp_path / "none.toml") == [f"none.toml: {cure}"]
    assert refused(tmp_path) == [f"{tmp_path.name}: {cure}"]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("[trial]\nx = '\ud800'", ["line 2: holds half of a character (a lone surrogate); type that line again."]),
        ("x = '\x00'", ["line 1, column 6: is not TOML: found invalid character '\\x00'; mend this first; the rest is read afterwards."]),
        ("x" * 600_000, ["the file: is larger than 512 KiB; a protocol is text; leave everything else out."]),
        ("\nx" + ".x" * 4000, ["line 2: has 8001 characters; break it into lines of at most 5000."]),
        (
            "x = " + "[\n" * 30_000,
            ["the file: nests lists or tables too deeply; write the tables as docs/protocol.md shows them."],
        ),
        (
            "x",
            [
                "the end of the file: is not TOML: expected '=' after a key in a key/value pair; mend this first; the rest is read afterwards."
            ],
        ),
        ("x = 0000-01-01", ["line 1, column 5: is not TOML: invalid date or datetime; mend this first; the rest is read afterwards."]),
        ("x = " + "9" * 4900, ["the file: holds a number of thousands of digits; write a shorter one."]),
    ],
    ids=["lone surrogate", "NUL", "too large", "long line", "deep", "unfinished", "no such date", "endless digits"],
)
def test_text_that_cannot_be_parsed_is_one_fault(text, faults):
    assert refused(text) == faults


def test_an_unknown_method_is_answered_with_the_known_ones():
    assert faults_of([('method = "permuted_blocks"', 'method = "permutedblocks"')]) == [
        f'allocation.method: "permutedblocks" is not known; did you mean permuted_blocks? Known: {", ".join([*METHODS, UPLOADED])}.'
    ]


def test_any_post_baseline_may_miss_all_time_points_but_one():
    rule = ('rule = "observed_at_visit"', 'rule = "any_post_baseline"\nmax_missing = 1')
    second = '[[visits]]\ncode = "week20"\nlabel = "Week 20"\nkind = "follow_up"\ntarget_day = 140\nopens_day = 140\ncloses_day = 150\n'
    assert load(edited([rule], second + 'instruments = ["phq9"]\n')).primary == Primary(
        instrument="phq9", visit="week8", rule="any_post_baseline", max_missing=1
    )


def test_a_visit_without_days_is_not_said_to_overlap():
    second = '[[visits]]\ncode = "later"\nlabel = "Later"\nkind = "follow_up"\ninstruments = ["phq9"]\n'
    assert [fault.split(":")[0] for fault in faults_of([], second)] == [
        "visits[3].target_day", "visits[3].opens_day", "visits[3].closes_day",
    ]  # fmt: skip


def test_a_long_value_is_shown_shortened():
    assert faults_of([('code = "TRIAL"', f'code = "{"a b" * 30}"')]) == [
        f'trial.code: "{("a b" * 30)[:40]}..." is not a code; write something like "RET".'
    ]


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


def test_with_very_many_faults_only_the_keys_are_judged():
    faults = faults_of([('visit = "week8"', 'visit = "week9"')], "".join(f"[unknown{n}]\n" for n in range(201)))
    assert len(faults) == 201
    assert not any(fault.startswith("primary") for fault in faults)


def test_an_empty_file_lacks_everything():
    assert [fault.split(":")[0] for fault in refused("")] == [
        "trial", "arms", "allocation", "sites", "visits", "visits", "primary", "eligibility", "baseline",
    ]  # fmt: skip


IMPORTED = """
[trial]
code = "OLD"
title = "A finished trial"
version = "import"
sample_size = 40
day0_lag_days = 0
[arms.A]
label = "A"
[arms.B]
label = "B"
[allocation]
method = "permuted_blocks"
parameters = { multipliers = [2] }
[[sites]]
code = "S1"
name = "S1"
country = "IE"
timezone = "UTC"
"""


def test_a_protocol_made_by_import_may_lack_what_was_not_found():
    protocol = load(IMPORTED, made_by_import=True)
    assert (protocol.primary, protocol.visits, protocol.baseline, protocol.plan_of("A")) == (None, (), (), None)
    assert [fault.split(":")[0] for fault in refused(IMPORTED)] == [
        "arms", "visits", "visits", "primary", "eligibility", "baseline", "help", "help",
    ]  # fmt: skip


def test_questionnaires_are_checked_only_against_given_names():
    text = edited([("closes_day = 70\ninstruments = [", 'closes_day = 70\ninstruments = ["hamd",')])
    assert load(text).visit("week8").instruments == ("hamd", "phq9", "gad7")
    assert refused(text, instruments=["phq9", "gad7"]) == [
        "visits[2].instruments[1]: there is no questionnaire hamd; use one of gad7, phq9."
    ]
    assert refused(text, instruments=[])[0] == (
        "visits[1].instruments[1]: there is no questionnaire phq9; nothing of the kind is declared."
    )


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
