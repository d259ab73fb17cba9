"""TIDieR: what the description of an intervention tells."""

from __future__ import annotations

from outcomes.domain.written.shape import Checklist, Item

CHECKLIST = Checklist(
    code="tidier",
    order=3,
    title="TIDieR",
    source="Hoffmann TC et al. Template for Intervention Description and Replication. BMJ 2014;348:g1687",
    count=12,
    items=(
        Item("1", "Name of the intervention", ("names",), ""),
        Item("2", "Why: its rationale", (), "Give the rationale."),
        Item("3", "What: materials", ("equipment",), "Add where manuals and material can be had."),
        Item("4", "What: procedures", ("exercises", "dosage"), ""),
        Item("5", "Who provided", ("providers",), ""),
        Item("6", "How it was delivered", ("supervision",), ""),
        Item("7", "Where", ("settings",), ""),
        Item("8", "When and how much", ("dosage",), ""),
        Item("9", "Tailoring", ("tailoring", "progression"), ""),
        Item("10", "Modifications during the trial", ("changes",), "Name changes of the intervention among these."),
        Item("11", "How well, planned: assessing adherence and fidelity", ("adherence_rules",), ""),
        Item("12", "How well, in fact", ("attendance", "dose", "fidelity"), ""),
    ),
)
