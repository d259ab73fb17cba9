"""How derived variables are made and what a reader has to know of our use of the guide: the methods and comments of define.xml."""

from __future__ import annotations

METHODS = {
    "SEQ": ("Sequence number", "1, 2, ... over the rows of a subject in the domain, in the order of the dataset."),
    "DY": (
        "Study day",
        "Days from DM.RFSTDTC; plus 1 on and after it, so that there is no day 0. Null for a date known in part and without RFSTDTC.",
    ),
    "LOBXFL": ("Last observation before exposure", "Y on the last result of a test up to the day of randomization."),
    "DRVFL": ("Derived", "Y on a total that is the sum of its items; a total prorated for missing items is not tabulated."),
    "RFSTDTC": ("Reference start", "The day of randomization at the site."),
    "RFENDTC": ("Reference end", "The day participation ended (death, withdrawal, loss, last planned visit); else the last day of a visit "
                "or a session, missed ones included."),
    "RFXSTDTC": ("First exposure", "Earliest EXSTDTC."),
    "RFXENDTC": ("Last exposure", "Latest EXENDTC."),
    "RFPENDTC": ("End of participation", "The later of RFENDTC and the last day up to the cut that anything is told of."),
    "AGE": ("Age", "Completed years at informed consent, else at screening."),
}  # fmt: skip
COMMENTS = {
    "DM": "One row a consented person. ARM and ACTARM are null with ARMNRS for who was not randomized. RFSTDTC is randomization.",
    "DS": "DSSCAT tells the end of the training from the end of participation: stopping the one is not leaving the other. An arm without a "
          "session plan has no training to end.",
    "SE": "The treatment element ends, in every arm, on the last day of the primary visit's window.",
    "EX": "The trial's training is the study treatment: one row a session done, its dose in minutes. Deferred training of control people "
          "is in PR.",
    "EC": "One row an exercise of a session that was due. What was not done has ECOCCUR = N with its reason and no dose. The dose is "
          "working sets done; SETS is a unit of ours.",
    "FA": "One row a finding of a set done, FAOBJ as ECTRT; session ratings have FAOBJ as EXTRT. Repetitions and ratings have no unit.",
    "PR": "Psychotherapy, exercise and other care outside the trial, and deferred training after the primary visit.",
    "DV": "Deviations that somebody recorded. A visit out of its window is seen in SV, and is not here unless somebody recorded it.",
    "QS": "A total stands where every scored item was answered. A form missed whole is one row QSALL.",
    "AE.AEDECOD": "Not coded: the verbatim term in capitals. The MedDRA variables are left for a coder.",
    "AE.AEREL": "The protocol's five terms: UNRELATED, UNLIKELY, POSSIBLE, PROBABLE, DEFINITE.",
    "AE.AEACN": "CDISC's words are those for drugs: DOSE REDUCED is training modified, DRUG INTERRUPTED sessions skipped, DRUG WITHDRAWN "
                "training stopped. Our words are in AEACNOTH.",
    "DV.DVCAT": "MAJOR where a deviation was judged important before the arm was known, MINOR where not; null until judged.",
}  # fmt: skip


def method_of(domain: str, variable: str) -> str:
    """The method of a derived variable; study days of all kinds share one. Raises KeyError for a variable without any."""
    stem = variable.removeprefix(domain) if variable not in METHODS else variable
    name = "DY" if stem in ("STDY", "ENDY") else stem
    METHODS[name]
    return name
