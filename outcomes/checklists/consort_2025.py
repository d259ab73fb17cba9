"""CONSORT 2025: what the report of a randomised trial tells."""

from __future__ import annotations

from outcomes.domain.written.shape import Checklist, Item

CHECKLIST = Checklist(
    code="consort_2025",
    order=1,
    title="CONSORT 2025",
    source="Hopewell S et al. CONSORT 2025 statement. BMJ 2025;389:e081123",
    count=30,
    items=(
        Item("1a", "Title says that it is a randomised trial", ("design",), "Write the title."),
        Item("1b", "Structured abstract", (), "Write the abstract from the items below."),
        Item("2", "Registration", ("registration",), "Add the registry's name, address and the day of registration."),
        Item("3", "Where protocol and analysis plan can be had", ("protocol_access",), "Add the address of protocol and analysis plan."),
        Item("4", "Sharing of data, code and materials", ("data_sharing",), "Write the data sharing statement."),
        Item("5a", "Funding and the funder's part", ("sponsor",), "Name the funders and their part in the trial."),
        Item("5b", "Interests of the authors", (), "State the authors' interests."),
        Item("6", "Background and rationale", (), "Write the background with a review of what is known."),
        Item("7", "Objectives, of benefits and harms", ("objective",), "State the objectives for harms too."),
        Item("8", "Part of patients and the public", (), "Say how patients and the public took part, or that they did not."),
        Item("9", "Design of the trial", ("design",), "Say whether superiority was asked."),
        Item("10", "Changes after the trial began", ("changes",), "Explain changes of analyses or outcomes not kept in the protocol."),
        Item("11", "Settings and places", ("settings",), ""),
        Item("12a", "Who could take part", ("eligibility",), ""),
        Item("12b", "Which sites and providers could deliver", ("providers",), "State what sites and trainers had to fulfil."),
        Item(
            "13", "Intervention and comparator", ("intervention", "dosage", "exercises", "progression"), "Add where materials can be had."
        ),
        Item("14", "Primary and secondary outcomes, how and when measured", ("outcomes",), "Say how outcomes were chosen."),
        Item("15", "How harms were defined and assessed", ("harms_asked", "ascertained"), ""),
        Item("16a", "Sample size, with what it was worked out from", ("sample_size",), "Give effect, spread, power and losses assumed."),
        Item("16b", "Interim analyses and stopping rules", (), "Describe them, or say there were none."),
        Item("17a", "Who made the random sequence, and how", ("sequence",), ""),
        Item("17b", "Type of randomisation and restriction", ("restriction",), ""),
        Item("18", "How the allocation was concealed", ("concealment",), ""),
        Item("19", "Whether who enrolled and assigned could reach the sequence", ("access",), ""),
        Item("20a", "Who was blind", ("blinding",), ""),
        Item("20b", "How blinding was achieved", (), "Say how blinding was kept in practice."),
        Item("21a", "Statistical methods for benefits and harms", ("estimands",), "Describe the models."),
        Item("21b", "Who is in each analysis, and in which group", ("analysis_sets", "set_sizes"), ""),
        Item("21c", "How missing data were handled", ("missing_rules", "completeness"), "Say how missing outcomes were handled."),
        Item("21d", "Additional analyses and how they were chosen", (), "Tell which were planned beforehand and which were not."),
        Item("22a", "Flow: allocated, received, analysed", ("flow",), ""),
        Item("22b", "Losses and exclusions with reasons", ("losses", "intercurrent"), ""),
        Item("23a", "Dates of recruitment and follow-up", ("dates", "recruitment"), "Add the last day of follow-up."),
        Item("23b", "Why the trial ended", (), "Say why the trial ended or was stopped."),
        Item(
            "24a", "Intervention and comparator as delivered", ("providers", "attendance", "dose", "fitt", "tolerability", "fidelity"), ""
        ),
        Item("24b", "Other care in each group", ("other_care", "contamination"), ""),
        Item("25", "Baseline by group", ("baseline",), ""),
        Item(
            "26",
            "Numbers, results and estimates for each outcome",
            ("results", "responders", "risks", "effects"),
            "Add secondary estimates.",
        ),
        Item("27", "All harms in each group", ("harms",), ""),
        Item("28", "Other analyses, planned or exploratory", ("exploratory",), "Tell planned ones from exploratory ones."),
        Item("29", "Interpretation, benefits against harms", (), "Interpret the results."),
        Item("30", "Limitations: bias, imprecision, generalisability", (), "Discuss the limitations."),
    ),
)
