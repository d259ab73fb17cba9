"""CERT: what the report of an exercise programme tells."""

from __future__ import annotations

from outcomes.domain.written.shape import Checklist, Item

CHECKLIST = Checklist(
    code="cert",
    order=2,
    title="CERT",
    source="Slade SC et al. Consensus on Exercise Reporting Template. Br J Sports Med 2016;50:1428",
    count=16,
    items=(
        Item("1", "Equipment", ("equipment",), "Add makes and models."),
        Item("2", "Who delivered: profession and training", ("providers",), ""),
        Item("3", "Alone or in groups", ("supervision",), ""),
        Item("4", "Supervised or not, and how delivered", ("supervision",), ""),
        Item("5", "How adherence was measured", ("adherence_rules",), ""),
        Item("6", "What was done to motivate", (), "Describe what trainers did to motivate."),
        Item("7a", "Rule for moving on", ("progression",), ""),
        Item("7b", "How the programme progressed", ("fitt",), "Say how loads rose in practice."),
        Item("8", "Each exercise, so that it can be repeated", ("exercises",), "Add pictures or descriptions of technique."),
        Item("9", "Home programme", ("home_programme",), ""),
        Item("10", "Parts that are not exercise", (), "Describe them, or say there were none."),
        Item("11", "Harms during exercise", ("session_harms",), ""),
        Item("12", "Where it took place", ("settings",), ""),
        Item("13", "Dose: exercises, sets, repetitions, load, time", ("dosage",), ""),
        Item("14a", "Alike for all or tailored", ("tailoring",), ""),
        Item("14b", "How it was tailored", ("progression",), "Say how exercises were swapped where somebody could not do one."),
        Item("15", "Rule for the starting level", (), "Say how the first loads were found."),
        Item("16a", "How adherence and fidelity were assessed", ("adherence_rules",), ""),
        Item("16b", "How far it was delivered as planned", ("attendance", "dose", "tolerability", "fidelity"), ""),
    ),
)
