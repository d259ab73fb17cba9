# ruff: noqa: E501
"""Arms, allocation, strata and sites. Every row: edits of a minimal protocol, lines added to it, and all the faults that follow."""

from __future__ import annotations

import pytest

from tests.trials.domain.protocol_cases import Edit, faults_of

ROWS: dict[str, tuple[list[Edit], str, list[str]]] = {
    "one arm": (
        [('[arms."WL"]\nlabel = "WL"\ncontrol = true\n', "")],
        "",
        ["arms: needs 2 to 20 arms, not 1; declare each as [arms.CODE]."],
    ),
    "arm code of another shape": (
        [('[arms."WL"]', '[arms."wait list"]')],
        "",
        ['arms."wait list": is not an arm code; use letters, digits, _ and -, beginning with a letter, at most 16.'],
    ),
    "arms that differ in capitals only": (
        [('[arms."WL"]', '[arms."ret"]')],
        "",
        ["arms.ret: differs from another arm only in capitals; choose codes that nobody can confuse."],
    ),
    "arm code that stands for concealed": (
        [('[arms."WL"]', '[arms."CONCEALED"]')],
        "",
        ["arms.CONCEALED: is a word that stands for concealed or pooled arms; choose another code."],
    ),
    "ratio of nothing": (
        [('label = "RET"', 'label = "RET"\nratio = 0')],
        "",
        ["arms.RET.ratio: 0 is out of range; use 1 to 20."],
    ),
    "deferred plan of an arm that trains": (
        [('plan = "training"', 'deferred_plan = "training"')],
        "",
        [
            "arms.RET.deferred_plan: is given to an arm that is not a control; set control = true or leave it out.",
            "arms: no arm has a session plan; point an arm's plan to a table [plans.name].",
        ],
    ),
    "plan and deferred plan": (
        [("control = true\n\n", 'control = true\nplan = "training"\ndeferred_plan = "training"\n\n')],
        "",
        ["arms.WL.deferred_plan: is given beside a plan; keep one of plan and deferred_plan."],
    ),
    "plan unknown": (
        [('plan = "training"', 'plan = "trainig"')],
        "",
        [
            "arms.RET.plan: there is no [plans.trainig]; did you mean training? Known: training.",
            "plans.training: is used by no arm; point an arm's plan to it or leave it out.",
        ],
    ),
    "no plan at all": (
        [('plan = "training"\n', "")],
        "",
        [
            "plans.training: is used by no arm; point an arm's plan to it or leave it out.",
            "arms: no arm has a session plan; point an arm's plan to a table [plans.name].",
        ],
    ),
    "method without its parameters": (
        [("multipliers = [2, 3]\n", "")],
        "",
        [
            "allocation.parameters: multipliers must be a list of one or more whole numbers; give permuted_blocks what it needs under [allocation.parameters]."
        ],
    ),
    "parameters the method does not know": (
        [("multipliers = [2, 3]\n", 'multipliers = [2, 3]\np = "0.8"\n')],
        "",
        ["allocation.parameters: 'p' is not a key of this method; give permuted_blocks what it needs under [allocation.parameters]."],
    ),
    "factor source of another shape": (
        [],
        '[[allocation.factors]]\nname = "bmi"\nsource = "bmi"\n',
        ['allocation.factors[1].source: "bmi" is not a source; write something like "baseline:bmi".'],
    ),
    "factor of an undeclared variable": (
        [],
        '[[allocation.factors]]\nname = "mass"\nsource = "baseline:mas_kg"\ncuts = [70]\nlevels = ["lt70", "ge70"]\n',
        ["allocation.factors[1].source: baseline variable mas_kg is not declared; did you mean mass_kg? Known: mass_kg."],
    ),
    "factor of a variable that is not required": (
        [("maximum = 300\n", "maximum = 300\nrequired = false\n")],
        '[[allocation.factors]]\nname = "mass"\nsource = "baseline:mass_kg"\ncuts = [70]\nlevels = ["lt70", "ge70"]\n',
        [
            "allocation.factors[1].source: baseline variable mass_kg is not required; set required = true there: nobody can be placed in a stratum without it."
        ],
    ),
    "factor of free text": (
        [
            (
                'code = "mass_kg"\nlabel = "Body mass"\ntype = "number"\nunit = "kg"\nminimum = 30\nmaximum = 300\n',
                'code = "mass_kg"\nlabel = "Body mass"\ntype = "text"\n',
            )
        ],
        '[[allocation.factors]]\nname = "mass"\nsource = "baseline:mass_kg"\nlevels = ["a", "b"]\n',
        ["allocation.factors[1].source: baseline variable mass_kg is free text; stratify by a number, a choice or a yes_no."],
    ),
    "factor of a number without cuts": (
        [],
        '[[allocation.factors]]\nname = "mass"\nsource = "baseline:mass_kg"\nlevels = ["lt70", "ge70"]\n',
        ['allocation.factors[1].cuts: is missing for a number; give the cut-points, such as ["30"].'],
    ),
    "levels that do not fit the cuts": (
        [],
        '[[allocation.factors]]\nname = "mass"\nsource = "baseline:mass_kg"\ncuts = [70, 90]\nlevels = ["lt70", "ge70"]\n',
        ["allocation.factors[1].levels: has 2 codes for 2 cut-points; give 3, from low to high."],
    ),
    "cuts that fall": (
        [],
        '[[allocation.factors]]\nname = "mass"\nsource = "baseline:mass_kg"\ncuts = [90, 70]\nlevels = ["a", "b", "c"]\n',
        ["allocation.factors[1].cuts: does not rise; list the cut-points from low to high, each once."],
    ),
    "cut outside the range": (
        [],
        '[[allocation.factors]]\nname = "mass"\nsource = "baseline:mass_kg"\ncuts = [30, 301]\nlevels = ["a", "b", "c"]\n',
        [
            "allocation.factors[1].cuts: 30 lies outside the plausible range of mass_kg, so that a level stays empty; move it inside.",
            "allocation.factors[1].cuts: 301 lies outside the plausible range of mass_kg, so that a level stays empty; move it inside.",
        ],
    ),
    "levels that are not the answers": (
        [],
        '[[allocation.factors]]\nname = "smokes"\nsource = "baseline:smokes"\nlevels = ["yes", "never"]\n[[baseline]]\ncode = "smokes"\nlabel = "Smokes"\ntype = "yes_no"\n',
        ["allocation.factors[1].levels: differs from the choices of that variable; list no, yes."],
    ),
    "levels that leave a choice out": (
        [],
        '[[allocation.factors]]\nname = "pain"\nsource = "baseline:site_of_pain"\nlevels = ["back", "hip"]\ncuts = [1]\n[[baseline]]\ncode = "site_of_pain"\nlabel = "Pain"\ntype = "choice"\nchoices = { back = "Back", knee = "Knee" }\n',
        [
            "allocation.factors[1].cuts: is given for something that is not a number; leave it out.",
            "allocation.factors[1].levels: differs from the choices of that variable; list back, knee.",
        ],
    ),
    "levels and cuts for the site": (
        [],
        '[[allocation.factors]]\nname = "site"\nsource = "site"\nlevels = ["LIM"]\ncuts = [1]\n',
        [
            "allocation.factors[1].cuts: is given for the site; leave it out: every site is a level.",
            "allocation.factors[1].levels: is given for the site; leave it out: every site is a level.",
        ],
    ),
    "one level of sex, an unknown one": (
        [],
        '[[allocation.factors]]\nname = "sex"\nsource = "sex"\nlevels = ["female"]\n',
        [
            "allocation.factors[1].levels: has 1 codes; give at least two.",
            "allocation.factors[1].levels[1]: female is not recorded as a sex; use some of F, M, X.",
        ],
    ),
    "factors that repeat": (
        [],
        '[[allocation.factors]]\nname = "sex"\nsource = "sex"\nlevels = ["F", "M"]\n[[allocation.factors]]\nname = "sex"\nsource = "sex"\nlevels = ["F", "M"]\n',
        [
            "allocation.factors[2].name: sex stands there twice; name each factor once.",
            "allocation.factors[2].source: sex is stratified by twice; keep one of the two factors.",
        ],
    ),
    "more strata than people": (
        [("sample_size = 40", "sample_size = 3")],
        '[[allocation.factors]]\nname = "sex"\nsource = "sex"\nlevels = ["F", "M"]\n[[allocation.factors]]\nname = "mass"\nsource = "baseline:mass_kg"\ncuts = [70]\nlevels = ["lt70", "ge70"]\n',
        ["allocation.factors: make 4 strata for 3 people; use fewer factors or levels: most strata would stay empty."],
    ),
    "zone unknown, with the nearest": (
        [('timezone = "Europe/Dublin"', 'timezone = "Europe/Dubln"')],
        "",
        ['sites[1].timezone: "Europe/Dubln" is not a time zone; did you mean Europe/Dublin?'],
    ),
    "zone that depends on the computer": (
        [('timezone = "Europe/Dublin"', 'timezone = "localtime"')],
        "",
        ['sites[1].timezone: "localtime" is not a time zone; use an IANA name such as "Europe/Dublin".'],
    ),
    "zone that is a path": (
        [('timezone = "Europe/Dublin"', 'timezone = "../../etc/passwd"')],
        "",
        ['sites[1].timezone: "../../etc/passwd" is not a time zone; use an IANA name such as "Europe/Dublin".'],
    ),
    "country of another shape": (
        [('country = "IE"                     # yours\ntimezone', 'country = "Ireland"\ntimezone')],
        "",
        ['sites[1].country: "Ireland" is not a country (ISO 3166-1); write something like "IE".'],
    ),
    "site code twice": (
        [],
        '[[sites]]\ncode = "lim"\nname = "Again"\ncountry = "IE"\ntimezone = "UTC"\n',
        ["sites[2].code: lim stands there twice; give each site its own code."],
    ),
    "closure that ends before it begins, and one that overlaps": (
        [],
        '[[sites.closures]]\nfirst = 2026-12-24\nlast = 2026-12-23\nreason = "x"\n[[sites.closures]]\nfirst = 2026-08-01\nlast = 2026-08-09\nreason = "x"\n[[sites.closures]]\nfirst = 2026-08-09\nlast = 2026-08-09\nreason = "x"\n',
        [
            "sites[1].closures[1].last: 2026-12-23 lies before its first day 2026-12-24; give the last day closed.",
            "sites[1].closures[3]: overlaps an earlier closure of this site; join the two.",
        ],
    ),
    "hours that end before they begin, and that overlap": (
        [],
        '[[sites.hours]]\ndays = ["mon", "wed", "fri"]\nopens = "18:00"\ncloses = "09:00"\n[[sites.hours]]\ndays = ["tue", "thu"]\nopens = "08:00"\ncloses = "00:00"\n[[sites.hours]]\ndays = ["thu", "fri"]\nopens = "20:00"\ncloses = "21:00"\n',
        [
            'sites[1].hours[1].closes: 09:00 is not after opens 18:00; give a later time, or "00:00" for midnight.',
            "sites[1].hours[3]: overlaps earlier hours of this site on the same weekday; join the two.",
        ],
    ),
    "a word that is no weekday": (
        [],
        '[[sites.hours]]\ndays = ["monday"]\nopens = "08:00"\ncloses = "20:00"\n',
        ['sites[1].hours[1].days[1]: "monday" is not known; use one of mon, tue, wed, thu, fri, sat, sun.'],
    ),
    "hours that leave no rest day between two sessions": (
        [],
        '[[sites.hours]]\ndays = ["mon", "tue"]\nopens = "08:00"\ncloses = "20:00"\n',
        ["sites[1].hours: leave no room for the 2 sessions of 60 minutes a week of plans.training; open on more days or for longer."],
    ),
    "hours too short for a session": (
        [],
        '[[sites.hours]]\ndays = ["mon", "wed", "fri"]\nopens = "18:00"\ncloses = "18:50"\n',
        ["sites[1].hours: leave no room for the 2 sessions of 60 minutes a week of plans.training; open on more days or for longer."],
    ),
    "cap below the target": (
        [('timezone = "Europe/Dublin"         # yours\n', 'timezone = "Europe/Dublin"\ncap = 45\ntarget = 50\n')],
        "",
        ["sites[1].cap: 45 lies below the target 50; raise the cap or lower the target."],
    ),
    "caps too low": (
        [('timezone = "Europe/Dublin"         # yours\n', 'timezone = "Europe/Dublin"\ncap = 30\n')],
        "",
        ["sites: the sites' caps add up to 30, fewer than the sample size 40; raise the caps or lower trial.sample_size."],
    ),
    "targets too low": (
        [('timezone = "Europe/Dublin"         # yours\n', 'timezone = "Europe/Dublin"\ntarget = 30\n')],
        "",
        ["sites: the sites' targets add up to 30, fewer than the sample size 40; raise the targets or lower trial.sample_size."],
    ),
}


STRATA_21 = "".join(f'[[sites]]\ncode = "S{n}"\nname = "S{n}"\ncountry = "IE"\ntimezone = "UTC"\n' for n in range(6)) + (
    '[[allocation.factors]]\nname = "site"\nsource = "site"\n'
    '[[allocation.factors]]\nname = "sex"\nsource = "sex"\nlevels = ["F", "M", "X"]\n'
)


@pytest.mark.parametrize(("places", "fits"), [(9523, True), (9524, False)])
def test_a_commitment_covers_so_many_places_and_no_more(places, fits):
    """21 strata: 199,983 leaves and the seed's own fit into 200,000; 200,004 do not."""
    edits = [('method = "permuted_blocks"\n', f'method = "permuted_blocks"\nplaces = {places}\n')]
    problem = f"{places} places of 21 strata are more than the 199,999 that a commitment covers; give a smaller number of places."
    assert faults_of(edits, STRATA_21) == ([] if fits else [f"allocation.places: {problem}"])


@pytest.mark.parametrize(("edits", "added", "faults"), ROWS.values(), ids=ROWS)
def test_a_bad_protocol_is_refused_with_all_its_faults(edits, added, faults):
    assert faults_of(edits, added) == faults
