# ruff: noqa: E501
"""Session plans, visits and the primary outcome. Every row: edits of a minimal protocol, lines added to it, and all the faults that follow."""

from __future__ import annotations

import pytest

from tests.trials.domain.protocol_cases import Edit, faults_of

ROWS: dict[str, tuple[list[Edit], str, list[str]]] = {
    "plan that nobody uses": (
        [],
        '[plans.other]\nlabel = "Other"\nweeks = 1\nper_week = 1\nprogression = { rule = "hold" }\nexercises = [{ code = "a", label = "A", load_model = "reps_only" }]\ndoses = [{ from_week = 1, to_week = 1, sets = 1, reps_min = 1, reps_max = 1 }]\n',
        ["plans.other: is used by no arm; point an arm's plan to it or leave it out."],
    ),
    "a share of nothing, and a checklist without a line": (
        [],
        '[fidelity]\nshare = "0"\n[fidelity.items]\n',
        [
            "fidelity.share: 0 is out of range; use 0.01 to 1.",
            "fidelity.items: is empty; write a line for each thing that the observer looks at, code = words.",
        ],
    ),
    "observed without a checklist": (
        [],
        '[fidelity]\nshare = "0.1"\n',
        ["fidelity.items: is missing; add it: the checklist in its order, code = what the trainer does."],
    ),
    "rest days that do not fit": (
        [("per_week = 2\n", "per_week = 4\n")],
        "",
        ["plans.training.rest_days: rest_days 1 does not fit between 4 sessions a week; use at most 0."],
    ),
    "group without group supervision": (
        [("per_week = 2\n", "per_week = 2\ngroup_size = 4\n")],
        "",
        [
            'plans.training.group_size: 4 people train together without group supervision; set supervision = "group" or leave group_size out.'
        ],
    ),
    "group of one": (
        [("per_week = 2\n", 'per_week = 2\nsupervision = "group"\n')],
        "",
        ["plans.training.group_size: a group of one is not a group; give the number of people a session."],
    ),
    "exercise twice": (
        [
            (
                "[[plans.training.doses]]",
                '[[plans.training.exercises]]\ncode = "squat"\nlabel = "Squat"\nload_model = "external"\n\n[[plans.training.doses]]',
            )
        ],
        "",
        ["plans.training.exercises[2].code: squat stands there twice; give each exercise its own code."],
    ),
    "no exercise at all": (
        [('[[plans.training.exercises]]       # yours\ncode = "squat"\nlabel = "Squat"\nload_model = "external"\n', "")],
        "",
        ["plans.training.exercises: is missing; list the exercises of a session, or name those of the library with uses."],
    ),
    "exercise that the library lacks, and one that is written out too": (
        [("per_week = 2\n", 'per_week = 2\nuses = ["row", "squad", "squat"]\n')],
        '[exercises.squat]\nlabel = "Squat"\nload_model = "external"\n[exercises.row]\nlabel = "Row"\nload_model = "external"\nbodyweight_fraction = "0.5"\n',
        [
            "plans.training.uses[2]: there is no [exercises.squad]; did you mean squat? Known: squat, row.",
            "plans.training.uses[3]: squat is written out in the plan too; keep one of the two.",
            "exercises.row.bodyweight_fraction: is given with load_model external; leave it out.",
        ],
    ),
    "two targets of effort, and too low a rating": (
        [("reps_max = 12\n", 'reps_max = 12\nrpe = "8"\nrir = 2\n')],
        "",
        ["plans.training.doses[1].rir: is given beside rpe; keep one of the two."],
    ),
    "a rating that names no repetitions": (
        [("reps_max = 12\n", "reps_max = 12\nrpe = 6\n")],
        "",
        ["plans.training.doses[1].rpe: 6 is out of range; use 7 to 10."],
    ),
    "progression by reserve without a target": (
        [('rule = "double_progression"', 'rule = "rir"')],
        "",
        ["plans.training.doses[1].rir: is missing for progression by rir; give rir, such as 2, or rpe, such as 8."],
    ),
    "two_for_two beyond its 10 %": (
        [('rule = "double_progression"', 'rule = "two_for_two"\nmax_increase = "0.15"')],
        "",
        ['plans.training.progression.max_increase: 0.15 lies outside the 2 to 10 % of two_for_two; use "0.02" to "0.1".'],
    ),
    "share of body mass missing": (
        [('load_model = "external"', 'load_model = "bodyweight_fraction"')],
        "",
        ['plans.training.exercises[1].bodyweight_fraction: is missing; give the share of body mass that is moved, such as "0.65".'],
    ),
    "share of body mass too much": (
        [('load_model = "external"', 'load_model = "external"\nbodyweight_fraction = "0.6"')],
        "",
        ["plans.training.exercises[1].bodyweight_fraction: is given with load_model external; leave it out."],
    ),
    "weeks without a dose": (
        [("from_week = 1\nto_week = 8\n", "from_week = 3\nto_week = 7\n")],
        "",
        ["plans.training.doses: no dose for week 1 to 2, 8; cover every week once: the plan runs from week 1 to 8."],
    ),
    "follow-up weeks without a dose": (
        [("per_week = 2\n", "per_week = 2\nfollow_up_weeks = 4\n")],
        "",
        ["plans.training.doses: no dose for week 9 to 12; cover every week once: the plan runs from week 1 to 12."],
    ),
    "weeks dosed twice": (
        [],
        "[[plans.training.doses]]\nfrom_week = 7\nto_week = 8\nsets = 1\nreps_min = 8\nreps_max = 12\n",
        ["plans.training.doses: more than one dose for week 7 to 8; cover every week once: the plan runs from week 1 to 8."],
    ),
    "dose outside the plan": (
        [("from_week = 1\nto_week = 8\n", "from_week = -1\nto_week = 9\n")],
        "",
        ["plans.training.doses: a dose outside the plan for week -1 to 0, 9; cover every week once: the plan runs from week 1 to 8."],
    ),
    "dose that ends before it begins": (
        [("from_week = 1\nto_week = 8\n", "from_week = 8\nto_week = 1\n")],
        "",
        ["plans.training.doses[1].to_week: 1 lies before from_week 8; give the last week."],
    ),
    "repetitions upside down": (
        [("reps_min = 8\nreps_max = 12\n", "reps_min = 12\nreps_max = 8\n")],
        "",
        ["plans.training.doses[1].reps_max: 8 is fewer than reps_min 12; give the most repetitions."],
    ),
    "ramp without percentages": (
        [('rule = "double_progression"', 'rule = "percent_ramp"')],
        "",
        ['plans.training.doses[1].pct_1rm: is missing for a percent_ramp; give the share of the one-repetition maximum, such as "0.7".'],
    ),
    "progression unknown": (
        [('rule = "double_progression"', 'rule = "double"')],
        "",
        ['plans.training.progression.rule: "double" is not known; use one of double_progression, two_for_two, percent_ramp, rir, hold.'],
    ),
    "familiarisation that day 0 leaves no room for": (
        [("per_week = 2\n", "per_week = 2\nfamiliarisation_weeks = 2\n"), ("from_week = 1\nto_week = 8", "from_week = -1\nto_week = 8")],
        "",
        ["trial.day0_lag_days: 0 days are too few for 2 weeks of familiarisation before day 0; use at least 14."],
    ),
    "window that closes before it opens": (
        [("closes_day = 70", "closes_day = 55")],
        "",
        ["visits[2].closes_day: closes on day 55, before it opens on day 56; use 56 or later."],
    ),
    "target outside the window": (
        [("target_day = 56", "target_day = 71")],
        "",
        ["visits[2].target_day: 71 lies outside the window 56 to 70; put it inside."],
    ),
    "days missing": (
        [("target_day = 56\nopens_day = 56\n", "")],
        "",
        [
            "visits[2].target_day: is missing; give the day counted from day 0.",
            "visits[2].opens_day: is missing; give the day counted from day 0.",
        ],
    ),
    "days of a baseline visit": (
        [('kind = "baseline"', 'kind = "baseline"\nopens_day = 0')],
        "",
        ["visits[1].opens_day: is given for a baseline visit; leave it out: baseline is open from screening to randomisation."],
    ),
    "window that opens before randomisation": (
        [("opens_day = 56", "opens_day = -1")],
        "",
        ["visits[2].opens_day: opens on day -1, before randomisation on day 0; use 0 or later."],
    ),
    "windows that overlap": (
        [],
        '[[visits]]\ncode = "week9"\nlabel = "Week 9"\nkind = "follow_up"\ntarget_day = 63\nopens_day = 63\ncloses_day = 80\ninstruments = ["gad7"]\n',
        ["visits[3]: overlaps the window of week8, which asks gad7 too; move one of the windows."],
    ),
    "visit twice": (
        [],
        '[[visits]]\ncode = "week8"\nlabel = "Week 9"\nkind = "follow_up"\ntarget_day = 100\nopens_day = 100\ncloses_day = 120\ninstruments = ["gad7"]\n',
        ["visits[3].code: week8 stands there twice; give each its own code."],
    ),
    "no baseline visit": (
        [('kind = "baseline"', 'kind = "follow_up"\ntarget_day = 1\nopens_day = 1\ncloses_day = 2')],
        "",
        ['visits: there is no baseline visit; add a [[visits]] with kind = "baseline".'],
    ),
    "no follow-up visit": (
        [('kind = "follow_up"\ntarget_day = 56\nopens_day = 56\ncloses_day = 70\n', 'kind = "baseline"\n')],
        "",
        [
            "primary.visit: week8 is a baseline visit; name a follow-up visit.",
            'visits: there is no follow-up visit; add a [[visits]] with kind = "follow_up".',
        ],
    ),
    "primary visit unknown": (
        [('visit = "week8"', 'visit = "week_8"')],
        "",
        ["primary.visit: there is no visit week_8; did you mean week8? Known: week8."],
    ),
    "primary visit is baseline": (
        [('visit = "week8"', 'visit = "baseline"')],
        "",
        ["primary.visit: baseline is a baseline visit; name a follow-up visit."],
    ),
    "primary questionnaire not asked there": (
        [('closes_day = 70\ninstruments = ["phq9", "gad7"]', 'closes_day = 70\ninstruments = ["gad7"]')],
        "",
        ["primary.instrument: phq9 is not asked at visit week8; use one of gad7."],
    ),
    "primary questionnaire not asked at baseline": (
        [('kind = "baseline"\ninstruments = ["phq9", "gad7"]', 'kind = "baseline"\ninstruments = ["gad7"]')],
        "",
        ["primary.instrument: phq9 is not asked at baseline; add it to the baseline visit: without it no change can be computed."],
    ),
    "missing time points of another rule": (
        [('rule = "observed_at_visit"', 'rule = "observed_at_visit"\nmax_missing = 1')],
        "",
        ['primary.max_missing: is given with rule observed_at_visit; leave it out, or set rule = "any_post_baseline".'],
    ),
    "every time point may be missing": (
        [('rule = "observed_at_visit"', 'rule = "any_post_baseline"\nmax_missing = 1')],
        "",
        ["primary.max_missing: 1 of 1 time points may be missing; use at most 0."],
    ),
    "questionnaires that nobody asks": (
        [],
        '[missing_rules]\nphq15 = "none"\n[analysis.caseness]\ngad = 10\n[analysis.recovery]\nphq = 8\n',
        [
            "missing_rules.phq15: is asked at no visit; use one of phq9, gad7.",
            "analysis.caseness.gad: is asked at no visit; did you mean gad7? Known: phq9, gad7.",
            "analysis.recovery.phq: is asked at no visit; did you mean phq9? Known: phq9, gad7.",
        ],
    ),
    "questionnaire unknown": (
        [('closes_day = 70\ninstruments = ["phq9", "gad7"]', 'closes_day = 70\ninstruments = ["phq9", "gad77"]')],
        "",
        ["visits[2].instruments[2]: there is no questionnaire gad77; did you mean gad7? Known: gad7, phq9."],
    ),
}


@pytest.mark.parametrize(("edits", "added", "faults"), ROWS.values(), ids=ROWS)
def test_a_bad_protocol_is_refused_with_all_its_faults(edits, added, faults):
    assert faults_of(edits, added) == faults
