# ruff: noqa: E501
"""A protocol is loaded whole, or refused with every fault and never with a traceback."""

from __future__ import annotations

import pytest

from tests.trials.domain.protocol_cases import edited, faults_of, refused
from trials.domain.protocol import BadProtocol, Fault, Primary, load
from trials.domain.randomisation import METHODS, UPLOADED


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
        "day0_lag_days, consent_version, distress_script, double_entry.",
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
