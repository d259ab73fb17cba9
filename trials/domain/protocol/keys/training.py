"""Session plans."""

from __future__ import annotations

from decimal import Decimal

from trials.domain.protocol import fidelity, shape
from trials.domain.protocol.keys.words import KILOGRAMS, NAME_KIND, OPTIONAL_TEXT, SHARE
from trials.domain.protocol.kinds import Number, OneOf, Text, Whole
from trials.domain.protocol.tables import Key, ListOf, MapOf, Table

ABOUT_EXERCISE = (
    Key("label", Text(), "Name for trainers"),
    Key(
        "load_model",
        OneOf(("external", "bodyweight_fraction", "reps_only")),
        "external: the load is what is lifted; bodyweight_fraction: a share of body mass counts too; reps_only: no load is counted",
    ),
    Key("sides", Whole(1, 2), "2 where repetitions are counted a side"),
    Key("increment_kg", KILOGRAMS, "Smallest step of load that the equipment allows, kg"),
    Key("bodyweight_fraction", SHARE, "Share of body mass that is moved, 0-1; only with load_model bodyweight_fraction"),
    Key("muscle_groups", ListOf(NAME_KIND), "Muscle groups worked"),
    Key("equipment", ListOf(NAME_KIND), "What is needed to do it"),
)

EXERCISE = Table(
    shape.Exercise,
    meaning="One exercise, in the order of a session.",
    keys=(Key("code", NAME_KIND, "Short name, unique in the plan"), *ABOUT_EXERCISE),
)

LIBRARY_EXERCISE = Table(
    shape.Exercise,
    meaning="One exercise of the library, for plans to name; its code is the key it stands under.",
    named=True,
    keys=ABOUT_EXERCISE,
)

DOSE = Table(
    shape.WeekDose,
    meaning="What is prescribed in these trial weeks, for every exercise. Week 1 begins on day 0; familiarisation weeks are 0, -1, ...",
    keys=(
        Key("from_week", Whole(-51, 520), "First trial week"),
        Key("to_week", Whole(-51, 520), "Last trial week, inclusive"),
        Key("sets", Whole(1, 20), "Working sets an exercise"),
        Key("reps_min", Whole(1, 100), "Fewest repetitions a set; the planned volume counts these"),
        Key("reps_max", Whole(1, 100), "Most repetitions a set"),
        Key(
            "pct_1rm", Number(Decimal("0.05"), Decimal("1.2")), "Load as a share of the one-repetition maximum; left out, progression rules"
        ),
        Key("rpe", Number(Decimal(7), Decimal(10)), "Exertion asked for on the RIR-based scale: 10 is nothing left, 9 one repetition"),
        Key("rir", Number(Decimal(0), Decimal(10)), "Repetitions to be left in reserve; only one of rpe and rir"),
    ),
)

PROGRESSION = Table(
    shape.Progression,
    meaning="How the next load is proposed.",
    keys=(
        Key(
            "rule",
            OneOf(("double_progression", "two_for_two", "percent_ramp", "rir", "hold")),
            "double_progression: more load once every set reached reps_max; two_for_two: once every set went extra_reps beyond it, "
            "in_a_row; percent_ramp: the week's pct_1rm; rir: by repetitions left in reserve; hold: no change",
        ),
        Key("max_increase", Number(Decimal(0), Decimal("0.5")), "Largest rise from one session to the next, as a share"),
        Key("extra_reps", Whole(1, 2), "Repetitions beyond reps_max that two_for_two asks for"),
        Key("in_a_row", Whole(1, 2), "Sessions running in which two_for_two asks for them"),
    ),
)

PLAN = Table(
    shape.SessionPlan,
    meaning="One session plan; arms point to it by the key it stands under.",
    named=True,
    keys=(
        Key("label", Text(), "Name of the plan for staff"),
        Key("weeks", Whole(1, 520), "Weeks of training from day 0"),
        Key("per_week", Whole(1, 7), "Sessions a week"),
        Key("familiarisation_weeks", Whole(0, 52), "Weeks of familiarisation before day 0"),
        Key("follow_up_weeks", Whole(0, 52), "Weeks of sessions after the intervention; they count in no attendance and no dose"),
        Key("rest_days", Whole(0, 6), "Whole days without a session between two sessions"),
        Key("supervision", OneOf(("one_to_one", "group", "none")), "Who is there"),
        Key("delivery", OneOf(("in_person", "home", "remote")), "Where the person trains"),
        Key("group_size", Whole(1, 50), "People a supervised session"),
        Key("setting", OPTIONAL_TEXT, "The place, as the report should describe it"),
        Key("equipment", OPTIONAL_TEXT, "The equipment, as the report should describe it"),
        Key("minutes", Whole(5, 300), "Planned length of a session, minutes"),
        Key("rpe_scale", OneOf(("CR10", "BORG20")), "Scale of perceived exertion; only CR10 may be multiplied into a session load"),
        Key("progression", PROGRESSION, "How the next load is proposed"),
        Key("exercises", ListOf(EXERCISE, at_most=40), "The exercises of a session"),
        Key("uses", ListOf(NAME_KIND, at_most=40), "Exercises of the library by their codes, after those written out here"),
        Key("doses", ListOf(DOSE, at_least=1), "The prescription by week; every week of the plan exactly once", required=True),
    ),
)

FIDELITY = Table(
    fidelity.Fidelity,
    meaning="Supervised sessions that somebody watches, drawn at random, and the checklist that is filled in for each.",
    keys=(
        Key("share", Number(Decimal("0.01"), Decimal(1)), "Share of the sessions that is drawn"),
        Key("items", MapOf(Text()), "The checklist in its order, code = what the trainer does"),
    ),
)
