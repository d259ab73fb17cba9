"""Arms, allocation and sites."""

from __future__ import annotations

from trials.domain.protocol import shape
from trials.domain.protocol.keys.words import CODE_KIND, COUNTRY_KIND, LEVEL_KIND, MEASURE, NAME_KIND, OPTIONAL_TEXT, PLAN_KIND, SOURCE_KIND
from trials.domain.protocol.kinds import Clock, Day, Flag, OneOf, Text, Whole, Zone
from trials.domain.protocol.tables import Key, ListOf, Loose, Table
from trials.domain.randomisation import METHODS, UPLOADED

ARM = Table(
    shape.Arm,
    meaning="One arm, in the order in which arms are listed everywhere; its code is the key it stands under.",
    named=True,
    keys=(
        Key("label", Text(), "Name of the arm for staff"),
        Key("ratio", Whole(1, 20), "Share of this arm in the randomisation, relative to the others"),
        Key("control", Flag(), "Whether this is a control arm"),
        Key("plan", PLAN_KIND, "Name of the session plan in [plans]; left out, the arm has no sessions"),
        Key("deferred_plan", PLAN_KIND, "Name of the plan that a control arm is offered once its primary visit has closed"),
        Key("say", OPTIONAL_TEXT, "What staff tell the person after randomisation"),
    ),
)

FACTOR = Table(
    shape.Factor,
    meaning="One stratification factor; every combination of levels is a stratum of its own.",
    keys=(
        Key("name", NAME_KIND, "Name of the factor, unique"),
        Key("source", SOURCE_KIND, "Where the level is read: the site, the sex, or a required baseline variable"),
        Key("cuts", ListOf(MEASURE, at_most=10), "Cut-points of a number, rising: level i holds values below cut i, the last the rest"),
        Key("levels", ListOf(LEVEL_KIND, at_most=11), "Codes of the levels in order; one more than cuts; none for the site"),
    ),
)

ALLOCATION = Table(
    shape.AllocationPlan,
    meaning="How arms are allocated.",
    keys=(
        Key("method", OneOf((*METHODS, UPLOADED)), "Randomisation method; uploaded_list: an independent statistician makes the list"),
        Key("factors", ListOf(FACTOR, at_most=6), "Stratification factors, in the order in which a stratum's name shows them"),
        Key("places", Whole(1, 10_000), "Places of each stratum that the published commitment covers; else the sample size, at most 500"),
        Key("envelopes", Whole(1, 200), "Backup envelopes for each stratum of a site, for days when it can't reach the program; else none"),
        Key("unit", OneOf(shape.UNITS), "Who gets one arm by one draw: a person, or a couple or cluster gathered beforehand"),
        Key("smallest", Whole(2, 100), "Fewest members of a cluster; a couple has two"),
        Key("largest", Whole(2, 100), "Most members of a cluster; a couple has two"),
        Key("levels_of", OneOf(("all", "first")), "all: members of a group agree in every factor; first: the first member's levels count"),
        Key("latecomers", OneOf(("refused", "join")), "Who comes to a cluster after its draw is refused, or joins its arm with a reason"),
        Key("parameters", Loose(), "The method's own; permuted_blocks: multipliers, such as [2, 3], of the sum of the ratio"),
    ),
)

CLOSURE = Table(
    shape.Closure,
    meaning="Days on which nothing can be held at this site.",
    keys=(
        Key("first", Day(), "First day closed"),
        Key("last", Day(), "Last day closed, inclusive"),
        Key("reason", Text(), "Why, for the calendar"),
    ),
)

HOURS = Table(
    shape.OpeningHours,
    meaning="Opening hours on some weekdays, in the site's own time; several spans a day are several tables. A session fits within one.",
    keys=(
        Key("days", ListOf(OneOf(shape.WEEKDAYS), at_least=1, at_most=7), "Weekdays", required=True),
        Key("opens", Clock(), "When sessions may begin"),
        Key("closes", Clock(), "When the last session must have ended; 00:00 is midnight"),
    ),
)

SITE = Table(
    shape.Site,
    meaning="One place that recruits and trains.",
    keys=(
        Key("code", CODE_KIND, "Short code, unique"),
        Key("name", Text(), "Name of the site"),
        Key("country", COUNTRY_KIND, "Country; decides which help lines are shown"),
        Key("timezone", Zone(), "Time zone in which its calendar is kept"),
        Key("target", Whole(1, 100_000), "People to randomise here; more may come as long as neither cap nor sample size is reached"),
        Key("cap", Whole(1, 100_000), "Most people who may be randomised here; the next one is refused, and from 80 % on staff are warned"),
        Key("closures", ListOf(CLOSURE), "Closures of this site"),
        Key("hours", ListOf(HOURS, at_most=40), "Opening hours; without any the site is open at every hour"),
    ),
)
