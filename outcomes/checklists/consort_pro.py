"""CONSORT-PRO: what a report with outcomes told by patients adds. Its five items; the last stands for two numbers of CONSORT 2010."""

from __future__ import annotations

from outcomes.domain.written.shape import Checklist, Item

CHECKLIST = Checklist(
    code="consort_pro",
    order=4,
    title="CONSORT-PRO",
    source="Calvert M et al. CONSORT-PRO extension. JAMA 2013;309:814. Numbers follow CONSORT 2010",
    count=5,
    items=(
        Item("P1b", "Abstract says that a patient-reported outcome is primary or secondary", ("outcomes",), "Name it in the abstract."),
        Item("P2b", "Hypothesis for patient-reported outcomes, and their domains", ("objective",), "State the hypothesis."),
        Item("P6a", "Instruments: validity, who answered, by which mode", ("outcomes", "modes"), "Cite validity and reliability."),
        Item("P12a", "How missing answers were handled", ("missing_rules", "completeness"), "Say how missing scores were handled."),
        Item("P20/21", "Limits of these outcomes, and generalisability", (), "Discuss them."),
    ),
)
