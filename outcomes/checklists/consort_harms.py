"""CONSORT Harms 2022, by the items of CONSORT 2025 that took its content over."""

from __future__ import annotations

from outcomes.domain.written.shape import Checklist, Item

CHECKLIST = Checklist(
    code="consort_harms",
    order=5,
    title="CONSORT Harms",
    source="Junqueira DR et al. CONSORT Harms 2022. BMJ 2023;381:e073725; numbers are those of CONSORT 2025, which holds its content",
    count=5,
    items=(
        Item("7", "Objectives name harms beside benefits", ("objective",), "State the objectives for harms."),
        Item("15", "Harms defined, asked for or told unasked, graded", ("harms_asked", "ascertained"), "Say who graded and judged them."),
        Item("21a", "Methods for comparing harms", ("analysis_sets",), "Describe how harms were compared."),
        Item("23a", "Time over which harms were collected", ("dates",), "Add the last day on which harms were collected."),
        Item("27", "Harms by group with denominators, none too; who stopped for them", ("harms", "session_harms", "tolerability"), ""),
    ),
)
