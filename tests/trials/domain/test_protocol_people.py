# ruff: noqa: E501
"""Alerts, forms, reminders, blinding, reasons and help lines. Every row: edits of a minimal protocol, lines added to it, and all the faults that follow."""

from __future__ import annotations

import pytest

from tests.trials.domain.protocol_cases import Edit, faults_of

ROWS: dict[str, tuple[list[Edit], str, list[str]]] = {
    "alert of a questionnaire that nobody asks": (
        [('[[alerts]]\ninstrument = "phq9"', '[[alerts]]\ninstrument = "phq8"')],
        "",
        ["alerts[1].instrument: phq8 is asked at no visit; did you mean phq9? Known: phq9, gad7."],
    ),
    "alert twice": (
        [],
        '[[alerts]]\ninstrument = "phq9"\nitem = "9"\n',
        ["alerts[2].item: item 9 of phq9 stands there twice; keep one of the two."],
    ),
    "urgent before alerting, and slower": (
        [("at_least = 1\n", "at_least = 2\nurgent_at_least = 1\ncontact_hours = 3\n")],
        "",
        [
            "alerts[1].urgent_at_least: 1 is less than at_least 2; use 2 or more.",
            "alerts[1].urgent_contact_hours: 4 hours are longer than contact_hours 3; use at most 3.",
        ],
    ),
    "questions neither one by one nor together, changed perhaps": (
        [],
        '[answering]\nscreens = "togther"\nchange_until_close = "yes"\n',
        [
            'answering.screens: "togther" is not known; did you mean together? Known: one_by_one, together.',
            "answering.change_until_close: is text, not true or false; write true or false without quotes.",
        ],
    ),
    "criterion that accepts every number": (
        [("minimum = 18\n", "")],
        "",
        ["eligibility[1]: accepts every number; give minimum, maximum or both."],
    ),
    "criterion upside down": (
        [("minimum = 18\n", "minimum = 18\nmaximum = 17\n")],
        "",
        ["eligibility[1].maximum: 17 is less than minimum 18; give the highest number."],
    ),
    "number that accepts words": (
        [("minimum = 18\n", 'minimum = 18\naccepts = ["yes"]\n')],
        "",
        ["eligibility[1].accepts: is given for a number; use minimum and maximum."],
    ),
    "question without an accepted answer": (
        [],
        '[[eligibility]]\ncode = "safe"\ntext = "x"\ntype = "yes_no"\n',
        ["eligibility[2].accepts: is missing; say which of yes, no is met."],
    ),
    "question that accepts everything": (
        [],
        '[[eligibility]]\ncode = "safe"\ntext = "x"\ntype = "yes_no"\naccepts = ["yes", "no"]\n',
        ["eligibility[2].accepts: accepts every answer; leave out the answers that exclude."],
    ),
    "question that accepts what cannot be answered": (
        [],
        '[[eligibility]]\ncode = "safe"\ntext = "x"\ntype = "yes_no"\naccepts = ["maybe"]\n',
        ["eligibility[2].accepts: maybe is not a choice; use some of yes, no."],
    ),
    "choice without choices": (
        [],
        '[[eligibility]]\ncode = "stage"\ntext = "x"\ntype = "choice"\naccepts = ["one"]\n',
        ['eligibility[2].choices: has 0 entries; give at least two, code = "words".'],
    ),
    "choices and a range of a yes_no": (
        [],
        '[[eligibility]]\ncode = "safe"\ntext = "x"\ntype = "yes_no"\naccepts = ["no"]\nminimum = 1\nmaximum = 2\nchoices = { no = "No" }\n',
        [
            'eligibility[2].minimum: is given for a yes_no; leave it out, or set type = "number".',
            'eligibility[2].maximum: is given for a yes_no; leave it out, or set type = "number".',
            'eligibility[2].choices: is given for a yes_no; leave it out, or set type = "choice".',
        ],
    ),
    "criterion twice": (
        [],
        '[[eligibility]]\ncode = "adult"\ntext = "x"\ntype = "yes_no"\naccepts = ["no"]\n',
        ["eligibility[2].code: adult stands there twice; give each its own code."],
    ),
    "no criterion and no baseline": (
        [
            (
                '[[eligibility]]                    # yours\ncode = "adult"\ntext = "Age in years"\ntype = "number"\nminimum = 18\n\n[[baseline]]                       # yours\ncode = "mass_kg"\nlabel = "Body mass"\ntype = "number"\nunit = "kg"\nminimum = 30\nmaximum = 300\n',
                "",
            )
        ],
        "",
        [
            "eligibility: there is no criterion; add a [[eligibility]] for each.",
            "baseline: there is no baseline variable; add a [[baseline]] for each field of the form.",
        ],
    ),
    "baseline variable that is a column already": (
        [('code = "mass_kg"', 'code = "arm"')],
        "",
        ["baseline[1].code: arm is a column of its own in the dataset; leave the variable out or rename it."],
    ),
    "baseline variable twice": (
        [],
        '[[baseline]]\ncode = "mass_kg"\nlabel = "Again"\ntype = "text"\n',
        ["baseline[2].code: mass_kg stands there twice; give each its own code."],
    ),
    "reminders that repeat": (
        [],
        "[reminders]\nnudge_days = [2, 2]\n",
        ["reminders.nudge_days[2]: 2 stands there twice; name it once."],
    ),
    "reminders that fall": (
        [],
        "[reminders]\nnudge_days = [5, 2]\n",
        ["reminders.nudge_days: does not rise; list the days from early to late."],
    ),
    "reminders without an invitation": (
        [],
        "[reminders]\ninvitation = false\n",
        ["reminders.nudge_days: counts from an invitation that is not sent; set invitation = true or nudge_days = []."],
    ),
    "quiet all day": (
        [],
        '[reminders]\nquiet_from = "08:00"\n',
        ["reminders.quiet_to: the quiet hours last the whole day; leave at least 8 hours a day in which messages may go out."],
    ),
    "quiet for too long": (
        [],
        '[reminders]\nquiet_from = "10:00"\n',
        ["reminders.quiet_to: the quiet hours last 22 h 00 min; leave at least 8 hours a day in which messages may go out."],
    ),
    "reminded in quiet hours": (
        [],
        '[reminders]\nsession_day_before = "20:00"\n',
        ["reminders.session_day_before: lies in the quiet hours; name a time at which messages may go out."],
    ),
    "reminded when quiet hours are just over": (
        [],
        '[reminders]\nsession_day_before = "08:00"\n',
        [],
    ),
    "blind coordinator": (
        [],
        '[blinding]\nroles = ["blinded_statistician", "coordinator"]\n',
        ["blinding.roles[2]: coordinator cannot be blind: the role randomises, schedules, records sessions or reads by arm; leave it out."],
    ),
    "blind trainer": (
        [],
        '[blinding]\nroles = ["blinded_statistician", "trainer"]\n',
        ["blinding.roles[2]: trainer cannot be blind: the role randomises, schedules, records sessions or reads by arm; leave it out."],
    ),
    "blind manager": (
        [],
        '[blinding]\nroles = ["blinded_statistician", "manager"]\n',
        ["blinding.roles[2]: manager cannot be blind: the role randomises, schedules, records sessions or reads by arm; leave it out."],
    ),
    "blind pi": (
        [],
        '[blinding]\nroles = ["blinded_statistician", "pi"]\n',
        ["blinding.roles[2]: pi cannot be blind: the role randomises, schedules, records sessions or reads by arm; leave it out."],
    ),
    "blind monitor": (
        [],
        '[blinding]\nroles = ["blinded_statistician", "monitor"]\n',
        ["blinding.roles[2]: monitor cannot be blind: the role randomises, schedules, records sessions or reads by arm; leave it out."],
    ),
    "blind unblinded_statistician": (
        [],
        '[blinding]\nroles = ["blinded_statistician", "unblinded_statistician"]\n',
        [
            "blinding.roles[2]: unblinded_statistician cannot be blind: the role randomises, schedules, records sessions or reads by arm; leave it out."
        ],
    ),
    "unknown blind role": (
        [],
        '[blinding]\nroles = ["blinded_statistician", "asessor"]\n',
        [
            'blinding.roles[2]: "asessor" is not known; did you mean assessor? Known: coordinator, trainer, assessor, blinded_statistician, unblinded_statistician, pi, safety_clinician, monitor, manager.'
        ],
    ),
    "blinded statistician who is not blind": (
        [],
        '[blinding]\nroles = ["assessor"]\n',
        ["blinding.roles: lacks blinded_statistician, who is blind by name; add it."],
    ),
    "exclusion reason that is a criterion": (
        [],
        '[exclusion_reasons]\nadult = { label = "x", category = "other" }\n',
        ["exclusion_reasons.adult: is the code of a criterion too; choose another code."],
    ),
    "classes unknown": (
        [],
        '[exclusion_reasons]\nno_time = { label = "x", category = "declines" }\n[missed_reasons]\npain = { label = "Pain", class = "healthy" }\n',
        [
            'exclusion_reasons.no_time.category: "declines" is not known; did you mean declined? Known: declined, other.',
            'missed_reasons.pain.class: "healthy" is not known; did you mean health? Known: health, non_health, site.',
        ],
    ),
    "deviation unknown": (
        [],
        '[deviations]\ncategories = ["late"]\n',
        [
            'deviations.categories[1]: "late" is not known; use one of eligibility, consent, out_of_window, wrong_arm, assessor_unblinded, procedure, other.'
        ],
    ),
    "event and strategy unknown": (
        [],
        '[[estimands]]\ncode = "main"\nlabel = "x"\n[estimands.strategies]\ndied = "composite"\ndeath = "composit"\n',
        [
            "estimands[1].strategies.died: is not known; use one of ret_stopped, psychotropic_change, psychotherapy_started, outside_ret, injury, hospitalised, pregnancy, death, unblinded.",
            'estimands[1].strategies.death: "composit" is not known; did you mean composite? Known: treatment_policy, hypothetical, composite, while_on_treatment, principal_stratum.',
        ],
    ),
    "ATC of another shape": (
        [],
        '[analysis]\npsychotropic_atc = ["N5"]\n',
        ['analysis.psychotropic_atc[1]: "N5" is not an ATC code or its beginning; write something like "N06A".'],
    ),
    "number of another shape": (
        [('number = "112"', 'number = "one one two"')],
        "",
        ['help[1].number: "one one two" is not a telephone number; write something like "116 123".'],
    ),
    "help line twice": (
        [],
        '[[help]]\ncountry = "IE"\nname = "Again"\nnumber = "112"\nchecked_on = 2026-10-12\nchecked_by = "me"\n',
        ["help[3].number: 112 stands there twice for IE; keep one of the two."],
    ),
    "no emergency number": (
        [("emergency = true\n", "")],
        "",
        ['help: there is no emergency number for IE; add a [[help]] with country = "IE" and emergency = true.'],
    ),
    "nobody to talk to": (
        [('number = "116 123"', 'number = "116 123"\nemergency = true')],
        "",
        ['help: there is nobody to talk to for IE; add a [[help]] with country = "IE" for a line that listens.'],
    ),
    "no help where a site is": (
        [('country = "IE"                     # yours\ntimezone', 'country = "DK"\ntimezone')],
        "",
        [
            'help: there is no emergency number for DK; add a [[help]] with country = "DK" and emergency = true.',
            'help: there is nobody to talk to for DK; add a [[help]] with country = "DK" for a line that listens.',
        ],
    ),
}


@pytest.mark.parametrize(("edits", "added", "faults"), ROWS.values(), ids=ROWS)
def test_a_bad_protocol_is_refused_with_all_its_faults(edits, added, faults):
    assert faults_of(edits, added) == faults
