"""The data sharing statement that the International Committee of Medical Journal Editors asks for, field by field."""

from __future__ import annotations

from outcomes.domain.written.shape import Checklist, Item

CHECKLIST = Checklist(
    code="icmje",
    order=6,
    title="Data sharing statement (ICMJE)",
    source="Taichman DB et al. Data sharing statements for clinical trials. Ann Intern Med 2017;167:63; numbers are ours, in its order",
    count=7,
    items=(
        Item("1", "Whether data of individual people will be available", (), "Answer yes or no; undecided is not accepted."),
        Item("2", "Which data", ("data_sharing",), "Say which of these will be shared."),
        Item("3", "Which other documents", ("protocol_access",), "Name those shared: protocol, analysis plan, consent form, code."),
        Item("4", "From when until when", (), "Give the first and the last day."),
        Item("5", "With whom", (), "Say who may have them."),
        Item("6", "For which kinds of analysis", (), "Name the kinds of analysis."),
        Item("7", "By which way they can be had", (), "Give the address and how to ask."),
    ),
)
